"""What waits for somebody, and what he waits for: read from every feature, for the page "我的待办"."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import g

from matchplatform.accounts.queries import names
from matchplatform.accounts.rules import is_owner, may_write
from matchplatform.agreements.queries import to_answer, turns
from matchplatform.audit.remembering import Remembered
from matchplatform.catalog.queries import short_name
from matchplatform.choosing.counter_queries import open_counters
from matchplatform.choosing.todo_queries import duties_of
from matchplatform.core.clock import local, now, today
from matchplatform.extensions import db
from matchplatform.needs.change_queries import changes_of_county
from matchplatform.needs.merger_queries import asked_of
from matchplatform.needs.models import Need
from matchplatform.needs.plan_queries import due_rows
from matchplatform.offerings.models import Offering
from matchplatform.orders import desk_queries as orders
from matchplatform.orders.moving import title_of
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import vetting_queue_for
from matchplatform.organizations.rules import NO_CERTIFICATE, due_at
from matchplatform.organizations.vetting_queries import missing_to_submit
from matchplatform.pairings.approval_queries import awaiting_recommendation, awaiting_review
from matchplatform.pairings.confirmation_queries import answer_day
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.radar_queries import RadarFilter, endings, endings_of
from matchplatform.pairings.radar_queries import called as thing_called
from matchplatform.pairings.rules import ASKED, LIVE, recommended_verdict, reply_by, sign_by
from matchplatform.portal.course import course_rows
from matchplatform.portal.row_acts import Acts, Fact, change_acts, change_facts, need_acts, need_facts, pairing_acts
from matchplatform.publications.queries import returned_publications, waiting_publications

SOON = dt.timedelta(days=90)
CLOSING = dt.timedelta(days=3)   # an open need that nobody has taken by then is on its county's page
ENDING = dt.timedelta(days=14)   # and an offering that runs out on its organization's
MOST = 200  # of each kind; the lists behind the menu have all


@dataclass(frozen=True)
class Todo:
    """One thing to do: `page` is (endpoint, arguments); `acts` are the verbs that stand in the row, `facts` what to
    read before one of them is used."""

    kind: str
    title: str
    text: str
    page: tuple[str, dict[str, Any]]
    label: str
    due: dt.datetime | dt.date | None = None
    score: int | None = None
    acts: Acts | None = None
    facts: tuple[Fact, ...] = ()

    @property
    def due_day(self) -> dt.date | None:
        """The Shanghai day by which it is to be done."""
        return local(self.due).date() if isinstance(self.due, dt.datetime) else self.due


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
                                  "看全文", acts=need_acts(actor, need), facts=need_facts(need)))
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
                                  "看改了什么", acts=change_acts(actor, need, change), facts=change_facts(change)))
    mine = _pairings(Pairing.county_code == actor.county_code,
                     Pairing.status.in_(("proposed", "accepted", "approved")))
    turn, countered = turns(mine), open_counters(mine)
    for p in mine:
        if p.status in ASKED and p.confirm_offering_from is not None:
            desk.todo.append(_asked(p, "供给"))
        elif p.status in ASKED and p.confirm_need_from is not None:
            desk.waiting.append(Waiting(f"等对方确认改动：{p.need.title}", p.organization.name, p.updated_at,
                                        "对方确认后" + ("由您答复" if p.status == "proposed" and p.origin == "bid" else
                                                    "请对方答复" if p.status == "proposed" else "接着审批"), _page(p)))
        elif p.status == "proposed" and p.origin == "bid":
            desk.todo.append(Todo("bid", f"{p.organization.name}要接“{p.need.title}”", p.message or p.offering.title,
                                  _page(p), "对照看", reply_by(p.proposed_at), p.score, pairing_acts(actor, p, "接单")))
        elif p.id in countered:
            desk.todo.append(Todo("order", f"对方提了别的条件：{p.need.title}",
                                  f"{p.organization.name}：{countered[p.id].message}", _page(p), "看条件，答复",
                                  p.reserved_until or reply_by(countered[p.id].proposed_at)))
        elif p.status == "proposed":
            desk.waiting.append(Waiting(f"点单：{p.offering.title}", p.organization.name, p.proposed_at,
                                        "对方同意后报审批", _page(p)))
        elif p.status == "accepted":
            desk.waiting.append(Waiting(f"结对：{p.need.title}", _approver_office(p), p.accepted_at,
                                        "批准后签协议", _page(p)))
        elif turn.get(p.id) == "county":
            desk.todo.append(Todo("sign", f"确认协议：{p.need.title}", f"{p.organization.name}已经确认，等您确认。",
                                  ("agreements.detail", {"code": p.code}), "看全文", due=sign_by(p.approved_at)))
        else:
            desk.todo.append(Todo("sign", f"登记协议：{p.need.title}", f"{p.organization.name}，已批准，等签协议。",
                                  ("pairings.sign", {"code": p.code}), "登记协议", due=sign_by(p.approved_at)))
    for p in _pairings(Pairing.county_code == actor.county_code, Pairing.status == "active",
                       Pairing.ends_on <= today()):
        desk.todo.append(Todo("complete", f"协议到期：{p.need.title}",
                              f"{p.organization.name}，到期后请登记办成或终止。", _page(p), "去登记", due=p.ends_on))
    _course(actor, desk)
    desk.todo.extend(_amendments("county", Pairing.county_code == actor.county_code))
    desk.todo.extend(_closing_soon(actor.county_code))
    desk.todo.extend(_mergers(actor))
    desk.todo.extend(_orders(actor))
    desk.todo.extend(Todo("plan", f"{said}计划还有 {number} 条没写", "到时候了，把计划里的行写成需求，或者标为不办。",
                          ("plans.list", {"year": year}), "去写") for said, year, number in due_rows(actor.county_code))
    desk.expiring.extend(_agreements(Pairing.county_code == actor.county_code))
    return desk


def _course(actor: Any, desk: Desk) -> None:
    """Running pairings that want something of the person."""
    desk.todo.extend(Todo("progress", *row) for row in course_rows(actor))


def _amendments(side: str, condition: sa.ColumnElement[bool]) -> list[Todo]:
    """What the other side wants to change in a running agreement."""
    return [Todo("sign", f"补充协议：{one.pairing.need.title}", f"对方提出，等您答复。理由：{one.reason}",
                 ("agreements.amendment", {"code": one.pairing.code, "amendment_id": one.id}), "看改什么")
            for one in to_answer(side, condition, limit=MOST)]


def _asked(pairing: Pairing, subject: str, due: dt.date | None = None) -> Todo:
    return Todo("confirm", f"{subject}改了，请您确认：{pairing.need.title}",
                f"{local(pairing.updated_at):%m-%d %H:%M} 起等您。看过以后选继续，或者撤回。",
                _page(pairing), "看改了什么", due)


def _closing_soon(county_code: str) -> list[Todo]:
    """Open needs that close within days and that nobody has offered to take."""
    nobody = ~sa.exists().where(Pairing.need_id == Need.id, Pairing.status.in_(LIVE))
    rows = db.session.scalars(sa.select(Need).where(
        Need.county_code == county_code, Need.status == "published", Need.closing_at >= now(),
        Need.closing_at <= now() + CLOSING, nobody).order_by(Need.closing_at).limit(MOST))
    return [Todo("need", f"快截止了，还没有人接：{need.title}", "可以把接单截止往后放，或者从供给里挑一家去点单。",
                 ("needs.detail", {"code": need.code}), "去看看", need.closing_at) for need in rows]


def _mergers(actor: Any) -> list[Todo]:
    asked = asked_of(actor)
    people = names({one.proposed_by for one in asked})
    return [Todo("merger", f"合并：{one.merged.title}",
                 f"{people.get(one.proposed_by, '同事')}提出把“{one.merged.title}”并入“{one.kept.title}”，等您答复。",
                 ("mergers.detail", {"merger_id": one.id}), "对照看") for one in asked]


def _orders(actor: Any) -> list[Todo]:
    """Residents' orders: what is in my hands, the office's queue as one row, and what somebody should ask about."""
    rows = [Todo("ask", f"核实点单：{title_of(one)}", "在您手上，请打电话核实，再受理或退回。",
                 ("orders.detail", {"code": one.code}), "去办", due=one.due_at) for one in orders.in_hand(actor, MOST)]
    queue = orders.queue_of(actor)
    if queue.number:
        rows.append(Todo("ask", f"群众点单：{queue.number} 张等人核实", "答应了三个工作日内打电话。",
                         ("orders.list", {"state": ["submitted", "disputed"]}), "去看看", due=queue.due))
    rows.extend(Todo("ask", f"问问办好了没有：{title_of(one)}", "组织说办完了，等本人确认；您没有经手，可以问。",
                     ("orders.detail", {"code": one.code}), "去问问") for one in orders.unconfirmed_of(actor, 20))
    return rows


def _approver_office(pairing: Pairing) -> str:
    if not recommended_verdict(pairing):
        return "市民政局（推荐）"
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
    desk.todo.extend(_orders(actor))
    return desk


def _member(actor: Any) -> Desk:
    desk = Desk()
    own = db.session.get(Organization, actor.organization_id)
    _entering(actor, own, desk)
    mine = _pairings(Pairing.organization_id == own.id, Pairing.status.in_(("proposed", "accepted", "approved")))
    turn, countered = turns(mine), open_counters(mine)
    for p in mine:
        if p.status in ASKED and p.confirm_need_from is not None:
            desk.todo.append(_asked(p, "需求", answer_day(p)))
        elif p.status in ASKED and p.confirm_offering_from is not None:
            desk.waiting.append(Waiting(f"等县里确认改动：{p.need.title}", p.need.unit or "县农业农村局", p.updated_at,
                                        "县里选继续或者撤回", _page(p)))
        elif p.id in countered:
            desk.waiting.append(Waiting(f"您提的条件：{p.need.title}", p.need.unit or "县农业农村局",
                                        countered[p.id].proposed_at, "县里同意后按您提的报审批", _page(p)))
        elif p.status == "proposed" and p.origin == "order":
            desk.todo.append(Todo("order", f"{short_name(p.county_code)}点了“{p.offering.title}”",
                                  f"{p.need.title}。{p.message}", _page(p), "对照看", reply_by(p.proposed_at), p.score,
                                  pairing_acts(actor, p, "点单")))
        elif p.status == "proposed":
            desk.waiting.append(Waiting(f"接单：{p.need.title}", p.need.unit or "县农业农村局", p.proposed_at,
                                        "县里同意后报审批", _page(p)))
        elif p.status == "accepted":
            desk.waiting.append(Waiting(f"结对：{p.need.title}", _approver_office(p), p.accepted_at,
                                        "批准后签协议", _page(p)))
        elif turn.get(p.id) == "organization" and may_write(actor, own.id):
            desk.todo.append(Todo("sign", f"看协议，确认：{p.need.title}", "协议已经拟好，请先看过、确认，县里再确认。",
                                  ("agreements.detail", {"code": p.code}), "看全文", due=sign_by(p.approved_at)))
        else:
            desk.waiting.append(Waiting(f"签协议：{p.need.title}", p.need.unit or "县农业农村局", p.approved_at,
                                        "县里登记协议后开始实施", _page(p)))
    _course(actor, desk)
    if may_write(actor, own.id):
        desk.todo.extend(_amendments("organization", Pairing.organization_id == own.id))
    drafts = db.session.scalar(sa.select(sa.func.count()).select_from(Offering).where(
        Offering.organization_id == own.id, Offering.status == "draft"))
    if drafts and own.status == "vetted":
        desk.todo.append(Todo("offering", f"{drafts} 项供给还是草稿", "上架以后县里才看得到、点得到。",
                              ("offerings.list", {"status": "draft"}), "去上架"))
    for offering in db.session.scalars(sa.select(Offering).where(
            Offering.organization_id == own.id, Offering.status == "published", Offering.ends_on >= today(),
            Offering.ends_on <= today() + ENDING).order_by(Offering.ends_on).limit(MOST)):
        desk.todo.append(Todo("offering", f"供给快到期：{offering.title}",
                              "过了这一天，县里就点不到了；还接着做的，请改结束日期。",
                              ("offerings.edit", {"code": offering.code}), "去延长", offering.ends_on))
    desk.expiring.extend((thing_called(row), row.ends_on) for row in endings_of(own.id, today()))
    return desk


def _entering(actor: Any, own: Organization, desk: Desk) -> None:
    """Where an organization stands on its way into the register; whoever only reads has nothing to do about it."""
    profile = ("organizations.profile", {})
    if own.status == "submitted":
        office = "省民政厅" if own.registration_level in ("province", "nation") else "民政部门"
        desk.waiting.append(Waiting("入库审核", office, own.submitted_at,
                                    f"{local(due_at(own.submitted_at)):%m-%d %H:%M} 前答复", profile))
    elif own.status in ("draft", "returned") and may_write(actor, own.id):
        missing = missing_to_submit(own)
        if own.status == "returned":
            desk.todo.append(Todo("organization", "入库资料退回补正", f"理由：{own.status_reason}",
                                  ("organizations.edit", {}), "去补正"))
        elif missing:
            desk.todo.append(Todo("organization", "补齐资料，提交入库审核", f"还差{'、'.join(missing)}。",
                                  profile if missing == [NO_CERTIFICATE] else ("organizations.edit", {}), "去补齐"))
        elif is_owner(actor):
            desk.todo.append(Todo("organization", "资料齐了，提交入库审核", "通过后就能上架供给、接单。", profile,
                                  "去提交"))


def _approver(actor: Any) -> Desk:
    desk = Desk()
    for p in awaiting_recommendation(actor, MOST):
        desk.todo.append(Todo("approval", f"推荐：{p.need.title}", f"{p.organization.name}，双方已同意，等您推荐。",
                              ("pairings.approvals", {"case": p.code, "step": "recommend"}), "去推荐", due=p.due_at,
                              score=p.score))
    for p in awaiting_review(actor, MOST):
        desk.todo.append(Todo("approval", f"审批：{p.need.title}", f"{p.organization.name}，双方已同意，等您审批。",
                              ("pairings.approvals", {"case": p.code}), "去审批", due=p.due_at, score=p.score))
    _course(actor, desk)
    _publications(actor, desk)
    for organization, due in vetting_queue_for(actor, MOST):
        desk.todo.append(Todo("vetting", f"入库审核：{organization.name}", "资料已提交，承诺 2 个工作日答复。",
                              ("organizations.review", {"organization_id": organization.id}), "去审核", due=due))
    desk.expiring.extend((f"{row.name}：{thing_called(row)}", row.ends_on)
                         for row in endings(actor, RadarFilter(), 8).items)
    return desk


def _publications(actor: Any, desk: Desk) -> None:
    """Documents: mine that came back, those that wait for my review, mine that wait for somebody else's."""
    for one in returned_publications(actor, MOST):
        desk.todo.append(Todo("publication", f"文件退回：{one.title}", f"理由：{one.status_reason}",
                              ("publications.edit", {"code": one.code}), "去修改"))
    for one in waiting_publications(actor, MOST):
        if one.submitted_by == actor.id:
            whose = "本市另一位同事或省民政厅" if one.level == "city" else "省民政厅的另一位同事"
            desk.waiting.append(Waiting(f"文件：{one.title}", whose, one.submitted_at, "审核后公开",
                                        ("publications.work", {"code": one.code})))
        else:
            desk.todo.append(Todo("publication", f"审核文件：{one.title}", "同事提交，等第二个人逐项审核、发布。",
                                  ("publications.review", {"code": one.code}), "去审核"))


BUILDERS = {"county_officer": _county, "township_officer": _township, "organization_member": _member,
             "province_officer": _approver, "city_officer": _approver}


def built(actor: Any) -> Desk:
    """The person's page, most pressing first, read anew."""
    desk = BUILDERS[actor.role](actor) if actor.role in BUILDERS else Desk()
    desk.todo.extend(Todo("call", one.title, one.text, (one.endpoint, {"code": one.need_code}), one.label, one.due)
                     for one in duties_of(actor))
    last = dt.date.max, dt.datetime.max.replace(tzinfo=dt.UTC)
    desk.todo.sort(key=lambda one: last if one.due is None or one.due_day is None else (
        one.due_day, one.due if isinstance(one.due, dt.datetime) else last[1]))
    desk.waiting.sort(key=lambda one: one.since or now())
    return desk


def desk_of(actor: Any) -> Desk:
    """The person's page, most pressing first; built once a request."""
    if "desk" not in g:
        g.desk = built(actor)
    return g.desk


todo_count = Remembered(lambda actor: len(desk_of(actor).todo))
