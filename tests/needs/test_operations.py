"""What each act on a need does besides changing the state."""

import datetime as dt

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import townships
from matchplatform.core.clock import SHANGHAI, frozen, now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations, queries, rules
from matchplatform.needs.models import Need, NeedLine
from matchplatform.notices.models import Notice
from tests import factories

BODY = "村里75岁以上老人68个，大多是早上煮一锅吃一天，就差灶台和桌椅板凳。"


def values(**changes):
    return {"title": "老人一天只做一顿饭", "category_code": "elderly_care", "body": BODY, "goal": "春节前开餐",
            "beneficiaries": 68, "starts_on": today() + dt.timedelta(days=30),
            "ends_on": today() + dt.timedelta(days=300), "closing_at": now() + dt.timedelta(days=20),
            "unit": "孝昌县农业农村局", "contact_name": "万主任", "contact_phone": "13871236021",
            "lines": [{"item": "餐桌椅", "quantity": 17, "unit": "套", "unit_price_fen": 60_000}], **changes}


def told(need):
    rows: dict[str, set[int]] = {}
    for notice in db.session.scalars(db.select(Notice).where(Notice.subject_code == need.code)):
        rows.setdefault(notice.kind, set()).add(notice.user_id)
    return rows


def audit(need):
    return [(row.act, row.county_code) for row in queries.history_of(need)]


def test_numbers_run_by_county_and_year(people):
    first = operations.create_need(people.county_officer, values())
    second = operations.create_need(people.second_county_officer, values(title="另一件事"))
    other = operations.create_need(people.other_county_officer, values())
    year = today().year
    assert (first.code, second.code) == (f"XQ420921-{year}-001", f"XQ420921-{year}-002")
    assert other.code == f"XQ422801-{year}-001"
    with frozen(now() + dt.timedelta(days=366)):
        later = operations.create_need(people.county_officer, values(title="明年的事"))
    assert later.code == f"XQ420921-{year + 1}-001"


def test_the_number_after_999_is_1000(people):
    operations.create_need(people.county_officer, values()).code = f"XQ420921-{today().year}-999"
    db.session.flush()
    fresh = operations.create_need(people.county_officer, values(title="另一件事"))
    assert fresh.code.endswith("-1000")
    assert operations.create_need(people.county_officer, values(title="又一件事")).code.endswith("-1001")


def test_a_number_drawn_twice_is_drawn_again(people, monkeypatch):
    taken = operations.create_need(people.county_officer, values()).code
    drawn, right = iter([taken, taken]), queries.next_code
    monkeypatch.setattr(queries, "next_code", lambda *args: next(drawn, None) or right(*args))
    fresh = operations.create_need(people.county_officer, values(title="另一件事"))
    assert fresh.code == f"XQ420921-{today().year}-002"
    assert len(fresh.lines) == 1


def test_the_same_words_within_a_minute_are_one_need(people):
    moment = now()
    with frozen(moment):
        first = operations.create_need(people.county_officer, values())
        assert operations.create_need(people.county_officer, values()) is first
        assert operations.create_need(people.second_county_officer, values()) is not first
        assert operations.create_need(people.county_officer, values(body=BODY + "急。")) is not first
    with frozen(moment + dt.timedelta(seconds=61)):
        assert operations.create_need(people.county_officer, values()) is not first


def test_a_township_writes_for_itself_whatever_it_says(people):
    need = operations.create_need(people.township_officer, values(township_code="422801001"))
    assert need.county_code == factories.COUNTY
    assert need.township_code == people.township_officer.township_code


def test_a_township_of_another_county_is_refused(people):
    foreign = townships(factories.OTHER_COUNTY)[0].code
    with pytest.raises(Refusal, match="不在本县"):
        operations.create_need(people.county_officer, values(township_code=foreign))
    need = operations.create_need(people.county_officer, values(township_code=townships(factories.COUNTY)[0].code))
    with pytest.raises(Refusal, match="不在本县"):
        operations.edit_need(people.county_officer, need, {"township_code": foreign})


