"""Photos of reports: the same picture, saved or scaled anew, is known again; another one is not."""

import datetime as dt
import random
from io import BytesIO

import pytest
from PIL import ExifTags, Image, ImageDraw

from matchplatform.core.clock import SHANGHAI, today
from matchplatform.extensions import db
from matchplatform.files import operations as files
from matchplatform.files import storage
from matchplatform.tracking import operations, photos, rules
from matchplatform.tracking import views as _views  # noqa: F401  (the owner is registered)
from matchplatform.tracking.photo_queries import misdated, twins_of
from matchplatform.web.jinja import moment
from tests import factories
from tests.tracking.making import said, under_way
from tests.web.pages import parsed, words


def scene(seed, size=(800, 600)):
    """A picture with something in it."""
    pick, picture = random.Random(seed), Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = pick.randrange(size[0]), pick.randrange(size[1])
        draw.rectangle((x, y, x + pick.randrange(40, 260), y + pick.randrange(40, 200)),
                       fill=tuple(pick.randrange(256) for _ in range(3)))
    return picture


def as_jpeg(picture, quality=90):
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def looks(picture, folder, quality=90):
    path = folder / "one.jpg"
    path.write_bytes(as_jpeg(picture, quality))
    return photos.looks_of(path)


@pytest.mark.parametrize("seed", range(12))
def test_a_scaled_or_resaved_picture_looks_the_same(seed, tmp_path):
    whole = looks(scene(seed), tmp_path)
    assert photos.distance(whole, looks(scene(seed), tmp_path, 40)) <= photos.ALIKE
    assert photos.distance(whole, looks(scene(seed).resize((480, 360)), tmp_path)) <= photos.ALIKE
    lighter = scene(seed).point(lambda value: min(255, int(value * 1.1)))
    assert photos.distance(whole, looks(lighter, tmp_path)) <= photos.ALIKE


def test_different_pictures_look_different(tmp_path):
    found = [looks(scene(seed), tmp_path) for seed in range(40)]
    alike = [(a, b) for n, a in enumerate(found) for b in found[n + 1:] if photos.distance(a, b) <= photos.ALIKE]
    assert alike == []


def report(people, pairing):
    return operations.report(people.organization_member, pairing, rules.period_of(today(), "monthly").code, said())


def attach(actor, made, data, name="照片.jpg"):
    upload = storage.receive(name, data)
    return files.attach(actor, "progress", made.code, upload, publicity="own")[0]


def test_a_photo_used_again_in_another_pairing_is_found(people):
    first, second = under_way(), under_way(organization=factories.make_organization())
    one, other = report(people, first), operations.report(
        people.county_officer, second, rules.period_of(today(), "monthly").code, said())
    attach(people.organization_member, one, as_jpeg(scene(1)))
    mine = attach(people.county_officer, other, as_jpeg(scene(1).resize((640, 480)), 70))
    attach(people.county_officer, other, as_jpeg(scene(2)), "别的.jpg")
    db.session.flush()
    twins = twins_of(other)
    assert set(twins) == {mine.id}
    assert [(one.pairing_code, one.period.code) for one in twins[mine.id]] == [(first.code, other.period)]
    files.remove(people.county_officer, mine)
    assert twins_of(other) == {}


def test_an_empty_sheet_is_no_twin_of_another(people):
    first, second = under_way(), under_way(organization=factories.make_organization())
    one, other = report(people, first), operations.report(
        people.county_officer, second, rules.period_of(today(), "monthly").code, said())
    attach(people.organization_member, one, as_jpeg(Image.new("RGB", (800, 600), "white")))
    attach(people.county_officer, other, as_jpeg(Image.new("RGB", (640, 480), "white")))
    assert twins_of(other) == {}


def taken(day):
    """An evidence photo that says it was taken on a day."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{day:%Y:%m:%d} 09:30:00"
    out = BytesIO()
    scene(day.toordinal()).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def test_an_evidence_photo_of_another_time_is_asked_about(people, as_county_officer):
    pairing = under_way()
    made = report(people, pairing)
    long_ago = made.span.first - dt.timedelta(days=200)
    for name, data, evidence in (("旧.jpg", taken(long_ago), True), ("新.jpg", taken(made.span.first), True),
                                 ("不留.jpg", taken(long_ago), False)):
        files.attach(people.organization_member, "progress", made.code, storage.receive(name, data, evidence),
                     publicity="own")
    db.session.commit()
    assert misdated(made) == [("旧.jpg", long_ago)]
    page = as_county_officer.get(f"/desk/pairings/{pairing.code}/progress/{made.period}")
    parsed(page)
    assert f"“旧.jpg”拍于 {long_ago.year}年{long_ago.month}月{long_ago.day}日" in words(page)
    assert f"拍于 {moment(dt.datetime.combine(made.span.first, dt.time(9, 30), SHANGHAI))}" in words(page)
