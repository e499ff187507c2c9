"""Everything that changes a need: writing it, handing it in, releasing it, closing and taking it back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.models import User
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import category, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition, Verdict
from matchplatform.extensions import db
from matchplatform.needs import messages, queries, rules
from matchplatform.needs.change_rules import CHANGEABLE
from matchplatform.needs.citations import citation_verdict
from matchplatform.needs.followers import followers
from matchplatform.needs.lapse_operations import lapse_change
from matchplatform.needs.models import Need, NeedLine
from matchplatform.needs.snapshots import LABELS, snapshot
from matchplatform.revisions import queries as revisions
from matchplatform.revisions.operations import begin, keep

_ASIDE = 10_000  # a place beyond every table, for lines that change places
_ATTEMPTS = 5  # two clerks of a county may draw the same number; the unique constraint tells, and we draw again
_FASTER = "别人刚刚改动了这条需求。"
_LOOK = "请看最新内容再办。"

COLUMNS = ("title", "category_code", "aid_mode", "urgency", "village", "body", "goal", "conditions", "basis",
           "basis_code", "basis_clause", "supplies", "preferred_organization", "publicity",
           "funds_secured_fen", "funds_gap_fen", "beneficiaries", "households", "lifted_households",
           "monitored_households", "old_and_young", "starts_on", "ends_on", "closing_at", "unit", "contact_name",
           "contact_phone")
_NUMBERS = frozenset(name for name in COLUMNS if name.endswith("_fen")) | {
    "beneficiaries", "households", "lifted_households", "monitored_households", "old_and_young"}
_NULLABLE = frozenset({"starts_on", "ends_on", "closing_at", "contact_phone", "basis_code"})


def create_need(actor: Any, values: Mapping[str, Any]) -> Need:
    """A new draft of the actor's county or township.

    `values`: columns of COLUMNS, `township_code`, and `lines` (a list of item, quantity, unit, unit_price_fen).
    The same words by the same person within a minute answer the draft that is there already: a second click.
    Raises Refusal.
    """
    demand(rules.can_draft(actor))
    # Held until the commit, so that the second of two simultaneous clicks sees what the first has written.
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    again = queries.just_written(actor, values.get("title") or "", values.get("body") or "")
    if again is not None:
        return again
    county_code, township_code = place_of(actor, values.get("township_code"))
    moment = clock.now()
    for _ in range(_ATTEMPTS):
        need = Need(code=queries.next_code(county_code, clock.local(moment).year), county_code=county_code,
                    status="draft", created_by=actor.id, created_at=moment, updated_at=moment)
        fill(need, values, township_code)
        try:
            with db.session.begin_nested():
                db.session.add(need)
                db.session.flush()
        except IntegrityError:
            continue
        break
    else:
        raise Conflict("同时填报的人太多，这次没有保存。", "请稍等几秒再试。")
    _log(actor, need, "create", "新建需求")
    db.session.flush()
    return need


def edit_need(actor: Any, need: Need, values: Mapping[str, Any], version: int | None = None) -> Need:
    """Change a draft or a returned need; what `values` does not name stays. Raises Refusal, Conflict when stale."""
    _lock(need)
    if version is not None and version != need.version:
        raise Conflict(queries.last_act_sentence(actor, need), f"您打开的是以前的内容，这次没有保存。{_LOOK}")
    demand(rules.can_edit(actor, need))
    _, township_code = place_of(actor, values.get("township_code", need.township_code))
    with db.session.no_autoflush:  # one change, one version
        changed = fill(need, values, township_code)
    if not changed:
        return need
    need.updated_at = clock.now()  # a change of lines alone must raise the version too
    _flush()
    _log(actor, need, "edit", "修改需求", detail={"changed": changed})
    db.session.flush()
    return need


def hold(need: Need) -> None:
    """Hold what hangs on the need, then the need itself, and read it anew: the order in which everybody does."""
    followers.hold(need)
    _lock(need)


def rewrite(actor: Any, need: Need, values: Mapping[str, Any], label: str, reason: str, binding: bool,
            proposer: str = "") -> int:
    """Put new values into a released need that is held; answers how many pairings were told.

    `binding`: what organizations agreed to is no longer the same, so they are asked again. `proposer`: who wanted it,
    where the actor only releases it. Raises Refusal.
    """
    since = revisions.last_number("need", need.code)
    changed = _put(need, values)
    _log(actor, need, "change", label, reason=reason, detail={"changed": changed})
    db.session.flush()
    why = f"{f'{proposer}提的改动，' if proposer else ''}为什么改：{reason.rstrip('。')}"
    told = followers.changed(actor, need, since, "、".join(LABELS[name] for name in changed), binding, why)
    followers.settle(actor, need)
    return told


def rehearse(need: Need, values: Mapping[str, Any]) -> None:
    """Put new values into a released need and take them back: refused now is better than when a colleague releases
    them. Raises Refusal."""
    trial = db.session.begin_nested()
    try:
        _put(need, values)
    finally:
        trial.rollback()
        db.session.refresh(need)


def _put(need: Need, values: Mapping[str, Any]) -> list[str]:
    with db.session.no_autoflush:  # one change, one version
        changed = fill(need, values, values.get("township_code", need.township_code))
        missing = rules.completeness(need)
    if missing:
        raise Refusal(f"已经发布的需求不能空着：{'、'.join(one.label for one in missing)}。", "请补齐再改。")
    need.updated_at = clock.now()
    _flush()
    return changed


def act(actor: Any, need: Need, verb: str, reason: str = "", version: int | None = None,
        closing_at: dt.datetime | None = None) -> Transition:
    """Make one move of the lifecycle; answers the table's row.

    `closing_at` (for reopen): the new closing time, needed when the old one has passed. Raises Refusal with the
    rule that forbids it, Conflict when somebody else was faster.
    """
    ending = verb in ("withdraw", "fail")  # what hangs on the need ends with it
    if ending:
        followers.hold(need)
    _lock(need)
    mine = rules.parties(actor, need)
    _refuse_stale(actor, need, verb, mine, version)
    reason = reason.strip()
    demand(rules.LIFECYCLE.verdict(verb, need.status, mine, reason))
    row = rules.LIFECYCLE.find(verb, need.status)
    if row is None:
        raise RuntimeError(f"{verb} from {need.status} passed the verdict without a row")
    if ending:
        followers.end(actor, need, reason)
    with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
        if verb in _MOVES:
            _MOVES[verb](actor, need, closing_at)
        _move(actor, need, row, reason)
    _log(actor, need, verb, row.label, row.source, reason)
    messages.moved(actor, need, row, reason)
    db.session.flush()
    if ending:
        followers.ended(actor, need, reason)
    return row


def mark_matched(actor: Any, need: Need) -> None:
    """A pairing on it was approved."""
    _mark(actor, need, "match")


def mark_rematched(actor: Any, need: Need) -> None:
    """A pairing that had fulfilled it is alive again."""
    _mark(actor, need, "rematch")


def mark_unmatched(actor: Any, need: Need) -> None:
    """Its last approved pairing was ended."""
    _mark(actor, need, "unmatch")


def mark_fulfilled(actor: Any, need: Need) -> None:
    """A pairing on it was completed and nothing else is under way."""
    _mark(actor, need, "fulfil")


def _mark(actor: Any, need: Need, verb: str) -> None:
    """The pairing desk's moves: party "pairing", nothing happens where the need is already there."""
    target = next(row.target for row in rules.LIFECYCLE.table if row.verb == verb)
    if need.status == target:
        return
    row = rules.LIFECYCLE.find(verb, need.status)
    if row is None:
        if verb in ("unmatch", "fulfil"):  # the county closed or withdrew it meanwhile: ending a pairing goes on
            return
        demand(rules.LIFECYCLE.verdict(verb, need.status, {"pairing"}))
        raise RuntimeError(f"{verb} from {need.status} has no row and no refusal")
    _move(actor, need, row, "")
    _log(actor, need, verb, row.label, row.source)



