"""Notices by e-mail: after the commit, never to the actor, tried again, given up, once."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import g

from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict
from matchplatform.deliveries import channels, operations, queries, work
from matchplatform.deliveries.models import Delivery, DeliveryChoice, MailAddress
from matchplatform.extensions import db
from matchplatform.jobs.models import Job
from matchplatform.jobs.operations import Superseded
from matchplatform.notices.operations import tell
from matchplatform.pairings import operations as pairings
from tests import factories, processes
from tests.browsers import free_port
from tests.deliveries import senders

MINUTE = dt.timedelta(minutes=1)


def send_now():
    """What the consumer does when a job waits."""
    work.deliver(Job(kind="deliver"))


def states():
    return sorted(db.session.scalars(sa.select(Delivery.state)))


def told(people, *names, kind="to_do", title="请答复", body="三天里答复。"):
    tell(None, [getattr(people, name).id for name in names], kind, title, body, "pairing", "JD2026-0001")
    db.session.commit()
    g.pop("after_commit", None)  # the bell would let the job run inside the next one's `save`


def test_a_move_reaches_the_other_side_by_mail_and_not_the_actor(people, post, reachable):
    reachable("county_officer", "organization_member", "province_officer")
    pairing = factories.make_pairing()
    db.session.commit()
    pairings.act(people.county_officer, pairing, "accept")
    assert post.mails == []  # not before it is stored
    db.session.commit()
    send_now()
    assert {one["To"] for one in post.mails} == {"province_officer@example.org"}  # a good one comes with the summary
    mail = post.mails[0]
    assert mail["Subject"].startswith("待审批：老人一天只做一顿饭")
    assert mail["From"] == "社会组织助力乡村振兴对接平台 <platform@example.org>"
    text = mail.get_content()
    assert "https://example.org/notices" in text
    assert "前答复" in text
    work.send_digest(people.organization_member.id)
    assert [one["To"] for one in post.mails[1:]] == ["organization_member@example.org"]
    assert "对方已同意" in post.mails[1].get_content()


def test_nothing_leaves_that_was_rolled_back(people, post, reachable):
    reachable("county_officer")
    db.session.commit()
    tell(None, [people.county_officer.id], "to_do", "请答复", "", "pairing", "JD2026-0001")
    db.session.rollback()
    send_now()
    assert post.mails == []
    assert states() == []


def test_without_a_verified_address_or_a_server_nothing_is_queued(app, people, post, reachable, monkeypatch):
    told(people, "county_officer")
    db.session.add(MailAddress(user_id=people.auditor.id, address="auditor@example.org", asked_at=now()))
    told(people, "auditor")
    assert states() == []
    reachable("county_officer")
    monkeypatch.setitem(app.config, "SMTP_HOST", "")
    told(people, "county_officer")
    assert states() == []


@pytest.mark.parametrize(("kind", "way", "at_once", "in_summary"), [
    ("told", "at_once", 1, 0), ("told", "daily", 0, 1), ("told", "none", 0, 0), ("good", None, 0, 1),
    ("to_do", None, 1, 0), ("to_do", "daily", 0, 1), ("refused", None, 1, 0)])
def test_everybody_gets_each_kind_as_he_chose(people, post, reachable, kind, way, at_once, in_summary):
    reachable("county_officer")
    if way:
        db.session.add(DeliveryChoice(user_id=people.county_officer.id, channel="mail", kind=kind, way=way))
    told(people, "county_officer", kind=kind)
    send_now()
    assert len(post.mails) == at_once
    assert work.send_digest(people.county_officer.id) == in_summary
    assert len(post.mails) == at_once + in_summary


def test_a_summary_is_one_mail_and_goes_out_once(people, post, reachable):
    reachable("county_officer")
    for n in range(3):
        told(people, "county_officer", kind="told", title=f"第 {n} 件")
    assert work.send_digest(people.county_officer.id) == 3
    assert post.subjects() == ["今天的 3 条消息"]
    text = post.mails[0].get_content()
    assert all(f"第 {n} 件" in text for n in range(3))
    assert work.send_digest(people.county_officer.id) == 0


def test_a_server_that_is_down_is_tried_again_later_and_later(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    post.down, begun = True, now()
    waits = []
    for _ in range(6):
        delivery = db.session.scalars(sa.select(Delivery)).one()
        with frozen(max(delivery.next_at, begun)):
            send_now()
            db.session.refresh(delivery)
            waits.append(round((delivery.next_at - now()) / MINUTE) if delivery.state == "failed" else delivery.state)
    assert waits == [1, 5, 30, 120, 720, "given_up"]
    assert post.mails == []
    post.down = False
    operations.retry(people.province_officer, delivery)
    send_now()
    assert post.subjects() == ["请答复"]
    assert states() == ["sent"]


def test_an_address_that_the_server_does_not_know_is_given_up_and_does_not_stop_the_rest(people, post, reachable):
    reachable("county_officer", "organization_member")
    post.refuse.add("county_officer@example.org")
    told(people, "county_officer", "organization_member")
    send_now()
    assert [one["To"] for one in post.mails] == ["organization_member@example.org"]
    assert states() == ["given_up", "sent"]
    assert "550" in db.session.scalar(sa.select(Delivery.last_error).where(Delivery.state == "given_up"))


def test_what_a_dead_process_had_in_hand_is_taken_up_with_the_same_identity(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    number = db.session.scalar(sa.select(Delivery.id))
    assert operations.take(number) is not None
    db.session.commit()
    send_now()
    assert post.mails == []  # somebody has it in hand
    with frozen(now() + 11 * MINUTE):
        send_now()
    assert post.mails[0]["Message-ID"].startswith(f"<notice-{number}-")
    assert states() == ["sent"]


def test_a_title_cannot_write_headers_of_its_own(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer", title="请答复\r\nBcc: everybody@example.org")
    send_now()
    assert post.mails[0]["Bcc"] is None
    assert post.subjects() == ["请答复 Bcc: everybody@example.org"]


def test_somebody_whose_account_is_closed_gets_nothing(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    people.county_officer.enabled = False
    told(people, "county_officer", title="又一件")
    send_now()
    assert post.mails == []
    assert states() == ["given_up"]


def test_one_job_waits_however_many_are_told(people, post, reachable):
    reachable("county_officer", "organization_member")
    told(people, "county_officer")
    told(people, "organization_member")
    assert db.session.scalar(sa.select(sa.func.count(Job.id)).where(Job.kind == "deliver")) == 1


def test_the_minute_takes_up_what_failed_before(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    db.session.execute(sa.delete(Job))
    work.look_after_the_rest(now())
    assert queries.is_work_waiting("deliver")


def test_staff_act_once_on_what_was_not_sent(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    delivery = db.session.scalars(sa.select(Delivery)).one()
    with pytest.raises(Conflict):
        operations.retry(people.province_officer, delivery)  # still queued
    post.down = True
    send_now()
    operations.give_up(people.province_officer, delivery)
    with pytest.raises(Conflict):
        operations.give_up(people.province_officer, delivery)


def test_text_messages_go_to_the_log_with_the_number_masked(app, people, monkeypatch, caplog):
    monkeypatch.setitem(app.config, "MESSAGE_CHANNEL", "log")
    people.county_officer.phone = "13812340001"
    with caplog.at_level("INFO", logger="matchplatform.deliveries"):
        told(people, "county_officer", kind="refused", title="没有批准")
        send_now()
    assert "138****0001" in caplog.text
    assert "没有批准" in caplog.text
    assert "13812340001" not in caplog.text


def test_two_processes_at_once_send_one_mail(app, people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer")
    db.session.remove()
    context = processes.context()
    gate = context.Barrier(2)
    runners = [context.Process(target=senders.send, args=(app.config["SQLALCHEMY_DATABASE_URI"], post.port, gate))
               for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(90)
    assert [runner.exitcode for runner in runners] == [0, 0]
    assert post.subjects() == ["请答复"]


def test_nobody_waits_for_a_lock_while_the_mail_server_takes_its_time(people, post, reachable, monkeypatch):
    reachable("county_officer")
    told(people, "county_officer")
    seen = []
    send = channels.Mail.send

    def slow(self, *what):
        seen.append(db.session().in_transaction())
        send(self, *what)

    monkeypatch.setattr(channels.Mail, "send", slow)
    send_now()
    assert seen == [False]
    assert states() == ["sent"]


def test_what_was_sent_is_stored_before_the_job_is_found_to_be_anothers(people, post, reachable, monkeypatch):
    reachable("county_officer")
    told(people, "county_officer")

    def superseded(*_what):
        raise Superseded

    monkeypatch.setattr(work, "sign_of_life", superseded)
    with pytest.raises(Superseded):
        send_now()
    db.session.rollback()
    assert post.subjects() == ["请答复"]
    assert states() == ["sent"]


def test_no_more_leave_in_a_minute_than_allowed_however_many_rounds_there_are(app, people, post, reachable,
                                                                               monkeypatch):
    monkeypatch.setitem(app.config, "MAILS_PER_MINUTE", 2)
    reachable("county_officer")
    for n in range(5):
        told(people, "county_officer", title=f"第 {n} 件")
    send_now()
    send_now()
    assert len(post.mails) == 2
    with frozen(now() + 2 * MINUTE):
        send_now()
    assert len(post.mails) == 4


def test_a_round_ends_when_the_server_cannot_be_reached(app, people, post, reachable, monkeypatch):
    reachable("county_officer", "organization_member")
    told(people, "county_officer", "organization_member")
    monkeypatch.setitem(app.config, "SMTP_PORT", free_port())
    send_now()
    assert states() == ["failed", "queued"]  # the second was not even tried


def test_a_summary_that_failed_is_tried_again_before_the_next_morning(people, post, reachable):
    reachable("county_officer")
    told(people, "county_officer", kind="told", title="一件")
    post.down = True
    work.send_digest(people.county_officer.id)
    assert states() == ["failed"]
    work.look_after_the_rest(now())
    assert not queries.is_work_waiting("digest", str(people.county_officer.id))  # not due yet
    with frozen(now() + 2 * MINUTE):
        work.look_after_the_rest(now())
        assert queries.is_work_waiting("digest", str(people.county_officer.id))
        post.down = False
        work.send_digest_again(Job(kind="digest", subject_code=str(people.county_officer.id)))
    assert post.subjects() == ["今天的 1 条消息"]
    assert states() == ["sent"]
