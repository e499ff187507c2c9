"""The digest: one notice a person a day, about what is new to him, never an empty one."""

import datetime as dt

import pytest

from matchplatform.columns import keeping
from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from matchplatform.jobs import work as jobs
from matchplatform.notices.models import Notice
from matchplatform.searches import operations, queries, rules, work
from matchplatform.searches.models import Digest, SavedSearch
from tests import factories
from tests.searches.racers import race
from tests.web.pages import statements

MONDAY, TUESDAY = dt.date(2026, 11, 30), dt.date(2026, 12, 1)


def keep(actor, query="category=elderly_care", name="养老", rhythm="daily", library="needs", age=1):
    """A search saved some hours ago."""
    with frozen(now() - dt.timedelta(hours=age)):
        search, _ = operations.save(actor, library, query, name, rhythm)
    db.session.commit()
    return search


def told(actor):
    return db.session.scalars(db.select(Notice).where(Notice.user_id == actor.id, Notice.kind == "told",
                                                      Notice.subject_kind.in_(("search", "searches")))
                              .order_by(Notice.id)).all()


def run(day):
    db.session.commit()
    keeping.forget()  # factories leave no act in the audit, by which the lists in memory hear of news
    return work.send_digests(day)


def test_a_new_need_is_told_once(people):
    search = keep(people.organization_member)
    need = factories.make_need()
    factories.make_need(title="别的领域", category_code="education")
    factories.make_need(title="草稿", status="draft")
    assert run(TUESDAY) == (1, 1)
    notice, = told(people.organization_member)
    assert notice.title == "您保存的搜索“养老”有 1 条新的"
    assert notice.body == f"“养老”新增 1 条：{need.title}。"
    assert (notice.subject_kind, notice.subject_code) == ("search", str(search.id))
    assert run(TUESDAY) == (0, 0)
    assert run(TUESDAY + dt.timedelta(days=1)) == (0, 0)
    assert len(told(people.organization_member)) == 1
    db.session.refresh(search)
    assert (search.seen_at, search.last_sent_at is not None) == (need.released_at, True)


def test_a_day_has_one_notice_even_when_more_comes(people):
    keep(people.organization_member)
    factories.make_need()
    assert run(TUESDAY) == (1, 1)
    factories.make_need(title="晚来的一条")
    assert run(TUESDAY) == (0, 0)
    assert run(TUESDAY + dt.timedelta(days=1)) == (1, 1)
    assert "晚来的一条" in told(people.organization_member)[1].body


def test_several_searches_make_one_notice_with_a_line_each(people):
    keep(people.organization_member)
    keep(people.organization_member, query="county=420921", name="孝昌")
    keep(people.organization_member, query="category=health", name="医疗")
    for n in range(7):
        factories.make_need(title=f"第{n}条")
    assert run(TUESDAY) == (1, 14)
    notice, = told(people.organization_member)
    assert notice.title == "您保存的 2 个搜索里有 14 条新的"
    assert notice.body.splitlines() == ["“养老”新增 7 条：第6条；第5条；第4条；第3条；第2条，等。",
                                        "“孝昌”新增 7 条：第6条；第5条；第4条；第3条；第2条，等。"]
    assert notice.subject_kind == "searches"


def test_nothing_new_is_no_notice(people):
    factories.make_need()
    db.session.commit()
    keep(people.organization_member, age=0)
    assert run(TUESDAY) == (0, 0)
    assert told(people.organization_member) == []
    assert db.session.scalar(db.select(Digest.id)) is None


def test_nobody_is_told_of_what_he_wrote_himself(people):
    for actor in (people.county_officer, people.second_county_officer):
        keep(actor)
    factories.make_need(author="county_officer")
    assert run(TUESDAY) == (1, 1)
    assert told(people.county_officer) == []
    assert len(told(people.second_county_officer)) == 1


@pytest.mark.parametrize(("rhythm", "day", "due"), [
    ("daily", MONDAY, True), ("daily", TUESDAY, True), ("weekly", MONDAY, True), ("weekly", TUESDAY, False),
    ("none", MONDAY, False), ("none", TUESDAY, False)])
