"""The pages over HTTP: scopes, what was typed stays, the question about units, the red sentence."""

import io
import re

import pytest
from docx import Document

from matchplatform.agreements import operations, queries
from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.files import storage
from matchplatform.pairings.models import PairingEvent
from tests.agreements.making import picture, prepare, send_copy, sign_both


def text_of(answer):
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def fields_of(answer):
    """What the form would send as it stands."""
    body = answer.get_data(as_text=True)
    found = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*(.*?)</textarea>', body, flags=re.S))
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = value[1] if value else ""
    return found


CLIENTS = [("as_county_officer", 200, 200), ("as_organization_member", 200, 200), ("as_province_officer", 200, 403),
           ("as_city_officer", 200, 403), ("as_other_county_officer", 404, 404),
           ("as_other_organization_member", 404, 404), ("as_township_officer", 403, 403), ("as_auditor", 403, 403)]


@pytest.mark.parametrize(("client", "reads", "edits"), CLIENTS)
def test_each_sees_his_own_reach(request, people, pairing, client, reads, edits):
    prepare(people.county_officer, pairing)
    browser, here = request.getfixturevalue(client), f"/desk/pairings/{pairing.code}/agreement"
    assert browser.get(here).status_code == reads
    assert browser.get(f"{here}/docx").status_code == reads
    assert browser.get(f"{here}/edit").status_code == edits
    if reads == 404:
        assert browser.post(f"{here}/edit", data={}).status_code == 404
        assert browser.post(f"{here}/confirm", data={"sha256": "0" * 64}).status_code == 404


def test_from_the_pairing_to_both_confirmations(as_county_officer, as_organization_member, pairing):
    here = f"/desk/pairings/{pairing.code}/agreement"
    page = text_of(as_county_officer.get(f"/desk/pairings/{pairing.code}"))
    assert "签协议有三种办法" in page
    assert as_county_officer.get(f"{here}/docx").status_code == 404
    form = as_county_officer.get(f"{here}/edit")
    typed = {**fields_of(form), "departments": "县教育局", "copies": "5份"}
    assert typed["funds_fen"] == "3.84"
    answer = as_county_officer.post(f"{here}/edit", data=typed)
    assert answer.status_code == 303, text_of(answer)
    shown = as_organization_member.get(here)
    digest = queries.agreement_of(pairing).sha256
    assert digest in text_of(shown)
    assert "人民币叁万捌仟肆佰元整" in text_of(shown)
    assert "社会组织还没有确认这一版" in text_of(as_county_officer.get(here))
    assert as_organization_member.post(f"{here}/confirm", data={"sha256": digest}).status_code == 303
    assert as_county_officer.post(f"{here}/confirm", data={"sha256": digest}).status_code == 303
    assert db.session.get(type(pairing), pairing.id).status == "active"
    page = text_of(as_organization_member.get(f"/desk/pairings/{pairing.code}"))
    assert "双方在系统里确认" in page
    assert digest in page
    assert "协议已经签了" in text_of(as_county_officer.get(f"{here}/edit"))


def test_the_download_is_named_after_the_pairing_and_says_what_the_page_says(as_county_officer, people, pairing):
    agreement = prepare(people.county_officer, pairing)
    answer = as_county_officer.get(f"/desk/pairings/{pairing.code}/agreement/docx")
    assert f"{pairing.code}.docx" in answer.headers["Content-Disposition"]
    assert "%E7%BB%93%E5%AF%B9%E5%8D%8F%E8%AE%AE" in answer.headers["Content-Disposition"]
    document = Document(io.BytesIO(answer.data))
    assert "结对帮扶协议" in [one.text for one in document.paragraphs]
    assert agreement.sha256 in "".join(one.text for one in document.sections[0].footer.paragraphs)
    assert as_county_officer.get(f"/desk/pairings/{pairing.code}/agreement/docx").data == answer.data