@pytest.mark.parametrize("name", ["organization_member", "city_officer", "province_officer", "auditor"])
def test_others_write_no_needs(people, name):
    with pytest.raises(Refusal, match="农业农村局"):
        operations.create_need(getattr(people, name), values())


def test_editing_changes_lines_in_place_and_raises_the_version(people):
    need = operations.create_need(people.county_officer, values())
    rows = [{"item": "冰箱", "quantity": 1, "unit": "台", "unit_price_fen": 380_000},
            {"item": "餐桌椅", "quantity": 20, "unit": "套", "unit_price_fen": 60_000}]
    before = need.version
    operations.edit_need(people.second_county_officer, need, {"lines": rows}, before)
    db.session.commit()
    assert need.version > before
    assert [(one.position, one.item, one.quantity) for one in need.lines] == [(1, "冰箱", 1), (2, "餐桌椅", 20)]
    operations.edit_need(people.county_officer, need, {"lines": rows[1:]})
    db.session.commit()
    assert [(one.position, one.item) for one in need.lines] == [(1, "餐桌椅")]
    assert db.session.scalar(db.select(db.func.count()).select_from(NeedLine)) == 1


def test_an_edit_that_changes_nothing_leaves_no_trace(people):
    same = values()
    need = operations.create_need(people.county_officer, same)
    before = need.version
    operations.edit_need(people.county_officer, need, same)
    assert need.version == before
    assert audit(need) == [("create", factories.COUNTY)]


def test_a_stale_edit_is_told_who_did_what(people):
    need = operations.create_need(people.county_officer, values())
    seen = need.version
    moment = dt.datetime.combine(today(), dt.time(14, 5), SHANGHAI).astimezone(dt.UTC)
    with frozen(moment):
        operations.edit_need(people.second_county_officer, need, {"goal": "开餐"}, seen)
        with pytest.raises(Conflict) as caught:
            operations.edit_need(people.county_officer, need, {"goal": "别的"}, seen)
    assert caught.value.reason == "陈思 14:05 已经办了“修改需求”。"
    assert need.goal == "开餐"


def test_a_stale_act_and_a_second_click_are_told_so(people):
    need = factories.make_need(status="submitted")
    seen = need.version
    operations.act(people.second_county_officer, need, "publish", version=seen)
    for actor, who in ((people.province_officer, "陈思"), (people.second_county_officer, "您")):
        for version in (seen, None):
            with pytest.raises(Conflict, match=rf"^{who} \d\d:\d\d 已经办了“放行发布”。"):
                operations.act(actor, need, "publish", version=version)
    assert need.status == "published"


@pytest.mark.parametrize(("status", "said"), [("submitted", "撤回来改"), ("published", "提出改动"),
                                              ("matched", "已经发布"), ("withdrawn", "恢复为草稿")])
def test_what_is_handed_in_or_out_is_not_edited(people, status, said):
    need = factories.make_need(status=status)
    with pytest.raises(Refusal) as caught:
        operations.edit_need(people.county_officer, need, {"goal": "别的"})
    assert said in caught.value.sentence


def test_an_incomplete_draft_cannot_be_handed_in(people):
    need = operations.create_need(people.county_officer, {"title": "写到一半", "category_code": "health", "body": "短"})
    assert {one.name for one in rules.completeness(need)} == {
        "goal", "beneficiaries", "starts_on", "ends_on", "closing_at", "unit", "contact_name", "contact_phone", "body"}
    with pytest.raises(Refusal, match="还没有填全：怎样算办成、受益人数"):
        operations.act(people.county_officer, need, "submit")
    assert (need.status, need.submitted_by) == ("draft", None)
    operations.edit_need(people.county_officer, need, values())
    operations.act(people.county_officer, need, "submit")
    assert need.status == "submitted"


@pytest.mark.parametrize("verb", ["submit", "publish"])
def test_a_closing_time_that_has_passed_stops_it(people, verb):
    need = factories.make_need(status="draft" if verb == "submit" else "submitted")
    actor = people.county_officer if verb == "submit" else people.second_county_officer
    with frozen(need.closing_at + dt.timedelta(seconds=1)), pytest.raises(Refusal, match="接单截止已经过去"):
        operations.act(actor, need, verb)


