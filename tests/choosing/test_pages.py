"""The pages through the clients of every role: what they show, keep and refuse."""

import datetime as dt

import pytest

from matchplatform.choosing import call_operations, choice_operations, queries
from matchplatform.choosing.models import Call, Reply
from matchplatform.core.clock import local, now
from matchplatform.extensions import db
from tests import factories
from tests.choosing import scenes
from tests.web.pages import parsed, statements

DECLARED = {"may_choose": "1", "requirements": "有食品经营备案经验", "note": "",
            "criteria": "服务方案 60%\n资金和物资 40"}


def moment(days):
    return f"{local(now() + dt.timedelta(days=days)):%Y-%m-%d %H:%M}"


def declared(**values):
    return {"closing_at": moment(10), "questions_until": moment(8), **DECLARED, **values}


def typed(call, offering, **values):
    line = call.need.lines[0]
    day = local(now()).date()
    return {"choice": offering.code, f"take-{line.id}": "17", "plan": "先看场地，再进设备，一个月内开餐。",
            "people": "项目主管一人，厨师两人，都做过食堂。", "starts_on": str(day + dt.timedelta(days=30)),
            "ends_on": str(day + dt.timedelta(days=300)), "funds_fen": "3", "in_kind_fen": "5", "person_days": "60",
            **{f"evidence-{one.id}": f"2024年做过，{one.text}有材料。" for one in call.items}, **values}


def test_the_county_declares_a_call_and_everybody_reads_it(as_county_officer, as_visitor):
    need = factories.make_need()
    db.session.commit()
    url = f"/desk/needs/{need.code}/call/edit"
    assert "发起征集" in as_county_officer.get(f"/desk/needs/{need.code}").text
    assert as_county_officer.get(url).status_code == 200
    answer = as_county_officer.post(url, data=declared())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/needs/{need.code}/call")
    call = db.session.scalars(db.select(Call)).one()
    assert [(one.text, one.weight) for one in call.criteria] == [("服务方案", 60), ("资金和物资", 40)]
    page = as_visitor.get(f"/needs/{need.code}/call").text
    assert "有食品经营备案经验" in page
    assert "60%" in page
    assert "以服务器时间为准，现在是" in page
    assert f"/needs/{need.code}/call" in as_visitor.get(f"/needs/{need.code}").text


@pytest.mark.parametrize(("values", "said"), [
    ({"criteria": "服务方案 60%\n资金和物资 30%"}, "合计是 90%，少了 10 个百分点"),
    ({"criteria": "服务方案 60%\n资金和物资 50%"}, "合计是 110%，多了 10 个百分点"),
    ({"criteria": "服务方案 60%\n资金和物资"}, "后面还没有写权重"),
    ({"criteria": "服务方案 50%\n服务方案 50%"}, "写了两遍"),
    ({"criteria": ""}, "评分标准还没有填"),
    ({"closing_at": moment(-1)}, "征集截止时间已经过去"),
    ({"closing_at": moment(400)}, "晚于需求的接单截止"),
    ({"questions_until": moment(11)}, "提问截止要在现在以后、征集截止以前"),
    ({"may_choose": "0"}, "不能小于 1"),
    ({"closing_at": "下个月"}, "请按“2026年1月5日”"),
])
def test_what_is_wrong_with_a_call_is_said_beside_what_was_typed(as_county_officer, values, said):
    need = factories.make_need()
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/call/edit", data=declared(**values))
    assert answer.status_code == 422
    assert said in answer.text
    assert "有食品经营备案经验" in answer.text
    assert db.session.scalar(db.select(db.func.count()).select_from(Call)) == 0


