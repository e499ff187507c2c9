"""What is attached to a document is read with it: never before its release, and afterwards only when a second person
has opened what came later."""

import datetime as dt

import pytest

from matchplatform.core import clock
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.files import operations, storage
from matchplatform.publications import operations as publications
from matchplatform.publications import rules
from tests import factories
from tests.files import makers
from tests.web.pages import parsed, words


@pytest.fixture(autouse=True)
def folder(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "FILES_FOLDER", str(tmp_path / "files"))


def attach(actor, document, number=0):
    upload = storage.receive("正式文本.pdf", makers.pdf(b"%d" % number))
    file, _ = operations.attach(actor, "publication", document.code, upload)
    db.session.commit()
    return file


def status(browser, file):
    return browser.get(f"/files/{file.id}/{file.name}", buffered=True).status_code


def test_it_becomes_readable_with_the_document(as_visitor, as_county_officer, as_city_officer,
                                              as_second_province_officer, people):
    document = factories.make_publication(status="draft")
    file = attach(people.province_officer, document)
    readers = (as_visitor, as_county_officer, as_city_officer, as_second_province_officer)
    assert [status(one, file) for one in readers] == [404, 404, 404, 200]
    publications.act(people.province_officer, document, "submit")
    moment = now() + dt.timedelta(hours=1)
    publications.release(people.second_province_officer, document, rules.CHECKS.values, moment)
    db.session.commit()
    assert [status(one, file) for one in readers] == [404, 404, 404, 200]
    with clock.frozen(moment):
        assert [status(one, file) for one in readers] == [200, 200, 200, 200]
        assert "正式文本.pdf" in words(as_visitor.get(f"/publications/{document.code}"))
        publications.act(people.province_officer, document, "withdraw", "附件错了")
        db.session.commit()
        assert [status(one, file) for one in readers] == [404, 404, 404, 200]


@pytest.mark.parametrize("ahead", [False, True])
def test_what_comes_after_the_decision_waits_for_a_second_person(as_visitor, people, ahead):
    at = now() + dt.timedelta(hours=1)
    document = factories.make_publication(**({"released_at": at} if ahead else {}))
    file = attach(people.province_officer, document)
    with clock.frozen(at):
        assert status(as_visitor, file) == 404
        with pytest.raises(Refusal, match="不能由上传或恢复它的人自己放开"):
            operations.open_up(people.province_officer, file, "public")
        operations.open_up(people.second_province_officer, file, "public")
        db.session.commit()
        assert status(as_visitor, file) == 200


@pytest.mark.parametrize(("who", "fault"), [("county_officer", NotFound), ("city_officer", NotFound)])
def test_strangers_attach_nothing(people, who, fault):
    document = factories.make_publication(status="draft")
    with pytest.raises(fault):
        attach(getattr(people, who), document)


def test_what_waits_for_a_review_is_not_added_to(people):
    document = factories.make_publication(status="submitted")
    with pytest.raises(Refusal, match="正在等审核"):
        attach(people.second_province_officer, document)


def test_the_desk_page_takes_a_file(as_province_officer, people):
    document = factories.make_publication(status="draft")
    db.session.commit()
    page = as_province_officer.get(f"/desk/publications/{document.code}")
    parsed(page)
    assert f"/files/publication/{document.code}" in page.get_data(as_text=True)
