"""Exports in the background, the files that come of them, and their end."""

import datetime as dt
import os
import secrets
from pathlib import Path

from flask import current_app

from matchplatform.accounts.queries import unit_name, user_by_id
from matchplatform.exports import operations, queries
from matchplatform.exports.making import Order, write
from matchplatform.exports.models import Export
from matchplatform.exports.reader import reader_of
from matchplatform.exports.shelves import SHELVES
from matchplatform.jobs.models import Job
from matchplatform.jobs.operations import progress
from matchplatform.jobs.work import daily, only_reading, save, task


def folder() -> Path:
    """Where finished files are kept; made when it is first needed."""
    path = Path(current_app.config["EXPORTS_FOLDER"])
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _order(export: Export) -> Order:
    """What was asked for, with the numbers as they are now and the rights that the person has now."""
    user, shelf = user_by_id(export.user_id), SHELVES[export.shelf]
    reader, unit, wanted = reader_of(user), unit_name(user), shelf.wanted(export.query)
    ids = shelf.ids(reader, wanted) if shelf.is_open_to(reader) and user.is_active else []
    return Order(shelf, reader, unit, export.format, wanted, ids)


@task(queries.KIND, "导出")
def make(job: Job) -> None:
    """Write the workbook beside its place and put it there whole: begun again, it begins from the start."""
    export = queries.export_by_id(int(job.subject_code))
    if export is None or export.status == "ready":
        return
    number, total = export.id, 0
    with only_reading():
        order = _order(queries.export_by_id(number))
        total = len(order.ids)
    name = f"{number}-{secrets.token_urlsafe(12)}.{order.suffix}"
    part = folder() / f"{name}.part"

    def after(done: int) -> None:
        progress(job, done, total)
        save()

    try:
        with part.open("wb") as target:
            count = write(order, target, only_reading, after)
        os.replace(part, folder() / name)
    finally:
        part.unlink(missing_ok=True)
    operations.finish(queries.export_by_id(number), name, count)


def remove(file_name: str) -> None:
    """Take a finished file away; one that is gone already is no fault."""
    (folder() / Path(file_name).name).unlink(missing_ok=True)


def clean() -> int:
    """Files that are no longer kept, and leftovers of runs that were killed."""
    gone = operations.sweep(remove)
    for part in folder().glob("*.part"):
        if dt.datetime.now().timestamp() - part.stat().st_mtime > 24 * 3600:
            part.unlink(missing_ok=True)
    return gone


@daily("exports", "每天清理过期的导出")
def run(_moment: dt.datetime) -> None:
    """Once a day."""
    clean()