def test_a_reply_is_drafted_resumed_checked_and_sent(people, as_organization_member):
    call = scenes.make_call(people)
    offering = scenes.offering_of(people.organization_member)
    db.session.commit()
    url = f"/desk/needs/{call.need.code}/reply"
    assert as_organization_member.get(url).status_code == 200
    part = {"plan": "先看场地，再进设备，一个月内开餐。", "step": "save"}
    assert as_organization_member.post(url, data=part).status_code == 303
    page = as_organization_member.get(url).text
    assert "先看场地" in page
    assert "送出前还要补" in page
    assert "还没有选用哪项供给" in page
    whole = typed(call, offering, step="send", version=str(db.session.scalars(db.select(Reply)).one().version))
    short = as_organization_member.post(url, data={**whole, "people": ""})
    assert short.status_code == 422
    assert "“谁来办”还没有写清楚" in short.text
    assert "先看场地" in short.text
    assert db.session.scalars(db.select(Reply.status)).one() == "draft"
    assert as_organization_member.post(url, data=whole).status_code == 303
    reply = db.session.scalars(db.select(Reply)).one()
    assert (reply.status, reply.funds_fen, reply.in_kind_fen, reply.person_days) == ("sent", 3_000_000, 5_000_000, 60)
    assert reply.taken == {call.need.lines[0].id: 17}
    changed = {**whole, "funds_fen": "4", "version": str(reply.version)}
    assert as_organization_member.post(url, data=changed).status_code == 303
    db.session.expire_all()
    assert (reply.status, reply.funds_fen) == ("sent", 4_000_000)


@pytest.mark.parametrize(("values", "said"), [
    ({"funds_fen": "很多"}, "资金"), ({"ends_on": "2020-01-01"}, "完成日期要晚于开始日期"),
    ({"person_days": "-3"}, "不能小于 0"), ({"starts_on": "2026-13-40"}, "不是日历上有的日子"),
])
def test_bad_input_in_a_reply_keeps_what_was_typed(people, as_organization_member, values, said):
    call = scenes.make_call(people)
    offering = scenes.offering_of(people.organization_member)
    db.session.commit()
    answer = as_organization_member.post(f"/desk/needs/{call.need.code}/reply",
                                         data=typed(call, offering, step="send", **values))
    assert answer.status_code == 422
    assert said in answer.text
    assert "先看场地" in answer.text
    assert db.session.scalar(db.select(db.func.count()).select_from(Reply)) == 0


def test_the_desk_before_and_after_the_opening(people, as_county_officer):
    call = scenes.make_short_call(people)
    reply = scenes.sent(call, people.organization_member)
    url = f"/desk/needs/{call.need.code}/call"
    page = as_county_officer.get(url).text
    assert "份应征书已送出" in page
    assert reply.organization.name not in page
    assert reply.plan not in page
    assert reply.code not in page
    with scenes.after(call):
        assert as_county_officer.post(f"{url}/open", data={"version": call.version}).status_code == 303
        page = as_county_officer.get(url).text
        assert reply.organization.name in page
        assert reply.plan in page
        data = {"version": reply.version, **{f"item-{one.id}": "yes" for one in call.requirements},
                **{f"item-{one.id}": "85" for one in call.criteria}}
        assert as_county_officer.post(f"/desk/replies/{reply.code}/judgement", data=data).status_code == 303
        assert "85.0" in as_county_officer.get(url).text
        db.session.expire_all()
        chosen = as_county_officer.post(f"{url}/choice", data={"choose": reply.code, "version": call.version},
                                        follow_redirects=True)
        assert "已选定 1 家" in chosen.text
        assert reply.pairing.code in chosen.text


def test_the_list_filters_in_the_url(people, as_county_officer, as_organization_member, as_city_officer):
    call = scenes.make_short_call(people)
    assert call.need.title in as_county_officer.get("/desk/calls").text
    assert call.need.title in as_city_officer.get("/desk/calls?state=open").text
    assert call.need.title not in as_county_officer.get("/desk/calls?state=decided").text
    assert call.need.title not in as_organization_member.get("/desk/calls?mine=1").text
    with scenes.after(call):
        assert call.need.title in as_county_officer.get("/desk/calls?state=closed").text


