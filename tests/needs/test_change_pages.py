"""The pages on which a released need is changed, and its history."""

import datetime as dt
import re

import pytest

from matchplatform.core.clock import frozen, now
from matchplatform.core.money import exact_wan
from matchplatform.extensions import db
from matchplatform.needs import operations
from matchplatform.needs.change_operations import decide_change, propose_change
from matchplatform.needs.change_queries import pending_change
from tests import factories
from tests.needs.test_pages import typed
from tests.web.pages import parsed, words

WHY = "镇里自己买了五套"


def form_of(need, **values):
    """The form as the page filled it, with what was typed over it."""
    same = {"title": need.title, "body": need.body, "goal": need.goal, "village": need.village,
            "closing_at": f"{need.closing_at.astimezone(dt.timezone(dt.timedelta(hours=8))):%Y-%m-%d %H:%M}",
            "starts_on": f"{need.starts_on}", "ends_on": f"{need.ends_on}",
            "funds_secured_fen": exact_wan(need.funds_secured_fen),
            "funds_gap_fen": "10.1", "beneficiaries": "68", "old_and_young": "0", "households": "0",
            "lifted_households": "0", "monitored_households": "0", "unit": need.unit, "conditions": "", "basis": "",
            "contact_name": need.contact_name, "contact_phone": need.contact_phone, "category_code": "elderly_care",
            "aid_mode": need.aid_mode, "urgency": need.urgency, "township_code": "", "publicity": need.publicity,
            "supplies": "", "preferred_organization": "", "lines-0-item": "餐桌椅", "lines-0-quantity": "17",
            "lines-0-unit": "套", "lines-0-unit_price": "600", "version": str(need.version)}
    return {**same, **values}


def test_a_released_need_is_changed_in_two_steps_and_released_by_a_colleague(
        as_county_officer, as_second_county_officer, as_visitor, people):
    need = factories.make_need(funds_secured_fen=2_400_000)
    factories.make_pairing(need=need)
    factories.make_pairing(need=need, status="approved", organization=factories.make_organization())
    code = need.code
    db.session.commit()
    address = f"/desk/needs/{code}/changes/new"
    assert as_county_officer.get(f"/desk/needs/{code}/edit").headers["Location"].endswith(address)
    assert "看看改了什么" in words(as_county_officer.get(address))
    filled = form_of(need, **{"lines-0-quantity": "20", "contact_name": "李主任"})
    look = as_county_officer.post(address, data={**filled, "save": "look"})
    parsed(look)
    said = words(look)
    for one in ("餐桌椅", "17 套", "20 套", "要同事放行才生效", "交了马上生效", "李主任", "1 件结对还没批准",
                "另有 1 件已批准", "陈思"):
        assert one in said
    assert (need.lines[0].quantity, pending_change(need)) == (17, None)
    refused = as_county_officer.post(address, data={**filled, "save": "change", "reason": " "})
    assert refused.status_code == 422
    assert "还没有写为什么改" in words(refused)
    answer = as_county_officer.post(address, data={**filled, "save": "change", "reason": WHY}, follow_redirects=True)
    parsed(answer)
    assert "等陈思放行" in words(answer)
    assert "17 套" in words(as_visitor.get(f"/needs/{code}"))
    change = pending_change(need)
    page = as_second_county_officer.get(f"/desk/needs/{code}/changes/{change.id}")
    parsed(page)
    assert "放行改动" in words(page)
    done = as_second_county_officer.post(f"/desk/needs/{code}/changes/{change.id}/release", follow_redirects=True)
    assert "已告诉 2 件结对的社会组织" in words(done)
    public = as_visitor.get(f"/needs/{code}")
    parsed(public)
    assert "发布后改过 2 次" in words(public)  # the contact at once, the quantity with the release


def test_what_was_not_touched_is_not_changed(as_county_officer, people):
    """Seconds of the closing time stay, and every 分; nothing changed is said."""
    need = factories.make_need(funds_secured_fen=2_400_001, closing_at=now() + dt.timedelta(days=9, seconds=7))
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/changes/new", data={**form_of(need), "save": "look"})
    assert answer.status_code == 422
    assert "内容没有变化" in words(answer)


