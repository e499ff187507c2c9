"""Everything that changes a publication: writing, handing in, releasing, revising, abolishing, taking down."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.models import User
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.publications import messages, queries, rules
from matchplatform.publications.models import Publication

_ATTEMPTS = 5  # two clerks may draw the same number; the unique constraint tells, and we draw again
_FASTER = "别人刚刚改动了这份文件。"
_LOOK = "请看最新内容再办。"
TWICE = dt.timedelta(seconds=60)  # the same text again within a minute is the same click again

LABELS = {"title": "标题", "channel": "栏目", "topic": "主题分类", "level": "级别", "area_code": "适用地区",
          "index_number": "索引号", "issuer": "发文机关", "issued_on": "成文日期", "document_number": "发文字号",
          "implements_on": "实施日期", "ends_on": "有效期截止", "body": "正文", "source_name": "来源",
          "source_url": "来源链接"}
_NULLABLE = frozenset({"issued_on", "implements_on", "ends_on"})
# What a new version takes over from the former; its dates and numbers are its own.
_KEPT = ("title", "channel", "topic", "level", "area_code", "issuer", "body", "source_name", "source_url", "ends_on")


def create_publication(actor: Any, values: Mapping[str, Any]) -> Publication:
    """A new draft. `values`: columns of LABELS; without an 索引号 the platform's own number stands in for it.

    The same words by the same person within a minute answer the draft that is there: a second click. Raises Refusal.
    """
    demand(rules.can_draft(actor))
    # Held until the commit, so that the second of two simultaneous clicks sees what the first has written.
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    again = queries.just_drafted(actor, values.get("title") or "", values.get("body") or "", clock.now() - TWICE)
    if again is not None:
        return again
    publication = _add(actor, values, None)
    _log(actor, publication, "create", "新建文件")
    db.session.flush()
    return publication


def _add(actor: Any, values: Mapping[str, Any], revises: Publication | None) -> Publication:
    level, area_code = _place(actor, values.get("level") or "", values.get("area_code") or "")
    moment = clock.now()
    for _ in range(_ATTEMPTS):
        code = queries.next_code(area_code, clock.local(moment).year)
        publication = Publication(code=code, index_number=code, status="draft", created_by=actor.id, created_at=moment,
                                  updated_at=moment, level=level, area_code=area_code,
                                  revises_id=revises.id if revises else None)
        _fill(publication, {**values, "level": level, "area_code": area_code})
        try:
            with db.session.begin_nested():
                db.session.add(publication)
                db.session.flush()
        except IntegrityError:
            if publication.index_number != code:
                _demand_free_index(publication)
            if revises is not None and queries.revision_under_way(revises) is not None:
                raise Conflict("别人刚刚也开始写这份文件的修订版了。", "请接着写那一份。") from None
            continue
        return publication
    raise Conflict("同时起草的人太多，这次没有保存。", "请稍等几秒再试。")


def edit_publication(actor: Any, publication: Publication, values: Mapping[str, Any],
                     version: int | None = None) -> Publication:
    """Change a draft or a returned one; what `values` does not name stays. Raises Refusal, Conflict when stale."""
    _lock(publication)
    if version is not None and version != publication.version:
        raise Conflict(queries.last_act_sentence(actor, publication), f"您打开的是以前的内容，这次没有保存。{_LOOK}")
    demand(rules.can_edit(actor, publication))
    level, area_code = _place(actor, values.get("level", publication.level),
                              values.get("area_code", publication.area_code))
    with db.session.no_autoflush:
        changed = _fill(publication, {**values, "level": level, "area_code": area_code})
        if not changed:
            return publication
        if "index_number" in changed:
            _demand_free_index(publication)
    publication.updated_at = clock.now()
    _flush()
    _log(actor, publication, "edit", "修改文件", detail={"changed": [LABELS[name] for name in changed]})
    db.session.flush()
    return publication


def begin_revision(actor: Any, former: Publication) -> Publication:
    """The draft of a new version of a public document; where one is under way already, that one. Raises Refusal."""
    _lock(former)
    demand(rules.can_revise(actor, former, clock.now()))
    again = queries.revision_under_way(former)
    if again is not None:
        if again.status in rules.PUBLIC:
            raise Refusal("这一版已经有修订版了。", f"要再改，请在 {again.code} 上写修订版。")
        return again
    publication = _add(actor, {name: getattr(former, name) for name in _KEPT}, former)
    _log(actor, publication, "create", f"起草 {former.code} 的修订版", detail={"revises": former.code})
    db.session.flush()
    return publication


def release(actor: Any, publication: Publication, ticked: Collection[str], at: dt.datetime | None = None,
            version: int | None = None) -> Transition:
    """The second person has looked through it and releases it, at once or at a moment to come.

    The ticked boxes of rules.CHECKS stay in the audit. Raises Refusal, Conflict when somebody was faster.
    """
    demand(rules.checks_verdict(ticked))
    if at is not None:
        demand(rules.schedule_verdict(at, clock.now()))
    detail: dict[str, Any] = {"checked": [one.label for one in rules.CHECKS if one.value in ticked]}
    if at is not None:
        detail["scheduled"] = at.isoformat()
    return _act(actor, publication, "release", "", version, {"at": at}, detail)


def abolish(actor: Any, publication: Publication, day: dt.date | None, reason: str,
            version: int | None = None) -> Transition:
    """It no longer holds from a day on; its page stays. Raises Refusal, Conflict."""
    fault = rules.abolished_fault(day, publication.issued_on, clock.today())
    if fault:
        raise Refusal(fault)
    return _act(actor, publication, "abolish", reason, version, {"day": day},
                {"abolished_on": day.isoformat() if day else ""})


def act(actor: Any, publication: Publication, verb: str, reason: str = "",
        version: int | None = None) -> Transition:
    """Make one of the other moves of the lifecycle. Raises Refusal with the rule that forbids it, Conflict when
    somebody else was faster."""
    if verb in ("release", "abolish"):
        raise Refusal("这一步要在审核页或登记表上办。", "请从页面上的按钮进入。")
    return _act(actor, publication, verb, reason, version, {}, {})


def _act(actor: Any, publication: Publication, verb: str, reason: str, version: int | None, given: dict[str, Any],
         detail: dict[str, Any]) -> Transition:
    former = publication.revises
    if former is not None:  # always the former version first, so that no two wait for each other
        _lock(former)
    _lock(publication)
    mine = rules.parties(actor, publication)
    _refuse_stale(actor, publication, verb, mine, version)
    reason = reason.strip()
    demand(rules.verb_verdict(verb, publication, mine, clock.now(), reason))
    row = rules.LIFECYCLE.find(verb, publication.status)
    if row is None:
        raise RuntimeError(f"{verb} from {publication.status} passed the verdict without a row")
    with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
        if verb in _MOVES:
            _MOVES[verb](actor, publication, reason, **given)
        publication.status_reason = reason
        publication.status = row.target
        publication.updated_at = clock.now()
        _flush()
    _log(actor, publication, verb, row.label, row.source, reason, detail)
    if former is not None:
        _succeed(actor, former, publication)
    messages.moved(actor, publication, row, reason)
    db.session.flush()
    return row


def _succeed(actor: Any, former: Publication, new: Publication) -> None:
    """The former version is replaced from the moment at which the new one is public, and no longer than it is."""
    moment = new.released_at if new.status in rules.PUBLIC else None
    if former.superseded_at == moment:
        return
    former.superseded_at = moment
    _flush()
    _log(actor, former, "revise", f"由 {new.code} 修订" if moment else f"{new.code} 不再代替它",
         detail={"by": new.code, "from": moment.isoformat() if moment else ""})
    if moment:
        messages.replaced(actor, former, new)


# ---- what each verb does besides moving the status; each gets (actor, publication, reason, …)

def _submit(actor: Any, publication: Publication, _reason: str) -> None:
    _demand_complete(publication)
    publication.submitted_by, publication.submitted_at = actor.id, clock.now()
    _unrelease(publication)


def _recall(_actor: Any, publication: Publication, _reason: str) -> None:
    publication.submitted_by = publication.submitted_at = None


def _release(actor: Any, publication: Publication, _reason: str, at: dt.datetime | None = None) -> None:
    _demand_complete(publication)
    moment = clock.now()
    publication.released_by, publication.decided_at, publication.released_at = actor.id, moment, at or moment
    publication.withdrawn_at, publication.withdrawn_reason = None, ""


def _unrelease(publication: Publication) -> None:
    publication.released_by = publication.decided_at = publication.released_at = None


def _afresh(_actor: Any, publication: Publication, _reason: str) -> None:
    """A draft again: whoever hands it in and releases it next may be others than before."""
    publication.submitted_by = publication.submitted_at = None
    _unrelease(publication)


def _reinstate(actor: Any, publication: Publication, reason: str) -> None:
    if publication.revises is not None and queries.revision_under_way(publication.revises) is not None:
        raise Refusal("原来的一版已经有另一份修订版了，这一份不能恢复。", "要改就改那一份。")
    _afresh(actor, publication, reason)


def _withdraw(_actor: Any, publication: Publication, reason: str) -> None:
    publication.withdrawn_at, publication.withdrawn_reason, publication.abolished_on = clock.now(), reason, None


def _abolish(_actor: Any, publication: Publication, _reason: str, day: dt.date | None = None) -> None:
    publication.abolished_on = day


def _restore(_actor: Any, publication: Publication, _reason: str) -> None:
    publication.abolished_on = None


_MOVES: dict[str, Any] = {"submit": _submit, "recall": _recall, "release": _release, "unschedule": _afresh,
                          "reinstate": _reinstate, "withdraw": _withdraw, "abolish": _abolish, "restore": _restore}


def _demand_complete(publication: Publication) -> None:
    open_ones = rules.missing(publication)
    if open_ones:
        raise Refusal(f"还没有填全：{'、'.join(label for _, label in open_ones)}。", "请在“修改”里补齐，再提交。")
    if rules.has_identity_number(f"{publication.title}\n{publication.body}"):
        raise Refusal("正文里有像身份证号的数字，不能提交。", "请删掉或遮盖中间几位，再提交。")
    for fault in (rules.issued_fault(publication.issued_on, clock.today()),
                  rules.number_fault(publication.document_number),
                  rules.dates_fault(publication.implements_on, publication.ends_on, publication.issued_on)):
        if fault:
            raise Refusal(fault)


# ---- the rest


def _demand_free_index(publication: Publication) -> None:
    taken = queries.index_taken(publication.index_number, publication.id)
    if taken:
        raise Refusal(f"索引号 {publication.index_number} 已经用在“{taken}”上了。", "请核对，换一个。")


def _place(actor: Any, level: str, area_code: str) -> tuple[str, str]:
    """(level, area) of what the actor writes; a city's officer writes for his city only. Raises Refusal."""
    if actor.role == "city_officer":
        return "city", actor.city_code
    area = region(area_code)
    fault = rules.area_fault(level, area.level if area else "", bool(area and area.is_city))
    if fault:
        raise Refusal(fault)
    return level, area_code


