"""The day's upkeep of the folder of files: what was removed long ago goes, and what no row names.

Registered as a daily job by a tier above, because jobs and files do not know each other.
"""

import datetime as dt

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.files import operations, queries, rules, storage
from matchplatform.web.transaction import commit_or_conflict

DAY = 24 * 3600


def purge(days: int = rules.KEPT_DAYS) -> int:
    """Take off the disk what was removed so many days ago; answers how many files. Commits."""
    names = operations.purge(now() - dt.timedelta(days=days))
    commit_or_conflict()  # first the rows: a row never names a file that is gone
    for name in names:
        storage.delete(name)
    return len(names)


def sweep() -> tuple[int, int]:
    """Delete what no row names and is older than a day, left by a process that was killed; answers how many files, and
    how many bytes. It ends the transaction: no lock is held while the folder is walked."""
    names = queries.stored_names()
    db.session.rollback()
    return storage.sweep(names, DAY)


def tidy() -> None:
    """Both, as often as one likes: begun again after it was cut short, it goes on where it stopped."""
    purge()
    sweep()
