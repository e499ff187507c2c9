"""When and where an evidence photo says it was taken, read from what cameras write and from what is crafted."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from matchplatform.core.clock import SHANGHAI
from matchplatform.files.stamps import Stamp, stamp_of
from tests.files import makers

pytestmark = pytest.mark.once


def written(tmp_path, original=None, changed=None, place=None, form="JPEG"):
    """A picture file with these entries."""
    exif = Image.Exif()
    if changed is not None:
        exif[ExifTags.Base.DateTime] = changed
    if original is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = original
    if place is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(place)
    path = tmp_path / f"a.{form.lower()}"
    path.write_bytes(makers.picture(form, exif=exif.tobytes()))
    return path


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_time_and_place_of_a_telephones_picture(tmp_path, form):
    path = tmp_path / "a"
    path.write_bytes(makers.telephone_picture(form))
    found = stamp_of(path)
    assert found.taken_at == dt.datetime(2026, 2, 3, 8, 9, 10, tzinfo=SHANGHAI)
    assert found.place == "北纬 31.2556°，东经 114.0003°"


def test_the_moment_of_the_shutter_comes_before_that_of_the_last_change(tmp_path):
    assert stamp_of(written(tmp_path, "2026:10:05 09:30:00", "2026:11:20 18:00:00")).taken_at == dt.datetime(
        2026, 10, 5, 9, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "2026:13:40 09:30:00", "昨天", "", "2026-10-05"])
def test_a_clock_that_was_never_set_says_nothing(tmp_path, text):
    assert stamp_of(written(tmp_path, text)).taken_at is None


@pytest.mark.parametrize(("place", "said"), [
    ({1: "S", 2: (1.0, 30.0, 0.0), 3: "W", 4: (2.0, 0.0, 36.0)}, "南纬 1.5000°，西经 2.0100°"),
    ({1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (114.0, 0.0, 0.0)}, ""),
    ({1: "N", 2: (31.0, 0.0, 0.0)}, "")])
def test_places(tmp_path, place, said):
    assert stamp_of(written(tmp_path, place=place)).place == said


def test_what_is_no_picture_or_is_not_there_says_nothing(tmp_path):
    (tmp_path / "a").write_bytes(b"%PDF-1.7")
    assert stamp_of(tmp_path / "a") == stamp_of(tmp_path / "b") == Stamp()


@given(st.binary(min_size=1, max_size=200), st.integers(0, 400))
def test_crafted_bytes_end_nothing(tmp_path_factory, junk, at):
    data = makers.telephone_picture()
    path = tmp_path_factory.getbasetemp() / "crafted.jpg"
    path.write_bytes(data[:at] + junk + data[at + len(junk):])
    found = stamp_of(path)
    assert (found.north is None) is (found.east is None)
    assert found.north is None or (abs(found.north) <= 90 and abs(found.east) <= 180)
    assert found.taken_at is None or found.taken_at.tzinfo is SHANGHAI
