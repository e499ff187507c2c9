"""The pages over HTTP: scopes, stale pages, second clicks, typed values that stay."""

import datetime as dt
import re

import pytest

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.pairings import queries, rules
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.web.pages import statements, words

MESSAGE = "下个月可以进场，设备由我们送到村。"


def text_of(answer):
    """The page as people read it: without tags, blanks squeezed."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def after(client, answer):
    """The page that a redirect leads to."""
    assert answer.status_code == 303, text_of(answer)[:500]
    return client.get(answer.headers["Location"])


def status_of(code):
    return db.session.scalar(db.select(Pairing.status).where(Pairing.code == code))


@pytest.fixture
def pairing(people):
    made = factories.make_pairing(status="accepted")
    db.session.commit()
    return made


@pytest.mark.parametrize(("client", "sees"), [
    ("as_county_officer", True), ("as_second_county_officer", True), ("as_other_county_officer", False),
    ("as_organization_member", True), ("as_other_organization_member", False), ("as_city_officer", True),
    ("as_province_officer", True)])
def test_each_sees_his_own_reach_and_a_foreign_code_is_not_found(request, pairing, client, sees):
    browser = request.getfixturevalue(client)
    assert browser.get(f"/desk/pairings/{pairing.code}").status_code == (200 if sees else 404)
    shown = text_of(browser.get("/desk/pairings"))
    assert (pairing.code in shown) is sees
    if not sees:
        assert browser.post(f"/desk/pairings/{pairing.code}/terminate", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize("client", ["as_township_officer", "as_system_admin", "as_auditor"])
def test_other_roles_have_no_pairings(request, pairing, client):
    assert request.getfixturevalue(client).get("/desk/pairings").status_code == 403


def test_bids_are_sealed_from_other_organizations(as_other_organization_member, people):
    """Neither the list nor the bid page shows that somebody else has bid."""
    need = factories.make_need()
    own = db.session.get(factories.Organization, people.other_organization_member.organization_id)
    factories.make_offering(own)
    theirs = factories.make_pairing(need=need, message="我们出价三万元，不要让别人知道。")
    db.session.commit()
    for path in ("/desk/pairings", f"/desk/needs/{need.code}/bid"):
        answer = as_other_organization_member.get(path)
        assert answer.status_code == 200
        shown = answer.get_data(as_text=True)
        assert theirs.code not in shown
        assert theirs.organization.name not in shown
        assert "不要让别人知道" not in shown


def test_a_bid_over_http_and_the_same_click_again(as_organization_member, people):
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    db.session.commit()
    form = {"choice": offering.code, "message": MESSAGE, "offered_funds_fen": "3.84", "offered_in_kind_fen": "6"}
    first = after(as_organization_member, as_organization_member.post(f"/desk/needs/{need.code}/bid", data=form))
    assert "待对方答复" in text_of(first)
    again = as_organization_member.post(f"/desk/needs/{need.code}/bid", data=form)
    assert again.status_code == 422
    assert "已经有一件结对" in text_of(again)
    made = db.session.scalars(db.select(Pairing)).one()
    assert (made.offered_funds_fen, made.offered_in_kind_fen) == (3_840_000, 6_000_000)


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("offered_funds_fen", "十万", "请写成 10"), ("offered_funds_fen", "-1", "不能是负数"),
    ("offered_funds_fen", "1e309", "要填数字"), ("offered_in_kind_fen", "", "还没有填"),
    ("message", "短", "至少写 10 个字"), ("message", "长" * 1001, "最多 1000 字")])
def test_what_was_typed_stays_beside_the_message(as_organization_member, people, field, typed, said):
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    db.session.commit()
    form = {"choice": offering.code, "message": MESSAGE, "offered_funds_fen": "3.84", "offered_in_kind_fen": "6",
            field: typed}
    answer = as_organization_member.post(f"/desk/needs/{need.code}/bid", data=form)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert typed in answer.get_data(as_text=True)
    assert db.session.scalars(db.select(Pairing)).all() == []


def test_a_refused_bid_shows_every_rule_and_the_cure_as_a_link(as_organization_member, people):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization(), areas=("422801",))
    db.session.commit()
    shown = as_organization_member.get(f"/desk/needs/{need.code}/bid").get_data(as_text=True)
    assert "可服务区域" in shown
    assert f"/desk/offerings/{offering.code}/edit" in shown
    answer = as_organization_member.post(f"/desk/needs/{need.code}/bid", data={
        "choice": offering.code, "message": MESSAGE, "offered_funds_fen": "0", "offered_in_kind_fen": "0"})
    assert answer.status_code == 422
    assert MESSAGE in answer.get_data(as_text=True)


def test_an_order_over_http(as_county_officer, people):
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    db.session.commit()
    page = as_county_officer.get(f"/desk/offerings/{offering.code}/order")
    assert need.title in text_of(page)
    form = {"choice": need.code, "message": MESSAGE, "offered_funds_fen": "", "offered_in_kind_fen": ""}
    answer = as_county_officer.post(f"/desk/offerings/{offering.code}/order", data=form)
    assert "待对方答复" in text_of(after(as_county_officer, answer))


def test_a_second_click_on_accept_is_told_so(as_county_officer, people):
    made = factories.make_pairing()
    db.session.commit()
    form = {"version": str(made.version), "back": f"/desk/pairings/{made.code}"}
    after(as_county_officer, as_county_officer.post(f"/desk/pairings/{made.code}/accept", data=form))
    again = as_county_officer.post(f"/desk/pairings/{made.code}/accept", data=form)
    assert "已同意这件结对" in text_of(after(as_county_officer, again))
    assert status_of(made.code) == "accepted"
    assert made.offering.capacity_taken == 1


def test_a_stale_approval_gets_a_sentence(as_province_officer, as_second_province_officer, pairing):
    form = {"version": str(pairing.version), "reason": "同意", "back": "/desk/approvals"}
    after(as_province_officer, as_province_officer.post(f"/desk/pairings/{pairing.code}/approve", data=form))
    late = as_second_province_officer.post(f"/desk/pairings/{pairing.code}/reject", data=form)
    shown = text_of(after(as_second_province_officer, late))
    assert re.search(r"周正 \d\d:\d\d 已批准这件结对。", shown)
    assert status_of(pairing.code) == "approved"


def test_a_rejection_wants_a_reason(as_province_officer, pairing):
    answer = as_province_officer.post(f"/desk/pairings/{pairing.code}/reject", data={
        "reason": " ", "back": "/desk/approvals"})
    assert "要写明理由" in text_of(after(as_province_officer, answer))
    assert status_of(pairing.code) == "accepted"


def test_a_get_never_moves_anything(as_province_officer, pairing):
    assert as_province_officer.get(f"/desk/pairings/{pairing.code}/approve").status_code == 405
    assert status_of(pairing.code) == "accepted"


def test_the_desk_shows_the_case_with_its_verdicts(as_province_officer, pairing):
    page = as_province_officer.get(f"/desk/approvals?case={pairing.code}")
    shown = text_of(page)
    for word in (pairing.code, "资格核对", "双方同意", "以前怎么办的", "批准后 0 → 1 家", "批准结对", "驳回"):
        assert word in shown, word
    assert "等您审批" in shown


def test_the_desk_flags_what_fails_and_blocks_the_approval(as_province_officer, pairing):
    pairing.organization.is_abnormal = True
    db.session.commit()
    page = as_province_officer.get(f"/desk/approvals?case={pairing.code}")
    assert 'aria-disabled="true"' in page.get_data(as_text=True)
    assert "在活动异常名录里" in text_of(page)
    answer = as_province_officer.post(f"/desk/pairings/{pairing.code}/approve", data={
        "reason": "同意", "back": "/desk/approvals"})
    assert "资格核对没有通过" in text_of(after(as_province_officer, answer))


def test_a_decided_case_says_by_whom(as_province_officer, pairing, people):
    from matchplatform.pairings import operations

    operations.act(people.second_province_officer, pairing, "approve", "同意")
    db.session.commit()
    shown = text_of(as_province_officer.get(f"/desk/approvals?case={pairing.code}"))
    assert re.search(r"何平 \d\d:\d\d 已批准这件结对。", shown)


def test_a_case_of_another_city_is_not_found(as_city_officer, people):
    far = factories.make_pairing(status="accepted", need=factories.make_need(county=factories.OTHER_COUNTY))
    db.session.commit()
    assert as_city_officer.get(f"/desk/approvals?case={far.code}").status_code == 404
    assert as_city_officer.get(f"/desk/approvals/bulk?case={far.code}").status_code == 404


def test_an_empty_desk_says_so(as_province_officer, people):
    assert "没有等您审批的结对" in text_of(as_province_officer.get("/desk/approvals"))


def test_earlier_cases_beside_a_case_are_those_within_reach(as_city_officer, as_province_officer, people):
    far = factories.make_pairing(need=factories.make_need(county=factories.OTHER_COUNTY, title="外市的老年食堂"),
                                 status="approved")
    near = factories.make_pairing(status="approved", need=factories.make_need(title="孝昌县的老年食堂"))
    city = factories.make_pairing(status="accepted", approval_level="city")
    province = factories.make_pairing(status="accepted")
    db.session.commit()
    page = text_of(as_city_officer.get(f"/desk/approvals?case={city.code}"))
    assert near.need.title in page
    assert far.need.title not in page
    assert far.need.title in text_of(as_province_officer.get(f"/desk/approvals?case={province.code}"))


def test_city_pairings_do_not_wait_at_the_province(as_province_officer, as_city_officer, people):
    made = factories.make_pairing(status="accepted", approval_level="city")
    db.session.commit()
    assert made.need.title not in text_of(as_province_officer.get("/desk/approvals"))
    assert made.need.title in text_of(as_city_officer.get("/desk/approvals"))


def test_bulk_shows_the_list_first_and_leaves_out_what_fails(as_province_officer, people):
    good = [factories.make_pairing(status="accepted", organization=factories.make_organization(),
                                   offered_funds_fen=1_250_000) for _ in range(2)]
    bad = factories.make_pairing(status="accepted", organization=factories.make_organization())
    bad.organization.is_dishonest = True
    db.session.commit()
    codes = [one.code for one in (*good, bad)]
    page = as_province_officer.get("/desk/approvals/bulk", query_string={"case": codes})
    shown = text_of(page)
    assert "0 → 2" in shown
    assert "2.5" in shown
    assert "严重违法失信" in shown
    posted = re.findall(r'name="case" value="([^"]+)"', page.get_data(as_text=True))
    assert sorted(posted) == sorted(f"{one.code}:{one.version}" for one in good)
    # one of them is decided elsewhere before the click
    good[0].organization.is_abnormal = True
    db.session.commit()
    answer = as_province_officer.post("/desk/approvals/bulk", data={"case": posted, "opinion": "条件相符，同意。"})
    shown = text_of(answer)
    assert "在活动异常名录里" in shown
    assert [status_of(code) for code in codes] == ["accepted", "approved", "accepted"]


def test_bulk_without_a_choice_goes_back_with_a_sentence(as_province_officer, people):
    answer = as_province_officer.get("/desk/approvals/bulk")
    assert answer.status_code == 302
    assert "还没有选" in text_of(as_province_officer.get(answer.headers["Location"]))


def test_signing_over_http(as_county_officer, people):
    made = factories.make_pairing(status="approved")
    db.session.commit()
    form = {"version": str(made.version), "agreement_number": "孝昌民结〔2026〕3号",
            "signed_on": f"{today():%Y年%m月%d日}", "starts_on": f"{today()}",
            "ends_on": f"{today() + dt.timedelta(days=365):%Y.%m.%d}", "funds_fen": "3.84万", "in_kind_fen": "6"}
    wrong = as_county_officer.post(f"/desk/pairings/{made.code}/sign", data={**form, "signed_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert "早于批准日期" in text_of(wrong)
    assert "孝昌民结〔2026〕3号" in wrong.get_data(as_text=True)
    bad = as_county_officer.post(f"/desk/pairings/{made.code}/sign", data={**form, "funds_fen": "三万八千"})
    assert "请写成 3.8" in text_of(bad)
    answer = as_county_officer.post(f"/desk/pairings/{made.code}/sign", data=form)
    assert "在办" in text_of(after(as_county_officer, answer))
    db.session.refresh(made)
    assert (made.funds_fen, made.in_kind_fen) == (3_840_000, 6_000_000)


@pytest.mark.parametrize("field", ["confirm_need_from", "confirm_offering_from"])
def test_each_chip_counts_what_it_shows(as_province_officer, people, field):
    for n, status in enumerate(rules.STATES.values):
        for confirming in (False, True):
            made = factories.make_pairing(status=status, need=factories.make_need(title=f"事情{n}"))
            setattr(made, field, 1 if confirming else None)
    db.session.commit()
    counts = queries.state_counts(people.province_officer, queries.PairingFilter())
    assert set(counts) == set(rules.SHOWN.values)
    assert sum(counts.values()) == 2 * 10
    for state, n in counts.items():
        found = queries.desk_pairings(people.province_officer, queries.PairingFilter(state=(state,)))
        assert ({one.state.value for one in found.items}, found.total) == ({state}, n), state
    db.session.rollback()
    page = words(as_province_officer.get("/desk/pairings"))
    assert f"{rules.CONFIRMING.label} {counts['confirming']}" in page


def test_filters_and_sort_stand_in_the_url(as_province_officer, people):
    waiting = factories.make_pairing(status="accepted")
    ended = factories.make_pairing(status="declined", origin="order", organization=factories.make_organization(),
                                   need=factories.make_need(title="脐橙卖不出去，烂在树上",
                                                            county=factories.OTHER_COUNTY))
    db.session.commit()
    for query, shows in (("state=declined", ended), ("origin=order", ended), ("county=422801", ended),
                         ("city=422800", ended), ("q=脐橙", ended), (f"q={waiting.code}", waiting),
                         ("state=accepted&sort=score", waiting), ("q=100%25", None), ("page=99&sort=?", waiting)):
        shown = text_of(as_province_officer.get(f"/desk/pairings?{query}"))
        assert (waiting.code in shown) == (shows is waiting), query
        if shows is not waiting or "page" not in query:
            assert (ended.code in shown) == (shows is ended), query


@pytest.mark.parametrize("path", ["/desk/pairings", "/desk/approvals"])
def test_statements_do_not_grow_with_rows(as_province_officer, people, path):
    def counted():
        return statements(lambda: as_province_officer.get(path))

    for _ in range(2):
        factories.make_pairing(status="accepted", organization=factories.make_organization())
    db.session.commit()
    counted()
    few = counted()
    for _ in range(6):
        factories.make_pairing(status="accepted", organization=factories.make_organization())
    db.session.commit()
    counted()
    assert counted() <= few