def test_the_signed_paper_says_who_confirmed_in_the_platform(as_province_officer, people, pairing):
    agreement = sign_both(people, pairing)
    data = as_province_officer.get(f"/desk/pairings/{pairing.code}/agreement/docx").data
    said = [one.text for one in Document(io.BytesIO(data)).paragraphs]
    at = said.index("附：平台确认记录")
    assert "陈晓岚（乙方）于" in said[at + 1]
    assert "刘敏（甲方）于" in said[at + 2]
    assert "附：平台确认记录" not in str(agreement.text)  # it is not of the text that was confirmed


def test_a_draft_that_was_not_used_is_told_as_such(as_county_officer, people, pairing):
    prepare(people.county_officer, pairing)
    day = clock.today().isoformat()
    signed = as_county_officer.post(f"/desk/pairings/{pairing.code}/sign", data={
        "signed_on": day, "starts_on": day, "ends_on": "2030-01-01", "funds_fen": "3", "in_kind_fen": "6"})
    assert signed.status_code == 303
    page = text_of(as_county_officer.get(f"/desk/pairings/{pairing.code}/agreement"))
    assert "没有用上的草稿" in page
    assert "确认，签订协议" not in page


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("funds_fen", "很多", "资金要填数字"), ("funds_fen", "-1", "不能是负数"), ("starts_on", "2026-02-30", "不是日历上"),
    ("ends_on", "2001-01-01", "截止日期要晚于开始日期"), ("copies", "0", "不能小于 1"), ("county_phone", "12", "电话"),
    ("organization", "", "还没有填"), ("departments", "\n".join(["局"] * 11), "最多写 10 个"),
    ("civil_office", "=1+1", "甲方")])
