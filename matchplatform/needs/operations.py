"""Everything that changes a need: writing it, handing it in, releasing it, closing and taking it back."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import county_officers, province_officers
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import category, place, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Transition, Verdict
from matchplatform.extensions import db
from matchplatform.needs import queries, rules
from matchplatform.needs.models import Need, NeedLine
from matchplatform.notices.operations import tell

_ATTEMPTS = 5  # two clerks of a county may draw the same number; the unique constraint tells, and we draw again
_FASTER = "别人刚刚改动了这条需求。"
_LOOK = "请看最新内容再办。"

@dataclass
class Followers:
    """Where pairings, a tier above, say what hangs on a need; nothing does until they are loaded.

    `hold` locks it (before the need, as pairings do); `end` ends it when the need is withdrawn, or refuses.
    """

    hold: Callable[[Need], object] = lambda need: None
    end: Callable[[Any, Need, str], None] = lambda actor, need, reason: None


followers = Followers()

COLUMNS = ("title", "category_code", "aid_mode", "urgency", "village", "body", "goal", "conditions", "basis",
           "funds_secured_fen", "funds_gap_fen", "beneficiaries", "households", "lifted_households",
           "monitored_households", "old_and_young", "starts_on", "ends_on", "closing_at", "unit", "contact_name",
           "contact_phone")
_NUMBERS = frozenset(name for name in COLUMNS if name.endswith("_fen")) | {
    "beneficiaries", "households", "lifted_households", "monitored_households", "old_and_young"}
_NULLABLE = frozenset({"starts_on", "ends_on", "closing_at", "contact_phone"})


def create_need(actor: Any, values: Mapping[str, Any]) -> Need:
    """A new draft of the actor's county or township.

    `values`: columns of COLUMNS, `township_code`, and `lines` (a list of item, quantity, unit, unit_price_fen).
    The same words by the same person within a minute answer the draft that is there already: a second click.
    Raises Refusal.
    """
    _demand(rules.can_draft(actor))
    # Held until the commit, so that the second of two simultaneous clicks sees what the first has written.
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    again = queries.just_written(actor, values.get("title") or "", values.get("body") or "")
    if again is not None:
        return again
    county_code, township_code = _place_of(actor, values.get("township_code"))
    moment = clock.now()
    for _ in range(_ATTEMPTS):
        need = Need(code=queries.next_code(county_code, clock.local(moment).year), county_code=county_code,
                    status="draft", created_by=actor.id, created_at=moment, updated_at=moment)
        _fill(need, values, township_code)
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
    _demand(rules.can_edit(actor, need))
    _, township_code = _place_of(actor, values.get("township_code", need.township_code))
    with db.session.no_autoflush:  # one change, one version
        changed = _fill(need, values, township_code)
    if not changed:
        return need
    need.updated_at = clock.now()  # a change of lines alone must raise the version too
    _flush()
    _log(actor, need, "edit", "修改需求", detail={"changed": changed})
    db.session.flush()
    return need


def act(actor: Any, need: Need, verb: str, reason: str = "", version: int | None = None,
        closing_at: dt.datetime | None = None) -> Transition:
    """Make one move of the lifecycle; answers the table's row.

    `closing_at` (for reopen): the new closing time, needed when the old one has passed. Raises Refusal with the
    rule that forbids it, Conflict when somebody else was faster.
    """
    if verb == "withdraw":
        followers.hold(need)
    _lock(need)
    mine = rules.parties(actor, need)
    _refuse_stale(actor, need, verb, mine, version)
    reason = reason.strip()
    _demand(rules.LIFECYCLE.verdict(verb, need.status, mine, reason))
    row = rules.LIFECYCLE.find(verb, need.status)
    if row is None:
        raise RuntimeError(f"{verb} from {need.status} passed the verdict without a row")
    if verb == "withdraw":
        followers.end(actor, need, reason)
    with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
        if verb in _MOVES:
            _MOVES[verb](actor, need, closing_at)
        _move(need, row, reason)
    _flush()
    _log(actor, need, verb, row.label, row.source, reason)
    _tell(actor, need, row, reason)
    db.session.flush()
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
        _demand(rules.LIFECYCLE.verdict(verb, need.status, {"pairing"}))
        raise RuntimeError(f"{verb} from {need.status} has no row and no refusal")
    _move(need, row, "")
    _flush()
    _log(actor, need, verb, row.label, row.source)


def _demand(verdict: Verdict) -> None:
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


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


def _refuse_stale(actor: Any, need: Need, verb: str, mine: set[str], version: int | None) -> None:
    """Tell who was faster: the page is old, or the verb was possible until somebody moved the need on."""
    could = any(one.verb == verb and one.parties & mine for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, need.status) is None
    if (version is not None and version != need.version) or (passed and queries.history_of(need)):
        raise Conflict(queries.last_act_sentence(actor, need), f"现在是“{need.state.label}”，{_LOOK}")


def _move(need: Need, row: Transition, reason: str) -> None:
    need.status_reason = reason
    need.status = row.target


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
    _demand(rules.closing_verdict(need.closing_at, clock.now()))


# ---- filling

def _place_of(actor: Any, township_code: str | None) -> tuple[str, str | None]:
    """(county, township) of what the actor writes; a township of another county is refused."""
    if actor.role == "township_officer":
        return region(actor.township_code).parent_code, actor.township_code
    if not township_code:
        return actor.county_code, None
    found = region(township_code)
    if found is None or found.level != "township" or found.parent_code != actor.county_code:
        raise Refusal("选的乡镇不在本县。", "请从本县的乡镇里选一个，全县的需求可以不选。")
    return actor.county_code, township_code


def _fill(need: Need, values: Mapping[str, Any], township_code: str | None) -> list[str]:
    """Set what `values` names; answers the names of what changed."""
    if "category_code" in values and category(values["category_code"]) is None:
        raise Refusal("没有这个帮扶领域。", "请从列表里选一个。")
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


def _fill_lines(need: Need, wanted: Iterable[Mapping[str, Any]]) -> bool:
    """Lines are changed in place, row by row: their positions are unique, and inserts run before deletes."""
    rows = [(one["item"], one["quantity"], one["unit"], one.get("unit_price_fen") or 0) for one in wanted]
    if rows == [(one.item, one.quantity, one.unit, one.unit_price_fen) for one in need.lines]:
        return False
    for position, (item, quantity, unit, price) in enumerate(rows, 1):
        if position > len(need.lines):
            need.lines.append(NeedLine(position=position))
        line = need.lines[position - 1]
        line.item, line.quantity, line.unit, line.unit_price_fen = item, quantity, unit, price
    del need.lines[len(rows):]
    return True


# ---- audit and notices

def _log(actor: Any, need: Need, verb: str, label: str, source: str = "", reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    record(actor, verb, label, "need", object_id=need.code, object_label=need.title, county_code=need.county_code,
           reason=reason, detail={"from": source, "to": need.status, **(detail or {})})


def _tell(actor: Any, need: Need, row: Transition, reason: str) -> None:
    """Whoever must act next gets something to do; the writers hear what became of their need."""
    where, why = place(need.township_code or need.county_code), f"理由：{reason}" if reason else ""
    writers = [one for one in (need.created_by, need.submitted_by) if one]
    county = county_officers(need.county_code)

    def send(who: Iterable[int], kind: str, head: str, body: str) -> None:
        tell(actor, who, kind, f"{head}：{need.title}", body, "need", need.code)

    match row.verb:
        case "submit":
            colleagues = [one for one in queries.releasers(need) if one != actor.id]
            said = "" if colleagues else "这个县没有另一位经办人，请省里放行。"
            send(colleagues or province_officers(), "to_do", "待放行", f"{where}，{actor.name}提交。{said}")
        case "recall":
            send(queries.releasers(need) or province_officers(), "told", "不用放行了", f"{actor.name}撤回来改。")
        case "publish":
            send([*writers, *county], "good", "已发布", f"{actor.name}放行，已进入需求项目库，截止 "
                 f"{clock.local(need.closing_at):%Y-%m-%d %H:%M}。")
        case "return":
            send(writers, "refused", "需求退回修改", why)
            send(set(county) - set(writers), "told", "需求退回修改", f"{actor.name}退回。{why}")
        case "close" | "reopen" | "withdraw" | "reinstate":
            send([*writers, *county], "told", {"close": "已关闭接单", "reopen": "已重新开放接单",
                                               "withdraw": "需求已撤回", "reinstate": "需求已恢复为草稿"}[row.verb],
                 f"{actor.name}办理。{why}")
        case other:
            raise ValueError(f"nobody is told of {other}")
