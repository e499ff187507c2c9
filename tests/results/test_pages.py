"""Pages of results: the way from the work to the certificate, and what the public sees of it."""

import pytest

from matchplatform.extensions import db
from matchplatform.results import operations, queries, rules
from tests.results.making import DONE, completed, confirmed
from tests.tracking.making import under_way
from tests.web.pages import parsed, words


def typed(**changes):
    return {"done": DONE, "remains": "", "lessons": "", "funds_fen": "4.8", "in_kind_fen": "6", "households": "52",
            "people": "68", "trained": "", "employed": "", "sales_fen": "", "version": "", **changes}


def test_from_the_closing_report_to_the_certificate(as_organization_member, as_county_officer, people):
    pairing = completed()
    db.session.commit()
    path = f"/desk/pairings/{pairing.code}"
    parsed(as_organization_member.get(f"{path}/closing"))
    wrong = as_organization_member.post(f"{path}/closing", data=typed(people="六十多", submit="1"))
    parsed(wrong, 422)
    assert "受益人" in words(wrong)
    assert DONE in wrong.get_data(as_text=True)
    doubtful = as_organization_member.post(f"{path}/closing", data=typed(funds_fen="48000", submit="1"))
    parsed(doubtful, 422)
    assert "按元算是 4.8 万元" in words(doubtful)
    assert as_organization_member.post(f"{path}/closing", data=typed(submit="1")).status_code == 303
    page = as_county_officer.get(path)
    parsed(page)
    assert "确认属实" in words(page)
    parsed(as_county_officer.get(f"{path}/closing"))  # written by the other side: it says so
    assert as_county_officer.post(f"{path}/closing/confirm", data={}).status_code == 303
    page = as_county_officer.post(f"{path}/certificate", follow_redirects=True)
    parsed(page)
    assert "下载证书" in words(page)
    assert queries.certificate_of(pairing.id) is not None
    again = as_county_officer.post(f"{path}/certificate", data={"back": path}, follow_redirects=True)
    assert "已经发过证书" in words(again)


def test_evaluations_through_the_pages(as_organization_member, as_county_officer, as_visitor, people):
    pairing = confirmed(people, completed())
    db.session.commit()
    path = f"/desk/pairings/{pairing.code}"
    parsed(as_county_officer.get(f"{path}/evaluation"))
    empty = as_county_officer.post(f"{path}/evaluation", data={"words": "答应的都做到了，老人很满意。"})
    parsed(empty, 422)
    assert "打几分还没有填" in words(empty)
    assert "老人很满意" in empty.get_data(as_text=True)
    as_county_officer.post(f"{path}/evaluation", data={"stars": "5", "words": "答应的都做到了，老人很满意。"})
    assert "老人很满意" not in words(as_organization_member.get(path))
    assert "老人很满意" not in words(as_visitor.get(f"/pairings/{pairing.code}"))
    as_organization_member.post(f"{path}/evaluation", data={"stars": "4", "words": "县里配合好，场地给得及时。"})
    for page in (as_organization_member.get(path), as_visitor.get(f"/pairings/{pairing.code}")):
        parsed(page)
        assert "老人很满意" in words(page)
        assert "场地给得及时" in words(page)
    page = as_organization_member.post(f"{path}/evaluation/county/reply", data={"reply": "谢谢，明年再来。"},
                                       follow_redirects=True)
    assert "谢谢，明年再来。" in words(page)


@pytest.mark.parametrize("status", ["approved", "active", "suspended", "completed", "terminated"])
def test_the_public_page_tells_what_happened_and_nobodys_name(as_visitor, people, status):
    pairing = completed() if status == "completed" else under_way(status=status)
    pairing.status_reason = "负责人陈晓岚的电话 13871230001 打不通"
    db.session.commit()
    page = as_visitor.get(f"/pairings/{pairing.code}")
    parsed(page)
    text = words(page)
    assert "审批部门批准结对" in text
    for person in (people.county_officer, people.organization_member, people.province_officer):
        assert person.name not in text
    assert "13871230001" not in text


@pytest.mark.parametrize("status", ["proposed", "accepted", "declined", "withdrawn", "rejected"])
def test_what_was_not_approved_has_no_public_page(as_visitor, people, status):
    pairing = under_way(status=status)
    db.session.commit()
    assert as_visitor.get(f"/pairings/{pairing.code}").status_code == 404


def test_a_need_that_is_not_public_has_none_either(as_visitor, people):
    pairing = completed()
    pairing.need.publicity = "signed_in"
    db.session.commit()
    assert as_visitor.get(f"/pairings/{pairing.code}").status_code == 404


def test_a_case_is_one_click_away_for_the_province(as_province_officer, as_county_officer, people):
    pairing = confirmed(people, completed())
    operations.evaluate(people.county_officer, pairing, 5, "答应的都做到了，老人很满意。")
    db.session.commit()
    page = as_province_officer.post(f"/desk/pairings/{pairing.code}/case", follow_redirects=True)
    parsed(page)
    assert "食堂开了一百天" in page.get_data(as_text=True)
    assert as_county_officer.post(f"/desk/pairings/{pairing.code}/case").status_code in (302, 403)
    parsed(as_province_officer.get(f"/desk/pairings/{pairing.code}"))


@pytest.mark.parametrize("role", ["other_county_officer", "other_organization_member"])
def test_to_strangers_nothing_is_there(request, people, role):
    pairing = confirmed(people, completed())
    db.session.commit()
    browser = request.getfixturevalue(f"as_{role}")
    path = f"/desk/pairings/{pairing.code}"
    assert browser.get(f"{path}/closing").status_code == 404
    assert browser.get(f"{path}/certificate.pdf").status_code == 404
    assert browser.post(f"{path}/closing/confirm").status_code == 404
    assert browser.post(f"{path}/evaluation", data={"stars": "1", "words": "不认识他们。"}).status_code == 404


def test_the_code_is_found_from_any_public_page(as_visitor, people):
    page = as_visitor.get("/")
    assert "/verify" in page.get_data(as_text=True)
    parsed(as_visitor.get("/verify"))
    assert len(rules.grouped(rules.new_code())) == 14
