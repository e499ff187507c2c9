"""A need cites a document, down to a clause: what may be cited, what both pages show, what a new version changes."""

import datetime as dt

import pytest

from matchplatform.core.clock import now
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations
from matchplatform.needs.copy_operations import copy_need
from matchplatform.notices.models import Notice
from matchplatform.publications import operations as publications
from tests import factories
from tests.needs.test_pages import typed
from tests.web.pages import links, parsed, words


@pytest.fixture
def document(people):
    made = factories.make_publication(title="老年食堂办法（演示）")
    db.session.commit()
    return made


def citing(document, anchor="tiao-3", **values):
    need = factories.make_need(basis_code=document.code, basis_clause=anchor, **values)
    db.session.commit()
    return need


def test_the_need_leads_to_the_clause_and_the_document_to_the_need(as_visitor, document):
    need = citing(document, title="缺灶具（演示）")
    page = as_visitor.get(f"/needs/{need.code}")
    assert f"/publications/{document.code}#tiao-3" in links(parsed(page))
    assert "第三条" in words(page)
    listed = as_visitor.get(f"/publications/{document.code}")
    assert f"/needs/{need.code}" in links(parsed(listed))
    assert "缺灶具（演示）" in words(listed)


def test_a_need_that_is_not_for_everybody_is_not_listed_for_everybody(as_visitor, as_other_county_officer, document):
    citing(document, title="只给登录的看（演示）", publicity="signed_in")
    citing(document, title="还是草稿（演示）", status="draft")
    assert "只给登录的看" not in words(as_visitor.get(f"/publications/{document.code}"))
    page = words(as_other_county_officer.get(f"/publications/{document.code}"))
    assert "只给登录的看" in page
    assert "还是草稿" not in page


def test_the_citation_stays_with_its_version_and_names_the_new_one(as_visitor, people, document):
    need = citing(document)
    new = publications.begin_revision(people.province_officer, document)
    publications.edit_publication(people.province_officer, new, {
        "issued_on": document.issued_on, "document_number": "鄂民政发〔2026〕9号"})
    publications.act(people.province_officer, new, "submit")
    publications.release(people.second_province_officer, new, {"secrecy", "privacy", "source", "attachments"})
    db.session.commit()
    page = as_visitor.get(f"/needs/{need.code}")
    assert {f"/publications/{document.code}#tiao-3", f"/publications/{new.code}"} <= set(links(parsed(page)))
    assert "已有修订版" in words(page)


def test_counties_that_cite_it_hear_what_becomes_of_it(people, document):
    citing(document)
    other = citing(document, county=factories.OTHER_COUNTY, author="other_county_officer",
                   releaser="province_officer")
    other.status = "closed"
    closed = factories.make_need(status="fulfilled", county=factories.PLAIN_COUNTY, basis_code=document.code)
    plain = factories.make_user("county_officer", username="plain.county", county_code=closed.county_code)
    new = publications.begin_revision(people.province_officer, document)
    publications.edit_publication(people.province_officer, new, {"issued_on": document.issued_on})
    publications.act(people.province_officer, new, "submit")
    publications.release(people.second_province_officer, new, {"secrecy", "privacy", "source", "attachments"})
    publications.act(people.province_officer, document, "withdraw", "发错了")
    heard = {user.name: [one.title.partition("：")[0] for one in db.session.scalars(
        db.select(Notice).where(Notice.user_id == user.id).order_by(Notice.id))]
        for user in (people.county_officer, people.second_county_officer, people.other_county_officer, plain)}
    both = ["引用的文件有了修订版", "引用的文件已撤下"]
    assert heard == {"刘敏": both, "陈思": both, "向东": both, plain.name: []}


def test_what_was_taken_down_is_named_without_a_link(as_visitor, people, document):
    need = citing(document, author="second_county_officer", releaser="county_officer")
    publications.act(people.province_officer, document, "withdraw", "发错了")
    db.session.commit()
    page = as_visitor.get(f"/needs/{need.code}")
    assert "（已撤下）" in words(page)
    assert not [one for one in links(parsed(page)) if one.startswith("/publications/FB")]
    copied = copy_need(people.county_officer, need)
    assert copied.basis_code == document.code


