"""Everything that changes how a pairing is followed: plan, milestones, progress reports, visits."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.pairings.delivery_operations import bring
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.messages import title
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import parties_of
from matchplatform.tracking import messages, queries, rules
from matchplatform.tracking.models import Milestone, ProgressLine, ProgressReport, TrackingPlan, Visit
from matchplatform.tracking.rules import FIGURES, Step

_FASTER = ("别人刚刚改过这里。", "请看最新内容再办。")
AGREED = {"funds_fen": "资金", "in_kind_fen": "物资折价"}  # what is compared with the agreement


class Doubt(Refusal):
    """An amount that may be right, but has to be said twice; `field` is its column."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, "请改数额；没有写错，就勾选“数额没有写错”再交。")
        self.field = field




def log(actor: Any, pairing: Pairing, act: str, label: str, reason: str = "", **detail: Any) -> None:
    """One audit row an act, with both parties."""
    record(actor, act, label, "pairing", object_id=pairing.code, object_label=title(pairing),
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason=reason, detail=detail)


def side_of(mine: set[str]) -> str:
    """county or organization."""
    return "county" if "county" in mine else "organization"


def set_plan(actor: Any, pairing: Pairing, rhythm: str, steps: Sequence[Step], version: int | None) -> TrackingPlan:
    """Set how often is reported and the milestones as a whole; `version` is the one the page showed, None for none.

    What is done stays as it is. Raises Refusal with the rule, Conflict where somebody else was faster.
    """
    hold(pairing)
    demand(rules.can_write(parties_of(actor, pairing)))
    demand(rules.plan_verdict(pairing))
    if rhythm not in rules.RHYTHMS:
        raise Refusal("没有选多久报一次。", "请选每月或每季度。")
    demand(rules.shares_verdict([one.share for one in steps]))
    demand(rules.milestone_days_verdict([one.due_on for one in steps], pairing.starts_on, pairing.ends_on))
    plan = queries.plan_of(pairing.id)
    if (plan.version if plan else None) != version:
        raise Conflict(*_FASTER)
    if plan is None:
        plan = TrackingPlan(pairing_id=pairing.id)
        db.session.add(plan)
    _replace(plan, steps)
    plan.rhythm, plan.set_by, plan.set_at = rhythm, actor.id, now()
    try:
        db.session.flush()
    except (IntegrityError, StaleDataError) as error:
        raise Conflict(*_FASTER) from error
    log(actor, pairing, "plan", "定实施计划", rhythm=rhythm,
        milestones=[[one.title, one.due_on.isoformat(), one.share] for one in steps])
    messages.plan_set(actor, pairing, len(steps))
    db.session.flush()
    return plan


def _replace(plan: TrackingPlan, steps: Sequence[Step]) -> None:
    present = {one.id: one for one in plan.milestones}
    kept = {one.number for one in steps if one.number is not None}
    if kept - set(present):
        raise Conflict(*_FASTER)
    for one in present.values():
        if one.done_on is not None and one.id not in kept:
            raise Refusal(f"“{one.title}”已经完成，不能删。", "先改回未完成，再删。")
    plan.milestones = [_milestone(present.get(one.number or 0), one) for one in steps]


def _milestone(present: Milestone | None, wanted: Step) -> Milestone:
    one = present or Milestone()
    one.title, one.due_on, one.share = wanted.title, wanted.due_on, wanted.share
    return one


def tick(actor: Any, pairing: Pairing, number: int, done: bool) -> Milestone:
    """Say that a milestone is reached, or that it is not after all. Raises Refusal, Conflict."""
    hold(pairing)
    demand(rules.can_write(parties_of(actor, pairing)))
    demand(rules.plan_verdict(pairing))
    milestone = queries.milestone_of(pairing, number)
    if (milestone.done_on is not None) == done:
        raise Conflict("这个里程碑刚刚有人登记过。", "请看最新内容。")
    milestone.done_on, milestone.done_by = (today(), actor.id) if done else (None, None)
    db.session.flush()
    log(actor, pairing, "milestone", "完成里程碑" if done else "改回未完成", milestone=milestone.title,
        share=milestone.share)
    messages.ticked(actor, pairing, milestone)
    db.session.flush()
    return milestone


def _period(code: str) -> rules.Period:
    try:
        return rules.period_named(code)
    except ValueError as error:
        raise Refusal("没有选是哪个时段的进展。", "请从列表里选月份或季度。") from error


def _demand_sure(pairing: Pairing, values: Mapping[str, Any], before: queries.Totals) -> None:
    for name, called in AGREED.items():
        agreed, whole = getattr(pairing, name) or 0, values[name] + getattr(before, name)
        if values[name] and not values.get("sure") and rules.is_doubtful(whole, agreed):
            raise Doubt(name, rules.doubt_sentence(called, values[name], agreed))


