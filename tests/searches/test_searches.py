"""Saving, changing, running and deleting searches."""

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.needs.filters import NeedFilter
from matchplatform.searches import operations, queries, rules
from matchplatform.searches.models import SavedSearch
from tests import factories
from tests.conftest import sign_in_directly
from tests.web.pages import parsed, words

QUERY = "q=老人&category=elderly_care&county=420921&state=open&sort=gap&page=4&view=map"


def save(browser, query=QUERY, name="孝昌的老人", rhythm="daily", library="needs", **more):
    return browser.post("/searches", data={"library": library, "query": query, "name": name, "rhythm": rhythm, **more})


def kept():
    return db.session.scalars(db.select(SavedSearch).order_by(SavedSearch.id)).all()


def test_a_filter_is_kept_without_sort_page_and_view(as_county_officer, people):
    answer = save(as_county_officer)
    assert answer.status_code == 303
    search, = kept()
    assert queries.wanted_of("needs", search.query) == NeedFilter(
        q="老人", category=("elderly_care",), county="420921", state=("open",))
    assert (search.user_id, search.name, search.rhythm) == (people.county_officer.id, "孝昌的老人", "daily")
    page = as_county_officer.get("/searches")
    parsed(page)
    for said in ("孝昌的老人", "搜索：“老人”", "县（市、区）：孝昌县", "状态：可接单", "每天", "还没有新的"):
        assert said in words(page), said
    row = db.session.scalar(db.select(AuditRow).where(AuditRow.kind == "search"))
    assert (row.label, row.object_label) == ("保存搜索", "孝昌的老人")


def test_running_a_search_shows_the_newest_first(as_county_officer):
    save(as_county_officer)
    answer = as_county_officer.get(f"/searches/{kept()[0].id}")
    assert answer.location.startswith("/needs?")
    assert answer.location.endswith("&sort=newest")
    assert as_county_officer.get(answer.location).status_code == 200
    save(as_county_officer, query="", library="offerings", name="全部")
    assert as_county_officer.get(f"/searches/{kept()[1].id}").location == "/offerings?sort=newest"


def test_quotation_marks_in_a_name_do_not_stand_twice_in_a_sentence(as_county_officer):
    """A name that is made of what was searched for has quotation marks of its own."""
    name = queries.name_for("needs", queries.wanted_of("needs", "q=老人&county=420921"))
    said = f"“{name.replace('“', '‘').replace('”', '’')}”"
    for verb in ("已保存为", "已经存过，叫"):
        answer = save(as_county_officer, query="q=老人&county=420921", name=name)
        page = words(as_county_officer.get(answer.location))
        assert f"{verb}{said}" in page
        assert "““" not in page


def test_the_same_filter_twice_is_the_one_that_is_there(as_county_officer, as_second_county_officer):
    save(as_county_officer)
    again = save(as_county_officer, query="state=open&county=420921&category=elderly_care&q=老人&sort=newest",
                 name="换个名字")
    assert [one.name for one in kept()] == ["孝昌的老人"]
    assert "已经存过，叫“孝昌的老人”" in words(as_county_officer.get(again.location))
    save(as_second_county_officer)
    save(as_county_officer, query="q=老人")
    assert len(kept()) == 3


@given(st.permutations([("category", "elderly_care"), ("category", "education"), ("q", "老人"), ("state", "open"),
                        ("key", "1"), ("aid_mode", "relief"), ("page", "3"), ("sort", "closing")]))
def test_the_order_in_the_address_makes_no_other_filter(pairs):
    first = queries.canonical(queries.wanted_of("needs", urlencode(sorted(pairs))))
    assert queries.canonical(queries.wanted_of("needs", urlencode(pairs))) == first


@given(st.text(max_size=200), st.sampled_from(rules.LIBRARIES.values))
def test_any_query_is_read_and_kept_the_same(query, library):
    wanted = queries.canonical(queries.wanted_of(library, query))
    assert queries.canonical(queries.wanted_of(library, wanted)) == wanted


