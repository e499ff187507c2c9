"""The public pages: what visitors see, what they must not, and that lists stay cheap."""

import datetime as dt
import json

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.models import Campaign, KeyCounty
from matchplatform.catalog.queries import current_campaign
from matchplatform.catalog.seed import add_key_counties
from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from matchplatform.needs.operations import act
from tests import factories
from tests.web.pages import parsed, statements, words

PHONES = ("13871236021", "13871230001")
LISTS = ("/", "/needs", "/needs?view=cards", "/needs?view=map", "/needs?q=老人", "/offerings", "/offerings?q=厨房",
         "/organizations", "/pairings", "/count")


@pytest.fixture
def library(people):
    """One of everything that the public may see."""
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    matched = factories.make_need(status="matched", title="教学点缺顶课老师")
    pairing = factories.make_pairing(status="active", need=matched, offering=offering)
    db.session.commit()
    return {"need": need, "offering": offering, "pairing": pairing}


def addresses(library):
    return [*LISTS, "/help", f"/needs/{library['need'].code}", f"/needs/{library['pairing'].need.code}",
            f"/offerings/{library['offering'].code}", f"/organizations/{library['offering'].organization_id}"]


def test_every_public_page_parses_and_shows_no_whole_number(library, as_visitor):
    for path in addresses(library):
        answer = as_visitor.get(path)
        parsed(answer)
        for phone in PHONES:
            assert phone not in answer.get_data(as_text=True), path


@pytest.mark.parametrize("role", ["county_officer", "organization_member", "province_officer", "auditor"])
def test_every_public_page_stands_for_those_who_signed_in(request, library, role):
    browser = request.getfixturevalue(f"as_{role}")
    for path in addresses(library):
        answer = browser.get(path)
        parsed(answer)
        for phone in PHONES:
            assert phone not in answer.get_data(as_text=True), path


def test_empty_libraries_offer_a_way_on(people, as_visitor):
    for path in LISTS:
        parsed(as_visitor.get(path))
    assert "需求项目库里还没有需求" in words(as_visitor.get("/needs"))
    assert "看供给项目库" in words(as_visitor.get("/needs"))


def test_nobody_finds_what_was_not_released(people, as_visitor):
    for status in ("draft", "submitted", "returned", "withdrawn"):
        need = factories.make_need(status=status)
        db.session.commit()
        parsed(as_visitor.get(f"/needs/{need.code}"), 404)
        assert need.code not in words(as_visitor.get("/needs"))
    hidden = factories.make_offering(factories.first_organization(), status="paused")
    raw = factories.make_organization(vetted=False)
    db.session.commit()
    parsed(as_visitor.get(f"/offerings/{hidden.code}"), 404)
    parsed(as_visitor.get(f"/organizations/{raw.id}"), 404)


def test_search_words_are_marked_and_filters_can_be_taken_off(library, as_visitor):
    answer = as_visitor.get("/needs?q=老人&category=elderly_care&key=1")
    tree = parsed(answer)
    marks = [e.text for e in tree.iter() if isinstance(e.tag, str) and e.tag.endswith("}mark")]
    assert "老人" in marks
    assert "去掉这个条件" in words(answer)
    assert "养老服务" in words(answer)


def test_a_title_with_web_code_is_shown_as_text(people, as_visitor):
    factories.make_need(title="<b>老人</b>吃饭")
    db.session.commit()
    for path in ("/needs?q=老人", "/", "/needs?view=cards"):
        assert "<b>老人" not in as_visitor.get(path).get_data(as_text=True).replace("<mark>", "").replace("</mark>", "")


def test_mangled_filters_show_the_plain_list(library, as_visitor):
    for query in ("page=999", "page=x", "sort=nothing", "category=nothing", "city=1", "county=zz", "view=nothing",
                  "state=draft", "rating=9A", "key=perhaps", "level=moon"):
        for path in ("/needs", "/offerings", "/organizations", "/pairings", "/count"):
            parsed(as_visitor.get(f"{path}?{query}"))


@pytest.mark.parametrize("path", LISTS)
def test_statements_do_not_grow_with_the_rows(library, as_visitor, path):
    def look():
        assert as_visitor.get(path).status_code == 200

    look()
    before = statements(look)
    for n in range(4):
        organization = factories.make_organization(name=f"测试老人服务中心{n}（演示）")
        offering = factories.make_offering(organization, title=f"老年厨房{n}")
        factories.make_pairing(status="active", need=factories.make_need(status="matched", county="422801"),
                               offering=offering)
        factories.make_need(title=f"老人吃饭{n}", county="420102")
    db.session.commit()
    look()
    # A township outside the cache of cities and counties is joined; the rebuilt index is asked for before counting.
    assert statements(look) <= before


def test_a_visitor_is_led_to_sign_in_and_back(library, as_visitor):
    answer = words(as_visitor.get(f"/needs/{library['need'].code}"))
    assert "登录后接单" in answer
    assert "先入驻" in answer
    assert f"next=/needs/{library['need'].code}" in as_visitor.get(
        f"/needs/{library['need'].code}").get_data(as_text=True)