@pytest.mark.parametrize(("values", "said"), [
    ({"basis_code": "FB420000-2026-999"}, "没有公开的这份文件"), ({"basis_clause": "tiao-3"}, "没有选文件"),
    ({"basis_code": "real", "basis_clause": "tiao-99"}, "没有这一条")])
def test_what_is_not_there_is_not_cited(people, document, values, said):
    need = factories.make_need(status="draft")
    given = {name: document.code if value == "real" else value for name, value in values.items()}
    with pytest.raises(Refusal, match=said):
        operations.edit_need(people.county_officer, need, given)


@pytest.mark.parametrize("status", ["draft", "submitted", "scheduled"])
def test_what_is_not_public_yet_is_not_cited(people, status):
    hidden = factories.make_publication(released_at=now() + dt.timedelta(days=1)) if status == "scheduled" \
        else factories.make_publication(status=status)
    with pytest.raises(Refusal, match="没有公开的这份文件"):
        operations.edit_need(people.county_officer, factories.make_need(status="draft"), {"basis_code": hidden.code})


def test_the_form_keeps_and_takes_back_a_citation(as_county_officer, document):
    need = factories.make_need(status="draft")
    db.session.commit()
    as_county_officer.post(f"/desk/needs/{need.code}/edit", data={
        **typed(), "citation": f"{document.code}#tiao-2-xiang-1", "save": "draft"})
    db.session.refresh(need)
    assert need.citation == f"{document.code}#tiao-2-xiang-1"
    page = as_county_officer.get(f"/desk/needs/{need.code}/edit")
    assert f'value="{need.citation}" checked' in page.get_data(as_text=True)
    as_county_officer.post(f"/desk/needs/{need.code}/edit", data={**typed(), "save": "draft"})
    db.session.refresh(need)
    assert need.citation == f"{document.code}#tiao-2-xiang-1"  # a form without the picker leaves it alone
    as_county_officer.post(f"/desk/needs/{need.code}/edit", data={**typed(), "citation": "", "save": "draft"})
    db.session.refresh(need)
    assert need.citation == ""


@pytest.mark.parametrize(("citation", "said"), [
    ("x", "引用的文件没有看懂"), ("FB420000-2026-999", "没有公开的这份文件"), ("'; drop", "引用的文件没有看懂")])
def test_a_wrong_citation_is_told_and_nothing_is_lost(as_county_officer, document, citation, said):
    need = factories.make_need(status="draft")
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/edit", data={
        **typed(), "title": "新写的标题", "citation": citation, "save": "draft"})
    assert answer.status_code == 422
    assert said in words(answer)
    assert "新写的标题" in answer.get_data(as_text=True)


def test_without_script_the_button_finds_and_saves_nothing(as_county_officer, document):
    need = factories.make_need(status="draft")
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/edit", data={
        **typed(), "title": "新写的标题", "basis_q": "村集体 场地", "save": "find"})
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert f"{document.code}#tiao-3" in page
    assert f"{document.code}#tiao-1" not in page  # only what holds the words
    assert "新写的标题" in page
    db.session.refresh(need)
    assert need.title != "新写的标题"


def test_the_picker_offers_what_is_in_force(as_county_officer, as_organization_member, document):
    factories.make_publication(title="废了的办法（演示）", status="abolished")
    factories.make_publication(title="草稿办法（演示）", status="draft")
    db.session.commit()
    page = words(as_county_officer.get("/desk/publications/pick?basis_q=办法"))
    assert "老年食堂办法" in page
    assert "废了的办法" not in page
    assert "草稿办法" not in page
    assert "没有查到" in words(as_county_officer.get("/desk/publications/pick?basis_q=不存在的字"))
    assert as_organization_member.get("/desk/publications/pick").status_code == 403
