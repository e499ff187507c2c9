"""The digest: one notice a person a day, about what is new to him, never an empty one."""

import datetime as dt

import pytest

from matchplatform.columns import keeping
from matchplatform.core.clock import SHANGHAI, frozen, now, today
from matchplatform.extensions import db
from matchplatform.jobs import operations as job_operations
from matchplatform.jobs import queries as job_queries
from matchplatform.jobs import work as jobs
from matchplatform.jobs.models import Job
from matchplatform.notices.models import Notice
from matchplatform.searches import operations, queries, rules, work
from matchplatform.searches.models import Digest, SavedSearch
from tests import factories
from tests.searches.racers import killed_after, race
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
    sent = work.send_digests(day)
    assert sent.failed == 0
    return sent.people, sent.records


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
    assert jobs._daily["searches"].label == "保存的搜索的每日提醒"


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


THREE = ("county_officer", "organization_member", "second_county_officer")


@pytest.fixture
def three(people):
    """Three people with a search in which one need is new."""
    found = [getattr(people, name) for name in THREE]
    for one in found:
        keep(one)
    factories.make_need(author="township_officer")
    db.session.commit()
    keeping.forget()
    return sorted(found, key=lambda one: one.id)


@pytest.fixture
def trouble(three, monkeypatch):
    """The second person's digest breaks after its notice is written; `trouble.clear()` mends it."""
    at, send = {three[1].id}, operations.send_digest

    def breaking(actor, day):
        found = send(actor, day)
        if actor.id in at:
            raise ValueError("a broken filter")
        return found

    monkeypatch.setattr(operations, "send_digest", breaking)
    return at


def job_now():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(db.select(Job).order_by(Job.id.desc())).first()


def morning(app, monkeypatch, hour=8):
    """The minute's sweep on a Tuesday, as in a consumer."""
    monkeypatch.setitem(app.config, "JOBS", "external")
    db.session.rollback()
    with frozen(dt.datetime(2026, 12, 1, hour, 0, tzinfo=SHANGHAI)):
        jobs.sweep(app)
        for number in job_queries.waiting_ids():
            db.session.rollback()
            jobs.run_job(app, number)
    return job_now()


def test_one_persons_trouble_is_not_everybodys(three, trouble, caplog):
    assert work.send_digests(TUESDAY) == work.Sent(seen=3, people=2, records=2, failed=1)
    assert [len(told(one)) for one in three] == [1, 0, 1]
    assert f"user {three[1].id}" in caplog.text
    assert "a broken filter" in caplog.text
    trouble.clear()
    assert work.send_digests(TUESDAY) == work.Sent(seen=1, people=1, records=1)
    assert [len(told(one)) for one in three] == [1, 1, 1]


def test_administrators_hear_with_how_many_it_went_wrong(app, people, three, trouble, monkeypatch):
    monkeypatch.setattr(jobs, "_daily", {"searches": jobs._daily["searches"]})
    job = morning(app, monkeypatch)
    assert (job.status, job.done, job.total) == ("failed", 3, 3)
    assert job.note == "保存的搜索：告诉了 2 人，共 2 条；有 1 人没有办成，原因在运行日志里。"
    notice = db.session.scalars(db.select(Notice).where(Notice.user_id == people.system_admin.id)).one()
    assert notice.title == "保存的搜索的每日提醒没有办完"
    assert notice.body == f"{job.note}一小时后平台自己再办一次，只办没有办好的。"


def test_what_failed_in_the_morning_is_done_within_the_day_and_told_once(app, three, trouble, monkeypatch):
    monkeypatch.setattr(jobs, "_daily", {"searches": jobs._daily["searches"]})
    morning(app, monkeypatch)
    trouble.clear()
    job = morning(app, monkeypatch, hour=10)
    assert (job.status, job.done, job.note) == ("done", 1, "保存的搜索：告诉了 1 人，共 1 条。")
    assert [len(told(one)) for one in three] == [1, 1, 1]
    assert morning(app, monkeypatch, hour=12).id == job.id


def test_the_job_gives_a_sign_of_life_with_each_person(app, people, three, monkeypatch):
    seen, send = [], operations.send_digest

    def noting(actor, day):
        seen.append(db.session.scalar(db.select(Job.done)))
        return send(actor, day)

    monkeypatch.setattr(operations, "send_digest", noting)
    number = job_operations.start(None, "daily", "searches").id
    db.session.commit()
    assert jobs.run_job(app, number) == "done"
    assert seen == [0, 1, 2]


def test_being_asked_to_stop_is_no_trouble_and_the_rest_is_told_later(app, three, monkeypatch):
    send = operations.send_digest

    def stopping(actor, day):
        jobs.stopping.set()
        return send(actor, day)

    number = job_operations.start(None, "daily", "searches").id
    db.session.commit()
    try:
        with monkeypatch.context() as patched:
            patched.setattr(operations, "send_digest", stopping)
            assert jobs.run_job(app, number) == "queued"
    finally:
        jobs.stopping.clear()
    assert sum(len(told(one)) for one in three) == 1
    db.session.rollback()
    assert jobs.run_job(app, number) == "done"
    assert [len(told(one)) for one in three] == [1, 1, 1]


def test_a_run_that_is_killed_on_the_way_tells_nobody_twice(app, three):
    url, numbers = app.config["SQLALCHEMY_DATABASE_URI"], [one.id for one in three]
    db.session.remove()
    db.engine.dispose()
    assert killed_after(url, TUESDAY, 1) == -9
    sent = db.select(Notice.user_id).where(Notice.subject_kind == "search").order_by(Notice.user_id)
    assert db.session.scalars(sent).all() == numbers[:1]
    db.session.rollback()
    assert work.send_digests(TUESDAY) == work.Sent(seen=2, people=2, records=2)
    assert db.session.scalars(sent).all() == numbers


def test_the_command_ends_with_a_fault_when_it_went_wrong_with_somebody(app, three, trouble):
    answer = app.test_cli_runner().invoke(args=["searches", "digest", "--date", "2026-12-01"])
    assert answer.exit_code == 1
    assert "告诉了 2 人" in answer.output
    assert "有 1 人没有办成" in answer.output
