"""The day's digests: person by person, each stored for itself, so that a run which was cut short goes on."""

import datetime as dt

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.clock import local
from matchplatform.jobs.work import daily, save
from matchplatform.searches import operations, queries


def send_digests(day: dt.date) -> tuple[int, int]:
    """Tell everybody whose searches are due; answers (people told, records named)."""
    people = records = 0
    for user_id in queries.people_due(day):
        found = operations.send_digest(user_by_id(user_id), day)
        save()
        people, records = people + (found > 0), records + found
    return people, records


@daily("searches")
def run(moment: dt.datetime) -> None:
    """Every morning."""
    send_digests(local(moment).date())