def test_a_member_sees_at_once_that_it_may_bid(library, as_organization_member):
    answer = as_organization_member.get(f"/needs/{library['need'].code}")
    assert "条件都符合，可以接单" in words(answer)
    bid = f"/desk/needs/{library['need'].code}/bid?offering={library['offering'].code}"
    assert bid in answer.get_data(as_text=True)


@pytest.mark.parametrize("something_better", [False, True])
def test_a_member_is_not_cheered_on_when_the_contents_hardly_agree(people, as_organization_member, something_better):
    tea = factories.make_need(title="夏秋茶没人采", category_code="industry", body="鲜叶烂在树上，盼着有人收购加工。",
                              lines=False)
    offering = factories.make_offering(factories.first_organization())
    if something_better:
        factories.make_need()
    db.session.commit()
    answer = as_organization_member.get(f"/needs/{tea.code}")
    assert "条件都符合，但内容对得上的不多" in words(answer)
    buttons = {e.get("href"): e.get("class") for e in parsed(answer).iter()
               if isinstance(e.tag, str) and e.get("href") and "btn" in (e.get("class") or "")}
    assert not any("btn-goal" in look for look in buttons.values())
    assert f"/desk/needs/{tea.code}/bid?offering={offering.code}" in buttons
    assert (f"/desk/offerings/{offering.code}/matches" in buttons) is something_better
    assert any(href.startswith("/needs?category=elderly_care") for href in buttons) is not something_better


def test_an_empty_search_leads_to_something(library, as_visitor):
    for path in ("/needs?q=量子火箭&key=1", "/offerings?q=量子火箭&rating=5A"):
        shown = words(as_visitor.get(path))
        assert "只搜“量子火箭”" not in shown
        assert "看全部" in shown


def test_the_latest_pairings_show_each_need_once(library, as_visitor):
    need = library["pairing"].need
    other = factories.make_organization(name="另一家社会组织")
    factories.make_pairing(status="approved", need=need, offering=factories.make_offering(other))
    db.session.commit()
    assert as_visitor.get("/").get_data(as_text=True).count(f'href="/needs/{need.code}"') == 1


def test_a_member_sees_what_is_missing_and_where_to_mend_it(people, as_organization_member):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization(), areas=("422800",))
    db.session.commit()
    answer = as_organization_member.get(f"/needs/{need.code}")
    shown = words(answer)
    assert "还差 1 项，暂不能接" in shown
    assert "差在： 可服务区域只有恩施州。" in shown or "差在：可服务区域只有恩施州。" in shown
    assert "怎么补：" in shown
    orange = [e for e in parsed(answer).iter() if isinstance(e.tag, str) and "btn-goal" in (e.get("class") or "")]
    assert orange[0].get("href").endswith(f"/offerings/{offering.code}/edit")
    assert "接单（补齐后可用）" in shown


def test_a_member_without_an_offering_is_led_to_post_one(people, as_organization_member):
    need = factories.make_need()
    db.session.commit()
    assert "去发布供给" in words(as_organization_member.get(f"/needs/{need.code}"))


def test_a_member_with_a_live_pairing_is_led_to_it(people, as_organization_member):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    shown = words(as_organization_member.get(f"/needs/{pairing.need.code}"))
    assert "您的组织已经接了这条需求" in shown
    assert pairing.code in shown


def test_a_need_after_its_closing_time_takes_no_bids(people, as_visitor, as_organization_member):
    need = factories.make_need(closing_at=now() - dt.timedelta(hours=1))
    db.session.commit()
    for browser in (as_visitor, as_organization_member):
        shown = words(browser.get(f"/needs/{need.code}"))
        assert "接单截止时间已过" in shown
        assert "登录后接单" not in shown


def test_sealed_bids_stay_out_of_the_public_timeline(people, as_visitor):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    assert pairing.organization.name not in words(as_visitor.get(f"/needs/{pairing.need.code}"))
    assert pairing.code not in words(as_visitor.get("/pairings"))


def test_a_need_that_nobody_met_says_why_and_since_when(people, as_visitor):
    need = factories.make_need()
    with frozen(dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)):
        act(people.county_officer, need, "fail", reason="三个月没有组织来接")
    db.session.commit()
    answer = as_visitor.get(f"/needs/{need.code}")
    parsed(answer)
    shown = words(answer)
    assert "没有办成： 三个月没有组织来接" in shown
    assert "11-20 10:00 没有办成" in shown.split("办到哪一步了")[1]


def test_zeros_are_not_told_among_the_households(people, as_visitor):
    bare, rich = (factories.make_need(households=7316, **more) for more in ({}, {"lifted_households": 9}))
    db.session.commit()
    shown, told = (words(as_visitor.get(f"/needs/{one.code}")) for one in (bare, rich))
    assert "脱贫户" not in shown
    assert "其中脱贫户 9" in told
    assert shown.count("7,316") == 1


