"""The people and organizations of the demonstration. Every account has the same published password."""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from matchplatform.accounts.models import User
from matchplatform.accounts.operations import open_account
from matchplatform.catalog.queries import cities, key_county_codes, regions
from matchplatform.core.uscc import make_uscc, parse_uscc
from matchplatform.demo import source
from matchplatform.demo.papers import give_certificate
from matchplatform.demo.timeline import Timeline
from matchplatform.organizations import operations as organizations
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import organization_of
from matchplatform.organizations.rules import CONSENT_VERSION, city_of_authority
from matchplatform.organizations.vetting_rules import Checklist, Finding, complete

PASSWORD = "Yanshi@2026"
FAMILY = "陈李张王刘周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋"
GIVEN = ("晓岚", "建国", "文静", "志远", "秀英", "立新", "海燕", "国强", "雪梅", "永红",
         "佳", "思源", "明华", "春兰", "学军", "丽华", "俊", "敏", "涛", "慧",
         "正平", "卫东", "小红", "伟", "芳", "磊", "娟", "勇", "静", "斌")

# What the README and the command print: user name, who it is.
SIGN_INS = (
    ("xiaochang", "刘敏，孝昌县农业农村局（县级经办）"), ("xiaochang2", "陈思，同一个局，放行需求"),
    ("xiaochang-xiang", "万国平，孝昌县的一个乡镇（乡镇经办）"), ("shequ", "陈晓岚，湖北社区公益基金会（演示）负责人"),
    ("shequ2", "王小川，同一家组织的经办人"),
    ("province", "周正，省民政厅（审批、入库审核）"), ("province2", "何平，省民政厅"),
    ("xiaogan", "李文涛，孝感市民政局（市级经办）"), ("sysadmin", "系统管理员"), ("secadmin", "安全管理员"),
    ("auditor", "审计员"),
)
OWN_COUNTY, OWN_CITY, OWN_ORGANIZATION = "420921", "420900", "湖北社区公益基金会"
SUFFIX = "（演示）"
RECOMMENDED = "情况属实，双方自愿，同意推荐。"

# How the last organizations of the list stand: the rest passed vetting.
NOT_VETTED = ("submitted", "submitted", "submitted", "returned", "draft")
RETURNED = Checklist(
    {**complete().findings, "address": Finding("differs", "证书上是演示路 8 号 2 栋，请照抄；搬了家的先办变更登记")},
    ("purpose",), "")


@dataclass
class Cast:
    """Everybody by role; counties have two officers each, because nobody releases his own."""

    province: list[User] = field(default_factory=list)
    city: dict[str, User] = field(default_factory=dict)
    county: dict[str, list[User]] = field(default_factory=dict)
    members: dict[str, User] = field(default_factory=dict)  # organization name without （演示） -> its member
    vetted: set[str] = field(default_factory=set)
    everybody: list[User] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)  # what needs may cite by now: name -> code
    published: dict[str, Any] = field(default_factory=dict)


def _name(line: Timeline) -> str:
    return line.random.choice(FAMILY) + line.random.choice(GIVEN)


def _phone(line: Timeline) -> str:
    return f"1{line.random.choice('35789')}{line.random.randrange(10 ** 8, 10 ** 9)}"


def open_offices(line: Timeline, county_codes: set[str]) -> Cast:
    """Accounts of the offices and of the three administrators."""
    cast = Cast()

    def account(username: str, name: str, role: str, position: str, **scope: Any) -> User:
        user = open_account(None, username=username, name=name, role=role, password=PASSWORD, must_change=False,
                            position=position, **scope)
        cast.everybody.append(user)
        return user

    cast.province = [account("province", "周正", "province_officer", "社会组织管理处"),
                     account("province2", "何平", "province_officer", "社会组织管理处")]
    for city in cities():
        own = city.code == OWN_CITY
        cast.city[city.code] = account("xiaogan" if own else f"city{city.code}", "李文涛" if own else _name(line),
                                       "city_officer", "社会组织科", city_code=city.code)
    for code in sorted(county_codes | key_county_codes()):
        own = code == OWN_COUNTY
        cast.county[code] = [
            account("xiaochang" if own else f"county{code}", "刘敏" if own else _name(line), "county_officer",
                    "社会事务股", county_code=code),
            account("xiaochang2" if own else f"county{code}b", "陈思" if own else _name(line), "county_officer",
                    "副局长", county_code=code)]
    for username, name, role in (("sysadmin", "系统管理员", "system_admin"), ("secadmin", "安全管理员",
                                                                         "security_admin"),
                                 ("auditor", "审计员", "auditor")):
        account(username, name, role, "信息中心")
    own_need = next(n for n in source.needs() if n.county_code == OWN_COUNTY)
    account("xiaochang-xiang", "万国平", "township_officer", "乡村振兴办", township_code=own_need.township_code)
    return cast


