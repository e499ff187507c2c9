"""What staff record of villages: one that is missing, one that was merged or given up, and undoing that."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from matchplatform.audit.operations import record
from matchplatform.catalog.models import Village
from matchplatform.catalog.queries import place, region
from matchplatform.catalog.rules import can_keep_villages
from matchplatform.catalog.village_queries import village_named, village_now
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.line import length_fault, line_fault
from matchplatform.extensions import db

LONGEST = 40


def _demand(actor: Any, township_code: str) -> str:
    """The county of a township that the actor keeps. Raises Refusal."""
    one = region(township_code)
    if one is None or one.level != "township":
        raise Refusal("没有这个乡镇。", "请从名单里选。")
    verdict = can_keep_villages(actor, township_code, one.parent_code)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    return one.parent_code


def add_village(actor: Any, township_code: str, name: str) -> Village:
    """A village that the list lacks. Raises Refusal, Conflict where it is there."""
    _demand(actor, township_code)
    name = name.strip()
    fault = line_fault(name, "村名") or length_fault(name, "村名", LONGEST)
    if fault or not name:
        raise Refusal(fault or "村名还没有填。")
    if village_named(township_code, name) is not None:
        raise Conflict(f"名单里已经有“{name}”。", "请看一下名单，撤销了的可以恢复。")
    village = Village(township_code=township_code, name=name)
    db.session.add(village)
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict(f"别人刚刚加了“{name}”。", "请看最新的名单。")
    _log(actor, village, "add_village", "添加村名")
    return village


def close_village(actor: Any, village: Village, into: Village | None) -> None:
    """It was merged into another, or given up. Orders and posters that name it go to the successor. Raises Refusal."""
    county = _demand(actor, village.township_code)
    db.session.refresh(village, with_for_update=True)
    if village.closed_on is not None:
        raise Conflict(f"“{village.name}”已经登记过了。", "请看最新的名单；登记错了先恢复。")
    if into is not None:
        if region(into.township_code).parent_code != county:
            raise Refusal("只能并入本县的村。", "请另选一个。")
        last = village_now(into.id).village
        if last is None or last.id == village.id:
            raise Refusal(f"“{into.name}”自己也撤了，或者正是并进这个村的。", "请选现在还在的村。")
        into = last
    village.merged_into_id, village.closed_on = into.id if into is not None else None, clock.today()
    db.session.flush()
    _log(actor, village, "close_village", f"并入{into.name}" if into is not None else "撤销村名")


def restore_village(actor: Any, village: Village) -> None:
    """It was recorded by mistake. Raises Refusal."""
    _demand(actor, village.township_code)
    if village.closed_on is None:
        raise Conflict(f"“{village.name}”没有撤。", "请看最新的名单。")
    village.merged_into_id = village.closed_on = None
    db.session.flush()
    _log(actor, village, "restore_village", "恢复村名")


def _log(actor: Any, village: Village, act: str, label: str) -> None:
    one = region(village.township_code)
    record(actor, act, label, "system", object_id=f"village-{village.id}",
           object_label=place(village.township_code) + village.name, county_code=one.parent_code)