def test_the_whole_number_wants_a_purpose_and_leaves_a_record(library, as_county_officer, as_visitor):
    data = {"kind": "need", "code": library["need"].code, "purpose": "商量送货时间"}
    assert as_visitor.post("/unmask", data=data).status_code == 303
    assert db.session.scalar(db.select(db.func.count(AuditRow.id)).where(AuditRow.act == "unmask")) == 0
    short = as_county_officer.post("/unmask", data={**data, "purpose": "看"}, follow_redirects=True)
    assert "要写明用途" in words(short)
    assert PHONES[0] not in words(short)
    shown = words(as_county_officer.post("/unmask", data={**data, "back": "/needs"}, follow_redirects=True))
    assert PHONES[0] in shown
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "unmask")).one()
    assert (row.reason, row.object_id, row.actor_name) == ("商量送货时间", library["need"].code, "刘敏")
    assert as_county_officer.post("/unmask", data={**data, "code": "XQ0"}).status_code == 404
    assert as_county_officer.post("/unmask", data={**data, "kind": "user"}).status_code == 404


def test_unmask_leads_to_no_other_site(library, as_county_officer):
    answer = as_county_officer.post("/unmask", data={"kind": "need", "code": library["need"].code,
                                                     "purpose": "商量送货时间", "back": "https://example.org/x"})
    assert "example.org" not in answer.headers["Location"]


def test_the_count_page_lists_what_the_number_counts(library, as_visitor):
    answer = as_visitor.get("/count")
    shown = words(answer)
    assert "计入的 1 家" in shown
    assert library["offering"].organization.name in shown
    assert "计入的 1 家" in words(as_visitor.get(f"/count?county={factories.COUNTY}"))
    assert "计入的 1 家" in words(as_visitor.get("/count?city=420900"))
    assert "计入的 0 家" in words(as_visitor.get(f"/count?county={factories.OTHER_COUNTY}"))


def ended(people):
    campaign = current_campaign()
    campaign.starts_on, campaign.ends_on = today() - dt.timedelta(days=400), today() - dt.timedelta(days=3)
    db.session.commit()


def test_after_the_deadline_the_final_figure_stands(library, people, as_visitor):
    factories.make_pairing(status="approved", organization=factories.make_organization(),
                           offering=None, need=factories.make_need(county=factories.OTHER_COUNTY),
                           approved_at=now() - dt.timedelta(days=10))
    ended(people)
    for path in addresses(library):
        parsed(as_visitor.get(path))
    shown = words(as_visitor.get("/"))
    assert "行动已结束" in shown
    assert "这是截止那天的最终数" in shown
    assert "计入的 1 家" in words(as_visitor.get("/count"))  # the pairing approved today came too late


def test_an_earlier_campaigns_final_figure_can_still_be_seen(library, people, as_visitor):
    factories.make_pairing(status="approved", organization=factories.make_organization(),
                           need=factories.make_need(county=factories.OTHER_COUNTY),
                           approved_at=now() - dt.timedelta(days=10))
    earlier = current_campaign().id
    ended(people)
    coming = Campaign(name="下一个行动", starts_on=today(), ends_on=today() + dt.timedelta(days=900), goal=200)
    db.session.add(coming)
    db.session.flush()
    add_key_counties(coming)
    db.session.commit()
    assert "下一个行动" in words(as_visitor.get("/count"))
    shown = words(as_visitor.get(f"/count?campaign={earlier}"))
    assert "行动已结束" in shown
    assert "计入的 1 家" in shown
    assert as_visitor.get("/count?campaign=99999").status_code == 404


def test_without_any_campaign_every_page_still_stands(library, as_visitor, as_organization_member):
    db.session.execute(db.delete(KeyCounty))
    db.session.execute(db.delete(Campaign))
    db.session.commit()
    for path in addresses(library):
        parsed(as_visitor.get(path))
        parsed(as_organization_member.get(path))
    assert "现在没有行动" in words(as_visitor.get("/count"))


def test_the_health_answer_names_the_index(library, as_visitor):
    answer = as_visitor.get("/healthz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert answer.json["index"] == {"needs": 2, "offerings": 1}


def test_the_health_answer_is_503_when_the_index_cannot_be_built(as_visitor, monkeypatch):
    def broken():
        raise RuntimeError("no index")

    monkeypatch.setattr("matchplatform.matching.corpus.needs", broken)
    answer = as_visitor.get("/healthz")
    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
    assert "no index" not in answer.get_data(as_text=True)


def test_map_and_table_show_the_same_numbers(library, as_visitor):
    tree = parsed(as_visitor.get("/needs?view=map"))
    block = next(e for e in tree.iter() if isinstance(e.tag, str) and e.get("id") == "map-data")
    rows = json.loads(block.text)["counties"]
    assert len(rows) == 103
    assert {r["code"]: r["value"] for r in rows}[factories.COUNTY] == 2
    assert "孝昌县 重点帮扶县 孝感市 2" in words(as_visitor.get("/needs?view=map"))