def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError):
        raise Conflict(_FASTER, _LOOK)


def _lock(need: Need) -> None:
    """Hold the row and read it anew; SQLite has one writer at a time anyway and ignores FOR UPDATE."""
    try:
        db.session.execute(sa.select(Need.id).where(Need.id == need.id).with_for_update(key_share=True))
    except OperationalError as error:
        raise Conflict(_FASTER, _LOOK) from error
    db.session.refresh(need)
    begin("need", need.code, need.status, lambda: snapshot(need))


def _refuse_stale(actor: Any, need: Need, verb: str, mine: set[str], version: int | None) -> None:
    """Tell who was faster: the page is old, or the verb was possible until somebody moved the need on."""
    could = any(one.verb == verb and one.parties & mine for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, need.status) is None
    if (version is not None and version != need.version) or (passed and queries.history_of(need)):
        raise Conflict(queries.last_act_sentence(actor, need), f"现在是“{need.state.label}”，{_LOOK}")


def _move(actor: Any, need: Need, row: Transition, reason: str) -> None:
    need.status_reason = reason
    need.status = row.target
    _flush()
    if row.source in CHANGEABLE and row.target not in CHANGEABLE:  # what was to be changed in it is no longer asked
        lapse_change(actor, need, row.label, reason)


# ---- what each verb does besides moving the status; each gets (actor, need, closing_at)