def test_a_passed_closing_time_does_not_stand_in_the_way(as_county_officer, people):
    need = factories.make_need(status="matched", closing_at=now() - dt.timedelta(days=9))
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/changes/new",
                                    data={**form_of(need, title="换个名字"), "save": "look"})
    assert answer.status_code == 200
    assert "换个名字" in words(answer)


def test_one_goes_back_to_the_form_with_what_was_typed(as_county_officer, people):
    need = factories.make_need()
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/changes/new",
                                    data={**form_of(need, title="换个名字"), "save": "back"})
    assert answer.status_code == 200
    assert 'value="换个名字"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(("client", "status"), [
    ("as_other_county_officer", 404), ("as_township_officer", 403), ("as_province_officer", 403),
    ("as_organization_member", 403), ("as_auditor", 403)])
def test_others_do_not_come_to_the_form(request, people, client, status):
    need = factories.make_need()
    db.session.commit()
    browser = request.getfixturevalue(client)
    for method in (browser.get, browser.post):
        assert method(f"/desk/needs/{need.code}/changes/new").status_code == status


def test_while_a_change_waits_the_form_leads_to_it(as_county_officer, as_second_county_officer, people):
    need = factories.make_need()
    change = propose_change(people.county_officer, need, {"title": "换个名字"}, WHY).waiting
    db.session.commit()
    answer = as_second_county_officer.get(f"/desk/needs/{need.code}/changes/new")
    assert answer.headers["Location"].endswith(f"/changes/{change.id}")
    assert "有一次改动在等放行" in words(as_county_officer.get(f"/desk/needs/{need.code}"))
    assert "放行改动" in words(as_second_county_officer.get("/mine"))


def test_from_the_refusal_the_own_change_is_withdrawn_in_one_click_and_what_was_typed_stays(
        as_county_officer, people):
    need = factories.make_need()
    first = propose_change(people.county_officer, need, {"title": "换个名字"}, WHY).waiting
    db.session.commit()
    address, filled = f"/desk/needs/{need.code}/changes/new", form_of(need, title="又换一个名字")
    refused = as_county_officer.post(address, data={**filled, "save": "change", "reason": "写错了村名"})
    parsed(refused, 422)
    assert "还在等放行" in words(refused)
    page = refused.get_data(as_text=True)
    assert 'form="hand-in" name="save" value="free"' in page
    assert f"/desk/needs/{need.code}/changes/{first.id}" in page
    freed = as_county_officer.post(address, data={**filled, "save": "free", "reason": "写错了村名"})
    parsed(freed)
    assert (freed.status_code, pending_change(need), first.status) == (200, None, "withdrawn")
    said = words(freed)
    for one in ("那一次改动已经撤回", "又换一个名字", "写错了村名"):
        assert one in said
    assert "撤回那一次改动" not in said
    assert as_county_officer.post(address, data={**filled, "save": "change", "reason": "写错了村名"}).status_code == 303
    assert pending_change(need).values == {"title": "又换一个名字"}


def test_a_colleague_is_led_to_the_change_that_waits_and_withdraws_nothing(as_second_county_officer, people):
    need = factories.make_need()
    first = propose_change(people.county_officer, need, {"title": "换个名字"}, WHY).waiting
    db.session.commit()
    address, filled = f"/desk/needs/{need.code}/changes/new", form_of(need, title="又换一个名字")
    look = as_second_county_officer.post(address, data={**filled, "save": "look"})  # told before a reason is written
    parsed(look)
    page = look.get_data(as_text=True)
    assert f"/desk/needs/{need.code}/changes/{first.id}" in page
    assert 'value="free"' not in page
    answer = as_second_county_officer.post(address, data={**filled, "save": "free"})
    assert answer.status_code == 422
    assert "您不能“撤回改动”" in words(answer)
    assert pending_change(need).id == first.id
    small = as_second_county_officer.post(address, data={**form_of(need, contact_name="李主任"), "save": "look"})
    assert "还在等放行" not in words(small)  # what takes effect at once need not wait


