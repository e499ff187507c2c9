"""The day's reminders: reports that are due or late, pairings that stand still, milestones, visits, silent answers.

Pairing by pairing, each stored for itself, so that a run which was cut short goes on; each thing is said once.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from matchplatform.core.clock import local, now
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.tracking import messages, queries
from matchplatform.tracking.board_queries import to_be_reminded
from matchplatform.tracking.models import TrackingReminder


def remind(pairing_id: int, day: dt.date) -> int:
    """Say of one pairing what is to be said on a day; answers how many people were told."""
    pairing = db.session.get(Pairing, pairing_id)
    if pairing is None:
        return 0
    hold(pairing)
    known, told = queries.words_said(pairing_id), 0
    for word, say in _things(pairing, day):
        if word in known:
            continue
        db.session.add(TrackingReminder(pairing_id=pairing_id, word=word, at=now()))
        told += say()
    db.session.flush()
    return told


def _things(pairing: Pairing, day: dt.date) -> Iterator[tuple[str, Callable[[], int]]]:
    """(word, how it is said) of everything that is to be known today."""
    if pairing.status == "active":
        yield from _course(pairing, day)
    for visit in queries.visits_of(pairing.id):
        if visit.follow_up_on is not None and visit.followed_at is None and visit.follow_up_on <= day:
            yield f"visit:{visit.id}", lambda visit=visit: messages.follow_up(pairing, visit)  # type: ignore[misc]
    for complaint in queries.complaints_of(pairing.id):
        if complaint.status == "open" and complaint.answer_by < now():
            yield f"answer:{complaint.id}", lambda: messages.answer_overdue(pairing)


def _course(pairing: Pairing, day: dt.date) -> Iterator[tuple[str, Callable[[], int]]]:
    standing = queries.standing_of(pairing)
    following = standing.next_report
    if following is not None and following.last < day <= following.due_on:
        yield f"due:{following.code}", lambda: messages.report_due(pairing, following)
    if standing.late:  # the latest speaks for those before it
        latest = standing.late[-1]
        yield f"late:{latest.code}", lambda: messages.report_late(pairing, latest)
    if standing.stalled_since is not None:
        since = standing.stalled_since
        yield f"stalled:{since}", lambda: messages.stalled(pairing, since, standing.stall_days)
    for one in standing.missed:
        yield f"milestone:{one.id}", lambda one=one: messages.milestone_missed(pairing, one)  # type: ignore[misc]


def send_reminders(day: dt.date) -> tuple[int, int]:
    """Remind whoever is to be reminded; answers how many people were told, and with how many pairings it went wrong."""
    told, failed = one_by_one(to_be_reminded(), lambda number: remind(number, day),
                              f"the reminder of the course of pairing %s for {day} failed")
    return sum(told), failed


@daily("tracking", "结对进展的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = send_reminders(local(moment).date())
    if failed:
        raise Refusal(f"进展提醒：提醒了 {told} 人；有 {failed} 件没有办成，原因在运行日志里。")
