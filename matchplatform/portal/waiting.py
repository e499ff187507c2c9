"""What waits for somebody, and what he waits for: read from every feature, for the page "我的待办"."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import g

from matchplatform.accounts.queries import names
from matchplatform.catalog.queries import short_name
from matchplatform.core.clock import local, now, today
from matchplatform.extensions import db
from matchplatform.needs.change_queries import changes_of_county
from matchplatform.needs.merger_queries import asked_of
from matchplatform.needs.models import Need
from matchplatform.needs.plan_queries import due_rows
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import vetting_queue_for
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import awaiting_review
from matchplatform.pairings.rules import ASKED

SOON = dt.timedelta(days=90)
MOST = 200  # of each kind; the lists behind the menu have all


@dataclass(frozen=True)
class Todo:
    """One thing to do: `page` is (endpoint, arguments); `act` names the pairing whose verbs stand in the row."""

    kind: str
    title: str
    text: str
    page: tuple[str, dict[str, Any]]
    label: str
    due: dt.datetime | dt.date | None = None
    score: int | None = None
    pairing: Any = None


@dataclass(frozen=True)
class Waiting:
    """One thing in somebody else's hands."""

    title: str
    whose: str
    since: dt.datetime
    next_step: str
    page: tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Desk:
    """The whole page of one person."""

    todo: list[Todo] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    expiring: list[tuple[str, dt.date]] = field(default_factory=list)


def _pairings(*conditions: Any) -> list[Pairing]:
    return list(db.session.scalars(sa.select(Pairing).where(*conditions).order_by(Pairing.proposed_at).limit(MOST)))


def _page(pairing: Pairing) -> tuple[str, dict[str, Any]]:
    return "pairings.detail", {"code": pairing.code}


def _county(actor: Any) -> Desk:
    desk = Desk()
    here = Need.county_code == actor.county_code
    for need in db.session.scalars(sa.select(Need).where(here, Need.status == "submitted").limit(MOST)):
        page = ("needs.detail", {"code": need.code})
        if need.submitted_by == actor.id:
            desk.waiting.append(Waiting(f"需求：{need.title}", "本县另一位同事", need.submitted_at,
                                        "放行后进入需求项目库", page))
        else:
            desk.todo.append(Todo("release", f"放行需求：{need.title}", "您的同事提交，等第二个人放行。", page,
                                  "去看看"))
    for need in db.session.scalars(sa.select(Need).where(here, Need.status == "returned",
                                                         Need.submitted_by == actor.id).limit(MOST)):
        desk.todo.append(Todo("need", f"需求退回：{need.title}", f"理由：{need.status_reason}",
                              ("needs.edit", {"code": need.code}), "去修改"))
    for need, change in changes_of_county(actor.county_code, MOST):
        page = ("needs.change", {"code": need.code, "change_id": change.id})
        if change.proposed_by == actor.id:
            desk.waiting.append(Waiting(f"改动：{need.title}", "本县另一位同事", change.at,
                                        "放行后公开页换成新内容", page))
        else:
            desk.todo.append(Todo("release", f"放行改动：{need.title}", f"为什么改：{change.reason}", page,
                                  "看改了什么"))
    for p in _pairings(Pairing.county_code == actor.county_code,
                       Pairing.status.in_(("proposed", "accepted", "approved"))):
        if p.status in ASKED and p.confirm_offering_from is not None:
            desk.todo.append(_asked(p, "供给"))
        elif p.status in ASKED and p.confirm_need_from is not None:
            desk.waiting.append(Waiting(f"等对方确认改动：{p.need.title}", p.organization.name, p.updated_at,
                                        "对方确认后" + ("由您答复" if p.status == "proposed" and p.origin == "bid" else
                                                    "请对方答复" if p.status == "proposed" else "接着审批"), _page(p)))
        elif p.status == "proposed" and p.origin == "bid":
            desk.todo.append(Todo("bid", f"{p.organization.name}要接“{p.need.title}”", p.message or p.offering.title,
                                  _page(p), "对照看", score=p.score, pairing=p))
        elif p.status == "proposed":
            desk.waiting.append(Waiting(f"点单：{p.offering.title}", p.organization.name, p.proposed_at,
                                        "对方同意后报审批", _page(p)))
        elif p.status == "accepted":
            desk.waiting.append(Waiting(f"结对：{p.need.title}", _approver_office(p), p.accepted_at,
                                        "批准后签协议", _page(p)))
        else:
            desk.todo.append(Todo("sign", f"登记协议：{p.need.title}", f"{p.organization.name}，已批准，等签协议。",
                                  ("pairings.sign", {"code": p.code}), "登记协议"))
    for p in _pairings(Pairing.county_code == actor.county_code, Pairing.status == "active",
                       Pairing.ends_on <= today()):
        desk.todo.append(Todo("complete", f"协议到期：{p.need.title}",
                              f"{p.organization.name}，到期后请登记办成或终止。", _page(p), "去登记", due=p.ends_on))
    desk.todo.extend(_mergers(actor))
    desk.todo.extend(Todo("plan", f"{said}计划还有 {number} 条没写", "到时候了，把计划里的行写成需求，或者标为不办。",
                          ("plans.list", {"year": year}), "去写") for said, year, number in due_rows(actor.county_code))
    desk.expiring.extend(_agreements(Pairing.county_code == actor.county_code))
    return desk


