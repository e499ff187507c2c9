"""Completing the drafts of an import and handing them in, all at once: in chunks that are complete in themselves, so
that a process that dies between two of them loses nothing and doubles nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.core import origin
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.imports import filling, queries, rules, submit_queries
from matchplatform.imports.filling import Filling
from matchplatform.imports.models import Import
from matchplatform.imports.operations import flush, log, refuse_double_work
from matchplatform.imports.submit_queries import Kept
from matchplatform.jobs import operations as jobs
from matchplatform.jobs.models import Job
from matchplatform.needs import bulk_operations as needs
from matchplatform.offerings import bulk_operations as offerings


def _hold(item: Import) -> None:
    """One at a time: whoever comes second sees what the first has done, instead of being turned away."""
    db.session.execute(sa.select(Import.id).where(Import.id == item.id).with_for_update(key_share=True))
    db.session.refresh(item)
    refuse_double_work(item)
    if item.kind == "organization":
        raise Refusal("名册里的组织由它们自己认领，不用提交。")
    if item.status != "done":
        raise Conflict(f"这次导入现在是“{item.state.label}”，没有草稿可办。", "请看最新内容。")
    item.address = origin.address.get()


# ---- the same for all

def begin_fill(actor: Any, item: Import, given: Filling, expected: Mapping[str, int]) -> tuple[str, Job | None]:
    """Put what was typed for all into every draft that lacks it: (what was done, the job when they are many).

    `expected`: how many of each the person was told before. Raises Refusal, Conflict.
    """
    _hold(item)
    if given.faults or not given.values:
        raise Refusal("还没有填，或者填的还有错。", "请至少填对一项。")
    kept, codes = Kept(given.texts, dict(expected)), queries.draft_codes(item)
    item.sheets_kept = kept.as_text()
    flush()
    if len(codes) > rules.AT_ONCE:
        return "", jobs.start(actor, "import-fill", str(item.id), len(codes))
    fill_some(actor, item, kept, given, codes)
    return end_fill(actor, item, kept, given), None


def fill_some(actor: Any, item: Import, kept: Kept, given: Filling, codes: Sequence[str]) -> None:
    """The same for some drafts: only what is empty in them at this moment; `kept` counts on."""
    names, edited = submit_queries.open_names(item), submit_queries.edited_codes(item.kind, codes)

    def choose(record: Any) -> dict[str, Any]:
        lacks = filling.lacking(item.kind, record, names, record.code in edited)
        return filling.taken(item.kind, record, lacks, given.values)

    bulk: Any = needs if item.kind == "need" else offerings
    changed = bulk.fill_drafts(actor, codes, choose, {"import": item.id}, f"给导入“{item.file_name}”的草稿一起填")
    for changes in changed.values():
        for name in changes:
            kept.filled[name] = kept.filled.get(name, 0) + 1
    item.sheets_kept = kept.as_text()
    flush()


def end_fill(actor: Any, item: Import, kept: Kept, given: Filling) -> str:
    """All drafts were gone through: one row in the audit for the whole; answers what was done, in words."""
    mapping = queries.mapping_of(item)
    if mapping is not None:  # a choice that was given to all is said from now on, also where it is the default again
        chosen = {name: given.texts[name] for name in kept.filled
                  if filling.fields_of(item.kind)[name].choices is not None}
        mapping.constants |= chosen
        if chosen:
            item.mapping_json = json.dumps(mapping.as_data(), ensure_ascii=False)
    item.sheets_kept = None
    flush()
    if kept.filled:
        log(actor, item, "fill_all", "一起填写", {"filled": kept.filled})
    db.session.flush()
    return filling.said(item.kind, item.unit, kept.filled, kept.expected)


# ---- handing in what is complete

def begin_submit(actor: Any, item: Import) -> tuple[int, Job | None]:
    """Hand in every complete draft: (how many were, the job when they are many)."""
    _hold(item)
    codes = queries.draft_codes(item)
    flush()
    if len(codes) > rules.AT_ONCE:
        return 0, jobs.start(actor, "import-submit", str(item.id), len(codes))
    done = submit_some(actor, item, codes)
    if not done:
        raise Refusal("没有填写完整的草稿。", "请先补齐，再一起提交。")
    end_submit(actor, item, done)
    return len(done), None


def submit_some(actor: Any, item: Import, codes: Sequence[str]) -> list[str]:
    """Hand in those of these drafts that are complete; answers their codes."""
    if item.kind == "need":
        return needs.submit_needs(actor, codes, f"导入“{item.file_name}”后一起提交")
    return offerings.publish_offerings(actor, codes)


def end_submit(actor: Any, item: Import, codes: Sequence[str]) -> None:
    """One notice to the colleagues and one row in the audit for all."""
    if item.kind == "need":
        needs.tell_submitted(actor, codes)
    label = "一起提交审核" if item.kind == "need" else "一起上架"
    log(actor, item, "submit_all", label, {"records": len(codes), "codes": json.dumps(list(codes[:50]))})
    db.session.flush()