def test_so_many_searches_a_person_and_then_a_sentence(people, as_county_officer, monkeypatch):
    monkeypatch.setattr(rules, "MOST", 2)
    for n in range(3):
        save(as_county_officer, query=f"q={n}")
    assert len(kept()) == 2
    assert "最多保存 2 个搜索" in words(as_county_officer.get("/searches"))


@pytest.mark.parametrize(("library", "query", "name", "rhythm", "said"), [
    ("needs", "", "", "daily", "名称还没有填"), ("needs", "", "长" * 61, "daily", "最多 60 字，现在是 61 字"),
    ("users", "", "甲", "daily", "没有这样的搜索"), ("needs", "", "甲", "hourly", "没有这样的搜索"),
    ("needs", "q=" + "x" * 5000, "甲", "daily", "筛选条件太多")])
def test_what_cannot_be_saved_is_refused_with_the_cure(people, library, query, name, rhythm, said):
    with pytest.raises(Refusal) as refusal:
        operations.save(people.county_officer, library, query, name, rhythm)
    assert said in refusal.value.sentence
    assert refusal.value.remedy


def test_name_and_rhythm_can_be_changed(as_county_officer):
    save(as_county_officer)
    number = kept()[0].id
    as_county_officer.post(f"/searches/{number}", data={"name": "老人的事", "rhythm": "weekly"})
    db.session.rollback()
    assert [(one.name, one.rhythm) for one in kept()] == [("老人的事", "weekly")]
    as_county_officer.post(f"/searches/{number}", data={"name": "", "rhythm": "weekly"})
    assert "名称还没有填" in words(as_county_officer.get("/searches"))
    as_county_officer.post(f"/searches/{number}", data={"name": "老人的事", "rhythm": "weekly"})
    assert "都没有变" in words(as_county_officer.get("/searches"))
    as_county_officer.post(f"/searches/{number}", data={"name": "老人的事", "rhythm": "never"})
    assert "没有这种提醒方式" in words(as_county_officer.get("/searches"))


def test_a_deleted_search_is_gone_and_its_link_leads_to_the_rest(as_county_officer):
    save(as_county_officer)
    number = kept()[0].id
    assert as_county_officer.post(f"/searches/{number}/delete").status_code == 303
    db.session.rollback()
    assert kept() == []
    assert as_county_officer.get(f"/searches/{number}").location == "/searches"
    assert "还没有保存的搜索" in words(as_county_officer.get("/searches"))


def number_deleted(page):
    return re.search(r'name="deleted" value="([0-9]+)"', page.get_data(as_text=True)).group(1)


def test_a_deleted_search_can_be_brought_back_on_the_same_day_as_it_was(as_county_officer):
    save(as_county_officer)
    db.session.rollback()
    before = kept()[0]
    before.seen_at = before.last_sent_at = now() - dt.timedelta(hours=3)
    db.session.commit()
    columns = [one.key for one in sa.inspect(SavedSearch).column_attrs]
    was = {name: getattr(before, name) for name in columns}
    as_county_officer.post(f"/searches/{before.id}/delete")
    page = as_county_officer.get("/searches")
    assert "今天之内可以在下面恢复" in words(page)
    parsed(page)
    number = number_deleted(page)
    as_county_officer.post("/searches/restore", data={"deleted": number})
    db.session.rollback()
    db.session.expire_all()
    assert {name: getattr(kept()[0], name) for name in columns} == was
    page = words(as_county_officer.get("/searches"))
    assert "已恢复搜索“孝昌的老人”，提醒照旧" in page
    assert "今天删除的" not in page
    as_county_officer.post("/searches/restore", data={"deleted": number})
    assert "已经恢复" in words(as_county_officer.get("/searches"))
    db.session.rollback()
    assert len(kept()) == 1


