"""The background work of imports: checking, saving, taking back, handing in; each may be killed and begun again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matchplatform.accounts.queries import user_by_id
from matchplatform.core import origin
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.imports import operations, queries, rules, run_operations, submit_operations, submit_queries
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.sheets import SheetFault
from matchplatform.jobs.models import Job
from matchplatform.jobs.operations import progress
from matchplatform.jobs.work import only_reading, save, task

LABEL = "表格导入"
_BREATH = 0.02  # seconds between two chunks: SQLite has one writer at a time, and people are waiting too


@contextmanager
def _in_the_name_of(job: Job) -> Iterator[tuple[Any, Import]]:
    """(actor, import): acts of a job are its starter's, from the address where he started it."""
    if job.started_by is None:
        raise RuntimeError(f"job {job.id} was started by nobody")
    actor, item = user_by_id(job.started_by), queries.import_by_id(int(job.subject_code))
    if not actor.enabled:
        raise Refusal("发起的账号已经停用。", "请由同事接着办。")
    token = origin.address.set(item.address or "后台任务")
    try:
        yield actor, item
    finally:
        origin.address.reset(token)


def _next(job: Job, done: int, total: int) -> None:
    """Store the chunk with its progress and let others have a turn."""
    progress(job, done, total)
    save()
    time.sleep(_BREATH)


@task("import-check", LABEL)
def check(job: Job) -> None:
    """Check every row of a large sheet; what an earlier try left is written anew."""
    with _in_the_name_of(job) as (actor, item):
        number, actor_id = item.id, actor.id
        if item.status != "checking":
            return
        with only_reading():
            seen = queries.ahead_of(user_by_id(actor_id), queries.import_by_id(number))
        if seen.mapping is None:
            raise RuntimeError(f"import {number} has no mapping")
        try:
            found = seen.checked(seen.mapping)
        except SheetFault as fault:
            raise Refusal(fault.sentence) from fault
        actor, total = user_by_id(actor_id), len(found.rows)
        for start in range(0, total, rules.CHECK_CHUNK):
            item = operations.hold_check(number, found.mark)
            if item is None:  # somebody went back to the columns meanwhile, or gave it up: nothing of this stays
                return
            if start == 0:
                operations.clear_rows(item)
            part = slice(start, start + rules.CHECK_CHUNK)
            operations.store_rows(actor, item, found.records[part], found.rows[part], start)
            _next(job, min(part.stop, total), total)
        item = operations.hold_check(number, found.mark)
        if item is None:
            return
        operations.end_check(item, found.rows)
        run_operations.tell_end(item, job.started_by, "told", "检查完了", "请看看哪些行要改，再导入。")


@task("import-run", LABEL)
def run(job: Job) -> None:
    """Save the good rows, a chunk at a time; rows say themselves what became of them."""
    with _in_the_name_of(job) as (actor, item):
        while item.status == "running" and (rows := queries.rows_in(item, "good", rules.CHUNK)):
            run_operations.save_rows(actor, item, rows)
            left = queries.counts(item).get("good", 0)
            _next(job, job.total - left, job.total)
        if item.status != "running":
            return
        found = queries.counts(item)
        tally = run_operations.Tally(found.get("created", 0), found.get("known", 0), found.get("faulty", 0))
        run_operations.end_run(actor, item, tally)
        run_operations.tell_end(item, job.started_by, "good", "导入完成", run_operations.said(item, tally))


@task("import-undo", LABEL)
def undo(job: Job) -> None:
    """Take back what the import made, a chunk at a time."""
    with _in_the_name_of(job) as (actor, item):
        position, done = -1, queries.counts(item).get("undone", 0)
        total = done + queries.counts(item).get("created", 0)
        while item.status == "undoing" and (rows := _created_after(item, position)):
            position = rows[-1].position
            done += run_operations.undo_rows(actor, item, rows)
            _next(job, done, total)
        if item.status != "undoing":
            return
        stuck = run_operations.end_undo(actor, item)
        body = f"撤销了 {done:,} {item.unit}。" + (f"有 {stuck} {item.unit}已经往下办了，还留着。" if stuck else "")
        run_operations.tell_end(item, job.started_by, "told", "撤销完成", body)


def _created_after(item: Import, position: int) -> list[ImportRow]:
    return list(db.session.scalars(db.select(ImportRow).where(
        ImportRow.import_id == item.id, ImportRow.state == "created", ImportRow.position > position)
        .order_by(ImportRow.position).limit(rules.CHUNK)))


@task("import-fill", LABEL)
def fill(job: Job) -> None:
    """The same for all drafts, a chunk at a time: what an earlier try filled is empty no more."""
    with _in_the_name_of(job) as (actor, item):
        kept = submit_queries.Kept.of(item)
        if kept is None:
            return
        given = submit_queries.typed(actor, item, kept.texts)
        if given.faults:  # the closing time may have passed while it waited
            raise Refusal(next(iter(given.faults.values())))
        last, seen = "", 0
        while codes := submit_queries.drafts_after(item, last, rules.CHUNK):
            last, seen = codes[-1], seen + len(codes)
            submit_operations.fill_some(actor, item, kept, given, codes)
            _next(job, seen, max(job.total, seen))
        said = submit_operations.end_fill(actor, item, kept, given)
        run_operations.tell_end(item, job.started_by, "good", "一起填写办完了", said)


@task("import-submit", LABEL)
def submit(job: Job) -> None:
    """Hand in every complete draft, a chunk at a time."""
    with _in_the_name_of(job) as (actor, item):
        last, seen = "", 0
        while codes := submit_queries.drafts_after(item, last, rules.CHUNK):
            last, seen = codes[-1], seen + len(codes)
            submit_operations.submit_some(actor, item, codes)
            _next(job, seen, max(job.total, seen))
        # Counted in the library: what an earlier try handed in belongs to it too.
        done = submit_queries.handed_in_since(item, actor, job.created_at)
        submit_operations.end_submit(actor, item, done)
        verb = "提交审核" if item.kind == "need" else "上架"
        run_operations.tell_end(item, job.started_by, "good", f"一起{verb}办完了",
                                f"{verb}了 {len(done):,} {item.unit}；没有填全的还是草稿。")
