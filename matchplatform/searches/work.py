"""The day's digests: person by person, each stored for itself, so that a run which was cut short goes on, and one
person's trouble is not everybody's."""

import datetime as dt
import logging
from dataclasses import dataclass

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.jobs.operations import Superseded
from matchplatform.jobs.work import Stopped, daily, save, sign_of_life
from matchplatform.searches import operations, queries
from matchplatform.web.transaction import undo

logger = logging.getLogger("matchplatform.searches")


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
    sent, due = Sent(), queries.people_due(day)
    for n, user_id in enumerate(due, 1):
        try:
            found = operations.send_digest(user_by_id(user_id), day)
            sign_of_life(n, len(due))
            save()
        except (Stopped, Superseded):
            raise
        except Exception:
            undo()
            logger.exception("the digest of user %s for %s failed", user_id, day)
            sent = Sent(n, sent.people, sent.records, sent.failed + 1)
            sign_of_life(n, len(due))
            save()
        else:
            sent = Sent(n, sent.people + (found > 0), sent.records + found, sent.failed)
    return sent


@daily("searches", "保存的搜索的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with somebody: then it is begun again for those alone."""
    sent = send_digests(local(moment).date())
    if sent.failed:
        raise Refusal(sent.sentence)
    sign_of_life(sent.seen, sent.seen, sent.sentence)