def bring_organizations(line: Timeline, cast: Cast) -> None:
    """Let the organizations register, be looked at and be vetted, over the first months and a few lately."""
    rows = source.organizations()
    own = next(row for row in rows if row["name"] == OWN_ORGANIZATION)
    others = [row for row in rows if row is not own]
    line.random.shuffle(others)
    offered = Counter(text.organization for text in source.offerings())
    late = sorted(others, key=lambda row: offered[row["name"]])[:len(NOT_VETTED)]
    for number, row in enumerate([own, *others]):
        outcome = NOT_VETTED[late.index(row)] if row in late else "vetted"
        if outcome == "vetted":
            arrives = line.start + dt.timedelta(hours=2, minutes=23 * number)
            cast.vetted.add(row["name"])
        else:
            arrives = line.office_hour(line.random.uniform(0.3, 4))
        line.at(arrives, _registering(line, cast, row, number, outcome, arrives))


def _registering(line: Timeline, cast: Cast, row: dict[str, Any], number: int, outcome: str,
                 arrives: dt.datetime) -> Any:
    username = "shequ" if row["name"] == OWN_ORGANIZATION else f"org{number:02d}"

    def register() -> None:
        code = parse_uscc(make_uscc(row["kind"], row["authority_code"], f"{59_000_000 + 137 * number:08d}"))
        member = organizations.register(None, code, {
            "name": row["name"] + SUFFIX, "contact_name": row["contact_name"], "contact_phone": _phone(line),
            "username": username, "password": PASSWORD}, CONSENT_VERSION)
        cast.members[row["name"]] = member
        cast.everybody.append(member)
        if outcome == "draft":
            return
        organization = organization_of(member)
        year = line.random.randrange(1998, 2020)
        organizations.edit_organization(member, organization, {
            "supervisor": row["supervisor"], "legal_representative": row["legal_representative"],
            "founded_on": dt.date(year, line.random.randrange(1, 13), line.random.randrange(1, 28)),
            "address": f"演示路 {line.random.randrange(1, 300)} 号", "full_time_staff": line.random.randrange(3, 26),
            "has_party_branch": line.random.random() < 0.7,
            "certificate_ends_on": _certificate_end(line, organization.uscc),
            "activity_area": "湖北省", "purpose": "组织会员单位和志愿力量，面向乡村开展帮扶服务。"})
        give_certificate(member, organization, **({"住所": "演示路 8 号 2 栋"} if outcome == "returned" else {}))
        organizations.act(member, organization, "submit")
        if outcome != "submitted":
            line.at(line.after(arrives, 0.1, 1.5), lambda: _review(line, cast, organization, outcome))

    return register


def _review(line: Timeline, cast: Cast, organization: Organization, outcome: str) -> None:
    vetter = cast.province[0]
    if organization.registration_level in ("city", "county"):
        vetter = cast.city[city_of_authority(organization.authority_code)]
    if outcome == "returned":
        organizations.act(vetter, organization, "return", checklist=RETURNED)
        return
    organizations.record_registry(vetter, organization, _registry(line), "全国社会组织信用信息公示平台（演示）")
    organizations.act(vetter, organization, "vet", checklist=complete())


def _certificate_end(line: Timeline, code: str) -> dt.date | None:
    """Most run for some years, some end soon, and some have no end."""
    own = random.Random(code)  # not the story's: what follows in it shall not depend on this
    days = own.choices([own.randrange(150, 1400), own.randrange(5, 88), None], [70, 10, 20])[0]
    return None if days is None else line.now.date() + dt.timedelta(days=days)


def _registry(line: Timeline) -> dict[str, Any]:
    """Ratings of all kinds, some of them ending within ninety days and a few already over."""
    today = line.now.date()
    rating = line.random.choices(["5A", "4A", "3A", "2A", ""], [12, 25, 33, 8, 22])[0]
    ends = line.random.choices([line.random.randrange(120, 1500), line.random.randrange(10, 85),
                                -line.random.randrange(20, 200)], [80, 12, 8])[0]
    charity = line.random.random() < 0.35
    return {"rating": rating, "rating_ends_on": today + dt.timedelta(days=ends) if rating else None,
            "report_year": today.year - 1, "report_result": line.random.choices(["passed", "basic"], [9, 1])[0],
            "is_charity": charity, "tax_from_year": today.year - 1 if charity else None,
            "tax_to_year": today.year + 1 if charity else None}


def trouble_some(line: Timeline, cast: Cast) -> None:
    """Lately one came onto the list of abnormal activity, one was fined, one was suspended."""
    names = sorted(cast.vetted - {OWN_ORGANIZATION})
    listed, fined, suspended = line.random.sample(names, 3)

    def record(name: str, values: dict[str, Any], basis: str) -> Any:
        return lambda: organizations.record_registry(
            cast.province[1], organization_of(cast.members[name]), values, basis)

    line.at(line.office_hour(24), record(listed, {"is_abnormal": True}, "登记管理机关列入活动异常名录的公告（演示）"))
    today = line.now.date()
    line.at(line.office_hour(40), record(
        fined, {"penalty_on": today - dt.timedelta(days=45), "penalty_until": today + dt.timedelta(days=140)},
        "行政处罚决定书（演示）"))
    line.at(line.office_hour(12), lambda: organizations.act(
        cast.province[1], organization_of(cast.members[suspended]), "suspend", "负责人变更后未按时备案，办结前暂停。"))


def county_name(code: str) -> str:
    """孝昌县."""
    return regions()[code].name
