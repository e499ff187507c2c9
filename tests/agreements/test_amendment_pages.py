"""The amendments' pages over HTTP."""

import datetime as dt
import io

import pytest
from docx import Document

from matchplatform.agreements import queries
from matchplatform.core.clock import today
from matchplatform.extensions import db
from tests import factories
from tests.agreements.making import sign_both
from tests.agreements.test_pages import fields_of, text_of


@pytest.fixture
def active(people, pairing):
    sign_both(people, pairing)
    return pairing


def new(pairing):
    return f"/desk/pairings/{pairing.code}/agreement/amendments/new"


def test_from_the_proposal_to_the_new_terms(as_county_officer, as_organization_member, active):
    assert "提补充协议" in text_of(as_county_officer.get(f"/desk/pairings/{active.code}"))
    line = active.need.lines[0].id
    data = {**fields_of(as_county_officer.get(new(active))), f"quantity-{line}": "8 套", "reason": "村里少了两户"}
    answer = as_county_officer.post(new(active), data=data)
    assert answer.status_code == 303, text_of(answer)
    here = answer.headers["Location"]
    page = text_of(as_organization_member.get(f"/desk/pairings/{active.code}"))
    assert "看补充协议，答复" in page
    shown = text_of(as_organization_member.get(here))
    assert "10 套" in shown
    assert "8 套" in shown
    assert "村里少了两户" in shown
    assert "等社会组织答复" not in shown
    done = as_organization_member.post(f"{here}/confirm", data={"version": "1"})
    assert done.status_code == 303
    db.session.expire_all()
    assert active.taken == {line: 8}
    shown = text_of(as_county_officer.get(here))
    assert "补充协议第 1 号" in shown
    assert "10 套" in shown  # what stood before stays readable
    document = Document(io.BytesIO(as_county_officer.get(f"{here}/docx").data))
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["1", "餐桌椅", "10 套", "8 套"]
    said = [one.text for one in document.paragraphs]
    assert "补充协议第 1 号" in said
    assert "刘敏（甲方）于" in said[-2]
    assert "陈晓岚（乙方）于" in said[-1]
    assert "让这件结对的补充协议生效" in text_of(as_county_officer.get(f"/desk/pairings/{active.code}"))


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("reason", "", "为什么改还没有填"), ("funds_fen", "三", "要填数字"), ("ends_on", "明天", "填写日期"),
    ("quantity", "几套", "要填整数"), ("quantity", "18", "最多能写 17 套"), ("quantity", "99999999999", "整数"),
    ("ends_on", "2001-01-01", "要晚于开始日期"), ("funds_fen", "384", "是不是把元当成万元填了")])
def test_bad_input_is_named_and_stays(as_county_officer, active, field, typed, said):
    key = f"quantity-{active.need.lines[0].id}" if field == "quantity" else field
    data = {**fields_of(as_county_officer.get(new(active))), "reason": "说清楚", "text": "留着的话", key: typed}
    answer = as_county_officer.post(new(active), data=data)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "留着的话" in text_of(answer)
    assert queries.amendments_of(active) == []
    body = answer.get_data(as_text=True)
    assert not typed or typed in body


def test_a_questioned_amount_goes_on_when_ticked(as_county_officer, active):
    data = {**fields_of(as_county_officer.get(new(active))), "reason": "说清楚", "funds_fen": "384"}
    assert as_county_officer.post(new(active), data={**data, "sure": "y"}).status_code == 303
    assert queries.open_amendment(active).funds_fen == 384_000_000


def test_foreign_amendments_are_not_found(as_county_officer, as_other_county_officer, as_other_organization_member,
                                          as_province_officer, people, active):
    data = {**fields_of(as_county_officer.get(new(active))), "reason": "说清楚", "text": "加一条"}
    here = as_county_officer.post(new(active), data=data).headers["Location"]
    number = here.rsplit("/", 1)[1]
    other = factories.make_pairing(status="active", need=factories.make_need(title="别的需求"))
    db.session.commit()
    for client in (as_other_county_officer, as_other_organization_member):
        assert client.get(here).status_code == 404
        assert client.get(f"{here}/docx").status_code == 404
        assert client.post(f"{here}/confirm").status_code == 404
        assert client.get(new(active)).status_code == 404
    assert as_county_officer.get(f"/desk/pairings/{other.code}/agreement/amendments/{number}").status_code == 404
    assert as_province_officer.get(here).status_code == 200
    assert as_province_officer.post(f"{here}/confirm").status_code == 403
    as_county_officer.post(f"{here}/confirm", data={"version": "1"})
    as_county_officer.post(f"{here}/burn", data={"version": "1"})
    assert queries.open_amendment(active) is not None


@pytest.mark.parametrize(("days", "asked"), [(91, False), (90, True), (3, True), (-2, True)])
def test_before_the_end_both_are_asked(as_county_officer, as_organization_member, active, days, asked):
    active.starts_on, active.ends_on = today() - dt.timedelta(days=300), today() + dt.timedelta(days=days)
    db.session.commit()
    for client in (as_county_officer, as_organization_member):
        assert ("续签还是办结" in text_of(client.get(f"/desk/pairings/{active.code}"))) is asked
    form = fields_of(as_organization_member.get(f"{new(active)}?renew=1"))
    assert form["ends_on"] > active.ends_on.isoformat()
    assert as_organization_member.post(new(active), data=form).status_code == 303


def test_a_second_proposal_is_told_why_not(as_county_officer, as_organization_member, active):
    data = {**fields_of(as_county_officer.get(new(active))), "reason": "说清楚", "text": "加一条"}
    assert as_county_officer.post(new(active), data=data).status_code == 303
    assert "还有一份补充协议没有答复" in text_of(as_organization_member.get(new(active)))
    assert as_organization_member.post(new(active), data=data).status_code == 422
    assert len(queries.amendments_of(active)) == 1


def test_an_amount_to_the_fen_is_not_changed_by_leaving_it(as_county_officer, active):
    active.funds_fen = 3_840_051
    db.session.commit()
    data = {**fields_of(as_county_officer.get(new(active))), "reason": "说清楚", "text": "加一条"}
    assert as_county_officer.post(new(active), data=data).status_code == 303
    made = queries.open_amendment(active)
    assert (made.funds_fen, made.in_kind_fen, made.ends_on, made.lines) == (None, None, None, "{}")
