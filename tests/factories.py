"""Records for tests, made through real columns. A missing required value raises; nothing is guessed silently."""

import datetime as dt
import itertools
from typing import Any

from matchplatform.accounts.models import User
from matchplatform.accounts.operations import _HASHER
from matchplatform.columns import keeping
from matchplatform.core.clock import now, today
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing, PairingEvent, PairingLine
from matchplatform.pairings.rules import HOLDING
from matchplatform.publications.models import Publication

PASSWORD = "Test-pass-2026"
COUNTY, OTHER_COUNTY, TOWNSHIP = "420921", "422801", "420921100"
PLAIN_COUNTY = "420102"  # 江岸区, no key county

# name -> (role, shown name, scope)
PEOPLE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "county_officer": ("county_officer", "刘敏", {"county_code": COUNTY}),
    "second_county_officer": ("county_officer", "陈思", {"county_code": COUNTY}),
    "other_county_officer": ("county_officer", "向东", {"county_code": OTHER_COUNTY}),
    "township_officer": ("township_officer", "万主任", {"township_code": None}),
    "organization_member": ("organization_member", "陈晓岚", {"organization": "first"}),
    "other_organization_member": ("organization_member", "王立", {"organization": "second"}),
    "city_officer": ("city_officer", "李文涛", {"city_code": "420900"}),
    "province_officer": ("province_officer", "周正", {}),
    "second_province_officer": ("province_officer", "何平", {}),
    "system_admin": ("system_admin", "系统甲", {}),
    "security_admin": ("security_admin", "安全乙", {}),
    "auditor": ("auditor", "审计丙", {}),
}

_bodies = itertools.count(1)
_numbers = itertools.count(1)
_hash_of: dict[str, str] = {}


def _hash(password: str) -> str:
    """Hashing is slow on purpose; one hash a password is enough for tests."""
    if password not in _hash_of:
        _hash_of[password] = _HASHER.hash(password)
    return _hash_of[password]


def _user_id(username: str) -> int:
    found = db.session.scalar(db.select(User.id).where(User.username == username))
    if found is None:
        raise LookupError(f"no user {username}")
    return found


def add_people() -> None:
    """The organizations and users of PEOPLE, for the template."""
    from matchplatform.catalog.queries import townships

    organizations = {"first": make_organization(name="湖北社区公益基金会（演示）", vetted=False),
                     "second": make_organization(name="荆楚支教联合会（演示）", vetted=False)}
    for username, (role, name, scope) in PEOPLE.items():
        values = dict(scope)
        if "organization" in values:
            values["organization_id"] = organizations[values.pop("organization")].id
        if "township_code" in values:
            values["township_code"] = townships(COUNTY)[0].code
        make_user(role, username=username, name=name, **values)
    for organization in organizations.values():
        vet(organization)


def make_user(role: str, *, username: str, name: str = "测试员", password: str = "Test-pass-2026",
              must_change_password: bool = False, **scope: Any) -> User:
    """A user with the scope that the role needs."""
    if role == "organization_member":
        scope.setdefault("member_role", "owner")
    user = User(username=username, name=name, role=role, password_hash=_hash(password),
                must_change_password=must_change_password, **scope)
    db.session.add(user)
    db.session.flush()
    return user


def _flush() -> None:
    """Records are made past the operations, so no act tells the libraries' columns of them."""
    db.session.flush()
    keeping.forget()


def give_certificate(organization: Organization, document: str = "registration", **values: Any) -> Attachment:
    """A paper of an organization, as its row; no file lies behind it."""
    paper = Attachment(owner_kind="organization", owner_code=organization.code, **{
        "position": 1, "name": "登记证书.jpg", "document": document, "media_type": "image/jpeg", "size": 1,
        "sha256": "0" * 64, "source_sha256": f"{organization.id:064d}", "has_preview": True, "publicity": "own",
        "stored_name": f"paper-{organization.id}-{document}", "uploaded_by": _user_id("organization_member"),
        "uploader_name": "陈晓岚", "at": now() - dt.timedelta(days=30), **values})
    db.session.add(paper)
    db.session.flush()
    return paper


def vet(organization: Organization) -> None:
    """Walk an organization to `vetted`: its member submits, the province vets."""
    member = db.session.scalar(db.select(User.id).where(User.organization_id == organization.id))
    organization.submitted_by, organization.submitted_at = member, now()
    organization.status = "submitted"
    organization.vetted_by, organization.vetted_at = _user_id("province_officer"), now()
    organization.status = "vetted"
    _flush()


