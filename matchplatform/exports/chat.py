"""How a list stands in a group chat: which of its records, under which heading, in which lines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import short_name
from matchplatform.core import clock
from matchplatform.core.money import in_wan
from matchplatform.exports.safety import plain
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from matchplatform.organizations import rules as organizations


@dataclass(frozen=True)
class Chat:
    """The lines of one kind of record. `state` is the filter's word for what can be taken now, empty where there are
    no states; `takes` asks each record once more, and whether everybody may know it. `heading` takes the place (empty:
    anywhere) and how many; `item` takes a record to its title and its facts; `page` and `named` lead to it."""

    state: str
    takes: Callable[[Any], bool]
    heading: Callable[[str, int], str]
    item: Callable[[Any], tuple[str, list[str]]]
    footer: str
    page: str
    named: Callable[[Any], dict[str, Any]]
    noun: str
    remark: str


def lines(number: int, one: tuple[str, list[str]], address: str) -> str:
    """1. title / facts / address."""
    title, facts = one
    return "\n".join([f"{number}. {title}", *(["；".join(facts)] if facts else []), address])


def _day(day: Any) -> str:
    """12月15日; another year's with the year."""
    return f"{'' if day.year == clock.today().year else f'{day.year}年'}{day.month}月{day.day}日"


def _lacking(need: Any) -> list[str]:
    rest = [one for one in need.lines if one.residual > 0]
    words = [f"{plain(one.item)} {one.residual:,} {one.unit}" for one in rest[:2]]
    if len(rest) > 2:
        words[-1] += f"等 {len(rest)} 项"
    if need.funds_gap_fen:
        words.append(f"资金 {in_wan(need.funds_gap_fen)} 万元")
    return words


def _need(need: Any) -> tuple[str, list[str]]:
    """孝昌县小悟乡万冲村：老人一天只做一顿饭 / 缺餐桌椅 17 套；帮到 68 人；12月15日截止."""
    place = short_name(need.county_code) + (need.township.name if need.township else "") + need.village
    lacking = _lacking(need)
    facts = [f"缺{'，'.join(lacking)}"] if lacking else []
    if need.beneficiaries:
        facts.append(f"帮到 {need.beneficiaries:,} 人")
    if need.closing_at:
        facts.append(f"{_day(clock.local(need.closing_at))}截止")
    return f"{place}：{plain(need.title)}", facts


MOST_AREAS = 3


def _areas(codes: list[str]) -> str:
    if "420000" in codes:
        return "服务全省"
    named = "、".join(short_name(code) for code in codes[:MOST_AREAS])
    return f"服务{named}{f'等 {len(codes)} 地' if len(codes) > MOST_AREAS else ''}" if named else ""


def _offering(offering: Any) -> tuple[str, list[str]]:
    """某某基金会：老年食堂设备和首年补贴 / 服务全省；还能做 3 个；资金 12 万元，物资折价 3 万元；免费；到12月15日."""
    gives = [f"{word} {in_wan(fen)} 万元" for word, fen in (
        ("资金", offering.funds_fen), ("物资折价", offering.in_kind_fen)) if fen]
    facts = [_areas(offering.area_codes), f"还能做 {offering.capacity_left} 个", "，".join(gives),
             offerings.COST_MODELS[offering.cost_model].label,
             f"到 {_day(offering.ends_on)}" if offering.ends_on else ""]
    return f"{offering.organization.name}：{plain(offering.title)}", [one for one in facts if one]


def _organization(organization: Any) -> tuple[str, list[str]]:
    """某某基金会 / 基金会，省级；评估等级 4A."""
    rated = organizations.rating_is_valid(organization, clock.today())
    facts = [f"{organization.kind_choice.label}，{organization.level.label}"]
    return plain(organization.name), [*facts, *([f"评估等级 {organization.rating}"] if rated else [])]


def _is_free(offering: Any) -> bool:
    return bool(offerings.is_open(offering, clock.today())) and bool(offerings.has_capacity(offering))


def needs_in(state: str) -> Chat:
    """Needs that wait for somebody."""
    return Chat(state, lambda n: bool(needs.is_open(n, clock.now())) and n.publicity == "public",
                lambda place, n: f"{place}{'，' if place else ''}等人接的需求 {n} 条", _need,
                "能办的请点链接看详情、接单。", "portal.need", lambda n: {"code": n.code}, "正在等人接的需求",
                "只列现在能接、向社会公开的需求，不含联系电话。")


def offerings_in(state: str) -> Chat:
    """Offerings with room left."""
    return Chat(state, _is_free, lambda place, n: f"{f'能服务{place}、' if place else ''}现在可以点单的供给 {n} 项",
                _offering, "用得上的请点链接看详情、点单。", "portal.offering", lambda o: {"code": o.code},
                "可以点单的供给", "只列在架、没有过期、还有余量的供给，不含联系电话。")


ORGANIZATIONS = Chat("", lambda o: o.status == "vetted",
                     lambda place, n: f"{f'在{place}登记的' if place else ''}入库社会组织 {n} 家", _organization,
                     "点链接看每家的档案和供给。", "portal.organization", lambda o: {"organization_id": o.id},
                     "入库的社会组织", "只列通过入库审核的社会组织，不含联系电话。")