def test_a_change_that_what_it_was_weighed_against_left_says_so(as_second_county_officer, people):
    need = factories.make_need()
    change = propose_change(people.county_officer, need, {"closing_at": need.closing_at - dt.timedelta(days=9)},
                            WHY).waiting
    propose_change(people.second_county_officer, need, {"closing_at": need.closing_at + dt.timedelta(days=9)}, WHY)
    db.session.commit()
    address = f"/desk/needs/{need.code}/changes/{change.id}"
    page = as_second_county_officer.get(address)
    parsed(page)
    assert "“接单截止”又改过" in words(page)
    assert "这次没有放行" in words(as_second_county_officer.post(f"{address}/release", follow_redirects=True))
    assert pending_change(need) is not None


def test_another_needs_change_is_not_there(as_second_county_officer, people):
    need, other = factories.make_need(), factories.make_need()
    change = propose_change(people.county_officer, need, {"title": "换个名字"}, WHY).waiting
    db.session.commit()
    for path in (f"{other.code}/changes/{change.id}", f"{need.code}/changes/99999999999999999999"):
        assert as_second_county_officer.get(f"/desk/needs/{path}").status_code == 404
        assert as_second_county_officer.post(f"/desk/needs/{path}/release").status_code == 404


def test_a_line_below_what_was_taken_is_told_beside_it_in_the_first_step(as_county_officer, people):
    need = factories.make_need()
    need.lines[0].committed = 6
    db.session.commit()
    address = f"/desk/needs/{need.code}/changes/new"
    assert "已认下 6" in words(as_county_officer.get(address))
    refused = as_county_officer.post(address, data={**form_of(need, **{"lines-0-quantity": "5"}), "save": "look"})
    assert refused.status_code == 422
    assert 'id="lines-0-quantity-error"' in refused.get_data(as_text=True)
    assert "数量不能少于 6" in words(refused)
    gone = as_county_officer.post(address, data={**form_of(need, **{"lines-0-item": "", "lines-0-quantity": "",
                                                                    "lines-0-unit": "", "lines-0-unit_price": ""}),
                                                 "save": "look"})
    assert gone.status_code == 422
    assert "也不能删掉这一项" in words(gone)
    enough = as_county_officer.post(address, data={**form_of(need, **{"lines-0-quantity": "6"}), "save": "look"})
    assert enough.status_code == 200


def test_without_a_reason_the_page_says_so_itself(as_county_officer, people):
    need = factories.make_need()
    db.session.commit()
    look = as_county_officer.post(f"/desk/needs/{need.code}/changes/new",
                                  data={**form_of(need, title="换个名字"), "save": "look"}).get_data(as_text=True)
    assert re.search(r'<form[^>]*data-draft="change-[^>]* novalidate>', look)
    page = as_county_officer.get(f"/desk/needs/{need.code}").get_data(as_text=True)
    assert all("novalidate" in one for one in re.findall(r'<form[^>]*class="verb"[^>]*>', page))
    for verb in ("close", "fail"):
        said = words(as_county_officer.post(f"/desk/needs/{need.code}/{verb}", data={"reason": " ", "version": str(
            need.version), "back": f"/desk/needs/{need.code}"}, follow_redirects=True))
        assert "理由" in said.split("现在能办的")[0], verb
    assert need.status == "published"


# ---- history

