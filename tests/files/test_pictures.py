"""Of a picture only the picture is kept: no place, time, camera or text, unless it is to be evidence."""

from io import BytesIO

import pytest
from PIL import Image

from matchplatform.core.errors import Refusal
from matchplatform.files import pictures, rules
from matchplatform.files.inspection import inspect
from tests.files import makers

pytestmark = pytest.mark.once

TELLTALES = (b"Exif", b"GPS", b"Phone 14", b"2026:02:03", b"xmpmeta", "万冲村".encode(), b"tEXt", b"iTXt", b"eXIf",
             b"Photoshop", b"secret comment")


def opened(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(("name", "form"), [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")])
def test_place_time_and_camera_are_gone(name, form):
    sent = makers.telephone_picture(form)
    assert makers.place_of(sent)
    found = inspect(name, sent)
    assert makers.place_of(found.data) == {}
    assert dict(opened(found.data).getexif()) == {}
    assert not [one for one in TELLTALES if one in found.data or one in found.preview]
    assert found.notes == (f"“{name}”里的拍摄地点已经去掉。",)
    assert not found.evidence
    assert found.sha256 != found.source_sha256


@pytest.mark.parametrize(("orientation", "size", "red"), [(1, (60, 40), (3, 3)), (6, (40, 60), (36, 3)),
                                                          (3, (60, 40), (56, 36)), (8, (40, 60), (3, 56))])
def test_a_picture_on_its_side_is_put_upright(orientation, size, red):
    found = opened(inspect("a.jpg", makers.telephone_picture(orientation=orientation)).data)
    assert found.size == size
    r, g, b = found.getpixel(red)
    assert (r > 200, g < 60, b < 60) == (True, True, True)


def test_texts_and_xmp_of_a_png_are_gone_and_its_profile_stays():
    found = inspect("a.png", makers.talkative_png())
    assert not [one for one in TELLTALES if one in found.data]
    assert opened(found.data).info.get("icc_profile") == b"profile" * 20
    assert opened(found.data).convert("RGB").tobytes() == opened(makers.talkative_png()).convert("RGB").tobytes()


def test_comment_and_xmp_of_a_jpeg_are_gone_and_its_profile_stays():
    sent = makers.picture(comment=b"secret comment", xmp=makers.XMP, icc_profile=b"profile" * 20)
    assert b"secret comment" in sent
    assert b"xmpmeta" in sent
    found = inspect("a.jpg", sent)
    assert not [one for one in TELLTALES if one in found.data]
    assert opened(found.data).info["icc_profile"] == b"profile" * 20


def test_a_hiding_place_in_the_guise_of_a_profile_is_left_behind():
    sent = makers.picture("PNG", icc_profile=b"s" * (pictures.LARGEST_PROFILE + 1))
    assert "icc_profile" not in opened(inspect("a.png", sent).data).info


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_evidence_stays_as_it_was_sent_but_not_its_preview(form):
    sent = makers.telephone_picture(form)
    found = inspect(f"a.{form.lower()}", sent, evidence=True)
    assert found.evidence
    assert found.data == sent
    assert found.sha256 == found.source_sha256
    assert makers.place_of(found.data)
    assert found.notes == ()
    assert not [one for one in TELLTALES if one in found.preview]


def test_what_hangs_on_a_picture_is_lost_and_evidence_with_an_archive_is_refused():
    polyglot = makers.picture() + makers.archive()
    assert b"PK\x03\x04" not in inspect("a.jpg", polyglot).data
    with pytest.raises(Refusal, match="夹带了压缩包"):
        inspect("a.jpg", polyglot, evidence=True)


def test_evidence_means_nothing_for_a_document():
    assert not inspect("a.pdf", makers.pdf(), evidence=True).evidence


@pytest.mark.parametrize(("form", "mode", "colour", "options"), [
    ("JPEG", "L", 90, {}), ("JPEG", "CMYK", (0, 90, 90, 0), {}), ("PNG", "RGBA", (255, 0, 0, 0), {}),
    ("PNG", "P", 3, {"transparency": 3}), ("PNG", "1", 1, {}), ("PNG", "I;16", 900, {}), ("PNG", "LA", (9, 0), {}),
    ("WEBP", "RGBA", (0, 0, 255, 128), {}), ("WEBP", "RGB", (9, 9, 9), {"lossless": True})])
def test_every_kind_of_colour_is_kept_and_shown(form, mode, colour, options):
    sent = makers.picture(form, mode=mode, colour=colour, **options)
    found = inspect(f"a.{form.lower()}", sent)
    assert opened(found.data).mode == opened(sent).mode
    assert opened(found.preview).format == "JPEG"
    if options.get("lossless"):
        assert opened(found.data).tobytes() == opened(sent).tobytes()
    if mode == "RGBA" and form == "PNG":
        assert opened(found.preview).getpixel((30, 20)) == (255, 255, 255)


def test_a_preview_is_small_and_never_larger_than_the_picture():
    assert opened(inspect("a.jpg", makers.picture(size=(2000, 500))).preview).size == (480, 120)
    assert opened(inspect("a.jpg", makers.picture(size=(50, 20))).preview).size == (50, 20)
    assert opened(inspect("a.png", makers.picture("PNG", size=(3000, 1))).preview).size == (480, 1)


def test_pixels_beyond_the_limit_are_refused_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 2000)
    with pytest.raises(Refusal, match="像素太多"):
        inspect("a.jpg", makers.picture(size=(60, 40)))
    assert inspect("a.jpg", makers.picture(size=(50, 40))).media_type == rules.JPEG
