"""Everything that changes a county's plan of coming needs."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.queries import unit_name
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import category, region
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.needs import operations, plan_queries
from matchplatform.needs import plan_rules as rules
from matchplatform.needs.models import Need
from matchplatform.needs.plan_models import PlanRow
from matchplatform.needs.template_queries import template_for

COLUMNS = ("title", "category_code", "township_code", "quarter", "amount_fen", "people", "note")


def add_row(actor: Any, year: int, values: Mapping[str, Any]) -> PlanRow:
    """A new row of the actor's county. Raises Refusal."""
    demand(rules.can_keep(actor, actor.county_code))
    demand(rules.year_verdict(year, today()))
    row = PlanRow(county_code=actor.county_code, year=year, status="planned", created_by=actor.id)
    _fill(row, values)
    db.session.add(row)
    db.session.flush()
    _log(actor, row, "create", "计划加一行")
    return row


def edit_row(actor: Any, row: PlanRow, values: Mapping[str, Any], version: int | None = None) -> PlanRow:
    """Change a row that is only planned. Raises Refusal, Conflict when the page was old."""
    _lock(row, version)
    demand(rules.can_edit(actor, row))
    with db.session.no_autoflush:
        changed = _fill(row, values)
    if changed:
        row.updated_at = now()
        _flush()
        _log(actor, row, "edit", "修改计划", {"changed": changed})
    return row


def move(actor: Any, row: PlanRow, verb: str, version: int | None = None) -> str:
    """Drop a row, take it back, or delete it; answers what was done in words. Raises Refusal, Conflict."""
    _lock(row, version)
    if verb == "delete":
        return _delete(actor, row)
    if verb not in ("drop", "restore"):
        raise Refusal("没有这个操作。")
    _make(actor, row, verb)
    _flush()
    found = next(one for one in rules.LIFECYCLE.table if one.verb == verb)
    _log(actor, row, verb, found.label)
    return found.done


def _delete(actor: Any, row: PlanRow) -> str:
    """A row that had come over from the year before gives that year's row back."""
    demand(rules.can_delete(actor, row))
    origin = row.carried_from
    _log(actor, row, "delete", "计划删一行")
    db.session.delete(row)
    _flush()
    if origin is None:
        return "已删去这一行。"
    _make(actor, origin, "give_back")
    _flush()
    return f"已删去；{origin.year} 年的那一行回到“计划中”。"


def write_need(actor: Any, row: PlanRow, version: int | None = None) -> Need:
    """Make a draft of a row, filled from it and from its category's template; the two know each other from then on.

    Raises Refusal, Conflict when a colleague has just written it.
    """
    _lock(row, version)
    if row.status == "drafted" and row.need is not None:
        raise Conflict(f"这一行已经写成需求 {row.need.code}。", "请打开那条需求接着写。")
    demand(_verdict(actor, row, "write"))
    need = operations.create_need(actor, _draft_of(actor, row))
    if plan_queries.row_of_need(need) is not None:
        raise Refusal(f"刚才已经照同样的话写过一条 {need.code}。",
                      "两行是一件事的话，请删掉一行；不是的话，过一分钟再写。")
    with db.session.no_autoflush:
        row.need_id = need.id
        row.status = "drafted"
    _flush()
    db.session.refresh(row)
    _log(actor, row, "write", "计划写成需求", {"need": need.code})
    record(actor, "from_plan", f"来自 {row.year} 年计划", "need", object_id=need.code, object_label=need.title,
           county_code=need.county_code, detail={"plan_row": row.id})
    return need


def carry(actor: Any, year: int) -> list[PlanRow]:
    """Take what a year's plan has left over into the next year, the same quarters; answers the new rows."""
    demand(rules.can_keep(actor, actor.county_code))
    demand(rules.year_verdict(year + 1, today()))
    db.session.execute(sa.select(PlanRow.id).where(
        PlanRow.county_code == actor.county_code, PlanRow.year == year).with_for_update())
    rows, made = plan_queries.left_over(actor.county_code, year), []
    if not rows:
        raise Refusal(f"{year} 年的计划没有剩下的行。", "都写成需求、转走或不办了。")
    for row in rows:
        _make(actor, row, "carry")
        new = PlanRow(county_code=row.county_code, year=year + 1, status="planned", created_by=actor.id,
                      carried_from_id=row.id, **{name: getattr(row, name) for name in COLUMNS})
        db.session.add(new)
        made.append(new)
    _flush()
    record(actor, "carry", f"{year} 年剩下的转到下年", "plan", object_id=f"{actor.county_code}-{year + 1}",
           object_label=f"{year + 1} 年需求计划", county_code=actor.county_code,
           detail={"rows": [row.id for row in made]})
    return made


def _draft_of(actor: Any, row: PlanRow) -> dict[str, Any]:
    """The values of the draft: the row's own, the template's outline below its note."""
    template = template_for(row.category_code, f"{row.title}{row.note}")
    first, _ = rules.days_of(row.year, row.quarter)
    body = [row.note, template.body if template is not None else ""]
    return {"title": row.title, "category_code": row.category_code, "township_code": row.township_code,
            "body": "\n".join(part for part in body if part), "goal": template.goal if template is not None else "",
            "funds_gap_fen": row.amount_fen, "beneficiaries": row.people,
            "starts_on": first if first > today() else None, "unit": unit_name(actor), "lines": []}


def _fill(row: PlanRow, values: Mapping[str, Any]) -> list[str]:
    wanted = {name: values[name] for name in COLUMNS if name in values}
    if "category_code" in wanted and category(wanted["category_code"]) is None:
        raise Refusal("没有这个帮扶领域。", "请从列表里选一个。")
    township = region(wanted.get("township_code") or None)
    if township is not None and (township.level != "township" or township.parent_code != row.county_code):
        raise Refusal("选的乡镇不在本县。", "请从本县的乡镇里选一个，全县的可以不选。")
    if "township_code" in wanted:
        wanted["township_code"] = township.code if township is not None else None
    for name in ("amount_fen", "people"):
        if name in wanted:
            wanted[name] = wanted[name] or 0
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    return changed


def _verdict(actor: Any, row: PlanRow, verb: str) -> Verdict:
    keeper = rules.can_keep(actor, row.county_code)
    return rules.LIFECYCLE.verdict(verb, row.status, {"keeper"}) if keeper else keeper


def _make(actor: Any, row: PlanRow, verb: str) -> None:
    demand(_verdict(actor, row, verb))
    found = rules.LIFECYCLE.find(verb, row.status)
    if found is None:
        raise RuntimeError(f"{verb} from {row.status} passed the verdict without a row")
    row.status = found.target


def _lock(row: PlanRow, version: int | None) -> None:
    """Hold the row and read it anew, so that the second of two clicks sees what the first has done."""
    held = db.session.execute(sa.select(PlanRow.id).where(PlanRow.id == row.id).with_for_update(key_share=True)).first()
    if held is None:
        raise Conflict("这一行刚刚被同事删了。", "请刷新页面看最新计划。")
    db.session.refresh(row)
    if version is not None and version != row.version:
        raise Conflict("同事刚刚改过这一行，这次没有保存。", "请看最新内容再办。")


def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError):
        raise Conflict("别人刚刚改动了同一行。", "请刷新页面看最新计划。")



def _log(actor: Any, row: PlanRow, verb: str, label: str, detail: dict[str, Any] | None = None) -> None:
    record(actor, verb, label, "plan", object_id=row.id,
           object_label=f"{row.year} 年{rules.QUARTERS[str(row.quarter)].label}：{row.title}",
           county_code=row.county_code, detail={"state": row.status, **(detail or {})})