def test_bad_input_is_named_and_stays(as_county_officer, pairing, field, typed, said):
    here = f"/desk/pairings/{pairing.code}/agreement/edit"
    answer = as_county_officer.post(here, data={**fields_of(as_county_officer.get(here)), field: typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert queries.agreement_of(pairing) is None
    assert fields_of(answer)[field].strip() == typed


@pytest.mark.parametrize(("typed", "asked"), [("384", True), ("383.99", False), ("0.0384", True), ("0.0385", False),
                                              ("0", False), ("38400", True)])
def test_amounts_out_of_scale_are_questioned_once(as_county_officer, pairing, typed, asked):
    here = f"/desk/pairings/{pairing.code}/agreement/edit"
    data = {**fields_of(as_county_officer.get(here)), "funds_fen": typed, "other": "留着的话"}
    answer = as_county_officer.post(here, data=data)
    assert (answer.status_code == 422) is asked
    if asked:
        assert "是不是把元当成万元填了" in text_of(answer)
        assert fields_of(answer)["other"] == "留着的话"
        assert as_county_officer.post(here, data={**data, "sure": "y"}).status_code == 303


@pytest.mark.parametrize(("typed", "asked"), [("38400", True), ("3.84", False)])
def test_the_short_way_asks_the_same(as_county_officer, pairing, typed, asked):
    here, day = f"/desk/pairings/{pairing.code}/sign", clock.today().isoformat()
    data = {"signed_on": day, "starts_on": day, "ends_on": "2030-01-01", "funds_fen": typed, "in_kind_fen": "6"}
    answer = as_county_officer.post(here, data=data)
    assert (answer.status_code == 422) is asked
    if asked:
        assert "是不是把元当成万元填了" in text_of(answer)
        assert as_county_officer.post(here, data={**data, "sure": "y"}).status_code == 303


def test_a_stale_form_is_told_what_changed_and_may_go_on(as_county_officer, people, pairing):
    here = f"/desk/pairings/{pairing.code}/agreement/edit"
    prepare(people.county_officer, pairing)
    data = {**fields_of(as_county_officer.get(here)), "other": "县里写的"}
    prepare(people.organization_member, pairing, purpose="让老人吃上热饭。")
    answer = as_county_officer.post(here, data=data)
    assert answer.status_code == 409
    assert "陈晓岚（社会组织）" in text_of(answer)
    assert "帮扶目的" in text_of(answer)
    assert fields_of(answer)["other"] == "县里写的"
    assert as_county_officer.post(here, data=fields_of(answer)).status_code == 303


def test_a_copy_is_sent_in_registered_and_a_swap_is_told_in_red(as_county_officer, as_organization_member, pairing):
    here = f"/desk/pairings/{pairing.code}/agreement"
    sent = as_organization_member.post(f"/files/agreement/{pairing.code}", data={
        "files": (io.BytesIO(picture()), "协议.png"), "publicity": "own", "back": here})
    assert sent.status_code == 303
    (copy,) = queries.copies_of(pairing)
    form = as_county_officer.get(f"{here}/copy")
    data = {**fields_of(form), "signed_on": clock.today().isoformat()}
    assert "还没有选哪一份" in text_of(as_county_officer.post(f"{here}/copy", data={**data, "file": "999999"}))
    answer = as_county_officer.post(f"{here}/copy", data={**data, "file": str(copy.id)})
    assert answer.status_code == 303, text_of(answer)
    assert copy.sha256 in text_of(as_organization_member.get(here))
    storage.path_of(copy.stored_name).write_bytes(b"swapped")
    for path in (here, f"/desk/pairings/{pairing.code}"):
        page = as_organization_member.get(path).get_data(as_text=True)
        assert re.search(r'class="hint no" role="alert">.{0,800}签订以后文件被换过', page, flags=re.S)


def test_copies_are_for_those_who_see_the_pairing(request, people, pairing):
    copy = send_copy(people.county_officer, pairing)
    path = f"/files/{copy.id}/{copy.name}"
    for client, status in (("as_county_officer", 200), ("as_organization_member", 200), ("as_province_officer", 200),
                           ("as_other_county_officer", 404), ("as_other_organization_member", 404),
                           ("as_visitor", 404)):
        with request.getfixturevalue(client).get(path) as answer:
            assert answer.status_code == status, client
    request.getfixturevalue("as_province_officer").post(f"/files/{copy.id}/remove")
    assert queries.copies_of(pairing) == [copy]


def test_a_confirmation_of_another_text_is_a_conflict(as_organization_member, people, pairing):
    prepare(people.county_officer, pairing)
    answer = as_organization_member.post(f"/desk/pairings/{pairing.code}/agreement/confirm", data={"sha256": "f" * 64})
    assert "不是现在这一版" in text_of(as_organization_member.get(answer.headers["Location"]))
    assert queries.agreement_of(pairing).organization_by is None


def test_a_second_click_is_one_signature(as_county_officer, people, pairing):
    agreement = prepare(people.county_officer, pairing)
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    db.session.commit()
    path, data = f"/desk/pairings/{pairing.code}/agreement/confirm", {"sha256": agreement.sha256}
    assert as_county_officer.post(path, data=data).status_code == 303
    again = as_county_officer.post(path, data={**data, "back": f"/desk/pairings/{pairing.code}"})
    assert "协议已经签了" in text_of(as_county_officer.get(again.headers["Location"]))
    assert db.session.scalar(db.select(db.func.count(PairingEvent.id)).where(PairingEvent.verb == "sign")) == 1


@pytest.mark.parametrize("status", ["completed", "terminated", "suspended"])
def test_later_the_agreement_can_only_be_read(as_county_officer, people, pairing, status):
    from matchplatform.pairings.operations import act

    sign_both(people, pairing)
    act(people.county_officer, pairing, {"completed": "complete", "terminated": "terminate",
                                         "suspended": "suspend"}[status], "说明理由")
    db.session.commit()
    page = text_of(as_county_officer.get(f"/desk/pairings/{pairing.code}/agreement"))
    assert "已经签好" in page
    assert "改协议" not in page
    assert "下载 Word 文件" in page