def test_what_was_deleted_is_brought_back_by_its_owner_alone_and_only_on_the_day(app, people, as_county_officer):
    save(as_county_officer)
    as_county_officer.post(f"/searches/{kept()[0].id}/delete")
    number = number_deleted(as_county_officer.get("/searches"))
    other = sign_in_directly(app, people.second_county_officer)
    assert "今天删除的" not in words(other.get("/searches"))
    for browser, day in ((other, 0), (as_county_officer, 1)):
        with frozen(now() + dt.timedelta(days=day)):
            browser.post("/searches/restore", data={"deleted": number})
        db.session.rollback()
        assert kept() == []
    with frozen(now() + dt.timedelta(days=1)):
        assert queries.deleted_today(people.county_officer) == []
    for wrong in ("", "0", "abc", "9" * 30):
        assert as_county_officer.post("/searches/restore", data={"deleted": wrong}).status_code == 303


def test_no_more_searches_than_allowed_by_bringing_back(people, monkeypatch):
    search, _ = operations.save(people.county_officer, "needs", "q=1", "一", "daily")
    operations.delete(people.county_officer, search)
    monkeypatch.setattr(rules, "MOST", 1)
    operations.save(people.county_officer, "needs", "q=2", "二", "daily")
    with pytest.raises(Refusal, match="最多保存 1 个搜索"):
        operations.restore(people.county_officer, queries.deleted_today(people.county_officer)[0].number)


def test_a_number_that_somebody_else_has_meanwhile_is_left_to_him(people):
    search, _ = operations.save(people.county_officer, "needs", "q=1", "一", "daily")
    was = search.id
    operations.delete(people.county_officer, search)
    taken = SavedSearch(id=was, user_id=people.second_county_officer.id, library="needs", name="别人的", query="q=3",
                        fingerprint=queries.fingerprint("q=3"))
    db.session.add(taken)
    db.session.flush()
    back = operations.restore(people.county_officer, queries.deleted_today(people.county_officer)[0].number)
    assert (back.id != was, back.name, taken.name) == (True, "一", "别人的")


def test_a_search_is_its_owners_alone(app, people, as_county_officer):
    save(as_county_officer)
    number = kept()[0].id
    for name in ("second_county_officer", "province_officer", "system_admin", "auditor"):
        with pytest.raises(NotFound):
            queries.own_search(getattr(people, name), number)
        browser = sign_in_directly(app, getattr(people, name))
        assert browser.get(f"/searches/{number}").location == "/searches"
        assert browser.post(f"/searches/{number}", data={"name": "我的"}).status_code == 404
        assert browser.post(f"/searches/{number}/delete").status_code == 404
        assert "孝昌的老人" not in browser.get("/searches").get_data(as_text=True)
    assert [one.name for one in kept()] == ["孝昌的老人"]


def test_the_library_offers_to_save_and_says_when_it_is_saved(as_visitor, as_county_officer, people):
    factories.make_need()
    db.session.commit()
    page = as_visitor.get("/needs?state=open")
    parsed(page)
    assert "登录后可以保存这个搜索" in words(page)
    page = as_county_officer.get("/needs?state=open&category=elderly_care")
    parsed(page)
    assert 'value="养老服务，可接单"' in page.get_data(as_text=True)
    save(as_county_officer, query="category=elderly_care&state=open")
    assert "已保存" in words(as_county_officer.get("/needs?state=open&category=elderly_care&sort=gap"))
    assert "已保存" not in words(as_county_officer.get("/needs?state=open&category=education"))


def test_a_name_is_made_of_the_filters_words(app):
    for query, name in (("", "全部需求"), ("key=1&urgency=urgent", "紧急，重点帮扶县"),
                        ("gap_min=5&people=abc", "资金缺口至少 5 万元"), ("category=nonsense&city=1", "全部需求")):
        assert queries.name_for("needs", queries.wanted_of("needs", query)) == name
    assert len(queries.name_for("needs", queries.wanted_of("needs", "q=" + "长" * 90))) == 60
    assert queries.name_for("offerings", queries.wanted_of("offerings", "county=420921&rating=none")) \
        == "孝昌县，未评估或已过期"