def _asked(pairing: Pairing, subject: str) -> Todo:
    return Todo("confirm", f"{subject}改了，请您确认：{pairing.need.title}",
                f"{local(pairing.updated_at):%m-%d %H:%M} 起等您。看过以后选继续，或者撤回。",
                _page(pairing), "看改了什么")


def _mergers(actor: Any) -> list[Todo]:
    asked = asked_of(actor)
    people = names({one.proposed_by for one in asked})
    return [Todo("merger", f"合并：{one.merged.title}",
                 f"{people.get(one.proposed_by, '同事')}提出把“{one.merged.title}”并入“{one.kept.title}”，等您答复。",
                 ("mergers.detail", {"merger_id": one.id}), "对照看") for one in asked]


def _approver_office(pairing: Pairing) -> str:
    return "省民政厅" if pairing.approval_level == "province" else "市民政局"


def _agreements(condition: Any) -> list[tuple[str, dt.date]]:
    rows = db.session.scalars(sa.select(Pairing).where(
        condition, Pairing.status == "active", Pairing.ends_on > today(), Pairing.ends_on <= today() + SOON)
        .order_by(Pairing.ends_on).limit(10))
    return [(f"{p.need.title}：协议", p.ends_on) for p in rows]


def _township(actor: Any) -> Desk:
    desk = Desk()
    for need in db.session.scalars(sa.select(Need).where(
            Need.township_code == actor.township_code,
            Need.status.in_(("draft", "submitted", "returned"))).limit(MOST)):
        page = ("needs.detail", {"code": need.code})
        if need.status == "submitted":
            desk.waiting.append(Waiting(f"需求：{need.title}", "县农业农村局", need.submitted_at,
                                        "放行后进入需求项目库", page))
        elif need.status == "returned":
            desk.todo.append(Todo("need", f"需求退回：{need.title}", f"理由：{need.status_reason}",
                                  ("needs.edit", {"code": need.code}), "去修改"))
        else:
            desk.todo.append(Todo("need", f"草稿没交：{need.title}", "写好后提交，由县里放行。",
                                  ("needs.edit", {"code": need.code}), "接着写"))
    desk.todo.extend(_mergers(actor))
    return desk


