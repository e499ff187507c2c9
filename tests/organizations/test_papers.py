"""An organization's papers: who sends them in, who sees them, what is refused and what stays."""

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.files.queries import attachments_of
from matchplatform.organizations import operations, rules
from matchplatform.organizations.vetting_rules import complete
from tests import factories
from tests.conftest import sign_in_directly
from tests.files import makers
from tests.organizations.test_lifecycle import make
from tests.organizations.test_pages import text_of


@pytest.fixture(autouse=True)
def folder(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "FILES_FOLDER", str(tmp_path / "files"))


def bare(people, status="draft", **values):
    """An organization without any paper."""
    made = make(people, status, **values)
    for one in attachments_of("organization", made.code):
        db.session.delete(one)
    db.session.commit()
    return made


def send(browser, organization, data, name="登记证书.jpg", document="registration", more=(), **fields):
    body, content_type = makers.form([(name, data), *more], **{
        "document": document, "publicity": "own", "back": "/desk/organization", **fields})
    return browser.post(f"/files/organization/{organization.id}", data=body, content_type=content_type)


def asked(browser, path):
    """The status of a file's address; the file itself is closed again."""
    with browser.get(path) as answer:
        return answer.status_code


def rows(organization):
    db.session.expire_all()
    return attachments_of("organization", organization.code)


def test_a_photograph_and_a_pdf_are_taken_and_say_what_they_are(as_organization_member, people):
    organization = bare(people)
    assert send(as_organization_member, organization, makers.telephone_picture()).status_code == 303
    assert send(as_organization_member, organization, makers.pdf(), "年报.pdf", "annual_report").status_code == 303
    assert [(one.document, one.publicity) for one in rows(organization)] == [
        ("registration", "own"), ("annual_report", "own")]
    shown = text_of(as_organization_member.get("/desk/organization"))
    assert "年报.pdf" in shown
    logged = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "attach")).all()
    assert {one.organization_id for one in logged} == {organization.id}


@pytest.mark.parametrize(("data", "name", "said"), [
    (makers.EICAR, "证书.jpg", "“证书.jpg”"), (makers.SVG, "证书.svg", "“证书.svg”"),
    (makers.PROGRAM, "证书.jpg", "“证书.jpg”"),
    (makers.document(), "证书.docx", "这里只收照片和 PDF"), (b"", "证书.pdf", "“证书.pdf”"),
    (b"\xff\xd8\xff\xe0" + b"\0" * (11 * 1024 * 1024), "证书.jpg", "10 MB")])
def test_what_is_no_paper_is_told_in_a_sentence_and_the_others_are_kept(as_organization_member, people, data, name,
                                                                        said):
    organization = bare(people)
    answer = send(as_organization_member, organization, data, name, more=[("好的.png", makers.picture("PNG"))],
                  caption="换发的副本")
    assert answer.status_code == 303
    page = as_organization_member.get("/desk/organization").get_data(as_text=True)
    assert said in page
    assert 'value="换发的副本"' in page
    assert [one.name for one in rows(organization)] == ["好的.png"]


def test_a_photograph_of_ninety_megabytes_is_told_in_a_sentence_and_nothing_is_lost(as_organization_member, people):
    organization = make(people, "draft", purpose="写好的宗旨")
    db.session.commit()
    answer = send(as_organization_member, organization, b"\xff\xd8\xff\xe0" + b"\0" * (90 * 1024 * 1024))
    assert answer.status_code == 413
    said = text_of(answer)
    assert "一次最多交 64 MB" in said
    assert "原来的附件和填好的内容都在" in said
    assert len(rows(organization)) == 1
    assert organization.purpose == "写好的宗旨"


@pytest.mark.parametrize(("fields", "said"), [
    ({"document": ""}, "没有选是哪一种材料"), ({"document": "passport"}, "没有选是哪一种材料"),
    ({"publicity": "public"}, "没有选清楚谁能看")])
def test_a_paper_without_its_kind_or_for_the_public_is_refused(as_organization_member, people, fields, said):
    organization = bare(people)
    assert send(as_organization_member, organization, makers.picture(), **fields).status_code == 303
    assert said in text_of(as_organization_member.get("/desk/organization"))
    assert rows(organization) == []


def test_only_its_people_and_the_office_that_vets_it_see_a_paper(app, people):
    organization = bare(people, "vetted", level="city", authority="420900")
    assert send(sign_in_directly(app, people.organization_member), organization, makers.picture()).status_code == 303
    paper = rows(organization)[0]
    people.far_city_officer = factories.make_user("city_officer", username="far.city", city_code="422800")
    db.session.commit()
    seen = set()
    for name in [*factories.PEOPLE, "far_city_officer"]:
        browser = sign_in_directly(app, getattr(people, name))
        codes = {asked(browser, f"/files/{paper.id}/{what}") for what in (paper.name, "preview")}
        assert len(codes) == 1
        if codes == {200}:
            seen.add(name)
        else:
            assert codes == {404}
            assert send(browser, organization, makers.picture(colour=(1, 2, 3))).status_code == 404
    assert seen == {"organization_member", "city_officer", "province_officer", "second_province_officer"}
    assert app.test_client().get(f"/files/{paper.id}/{paper.name}").status_code == 404
    assert paper.name not in text_of(app.test_client().get(f"/organizations/{organization.id}"))
    assert len(rows(organization)) == 1


def test_papers_do_not_move_under_a_vetters_eyes_and_what_was_vetted_stays(as_organization_member, people):
    organization = make(people, "submitted")
    db.session.commit()
    paper = rows(organization)[0]
    send(as_organization_member, organization, makers.picture())
    as_organization_member.post(f"/files/{paper.id}/remove")
    assert [one.id for one in rows(organization)] == [paper.id]
    operations.act(people.province_officer, organization, "vet", checklist=complete())
    db.session.commit()
    as_organization_member.post(f"/files/{paper.id}/remove", data={"back": "/desk/organization"})
    assert "要留着" in text_of(as_organization_member.get("/desk/organization"))
    send(as_organization_member, organization, makers.picture(), "新证.jpg")
    later = rows(organization)[-1]
    assert later.name == "新证.jpg"
    assert as_organization_member.post(f"/files/{later.id}/remove").status_code == 303
    assert [one.id for one in rows(organization)] == [paper.id]


def test_the_same_paper_sent_twice_is_kept_once(as_organization_member, people):
    organization = bare(people)
    for _ in range(2):
        assert send(as_organization_member, organization, makers.picture()).status_code == 303
    assert len(rows(organization)) == 1


def test_without_a_certificate_nothing_is_submitted(as_organization_member, people):
    organization = bare(people, "draft")
    path = f"/desk/organizations/{organization.id}/submit"
    as_organization_member.post(path)
    assert "缺登记证书" in text_of(as_organization_member.get("/desk/organization"))
    send(as_organization_member, organization, makers.pdf(), "年报.pdf", "annual_report")
    as_organization_member.post(path)
    assert db.session.get(type(organization), organization.id).status == "draft"
    send(as_organization_member, organization, makers.picture())
    as_organization_member.post(path)
    db.session.expire_all()
    assert organization.status == "submitted"


def test_every_kind_of_paper_has_a_word_and_the_column_holds_it():
    assert all(one.label and len(one.value) <= Attachment.document.type.length for one in rules.DOCUMENTS)
