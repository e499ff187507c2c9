"""Saving the good rows of an import, taking an import back: each in chunks that are complete in themselves, so
that a process that dies between two of them loses nothing and doubles nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.audit.operations import hold_chain
from matchplatform.core import clock, origin
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.imports import landing, queries, rules
from matchplatform.imports.mapping import Mapping
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.operations import flush, log, refuse_double_work
from matchplatform.imports.queries import Content
from matchplatform.imports.rows import Context, Fault, Row, parse_row
from matchplatform.jobs import operations as jobs
from matchplatform.jobs.models import Job
from matchplatform.notices.operations import tell


@dataclass
class Tally:
    """What became of the rows of a chunk, or of all."""

    created: int = 0
    known: int = 0
    faulty: int = 0

    def add(self, other: "Tally") -> None:
        """Sum up."""
        self.created += other.created
        self.known += other.known
        self.faulty += other.faulty


def begin_run(actor: Any, item: Import) -> Job | None:
    """Save the good rows: at once when they are few (None), else in the background (the job)."""
    refuse_double_work(item)
    good = queries.counts(item).get("good", 0)
    if item.status != "running":  # running without work in hand: it failed, and goes on where it ended
        demand(rules.may_import(actor, item.kind))
        demand(rules.run_verdict(item.status, good))
        item.status = "running"
    item.address = origin.address.get()
    flush()
    if good > rules.AT_ONCE:
        return jobs.start(actor, "import-run", str(item.id), good)
    tally = save_rows(actor, item, queries.rows_in(item, "good"))
    end_run(actor, item, tally)
    return None


def save_rows(actor: Any, item: Import, rows: Sequence[ImportRow]) -> Tally:
    """Check these rows once more and make their records; every row says what became of it."""
    # The actor's own row first, then the chain, as whoever writes a single need takes them.
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    hold_chain()
    mapping, context, tally = queries.mapping_of(item), queries.context_of(actor), Tally()
    if mapping is None:
        raise RuntimeError(f"import {item.id} has rows and no mapping")
    checked = [(row, _checked(actor, item, row, mapping, context)) for row in rows]
    good = [(row, one) for row, one in checked if one is not None and not one.faults]
    prints = [one.fingerprint for _, one in good]
    known = queries.known_records(queries.landing_of(actor, item.kind), item.kind, prints)
    known |= landing.already_there(item.kind, [one for _, one in good])
    fresh = [(row, one) for row, one in good if one.fingerprint not in known]
    for row, one in good:
        if one.fingerprint in known:
            row.state, row.known_code, tally.known = "known", known[one.fingerprint], tally.known + 1
    for row, one in checked:
        if one is None or one.faults:
            _mark_faulty(row, one)
            tally.faulty += 1
    tally.add(_write(actor, item, fresh))
    flush()
    return tally


def _checked(actor: Any, item: Import, row: ImportRow, mapping: Mapping, context: Context) -> Row | None:
    content = Content.of(row)
    if content is None:
        return None
    found = parse_row(mapping, content.record, item.kind, context)
    landing.refuse_unreachable(actor, item.kind, found)
    return found


def _write(actor: Any, item: Import, rows: Sequence[tuple[ImportRow, Row]]) -> Tally:
    """All at once; when one of them is refused, one by one, so that only that one stays behind."""
    if not rows:
        return Tally()
    try:
        codes = landing.write(actor, item, [one for _, one in rows])
    except Conflict:
        raise
    except Refusal as refusal:
        if len(rows) == 1:
            row, one = rows[0]
            one.faults.append(Fault("", "整行", "", refusal.sentence))
            _mark_faulty(row, one)
            return Tally(faulty=1)
        tally = Tally()
        for pair in rows:
            tally.add(_write(actor, item, [pair]))
        return tally
    for (row, one), code in zip(rows, codes, strict=True):
        # What the record holds now need not be kept here too: the cells have telephone numbers in them.
        row.state, row.record_code, row.fingerprint, row.content = "created", code, one.fingerprint, None
    return Tally(created=len(rows))


def _mark_faulty(row: ImportRow, found: Row | None) -> None:
    row.state = "faulty"
    content = Content.of(row)
    if content is not None and found is not None:
        content.faults, content.notes, content.missing = found.faults, found.notes, found.missing
        row.content = content.as_text()


def end_run(actor: Any, item: Import, tally: Tally) -> None:
    """All good rows are in: one row in the audit for the whole, and the sheet's texts go."""
    item.status, item.sheets_kept = "done", None
    db.session.execute(sa.update(ImportRow).where(ImportRow.import_id == item.id, ImportRow.state == "known")
                       .values(content=None))
    flush()
    log(actor, item, "run", "导入", {"created": tally.created, "known": tally.known, "faulty": tally.faulty})
    db.session.flush()


def said(item: Import, tally: Tally) -> str:
    """What a run did, in a sentence."""
    unit = item.unit
    more = [f"{tally.known} {unit}以前导入过，没有重复建" if tally.known else "",
            f"{tally.faulty} 行要改，还留着" if tally.faulty else ""]
    return f"建了 {tally.created:,} {unit}草稿" + "".join(f"；{one}" for one in more if one) + "。"


def tell_end(item: Import, user_id: int | None, kind: str, head: str, body: str) -> None:
    """Whoever began it hears that it is over."""
    if user_id is not None:
        tell(None, [user_id], kind, f"{head}：{item.file_name}", body, "import", str(item.id))


# ---- taking an import back

def begin_undo(actor: Any, item: Import) -> Job | None:
    """Take back the whole import while nothing hangs on it: at once when it is small, else in the background."""
    refuse_double_work(item)
    if item.status != "undoing":
        demand(rules.whole_undo_verdict(item.status, [verdict for _, verdict in queries.undo_verdicts(item)]))
        item.status = "undoing"
    item.address = origin.address.get()
    flush()
    total = queries.counts(item).get("created", 0)
    if total > rules.AT_ONCE:
        return jobs.start(actor, "import-undo", str(item.id), total)
    undo_rows(actor, item, queries.rows_in(item, "created"))
    end_undo(actor, item)
    return None


def undo_rows(actor: Any, item: Import, rows: Sequence[ImportRow]) -> int:
    """Take back the records of these rows that may still be taken back; answers how many."""
    codes = [one.record_code for one in rows]
    landing.hold(item.kind, codes)
    made = queries.made_of(item.kind, codes)
    able = [one for one in rows if rules.undo_verdict(made[one.record_code])]
    landing.take_back(actor, item, [one.record_code for one in able])
    for one in able:
        one.state = "undone"
    flush()
    return len(able)


def end_undo(actor: Any, item: Import) -> int:
    """Nothing of it is left, or what had gone on its way meanwhile: answers how many of those."""
    left = queries.counts(item)
    stuck, undone = left.get("created", 0), left.get("undone", 0)
    if stuck:
        item.status = "done"
    else:
        item.status, item.sheets_kept, item.ended_at = "undone", None, clock.now()
        db.session.execute(sa.update(ImportRow).where(ImportRow.import_id == item.id).values(content=None))
    flush()
    log(actor, item, "undo", "撤销整次导入", {"undone": undone, "left": stuck})
    db.session.flush()
    return stuck