def written(people):
    """A need with five versions over three days: two drafts, handed in, released, changed."""
    start = dt.datetime(2026, 1, 5, 2, 0, tzinfo=dt.UTC)
    values = {"title": "第一稿", "category_code": "elderly_care",
              "body": "村里75岁以上老人68个，就差灶台、冰箱、消毒柜。"}
    later = {"goal": "春节前开餐", "beneficiaries": 68, "unit": "县农业农村局", "contact_name": "万主任",
             "contact_phone": "13871236021", "starts_on": dt.date(2026, 3, 1), "ends_on": dt.date(2026, 9, 1),
             "closing_at": start + dt.timedelta(days=90), "title": "第二稿"}
    with frozen(start):
        need = operations.create_need(people.county_officer, values)
    with frozen(start + dt.timedelta(days=1)):
        operations.edit_need(people.county_officer, need, later)
        operations.act(people.county_officer, need, "submit")
    with frozen(start + dt.timedelta(days=2)):
        operations.act(people.second_county_officer, need, "publish")
    with frozen(start + dt.timedelta(days=3)):
        change = propose_change(people.county_officer, need, {"title": "发布后的名字"}, WHY).waiting
        decide_change(people.second_county_officer, need, change, "release")
    db.session.commit()
    return need


def test_the_history_shows_every_version_with_what_changed(as_county_officer, people):
    need = written(people)
    answer = as_county_officer.get(f"/desk/needs/{need.code}/history")
    parsed(answer)
    said = words(answer)
    for one in ("共 5 版", "最早的一版", "刘敏 修改需求".replace(" ", ""), "放行改动", WHY, "改了 1 处：项目名称"):
        assert one.replace(" ", "") in said.replace(" ", "")


def test_two_versions_are_compared_whichever_was_named_first(as_county_officer, people):
    need = written(people)
    for query in ("a=1&b=5", "a=5&b=1"):
        answer = as_county_officer.get(f"/desk/needs/{need.code}/history?{query}")
        parsed(answer)
        said = words(answer).partition("第 1 版和第 5 版比较")[2]
        assert said.index("第一稿") < said.index("发布后的名字")


@pytest.mark.parametrize(("at", "said"), [
    ("2026年1月5日", "第一稿"), ("2026-01-06 10:00", "第二稿"), ("2026-01-04", "还没有可以看的内容"),
    ("2030/1/1", "发布后的名字")])
def test_a_day_shows_what_stood_then_with_a_band(as_county_officer, people, at, said):
    need = written(people)
    answer = as_county_officer.get(f"/desk/needs/{need.code}/history", query_string={"at": at})
    parsed(answer)
    assert said in words(answer)
    assert "当时的内容" in words(answer) or "还没有可以看的内容" in words(answer)


@pytest.mark.parametrize("query", ["at=明天", "a=1&b=99", "a=x&b=-1", "v=99", "v=99999999999999999999&at=%00"])
def test_what_cannot_be_understood_leaves_the_list(as_county_officer, people, query):
    need = written(people)
    answer = as_county_officer.get(f"/desk/needs/{need.code}/history?{query}")
    parsed(answer)
    assert "共 5 版" in words(answer)


@pytest.mark.parametrize(("client", "count"), [
    ("as_county_officer", 5), ("as_province_officer", 3), ("as_city_officer", 2)])
def test_old_drafts_stay_with_those_who_wrote_them(request, people, client, count):
    need = written(people)
    browser = request.getfixturevalue(client)
    answer = browser.get(f"/desk/needs/{need.code}/history")
    assert f"共 {count} 版" in words(answer)
    for query in ("v=1", "a=1&b=5", "at=2026-01-05"):
        shown = words(browser.get(f"/desk/needs/{need.code}/history?{query}"))
        assert ("第一稿" in shown) == (client == "as_county_officer"), query


def test_a_record_without_versions_says_so(as_county_officer, people):
    need = factories.make_need()
    db.session.commit()
    answer = as_county_officer.get(f"/desk/needs/{need.code}/history")
    parsed(answer)
    assert "还没有留下版本" in words(answer)


def test_the_edit_form_of_a_draft_is_as_it_was(as_county_officer, people):
    need = factories.make_need(status="draft")
    db.session.commit()
    said = words(as_county_officer.get(f"/desk/needs/{need.code}/edit"))
    assert "只存草稿" in said
    assert "看看改了什么" not in said
    assert as_county_officer.post(f"/desk/needs/{need.code}/edit",
                                  data={**typed(), "save": "draft"}).status_code == 303
