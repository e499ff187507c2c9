"""The day's digests: person by person, each stored for itself, so that a run which was cut short goes on, and one
person's trouble is not everybody's."""

import datetime as dt
from dataclasses import dataclass

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.jobs.work import daily, one_by_one, only_reading, sign_of_life
from matchplatform.searches import operations, queries


@dataclass(frozen=True)
class Sent:
    """What a run did: people looked after, people told, records named, people with whom it went wrong."""

    seen: int = 0
    people: int = 0
    records: int = 0
    failed: int = 0

    @property
    def sentence(self) -> str:
        """For the job's note and the administrators."""
        fine = f"保存的搜索：告诉了 {self.people} 人，共 {self.records} 条"
        return f"{fine}；有 {self.failed} 人没有办成，原因在运行日志里。" if self.failed else f"{fine}。"


def send_digests(day: dt.date) -> Sent:
    """Tell everybody whose searches are due. What a person is told and how far the run is are stored together, so
    nobody is told twice whenever it is killed. With whom it goes wrong is logged and counted, and stays due.
    """
    due = queries.people_due(day)
    found, failed = one_by_one(due, lambda user_id: _send(user_id, day),
                               f"the digest of user %s for {day} failed")
    return Sent(len(due), sum(1 for records in found if records), sum(found), failed)


def _send(user_id: int, day: dt.date) -> int:
    """Searched first without SQLite's one write lock: for most there is nothing new, and a library that has to be read
    anew takes its time."""
    with only_reading():
        actor = user_by_id(user_id)
        if not queries.fresh_in(actor, queries.due_searches(actor, day)):
            return 0
    return operations.send_digest(user_by_id(user_id), day)


@daily("searches", "保存的搜索的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with somebody: then it is begun again for those alone."""
    sent = send_digests(local(moment).date())
    if sent.failed:
        raise Refusal(sent.sentence)
    sign_of_life(sent.seen, sent.seen, sent.sentence)
