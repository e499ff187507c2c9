"""Everything that changes an offering: writing it, putting it up, pausing, taking it down, its capacity."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import members
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import category, regions
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.offerings import queries, rules
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.offerings.snapshots import BINDING, LABELS, snapshot
from matchplatform.revisions import queries as revisions
from matchplatform.revisions.operations import begin, keep

_ATTEMPTS = 5  # two organizations may draw the same number; the unique constraint tells, and we draw again
_FASTER = "别人刚刚改动了这项供给。"
_LOOK = "请看最新内容再办。"


@dataclass
class Followers:
    """Where pairings, a tier above, say what hangs on an offering; nothing does until they are loaded.

    `hold` locks it (before the offering, as pairings do); `changed` tells them that it is no longer as version
    `since` and what of it (answers how many must confirm).
    """

    hold: Callable[[Offering], object] = lambda offering: None
    changed: Callable[[Any, Offering, int, str], int] = lambda actor, offering, since, what: 0


followers = Followers()

COLUMNS = ("title", "category_code", "body", "audience", "conditions", "past_cases", "capacity", "funds_fen",
           "in_kind_fen", "person_days", "cost_model", "starts_on", "ends_on", "contact_name", "contact_phone")
_NUMBERS = frozenset({"funds_fen", "in_kind_fen", "person_days"})
_NULLABLE = frozenset({"starts_on", "ends_on", "contact_phone"})


def create_offering(actor: Any, values: Mapping[str, Any]) -> Offering:
    """A new draft of the actor's organization.

    `values`: columns of COLUMNS and `areas` (region codes of the province, cities, counties). The same words by
    the same person within a minute answer the draft that is there already: a second click. Raises Refusal.
    """
    demand(rules.can_draft(actor))
    # Held until the commit, so that the second of two simultaneous clicks sees what the first has written.
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    again = queries.just_written(actor, values.get("title") or "", values.get("body") or "")
    if again is not None:
        return again
    moment = clock.now()
    for _ in range(_ATTEMPTS):
        offering = Offering(code=queries.next_code(clock.local(moment).year), organization_id=actor.organization_id,
                            status="draft", capacity=1, capacity_taken=0, created_by=actor.id, created_at=moment,
                            updated_at=moment)
        fill(offering, values)
        try:
            with db.session.begin_nested():
                db.session.add(offering)
                db.session.flush()
        except IntegrityError:
            continue
        break
    else:
        raise Conflict("同时填报的人太多，这次没有保存。", "请稍等几秒再试。")
    _log(actor, offering, "create", "新建供给")
    db.session.flush()
    return offering


def edit_offering(actor: Any, offering: Offering, values: Mapping[str, Any], version: int | None = None) -> Offering:
    """Change an offering; what `values` does not name stays, and what is up stays complete. Counties with a pairing
    under way are told, and asked again where what they agreed to is no longer the same.

    Raises Refusal (a capacity below what is taken), Conflict when the page was stale.
    """
    followers.hold(offering)
    _lock(offering)
    if version is not None and version != offering.version:
        raise Conflict(queries.last_act_sentence(actor, offering), f"您打开的是以前的内容，这次没有保存。{_LOOK}")
    demand(rules.can_edit(actor, offering))
    if values.get("capacity") is not None:
        demand(rules.capacity_verdict(values["capacity"], offering.capacity_taken))
    if offering.status != "draft":  # looked at before anything is set, so that a refusal leaves no trace
        _demand_filled(SimpleNamespace(**{one.name: values.get(one.name, getattr(offering, one.name))
                                          for one in rules.REQUIRED}))
    since = revisions.last_number("offering", offering.code)
    with db.session.no_autoflush:  # one change, one version
        changed = fill(offering, values)
    if not changed:
        return offering
    offering.updated_at = clock.now()  # a change of areas alone must raise the version too
    _flush()
    _log(actor, offering, "edit", "修改供给", detail={"changed": changed})
    db.session.flush()
    binding = [LABELS[name] for name in changed if name in BINDING]
    if binding:
        followers.changed(actor, offering, since, "、".join(binding))
    return offering


def hold(offering: Offering) -> None:
    """Hold what hangs on the offering, then the offering itself, and read it anew: the order in which everybody does.
    """
    followers.hold(offering)
    _lock(offering)


def act(actor: Any, offering: Offering, verb: str, reason: str = "", version: int | None = None) -> Transition:
    """Make one move of the lifecycle; answers the table's row. Raises Refusal, Conflict when somebody was faster."""
    _lock(offering)
    mine = rules.parties(actor, offering)
    _refuse_stale(actor, offering, verb, mine, version)
    reason = reason.strip()
    demand(rules.LIFECYCLE.verdict(verb, offering.status, mine, reason))
    row = rules.LIFECYCLE.find(verb, offering.status)
    if row is None:
        raise RuntimeError(f"{verb} from {offering.status} passed the verdict without a row")
    if row.target == "published":
        demand(rules.can_publish(offering.organization, clock.today()))
        _demand_complete(offering)
    if verb == "publish":
        offering.published_at = clock.now()
    offering.status_reason = reason
    offering.status = row.target
    _flush()
    _log(actor, offering, verb, row.label, row.source, reason)
    _tell(actor, offering, row, reason)
    db.session.flush()
    return row