def make_organization(*, name: str = "", vetted: bool = True, kind: str = "53", authority: str = "420000",
                      level: str = "province", **values: Any) -> Organization:
    """An organization that meets every rule unless told otherwise."""
    body = f"{50_000_000 + next(_bodies):08d}"
    organization = Organization(
        uscc=make_uscc(kind, authority, body) if "uscc" not in values else values.pop("uscc"), kind=kind,
        name=name or f"测试组织{body}（演示）", authority_code=authority, registration_level=level,
        **{"full_time_staff": 8, "founded_on": dt.date(2010, 5, 1), "rating": "4A",
           "rating_ends_on": today() + dt.timedelta(days=500), "report_year": today().year - 1,
           "report_result": "passed", "contact_name": "陈晓岚", "contact_phone": "13871230001", **values})
    db.session.add(organization)
    _flush()
    if vetted:
        vet(organization)
    return organization


def first_organization() -> Organization:
    """The organization of `organization_member`."""
    user = db.session.get(User, _user_id("organization_member"))
    return db.session.get(Organization, user.organization_id)


def make_offering(organization: Organization, *, status: str = "published", areas: tuple[str, ...] = ("420000",),
                  **values: Any) -> Offering:
    """An offering, published unless told otherwise."""
    offering = Offering(
        code=f"GJ{today().year}-{next(_numbers):04d}T", organization_id=organization.id,
        **{"title": "老年食堂标准厨房设备包与首年补贴", "category_code": "elderly_care", "capacity": 3,
           "body": "设备包含双头灶、蒸饭柜、四门冰箱、消毒柜、餐桌椅，协助办理食品经营备案，"
                   "开餐第一年按就餐人次给予运营补贴。",
           "funds_fen": 3_840_000, "in_kind_fen": 6_000_000, "contact_name": "陈晓岚",
           "contact_phone": "13871230001", **values})
    offering.areas = [OfferingArea(region_code=code) for code in areas]
    if status != "draft":
        offering.published_at = now()
        offering.status = "draft"
        offering.status = "published"
        if status != "published":
            offering.status = status
    db.session.add(offering)
    _flush()
    return offering


NEED_PATHS = {"draft": (), "submitted": ("submitted",), "returned": ("submitted", "returned"),
              "published": ("submitted", "published"), "matched": ("submitted", "published", "matched"),
              "fulfilled": ("submitted", "published", "matched", "fulfilled"),
              "closed": ("submitted", "published", "closed"), "withdrawn": ("submitted", "published", "withdrawn"),
              "unsuccessful": ("submitted", "published", "unsuccessful"), "merged": ("merged",)}


def make_need(*, status: str = "published", county: str = COUNTY, author: str = "county_officer",
              releaser: str = "second_county_officer", lines: bool = True, **values: Any) -> Need:
    """A need walked to its state along the lifecycle."""
    need = Need(
        code=f"XQ{county}-{today().year}-{next(_numbers):03d}T", county_code=county,
        **{"title": "老人一天只做一顿饭，吃剩菜", "category_code": "elderly_care",
           "closing_at": now() + dt.timedelta(days=21),
           "body": "村里75岁以上老人68个，大多是早上煮一锅吃一天。村委会腾出120平方的房子，水电都通了，"
                   "就差灶台、冰箱、消毒柜和桌椅板凳。",
           "funds_secured_fen": 2_400_000, "funds_gap_fen": 10_100_000, "beneficiaries": 68,
           "village": "万冲村", "unit": "孝昌县农业农村局", "contact_name": "万主任", "contact_phone": "13871236021",
           "starts_on": today() + dt.timedelta(days=40), "ends_on": today() + dt.timedelta(days=400),
           "goal": "春节前开餐，每天午餐就餐不少于 50 人", "created_by": _user_id(author), **values})
    need.status = "draft"
    if lines:
        need.lines = [NeedLine(position=1, item="餐桌椅", quantity=17, unit="套", unit_price_fen=60_000)]
    path = NEED_PATHS[status]
    if path:
        need.submitted_by, need.submitted_at = _user_id(author), now()
    if set(path) & {"published"}:
        need.released_by, need.released_at = _user_id(releaser), now()
    if status == "merged":
        need.merged_into_code = values.get("merged_into_code") or "XQ420921-2026-000"
    for state in path:
        need.status = state
    db.session.add(need)
    _flush()
    return need


PUBLICATION_PATHS = {"draft": (), "submitted": ("submitted",), "returned": ("submitted", "returned"),
                     "released": ("submitted", "released"), "abolished": ("submitted", "released", "abolished"),
                     "withdrawn": ("submitted", "released", "withdrawn"), "discarded": ("discarded",)}