def _submit(actor: Any, need: Need, _closing: dt.datetime | None) -> None:
    _demand_complete(need)
    need.submitted_by, need.submitted_at = actor.id, clock.now()
    need.released_by = need.released_at = None


def _recall(_actor: Any, need: Need, _closing: dt.datetime | None) -> None:
    need.submitted_by = need.submitted_at = None


def _publish(actor: Any, need: Need, _closing: dt.datetime | None) -> None:
    _demand_complete(need)
    need.released_by, need.released_at = actor.id, clock.now()


def _reopen(_actor: Any, need: Need, closing_at: dt.datetime | None) -> None:
    """An open need needs a closing time to come: the old one if it has not passed, else a new one."""
    wanted = closing_at or need.closing_at
    verdict = rules.closing_verdict(wanted, clock.now()) if wanted else Verdict.no("这条需求没有截止时间。")
    if not verdict:
        raise Refusal(verdict.reason, "请填一个新的接单截止时间，再重新开放。")
    need.closing_at = wanted


def _reinstate(_actor: Any, need: Need, _closing: dt.datetime | None) -> None:
    """A draft again: whoever hands it in and releases it next may be others than before."""
    need.submitted_by = need.submitted_at = need.released_by = need.released_at = None


_MOVES = {"submit": _submit, "recall": _recall, "publish": _publish, "reopen": _reopen, "reinstate": _reinstate}


def _demand_complete(need: Need) -> None:
    missing = rules.completeness(need)
    if missing:
        raise Refusal(f"还没有填全：{'、'.join(one.label for one in missing)}。", "请在“修改”里补齐，再提交。")
    demand(rules.closing_verdict(need.closing_at, clock.now()))


# ---- filling

def place_of(actor: Any, township_code: str | None) -> tuple[str, str | None]:
    """(county, township) of what the actor writes; a township of another county is refused."""
    if actor.role == "township_officer":
        return region(actor.township_code).parent_code, actor.township_code
    if not township_code:
        return actor.county_code, None
    found = region(township_code)
    if found is None or found.level != "township" or found.parent_code != actor.county_code:
        raise Refusal("选的乡镇不在本县。", "请从本县的乡镇里选一个，全县的需求可以不选。")
    return actor.county_code, township_code