def test_each_rhythm_has_its_days(people, rhythm, day, due):
    keep(people.organization_member, rhythm=rhythm)
    factories.make_need()
    assert rules.is_due(rhythm, day) == due
    assert run(day) == ((1, 1) if due else (0, 0))


def test_new_offerings_are_told_but_not_ones_own(people):
    for actor in (people.county_officer, people.organization_member):
        keep(actor, library="offerings")
    offering = factories.make_offering(factories.make_organization(), created_by=people.organization_member.id)
    factories.make_offering(factories.make_organization(), status="draft")
    assert run(TUESDAY) == (1, 1)
    assert offering.title in told(people.county_officer)[0].body


def test_words_are_looked_for_too(people):
    keep(people.organization_member, query="q=食堂", name="食堂")
    factories.make_need(title="想办老年食堂")
    factories.make_need(title="修路", body="雨天车子上不来，想把进山的路修一修，村里自己出一半工钱。")
    assert run(TUESDAY) == (1, 1)
    assert "想办老年食堂" in told(people.organization_member)[0].body


def test_what_was_published_while_nobody_wanted_to_hear_is_not_told_later(people):
    search = keep(people.organization_member, rhythm="none")
    factories.make_need()
    db.session.commit()
    operations.change(people.organization_member, search, search.name, "daily")
    assert run(TUESDAY) == (0, 0)


def test_a_closed_account_is_not_told(people):
    keep(people.organization_member)
    factories.make_need()
    people.organization_member.enabled = False
    assert run(TUESDAY) == (0, 0)


def test_a_need_for_those_who_sign_in_is_told_to_them(people):
    keep(people.organization_member)
    factories.make_need(publicity="signed_in")
    assert run(TUESDAY) == (1, 1)


def test_the_notice_leads_to_the_library_newest_first(people, as_organization_member):
    search = keep(people.organization_member)
    factories.make_need()
    run(TUESDAY)
    inbox = as_organization_member.get("/notices").get_data(as_text=True)
    assert f'href="/searches/{search.id}"' in inbox
    landed = as_organization_member.get(f"/searches/{search.id}")
    assert landed.location == "/needs?category=elderly_care&sort=newest"


def test_the_command_says_what_it_did_and_refuses_a_day_that_is_none(app, people):
    keep(people.organization_member)
    factories.make_need()
    db.session.commit()
    runner = app.test_cli_runner()
    assert "没有要告诉的新内容" not in runner.invoke(args=["searches", "digest", "--date", "2026-12-01"]).output
    db.session.rollback()
    assert len(told(people.organization_member)) == 1
    db.session.rollback()
    assert "没有要告诉的新内容" in runner.invoke(args=["searches", "digest", "--date", "2026年12月1日"]).output
    assert runner.invoke(args=["searches", "digest", "--date", "30月"]).exit_code == 2


def test_the_statements_of_a_digest_do_not_grow_with_what_is_found(people):
    search = keep(people.organization_member)
    day = [TUESDAY]

    def send():
        keeping.forget()
        assert operations.send_digest(people.organization_member, day[0])
        day[0] += dt.timedelta(days=1)

    factories.make_need()
    send()
    factories.make_need()
    few = statements(send)
    for _ in range(20):
        factories.make_need()
    assert statements(send) == few
    assert db.session.get(SavedSearch, search.id).last_sent_at


def test_the_mornings_hook_is_registered(app):
    assert jobs._daily["searches"] is work.run


def test_two_runs_at_once_tell_once(app, people):
    keep(people.organization_member)
    factories.make_need()
    db.session.commit()
    number = people.organization_member.id
    db.session.remove()
    db.engine.dispose()
    assert race(app.config["SQLALCHEMY_DATABASE_URI"], number, today()) == [0, 1]
    assert db.session.scalar(db.select(db.func.count(Notice.id)).where(Notice.user_id == number)) == 1


def test_fresh_is_empty_without_searches(people):
    assert queries.fresh_in(people.organization_member, []) == []