def _fill(publication: Publication, values: Mapping[str, Any]) -> list[str]:
    """Set what `values` names; answers the names of what changed."""
    wanted = {name: values[name] for name in LABELS if name in values}
    for name, value in list(wanted.items()):
        if value is None and name not in _NULLABLE:
            wanted[name] = ""
    if not wanted.get("index_number", "x"):  # left empty: the platform's number stands in for it
        wanted["index_number"] = publication.code
    changed = [name for name, value in wanted.items() if getattr(publication, name) != value]
    for name in changed:
        setattr(publication, name, wanted[name])
    return changed


def hold(publication: Publication) -> None:
    """Hold the row and read it anew: for whoever else hangs something on it."""
    _lock(publication)


def _lock(publication: Publication) -> None:
    """SQLite has one writer at a time anyway and ignores FOR UPDATE."""
    try:
        db.session.execute(sa.select(Publication.id).where(Publication.id == publication.id)
                           .with_for_update(key_share=True))
    except OperationalError as error:
        raise Conflict(_FASTER, _LOOK) from error
    db.session.refresh(publication)


def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(_FASTER, _LOOK) from error


def _refuse_stale(actor: Any, publication: Publication, verb: str, mine: Collection[str], version: int | None) -> None:
    """Tell who was faster: the page is old, or the verb was possible until somebody moved it on."""
    could = any(one.verb == verb and one.parties & set(mine) for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, publication.status) is None
    if (version is not None and version != publication.version) or (passed and queries.history_of(publication)):
        raise Conflict(queries.last_act_sentence(actor, publication), f"现在是“{publication.state.label}”，{_LOOK}")


def _log(actor: Any, publication: Publication, verb: str, label: str, source: str = "", reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    record(actor, verb, label, "publication", object_id=publication.code, object_label=publication.title,
           reason=reason, detail={"from": source, "to": publication.status, "title": publication.title,
                                  **(detail or {})})