def test_handing_in_asks_the_other_officers_of_the_county(people):
    need = factories.make_need(status="draft")
    operations.act(people.county_officer, need, "submit")
    assert need.submitted_by == people.county_officer.id
    assert told(need) == {"to_do": {people.second_county_officer.id}}


def test_where_nobody_else_is_in_the_county_the_province_releases(people):
    need = factories.make_need(status="draft", county=factories.OTHER_COUNTY, author="other_county_officer")
    operations.act(people.other_county_officer, need, "submit")
    assert told(need)["to_do"] == {people.province_officer.id, people.second_province_officer.id}
    assert queries.releaser_names(need) == []
    operations.act(people.province_officer, need, "publish")
    assert need.released_by == people.province_officer.id
    assert told(need)["good"] == {people.other_county_officer.id}


def test_releasing_is_recorded_and_told_to_the_author(people):
    need = factories.make_need(status="submitted")
    operations.act(people.second_county_officer, need, "publish")
    assert (need.released_by, need.released_at is not None) == (people.second_county_officer.id, True)
    assert told(need)["good"] == {people.county_officer.id}
    assert audit(need) == [("publish", factories.COUNTY)]


def test_returning_tells_the_author_why_and_he_hands_it_in_again(people):
    need = factories.make_need(status="submitted")
    operations.act(people.province_officer, need, "return", "请写清灶台要几口")
    assert (need.status, need.status_reason) == ("returned", "请写清灶台要几口")
    assert people.county_officer.id in told(need)["refused"]
    operations.act(people.second_county_officer, need, "submit")
    assert (need.submitted_by, need.status_reason) == (people.second_county_officer.id, "")


def test_a_draft_again_may_be_handed_in_by_whom_released_it(people):
    need = factories.make_need(status="withdrawn")
    operations.act(people.county_officer, need, "reinstate", "内容有变")
    assert (need.released_by, need.submitted_by) == (None, None)
    operations.act(people.second_county_officer, need, "submit")
    operations.act(people.county_officer, need, "publish")
    assert need.released_by == people.county_officer.id


def test_reopening_after_the_closing_time_wants_a_new_one(people):
    need = factories.make_need(status="closed")
    with frozen(need.closing_at + dt.timedelta(days=1)):
        with pytest.raises(Refusal, match="新的接单截止"):
            operations.act(people.county_officer, need, "reopen", "还差几样")
        fresh = need.closing_at + dt.timedelta(days=30)
        operations.act(people.county_officer, need, "reopen", "还差几样", closing_at=fresh)
        assert (need.status, need.closing_at, need.state.value) == ("published", fresh, "published")


def test_the_pairing_desks_moves_are_recorded_and_do_nothing_twice(people):
    need = factories.make_need()
    for mark, state in ((operations.mark_matched, "matched"), (operations.mark_fulfilled, "fulfilled"),
                        (operations.mark_rematched, "matched"), (operations.mark_unmatched, "published")):
        for _ in range(2):
            mark(people.province_officer, need)
            assert need.status == state
    assert [act for act, _ in audit(need)] == ["match", "fulfil", "rematch", "unmatch"]
    assert db.session.scalars(db.select(AuditRow.kind).distinct()).all() == ["need"]


@pytest.mark.parametrize("status", ["closed", "withdrawn"])
def test_ending_a_pairing_leaves_a_need_alone_that_the_county_took_back(people, status):
    need = factories.make_need(status=status)
    operations.mark_unmatched(people.province_officer, need)
    assert need.status == status


def test_a_withdrawn_need_is_not_matched(people):
    need = factories.make_need(status="withdrawn")
    with pytest.raises(Refusal, match="已撤回"):
        operations.mark_matched(people.province_officer, need)


def test_a_refusal_leaves_nothing_behind(people):
    need = factories.make_need(status="draft", goal="")
    db.session.commit()
    with pytest.raises(Refusal):
        operations.act(people.county_officer, need, "submit")
    db.session.rollback()
    assert db.session.scalar(db.select(Need.status).where(Need.id == need.id)) == "draft"
    assert audit(need) == []
    assert told(need) == {}