def report(actor: Any, pairing: Pairing, period_code: str, values: Mapping[str, Any]) -> ProgressReport:
    """Report what happened in a period. `values`: done, difficulties, FIGURES, `brought` (need line id -> quantity),
    `sure` (amounts far above the agreement are right).

    Raises Refusal with the rule, Doubt for an amount to be confirmed, Conflict where the period was just reported.
    """
    hold(pairing)
    mine, period = parties_of(actor, pairing), _period(period_code)
    demand(rules.can_write(mine))
    demand(rules.report_verdict(pairing, period, queries.rhythm_of(pairing.id), today()))
    _demand_sure(pairing, values, queries.totals_of(pairing.id))
    brought = {line: number for line, number in values.get("brought", {}).items() if number}
    made = ProgressReport(pairing_id=pairing.id, period=period.code, side=side_of(mine), done=values["done"],
                          difficulties=values.get("difficulties") or "", reported_by=actor.id, reported_at=now(),
                          **{name: values.get(name) or 0 for name in FIGURES})
    made.lines = [ProgressLine(need_line_id=line, quantity=number) for line, number in brought.items()]
    try:
        with db.session.begin_nested():
            db.session.add(made)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(f"{period.label}的进展已经报过了。", "要改，请打开那一份再改。") from error
    bring(pairing, brought)
    log(actor, pairing, "progress", "报进展", period=period.code, lines={str(k): n for k, n in brought.items()},
        **{name: getattr(made, name) for name in FIGURES})
    messages.reported(actor, made)
    db.session.flush()
    return made


def mend(actor: Any, made: ProgressReport, values: Mapping[str, Any], version: int | None) -> ProgressReport:
    """Correct a report while its pairing is active; the quantities of the lines follow. Raises as `report` does."""
    pairing = made.pairing
    hold(pairing)
    db.session.refresh(made)
    demand(rules.can_write(parties_of(actor, pairing)))
    demand(rules.report_verdict(pairing, made.span, made.span.rhythm, today()))
    if version is not None and version != made.version:
        raise Conflict(*_FASTER)
    _demand_sure(pairing, values, queries.totals_of(pairing.id, without=made.id))
    brought = {line: number for line, number in values.get("brought", {}).items() if number}
    before = made.brought
    bring(pairing, {line: brought.get(line, 0) - before.get(line, 0) for line in {*brought, *before}})
    former = {name: getattr(made, name) for name in FIGURES}
    for name in FIGURES:
        setattr(made, name, values.get(name) or 0)
    made.done, made.difficulties = values["done"], values.get("difficulties") or ""
    made.lines = [ProgressLine(need_line_id=line, quantity=number) if line not in before else _kept(made, line, number)
                  for line, number in brought.items()]
    made.mended_by, made.mended_at = actor.id, now()
    try:
        db.session.flush()
    except StaleDataError as error:
        raise Conflict(*_FASTER) from error
    log(actor, pairing, "progress_mend", "改进展", period=made.period, before=former,
        after={name: getattr(made, name) for name in FIGURES}, lines_before={str(k): n for k, n in before.items()},
        lines_after={str(k): n for k, n in brought.items()})
    messages.reported(actor, made)
    db.session.flush()
    return made


def _kept(made: ProgressReport, line_id: int, number: int) -> ProgressLine:
    row = next(one for one in made.lines if one.need_line_id == line_id)
    row.quantity = number
    return row


def note_visit(actor: Any, pairing: Pairing, values: Mapping[str, Any]) -> Visit:
    """Write a visit, call or meeting into the log. `values`: way, on_day, whom, note, follow_up_on, once.

    Everybody within reach may, the office too, also after the end. The same form sent twice is one visit.
    """
    known = queries.visit_sent(pairing, values["once"])
    if known is not None:
        return known
    demand(rules.visit_verdict(values["on_day"], values.get("follow_up_on"), today()))
    visit = Visit(pairing_id=pairing.id, way=values["way"], on_day=values["on_day"], whom=values.get("whom") or "",
                  note=values["note"], follow_up_on=values.get("follow_up_on"), noted_by=actor.id, noted_at=now(),
                  once=values["once"])
    try:
        with db.session.begin_nested():
            db.session.add(visit)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict("这条记录刚刚已经存过了。", "请看最新内容。") from error
    log(actor, pairing, "visit", "记走访", way=visit.way, on=visit.on_day.isoformat(),
        follow_up=visit.follow_up_on.isoformat() if visit.follow_up_on else None)
    messages.visited(actor, pairing, visit)
    db.session.flush()
    return visit


def follow(actor: Any, pairing: Pairing, number: int) -> Visit:
    """What a visit left to follow up is done. Raises Conflict where it was done already."""
    hold(pairing)
    visit = queries.visit_of(pairing, number)
    db.session.refresh(visit)
    if visit.follow_up_on is None:
        raise Refusal("这条记录没有要回访的。")
    if visit.followed_at is not None:
        raise Conflict("这次回访刚刚已经登记过了。", "请看最新内容。")
    visit.followed_at, visit.followed_by = now(), actor.id
    db.session.flush()
    log(actor, pairing, "follow_up", "完成回访", visit=visit.id)
    db.session.flush()
    return visit