CLAUSES = """第一章 总则
第一条 为了让村里的事有人办，照实际情况定这份办法。
第二条 县里每个季度公布一次需求，社会组织照需求接单。
（一）需求写清数量和时限；
（二）接单写清由谁来办。
第三条 老年食堂由村集体出场地，社会组织出设备。"""


def make_publication(*, status: str = "released", author: str = "province_officer",
                     releaser: str = "second_province_officer", **values: Any) -> Publication:
    """A document walked to its state along the lifecycle; public since yesterday where it is released."""
    number = next(_numbers)
    code, since = f"FB420000-{today().year}-9{number:03d}", now() - dt.timedelta(days=1)
    publication = Publication(
        code=code, created_by=_user_id(author),
        **{"index_number": code, "channel": "policy", "level": "province", "area_code": "420000",
           "title": f"关于办好老年食堂的办法（演示）之{number}", "issuer": "湖北省民政厅", "body": CLAUSES,
           "issued_on": today() - dt.timedelta(days=30), "document_number": "鄂民政发〔2026〕3号",
           "created_at": since - dt.timedelta(days=1),
           **{name: value for name, value in values.items() if name != "released_at"}})
    publication.status = "draft"
    path = PUBLICATION_PATHS[status]
    if "submitted" in path:
        publication.submitted_by, publication.submitted_at = _user_id(author), since
    if "released" in path:
        publication.released_by, publication.decided_at = _user_id(releaser), since
        publication.released_at = values.get("released_at") or since
    for state in path:
        publication.status = state
    if status == "abolished":
        publication.abolished_on = today()
    if status == "withdrawn":
        publication.withdrawn_at, publication.withdrawn_reason = now(), "文号写错了"
    db.session.add(publication)
    _flush()
    return publication


PAIRING_PATHS = {
    "proposed": (), "declined": ("declined",), "withdrawn": ("withdrawn",), "accepted": ("accepted",),
    "rejected": ("accepted", "rejected"), "approved": ("accepted", "approved"),
    "active": ("accepted", "approved", "active"), "completed": ("accepted", "approved", "active", "completed"),
    "suspended": ("accepted", "approved", "active", "suspended"),
    "terminated": ("accepted", "approved", "terminated"),
}


def make_pairing(*, status: str = "proposed", origin: str = "bid", need: Need | None = None,
                 offering: Offering | None = None, organization: Organization | None = None,
                 approver: str = "province_officer", approval_level: str = "province",
                 approved_at: dt.datetime | None = None, taken: dict[NeedLine, int] | None = None,
                 **values: Any) -> Pairing:
    """A pairing walked to its state along the lifecycle; by a bid of the organization's member unless an order.

    `taken`: how much of which line of the need; without it the need is taken as a whole.
    """
    need = need or make_need()
    organization = organization or (offering.organization if offering else first_organization())
    offering = offering or make_offering(organization)
    member = db.session.scalar(db.select(User.id).where(User.organization_id == organization.id))
    member = member or _user_id("organization_member")
    officer = _user_id("county_officer")
    proposer, responder = (member, officer) if origin == "bid" else (officer, member)
    pairing = Pairing(code=f"JD{today().year}-{next(_numbers):04d}T", need_id=need.id, offering_id=offering.id,
                      organization_id=organization.id, county_code=need.county_code,
                      category_code=need.category_code, origin=origin, approval_level=approval_level,
                      proposed_by=proposer, score=88, reasons="[]", status="proposed", **values)
    for line, quantity in (taken or {}).items():
        pairing.lines.append(PairingLine(need_line_id=line.id, quantity=quantity))
        if status in HOLDING:
            line.committed += quantity
    path = PAIRING_PATHS[status]
    moment = approved_at or now()
    for state in path:
        if state == "accepted":
            pairing.accepted_by, pairing.accepted_at = responder, moment
            offering.capacity_taken += 1
        if state == "approved":
            pairing.approver_id, pairing.approved_at = _user_id(approver), moment
        if state == "active":
            pairing.signed_on, pairing.starts_on = today(), today()
            pairing.ends_on = today() + dt.timedelta(days=365)
            pairing.funds_fen, pairing.in_kind_fen = 3_840_000, 6_000_000
        if state in ("declined", "withdrawn", "rejected", "terminated", "completed"):
            pairing.ended_at = values.get("ended_at") or now()
            if state == "completed":
                pairing.completed_at = pairing.ended_at
            if state != "declined" and "accepted" in path:
                offering.capacity_taken -= 1
        pairing.status = state
    db.session.add(pairing)
    _flush()
    db.session.add(PairingEvent(pairing_id=pairing.id, actor_id=proposer, verb="propose", target="proposed"))
    db.session.flush()
    return pairing