def fill(need: Need, values: Mapping[str, Any], township_code: str | None) -> list[str]:
    """Set what `values` names; answers the names of what changed."""
    if "category_code" in values and category(values["category_code"]) is None:
        raise Refusal("没有这个帮扶领域。", "请从列表里选一个。")
    demand(citation_verdict(need, values))
    wanted = {name: values[name] for name in COLUMNS if name in values} | {"township_code": township_code}
    for name, value in wanted.items():
        if value is None and name not in _NULLABLE | {"township_code"}:
            wanted[name] = 0 if name in _NUMBERS else ""
    changed = [name for name, value in wanted.items() if getattr(need, name) != value]
    for name in changed:
        setattr(need, name, wanted[name])
    if "lines" in values and _fill_lines(need, values["lines"] or []):
        changed.append("lines")
    return changed


def lines_below(need: Need, wanted: Sequence[Mapping[str, Any]]) -> list[tuple[int | None, Verdict]]:
    """Where a new table goes below what organizations took: (its row, None for a line that is gone; the verdict)."""
    places = {line.id: n for n, line in _kept_lines(need.lines, [one["item"] for one in wanted]).items()}
    found = [(n, rules.shrink_verdict(line, 0 if n is None else wanted[n]["quantity"]))
             for line in need.lines for n in (places.get(line.id),)]
    return [(n, verdict) for n, verdict in found if not verdict]


def _fill_lines(need: Need, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """A line stays itself as long as its name or its place stays: organizations may have taken some of it.

    Raises Refusal where a line is cut below what was taken. Places are unique in the database, so lines that change
    places step aside first.
    """
    rows = [(one["item"], one["quantity"], one["unit"], one.get("unit_price_fen") or 0) for one in wanted]
    if rows == [(one.item, one.quantity, one.unit, one.unit_price_fen) for one in need.lines]:
        return False
    kept = _kept_lines(need.lines, [row[0] for row in rows])
    staying = {one.id for one in kept.values()}
    for _place, verdict in lines_below(need, wanted):
        demand(verdict)
    named = followers.named_lines(need) if any(one.id not in staying for one in need.lines) else ()
    for line in need.lines:
        if line.id in named and line.id not in staying:
            raise Refusal(f"“{line.item}”已经写在报来的接单或点单里，不能删掉。",
                          "可以改数量；不要了，先答复那些接单。")
    if any(line.position != n + 1 for n, line in kept.items()) and need.id is not None:
        for n, line in kept.items():
            line.position = _ASIDE + n
        need.lines[:] = list(kept.values())
        db.session.flush()
    lines = [kept.get(n) or NeedLine() for n in range(len(rows))]
    for n, (line, (item, quantity, unit, price)) in enumerate(zip(lines, rows, strict=True), 1):
        line.position, line.item, line.quantity, line.unit, line.unit_price_fen = n, item, quantity, unit, price
    need.lines[:] = lines
    return True


def _kept_lines(lines: Sequence[NeedLine], items: Sequence[str]) -> dict[int, NeedLine]:
    """Place in the new table -> the line that stays: by name first, then the one that stood in that place."""
    left, kept = list(lines), {}
    for n, item in enumerate(items):
        found = next((one for one in left if one.item == item), None)
        if found is not None:
            kept[n] = found
            left.remove(found)
    for n in range(len(items)):
        here = next((one for one in left if n not in kept and one.position == n + 1), None)
        if here is not None:
            kept[n] = here
            left.remove(here)
    return dict(sorted(kept.items()))


# ---- audit

def _log(actor: Any, need: Need, verb: str, label: str, source: str = "", reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    keep(actor, "need", need.code, verb, label, snapshot(need), reason, status=need.status)
    record(actor, verb, label, "need", object_id=need.code, object_label=need.title, county_code=need.county_code,
           reason=reason, detail={"from": source, "to": need.status, **(detail or {})})
