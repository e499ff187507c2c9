"""What becomes of attachments when a record is copied or merged into another."""

import datetime as dt
import re

import pytest

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.files import operations, storage
from matchplatform.needs import merger_operations as mergers
from tests import factories
from tests.files import makers
from tests.needs.merging import proposed, two_drafts
from tests.web.pages import parsed, words


def attach(actor, kind, record):
    file, _ = operations.attach(actor, kind, record.code, storage.receive("方案.pdf", makers.pdf()))
    db.session.commit()
    return file


@pytest.mark.parametrize("kind", ["need", "offering"])
@pytest.mark.parametrize("has_file", [True, False])
def test_a_copy_begins_without_attachments_and_says_so(request, people, kind, has_file):
    who = "county_officer" if kind == "need" else "organization_member"
    written = {"created_at": now() - dt.timedelta(hours=1)}  # within a minute it would be a second click
    record = (factories.make_need(**written) if kind == "need" else
              factories.make_offering(factories.first_organization(), **written))
    db.session.commit()
    if has_file:
        attach(getattr(people, who), kind, record)
    browser = request.getfixturevalue(f"as_{who}")
    page = words(browser.post(f"/desk/{kind}s/{record.code}/copy", follow_redirects=True))
    assert "写好一份草稿" in page
    assert ("原来的附件没有带过来，还要用的请重新上传" in page) is has_file
    assert "还没有附件" in page


def test_the_kept_need_lists_what_hangs_on_the_merged_one_for_its_writers(
        as_county_officer, as_second_county_officer, as_province_officer, as_other_county_officer, people):
    kept, merged = two_drafts()
    file = attach(people.second_county_officer, "need", merged)
    attach(people.county_officer, "need", kept)
    merger = proposed(people.county_officer, (kept, merged))
    assert f"并入的 {merged.code}" not in words(as_county_officer.get(f"/desk/needs/{kept.code}"))
    mergers.act(people.second_county_officer, merger, "agree")
    db.session.commit()
    href = f"/files/{file.id}/方案.pdf"
    for browser in (as_county_officer, as_second_county_officer):
        page = browser.get(f"/desk/needs/{kept.code}")
        parsed(page)
        assert f"并入的 {merged.code} 原来的附件 方案.pdf" in re.sub(r"\s+", " ", words(page))
        assert browser.get(href, buffered=True).status_code == 200
    for browser in (as_province_officer, as_other_county_officer):
        assert browser.get(href).status_code == 404
    mergers.act(people.county_officer, merger, "undo", "不是一件事")
    db.session.commit()
    assert "原来的附件" not in words(as_county_officer.get(f"/desk/needs/{kept.code}"))