def _member(actor: Any) -> Desk:
    desk = Desk()
    own = db.session.get(Organization, actor.organization_id)
    profile = ("organizations.profile", {})
    if own.status == "draft":
        desk.todo.append(Todo("organization", "补齐资料，提交入库审核", "通过后就能上架供给、接单。",
                              ("organizations.edit", {}), "去补齐"))
    elif own.status == "returned":
        desk.todo.append(Todo("organization", "入库资料退回补正", f"理由：{own.status_reason}",
                              ("organizations.edit", {}), "去补正"))
    elif own.status == "submitted":
        office = "省民政厅" if own.registration_level in ("province", "nation") else "民政部门"
        desk.waiting.append(Waiting("入库审核", office, own.submitted_at, "承诺 2 个工作日答复", profile))
    for p in _pairings(Pairing.organization_id == own.id, Pairing.status.in_(("proposed", "accepted", "approved"))):
        if p.status in ASKED and p.confirm_need_from is not None:
            desk.todo.append(_asked(p, "需求"))
        elif p.status in ASKED and p.confirm_offering_from is not None:
            desk.waiting.append(Waiting(f"等县里确认改动：{p.need.title}", p.need.unit or "县农业农村局", p.updated_at,
                                        "县里选继续或者撤回", _page(p)))
        elif p.status == "proposed" and p.origin == "order":
            desk.todo.append(Todo("order", f"{short_name(p.county_code)}点了“{p.offering.title}”",
                                  f"{p.need.title}。{p.message}", _page(p), "对照看", score=p.score, pairing=p))
        elif p.status == "proposed":
            desk.waiting.append(Waiting(f"接单：{p.need.title}", p.need.unit or "县农业农村局", p.proposed_at,
                                        "县里同意后报审批", _page(p)))
        elif p.status == "accepted":
            desk.waiting.append(Waiting(f"结对：{p.need.title}", _approver_office(p), p.accepted_at,
                                        "批准后签协议", _page(p)))
        else:
            desk.waiting.append(Waiting(f"签协议：{p.need.title}", p.need.unit or "县农业农村局", p.approved_at,
                                        "县里登记协议后开始实施", _page(p)))
    drafts = db.session.scalar(sa.select(sa.func.count()).select_from(Offering).where(
        Offering.organization_id == own.id, Offering.status == "draft"))
    if drafts and own.status == "vetted":
        desk.todo.append(Todo("offering", f"{drafts} 项供给还是草稿", "上架以后县里才看得到、点得到。",
                              ("offerings.list", {"status": "draft"}), "去上架"))
    if own.rating and own.rating_ends_on and today() <= own.rating_ends_on <= today() + SOON:
        desk.expiring.append((f"评估等级 {own.rating}", own.rating_ends_on))
    desk.expiring.extend(_agreements(Pairing.organization_id == own.id))
    return desk


def _approver(actor: Any) -> Desk:
    desk = Desk()
    for p in awaiting_review(actor, MOST):
        desk.todo.append(Todo("approval", f"审批：{p.need.title}", f"{p.organization.name}，双方已同意，等您审批。",
                              ("pairings.approvals", {"case": p.code}), "去审批", due=p.due_at, score=p.score))
    for organization, due in vetting_queue_for(actor, MOST):
        desk.todo.append(Todo("vetting", f"入库审核：{organization.name}", "资料已提交，承诺 2 个工作日答复。",
                              ("organizations.review", {"organization_id": organization.id}), "去审核", due=due))
    return desk


_BUILDERS = {"county_officer": _county, "township_officer": _township, "organization_member": _member,
             "province_officer": _approver, "city_officer": _approver}


def desk_of(actor: Any) -> Desk:
    """The person's page, most pressing first; built once a request (the menu's badge asks too)."""
    if "desk" not in g:
        built = _BUILDERS[actor.role](actor) if actor.role in _BUILDERS else Desk()
        late = dt.datetime.max.replace(tzinfo=dt.UTC)
        built.todo.sort(key=lambda one: late if one.due is None else (
            one.due if isinstance(one.due, dt.datetime)
            else dt.datetime.combine(one.due, dt.time(), dt.UTC)))
        built.waiting.sort(key=lambda one: one.since or now())
        g.desk = built
    return g.desk