def test_questions_are_public_and_the_asker_is_not(people, as_organization_member, as_other_organization_member,
                                                   as_county_officer, as_visitor):
    call = scenes.make_call(people)
    page = f"/needs/{call.need.code}/call"
    assert as_organization_member.post(f"{page}/questions", data={"body": "设备可以分两批进吗？"}).status_code == 303
    own = factories.first_organization().name
    for client in (as_visitor, as_other_organization_member, as_county_officer):
        text = client.get(page).text
        assert "设备可以分两批进吗" in text
        assert own not in text
        assert "您问的" not in text
        assert people.organization_member.name not in text
    assert "您问的" in as_organization_member.get(page).text
    number = queries.questions_of(people.county_officer, call)[0].id
    assert as_county_officer.post(f"{page}/questions/{number}/answer", data={"answer": "可以。"}).status_code == 303
    assert "可以。" in as_visitor.get(page).text


def test_a_call_of_another_county_is_not_there(people, as_other_county_officer, as_county_officer):
    call = scenes.make_short_call(people)
    reply = scenes.sent(call, people.organization_member)
    base = f"/desk/needs/{call.need.code}/call"
    with scenes.after(call):
        scenes.opened(people, call)
        assert as_county_officer.get(base).status_code == 200
        assert as_other_county_officer.get(base).status_code == 404
        assert as_other_county_officer.get(f"{base}/edit").status_code == 404
        for path in (f"{base}/open", f"{base}/end", f"{base}/choice", f"/desk/replies/{reply.code}/judgement",
                     f"/desk/replies/{reply.code}/fault"):
            assert as_other_county_officer.post(path, data={"reason": "不是我的"}).status_code == 404
    db.session.refresh(call)
    assert call.status == "reviewing"


def test_every_page_is_sound_html_and_keeps_to_few_statements(people, as_county_officer, as_organization_member,
                                                              as_city_officer, as_visitor):
    call = scenes.make_short_call(people, may_choose=2)
    replies = [scenes.sent(call, people.organization_member, lines={call.need.lines[0].id: 8})]
    code = call.need.code
    call_operations.ask(people.organization_member, call, "设备可以分两批进吗？")
    db.session.commit()
    for client, path in ((as_visitor, f"/needs/{code}/call"), (as_organization_member, f"/needs/{code}/call"),
                         (as_organization_member, f"/desk/needs/{code}/reply"), (as_visitor, f"/needs/{code}"),
                         (as_county_officer, f"/desk/needs/{code}/call"), (as_county_officer, "/desk/calls"),
                         (as_county_officer, f"/desk/needs/{code}/call/edit"),
                         (as_county_officer, f"/needs/{code}/call"),
                         (as_organization_member, "/desk/calls"), (as_city_officer, f"/desk/needs/{code}/call")):
        parsed(client.get(path))
    replies.append(scenes.sent(call, people.other_organization_member, lines={call.need.lines[0].id: 8}))
    with scenes.after(call):
        scenes.opened(people, call)
        page = f"/desk/needs/{code}/call"
        parsed(as_county_officer.get(page))
        few = statements(lambda: as_county_officer.get(page))
        for one in replies:
            scenes.judged(people, one)
        parsed(as_county_officer.get(page))
        assert statements(lambda: as_county_officer.get(page)) <= few + 1
        parsed(as_city_officer.get(page))
        choice_operations.choose(people.county_officer, call, [replies[0].code], "名额有限")
        db.session.commit()
        for client in (as_county_officer, as_city_officer):
            parsed(client.get(page))
        parsed(as_organization_member.get(f"/desk/needs/{code}/reply"))
        for client in (as_county_officer, as_organization_member, as_city_officer):
            page = client.get(f"/desk/pairings/{replies[0].pairing.code}")
            parsed(page)
            assert replies[0].code in page.text