def take_capacity(offering: Offering) -> None:
    """Reserve one place; of two who grasp the last one, the database lets one through. Raises Conflict when full."""
    changed = db.session.execute(
        sa.update(Offering).where(Offering.id == offering.id, Offering.capacity_taken < Offering.capacity)
        .values(capacity_taken=Offering.capacity_taken + 1).execution_options(synchronize_session=False)).rowcount
    db.session.refresh(offering, ["capacity", "capacity_taken", "updated_at"])
    if not changed:
        verdict = rules.has_capacity(offering)
        raise Conflict(verdict.reason or "容量刚刚被别人占了。", verdict.remedy)


def release_capacity(offering: Offering) -> None:
    """Give one place back; never below none."""
    db.session.execute(
        sa.update(Offering).where(Offering.id == offering.id, Offering.capacity_taken > 0)
        .values(capacity_taken=Offering.capacity_taken - 1).execution_options(synchronize_session=False))
    db.session.refresh(offering, ["capacity", "capacity_taken", "updated_at"])



def _demand_filled(offering: Any) -> None:
    missing = rules.completeness(offering)
    if missing:
        raise Refusal(f"还没有填全：{'、'.join(one.label for one in missing)}。", "请在“修改”里补齐。")


def _demand_complete(offering: Offering) -> None:
    _demand_filled(offering)
    if offering.ends_on is not None and offering.ends_on < clock.today() and offering.status == "draft":
        raise Refusal("结束日期已经过去。", "请在“修改”里更新起止日期，再上架。")


def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError):
        raise Conflict(_FASTER, _LOOK)


def _lock(offering: Offering) -> None:
    """Hold the row and read it anew; SQLite has one writer at a time anyway and ignores FOR UPDATE."""
    try:
        db.session.execute(sa.select(Offering.id).where(Offering.id == offering.id).with_for_update(key_share=True))
    except OperationalError as error:
        raise Conflict(_FASTER, _LOOK) from error
    db.session.refresh(offering)
    begin("offering", offering.code, offering.status, lambda: snapshot(offering))


def _refuse_stale(actor: Any, offering: Offering, verb: str, mine: set[str], version: int | None) -> None:
    """Tell who was faster: the page is old, or the verb was possible until somebody moved the offering on."""
    could = any(one.verb == verb and one.parties & mine for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, offering.status) is None
    if (version is not None and version != offering.version) or (passed and queries.history_of(offering)):
        raise Conflict(queries.last_act_sentence(actor, offering), f"现在是“{offering.state.label}”，{_LOOK}")


def fill(offering: Offering, values: Mapping[str, Any]) -> list[str]:
    """Set what `values` names; answers the names of what changed."""
    if "category_code" in values and category(values["category_code"]) is None:
        raise Refusal("没有这个帮扶领域。", "请从列表里选一个。")
    wanted = {name: values[name] for name in COLUMNS if name in values}
    for name, value in wanted.items():
        if value is None and name not in _NULLABLE:
            wanted[name] = 0 if name in _NUMBERS else (1 if name == "capacity" else "")
    changed = [name for name, value in wanted.items() if getattr(offering, name) != value]
    for name in changed:
        setattr(offering, name, wanted[name])
    if "areas" in values and _fill_areas(offering, values["areas"] or []):
        changed.append("areas")
    return changed


def _fill_areas(offering: Offering, codes: Iterable[str]) -> bool:
    """Rows that stay are kept: the same key cannot be deleted and inserted in one flush."""
    wanted = set(codes)
    if wanted - set(regions()):
        raise Refusal("可服务区域里有不认识的地方。", "请从列表里勾选全省、市（州）或县（市、区）。")
    wanted = _widest(wanted)
    present = {area.region_code: area for area in offering.areas}
    if wanted == set(present):
        return False
    offering.areas = [present.get(code) or OfferingArea(region_code=code) for code in sorted(wanted)]
    return True


def _widest(codes: set[str]) -> set[str]:
    """Without what a wider area takes in already: the province, or a county's own city."""
    if PROVINCE in codes:
        return {PROVINCE}
    return {code for code in codes if regions()[code].city_code == code or regions()[code].city_code not in codes}


def _log(actor: Any, offering: Offering, verb: str, label: str, source: str = "", reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    keep(actor, "offering", offering.code, verb, label, snapshot(offering), reason, status=offering.status)
    record(actor, verb, label, "offering", object_id=offering.code, object_label=offering.title,
           organization_id=offering.organization_id, reason=reason,
           detail={"from": source, "to": offering.status, **(detail or {})})


def _tell(actor: Any, offering: Offering, row: Transition, reason: str) -> None:
    """The organization's members hear what became of their offering; an order from above as a refusal."""
    heads = {"publish": ("good", "供给已上架"), "pause": ("told", "供给已暂停接单"),
             "resume": ("good", "供给已恢复接单"), "withdraw": ("told", "供给已下架"),
             "take_down": ("refused", "供给被责令下架"), "reinstate": ("told", "供给已恢复为草稿")}
    kind, head = heads[row.verb]
    tell(actor, members(offering.organization_id), kind, f"{head}：{offering.title}",
         f"{actor.name}办理。{f'理由：{reason}' if reason else ''}", "offering", offering.code)
