"""The columns of every list: what the public may have, what a desk has on top, and what the printed ledger shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import city_of, region, short_name
from matchplatform.core.clock import now, today
from matchplatform.exports.layout import Column
from matchplatform.exports.reader import Reader, contact
from matchplatform.exports.workbook import Part
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from matchplatform.organizations import rules as organizations
from matchplatform.pairings import rules as pairings
from matchplatform.publications import rules as publications

Columns = tuple[Column, ...]


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _city(code: str) -> str:
    one = city_of(code)
    return short_name(one.code) if one else ""


def _spot(need: Any) -> str:
    """孝昌县小悟乡万冲村."""
    return short_name(need.county_code) + (need.township.name if need.township else "") + need.village


# ---- needs

def _lacking(need: Any) -> str:
    """2/3 项: of three things wanted two are not wholly taken; empty where nothing is counted in lines."""
    return f"{len(need.residual)}/{len(need.lines)} 项" if need.lines else ""


_NEED_HEAD = (
    Column("编号", lambda n: n.code), Column("项目名称", lambda n: n.title),
    Column("状态", lambda n: needs.shown_state(n, now()).label), Column("帮扶领域", lambda n: n.category.name),
    Column("帮扶方式", lambda n: needs.AID_MODES[n.aid_mode].label),
    Column("紧急程度", lambda n: needs.URGENCIES[n.urgency].label),
    Column("市（州）", lambda n: _city(n.county_code)), Column("县（市、区）", lambda n: short_name(n.county_code)),
    Column("乡镇（街道）", lambda n: n.township.name if n.township else ""), Column("村（社区）", lambda n: n.village),
    Column("要办的事", lambda n: n.body), Column("物资与人员需求", lambda n: n.supplies),
    Column("还差事项", _lacking),
    Column("怎样算办成", lambda n: n.goal), Column("当地配合", lambda n: n.conditions),
    Column("依据的规划或政策", lambda n: n.basis), Column("引用的文件和条款", lambda n: n.citation),
    Column("资金已落实（万元）", lambda n: n.funds_secured_fen, "wan"),
    Column("资金缺口（万元）", lambda n: n.funds_gap_fen, "wan"),
    Column("受益人数", lambda n: n.beneficiaries, "number"), Column("受益户数", lambda n: n.households, "number"),
    Column("其中脱贫户", lambda n: n.lifted_households, "number"),
    Column("其中监测户", lambda n: n.monitored_households, "number"),
    Column("其中一老一小", lambda n: n.old_and_young, "number"),
    Column("开始日期", lambda n: n.starts_on, "day"), Column("结束日期", lambda n: n.ends_on, "day"),
    Column("接单截止", lambda n: n.closing_at, "moment"), Column("责任单位", lambda n: n.unit),
    Column("指定承接机构", lambda n: n.preferred_organization), Column("发布时间", lambda n: n.released_at, "moment"))


def public_needs(_reader: Reader) -> Columns:
    """What the need library shows everybody; no person and no telephone."""
    return _NEED_HEAD


def desk_needs(reader: Reader) -> Columns:
    """The desk's list: with the contact, in full for those who write the need."""
    return (*_NEED_HEAD, Column("公开范围", lambda n: needs.PUBLICITY[n.publicity].label),
            Column("联系人", lambda n: n.contact_name),
            Column("联系电话", lambda n: contact(n.contact_phone, "author" in needs.parties(reader, n))),
            Column("状态说明", lambda n: n.status_reason), Column("填报时间", lambda n: n.created_at, "moment"),
            Column("最近有动静", lambda n: n.updated_at, "moment"))


NEED_LEDGER = (
    Column("编号", lambda n: n.code, size="code"), Column("地点", _spot, size="m"),
    Column("项目名称", lambda n: n.title, size="l"), Column("帮扶领域", lambda n: n.category.name),
    Column("受益户数", lambda n: n.households, "number", "xs", True),
    Column("受益人数", lambda n: n.beneficiaries, "number", "xs", True),
    Column("资金需求", lambda n: n.funds_secured_fen + n.funds_gap_fen, "wan", "s", True),
    Column("其中已落实", lambda n: n.funds_secured_fen, "wan", "s", True),
    Column("资金缺口", lambda n: n.funds_gap_fen, "wan", "s", True),
    Column("还差事项", _lacking), Column("责任单位", lambda n: n.unit, size="m"),
    Column("接单截止", lambda n: n.closing_at, "moment"),
    Column("状态", lambda n: needs.shown_state(n, now()).label))


@dataclass(frozen=True)
class NeedItem:
    """One line of a need with the need that it belongs to."""

    need: Any
    line: Any


def need_items(need: Any) -> Iterator[NeedItem]:
    """The need's lines in order."""
    return (NeedItem(need, line) for line in need.lines)


NEED_ITEMS = Part("项目内容", (
    Column("需求编号", lambda i: i.need.code), Column("项目名称", lambda i: i.need.title),
    Column("县（市、区）", lambda i: short_name(i.need.county_code)),
    Column("序号", lambda i: i.line.position, "number"), Column("事项", lambda i: i.line.item),
    Column("一共要", lambda i: i.line.quantity, "number"), Column("已认下", lambda i: i.line.committed, "number"),
    Column("已办到", lambda i: i.line.delivered, "number"), Column("还差", lambda i: i.line.residual, "number"),
    Column("单位", lambda i: i.line.unit), Column("单价（元）", lambda i: i.line.unit_price_fen, "yuan"),
    Column("小计（元）", lambda i: i.line.quantity * i.line.unit_price_fen, "yuan")),
    need_items, (22, 36, 14, 8, 24, 10, 10, 10, 10, 8, 14, 16))


# ---- offerings

def _areas(offering: Any) -> str:
    codes = offering.area_codes
    return "全省" if "420000" in codes else "、".join(short_name(code) for code in codes)


def _rating(organization: Any) -> str:
    if not organization.rating:
        return "未评估"
    valid = organizations.rating_is_valid(organization, today())
    return organization.rating + ("" if valid else "（已到期）")


_OFFERING_HEAD = (
    Column("编号", lambda o: o.code), Column("服务项目名称", lambda o: o.title),
    Column("状态", lambda o: offerings.shown_state(o, today()).label),
    Column("社会组织", lambda o: o.organization.name), Column("统一社会信用代码", lambda o: o.organization.uscc),
    Column("登记级别", lambda o: o.organization.level.label), Column("评估等级", lambda o: _rating(o.organization)),
    Column("帮扶领域", lambda o: o.category.name), Column("服务内容与标准", lambda o: o.body),
    Column("服务对象", lambda o: o.audience), Column("可服务区域", _areas),
    Column("容量（个）", lambda o: o.capacity, "number"), Column("余量（个）", lambda o: o.capacity_left, "number"),
    Column("可投入资金（万元）", lambda o: o.funds_fen, "wan"),
    Column("物资折价（万元）", lambda o: o.in_kind_fen, "wan"),
    Column("人力（人·天）", lambda o: o.person_days, "number"),
    Column("收费方式", lambda o: offerings.COST_MODELS[o.cost_model].label),
    Column("开始日期", lambda o: o.starts_on, "day"), Column("结束日期", lambda o: o.ends_on, "day"),
    Column("需配合条件", lambda o: o.conditions), Column("既往案例", lambda o: o.past_cases),
    Column("上架时间", lambda o: o.published_at, "moment"))


def public_offerings(_reader: Reader) -> Columns:
    """What the offering library shows everybody."""
    return _OFFERING_HEAD


def desk_offerings(reader: Reader) -> Columns:
    """The desk's list: with the contact, in full for the organization's own members."""
    return (*_OFFERING_HEAD, Column("联系人", lambda o: o.contact_name),
            Column("联系电话", lambda o: contact(o.contact_phone, "member" in offerings.parties(reader, o))),
            Column("状态说明", lambda o: o.status_reason), Column("填报时间", lambda o: o.created_at, "moment"),
            Column("最近有动静", lambda o: o.updated_at, "moment"))


OFFERING_LEDGER = (
    Column("编号", lambda o: o.code, size="code"), Column("社会组织", lambda o: o.organization.name, size="m"),
    Column("服务项目名称", lambda o: o.title, size="l"), Column("帮扶领域", lambda o: o.category.name),
    Column("可服务区域", _areas, size="m"), Column("容量", lambda o: o.capacity, "number", "xs", True),
    Column("余量", lambda o: o.capacity_left, "number", "xs", True),
    Column("资金", lambda o: o.funds_fen, "wan", "s", True),
    Column("物资折价", lambda o: o.in_kind_fen, "wan", "s", True),
    Column("人力（人·天）", lambda o: o.person_days, "number", "s", True),
    Column("结束日期", lambda o: o.ends_on, "day"), Column("状态", lambda o: offerings.shown_state(o, today()).label))


# ---- organizations

def _authority(organization: Any) -> str:
    one = region(organization.authority_code)
    return "民政部" if organization.authority_code == "100000" else one.name if one else organization.authority_code


def _tax(organization: Any) -> str:
    return f"{organization.tax_from_year}—{organization.tax_to_year}" if organization.tax_from_year else ""


_ORGANIZATION_HEAD = (
    Column("统一社会信用代码", lambda o: o.uscc), Column("名称", lambda o: o.name),
    Column("类型", lambda o: o.kind_choice.label), Column("登记级别", lambda o: o.level.label),
    Column("登记机关所在地", _authority), Column("业务主管单位", lambda o: o.supervisor),
    Column("法定代表人", lambda o: o.legal_representative), Column("成立日期", lambda o: o.founded_on, "day"),
    Column("住所", lambda o: o.address), Column("宗旨和业务范围", lambda o: o.purpose),
    Column("专职人数", lambda o: o.full_time_staff, "number"), Column("评估等级", _rating),
    Column("等级有效期至", lambda o: o.rating_ends_on, "day"), Column("慈善组织", lambda o: _yes(o.is_charity)),
    Column("税前扣除年度", _tax), Column("年报年度", lambda o: str(o.report_year or "")),
    Column("年报结论", lambda o: organizations.REPORTS[o.report_result].label),
    Column("活动异常名录", lambda o: _yes(o.is_abnormal)), Column("严重违法失信名单", lambda o: _yes(o.is_dishonest)),
    Column("党组织", lambda o: _yes(o.has_party_branch)))


def public_organizations(_reader: Reader) -> Columns:
    """What the register shows everybody."""
    return _ORGANIZATION_HEAD


def desk_organizations(_reader: Reader) -> Columns:
    """The vetting desk's list; telephones stay masked, the office sees one in full by a logged act of its own."""
    return (*_ORGANIZATION_HEAD, Column("处罚日期", lambda o: o.penalty_on, "day"),
            Column("处罚有效期至", lambda o: o.penalty_until, "day"), Column("联系人", lambda o: o.contact_name),
            Column("联系电话", lambda o: contact(o.contact_phone, False)), Column("状态", lambda o: o.state.label),
            Column("状态说明", lambda o: o.status_reason), Column("提交时间", lambda o: o.submitted_at, "moment"),
            Column("入库时间", lambda o: o.vetted_at, "moment"))


ORGANIZATION_LEDGER = (
    Column("统一社会信用代码", lambda o: o.uscc, size="code"), Column("名称", lambda o: o.name, size="l"),
    Column("类型", lambda o: o.kind_choice.label, size="m"), Column("登记级别", lambda o: o.level.label),
    Column("业务主管单位", lambda o: o.supervisor, size="m"), Column("成立日期", lambda o: o.founded_on, "day"),
    Column("专职人数", lambda o: o.full_time_staff, "number", "xs", True), Column("评估等级", _rating),
    Column("等级有效期至", lambda o: o.rating_ends_on, "day"),
    Column("年报结论", lambda o: organizations.REPORTS[o.report_result].label),
    Column("状态", lambda o: o.state.label))


# ---- pairings

def _signed(name: str) -> Any:
    return lambda p: getattr(p, name) if p.signed_on else None


_PAIRING_HEAD = (
    Column("结对编号", lambda p: p.code), Column("帮扶的事", lambda p: p.need.title),
    Column("状态", lambda p: p.state.label), Column("需求编号", lambda p: p.need.code),
    Column("帮扶领域", lambda p: p.need.category.name), Column("市（州）", lambda p: _city(p.county_code)),
    Column("县（市、区）", lambda p: short_name(p.county_code)), Column("责任单位", lambda p: p.need.unit),
    Column("受益人数", lambda p: p.need.beneficiaries, "number"), Column("社会组织", lambda p: p.organization.name),
    Column("统一社会信用代码", lambda p: p.organization.uscc), Column("服务项目", lambda p: p.offering.title))
_PAIRING_TAIL = (
    Column("协议资金（万元）", _signed("funds_fen"), "wan"),
    Column("协议物资折价（万元）", _signed("in_kind_fen"), "wan"),
    Column("签订日期", lambda p: p.signed_on, "day"), Column("批准时间", lambda p: p.approved_at, "moment"))


def public_pairings(_reader: Reader) -> Columns:
    """Approved pairings as everybody may know them."""
    return (*_PAIRING_HEAD, *_PAIRING_TAIL)


def desk_pairings(reader: Reader) -> Columns:
    """A desk's pairings; each side has its own contact in full and the other's masked."""
    def county(pairing: Any) -> str:
        return contact(pairing.need.contact_phone, "author" in needs.parties(reader, pairing.need))

    def member(pairing: Any) -> str:
        return contact(pairing.offering.contact_phone, "member" in offerings.parties(reader, pairing.offering))

    return (*_PAIRING_HEAD, Column("怎么来的", lambda p: pairings.ORIGINS[p.origin].label),
            Column("匹配度", lambda p: p.score, "number"),
            Column("拟投入资金（万元）", lambda p: p.offered_funds_fen, "wan"),
            Column("拟投入物资折价（万元）", lambda p: p.offered_in_kind_fen, "wan"),
            Column("协议编号", lambda p: p.agreement_number), *_PAIRING_TAIL,
            Column("协议开始", lambda p: p.starts_on, "day"), Column("协议结束", lambda p: p.ends_on, "day"),
            Column("办成时间", lambda p: p.completed_at, "moment"),
            Column("提出时间", lambda p: p.proposed_at, "moment"), Column("状态说明", lambda p: p.status_reason),
            Column("县里联系人", lambda p: p.need.contact_name), Column("县里联系电话", county),
            Column("组织联系人", lambda p: p.offering.contact_name), Column("组织联系电话", member))


PAIRING_LEDGER = (
    Column("结对编号", lambda p: p.code, size="code"), Column("县（市、区）", lambda p: short_name(p.county_code)),
    Column("帮扶的事", lambda p: p.need.title, size="l"), Column("帮扶领域", lambda p: p.need.category.name),
    Column("社会组织", lambda p: p.organization.name, size="m"),
    Column("受益人数", lambda p: p.need.beneficiaries, "number", "xs", True),
    Column("协议资金", _signed("funds_fen"), "wan", "s", True),
    Column("协议物资折价", _signed("in_kind_fen"), "wan", "s", True),
    Column("批准日期", lambda p: p.approved_at, "moment"), Column("签订日期", lambda p: p.signed_on, "day"),
    Column("状态", lambda p: p.state.label))


# ---- publications

def _level(document: Any) -> str:
    """省, or the city or county whose document it is."""
    own = document.level in ("city", "county")
    return short_name(document.area_code) if own else publications.LEVELS[document.level].label


_DOCUMENT_HEAD = (
    Column("标题", lambda d: d.title, size="l"), Column("发文字号", lambda d: d.document_number, size="m"),
    Column("发文机关", lambda d: d.issuer, size="m"), Column("成文日期", lambda d: d.issued_on, "day"),
    Column("栏目", lambda d: publications.CHANNELS[d.channel].label),
    Column("主题分类", lambda d: publications.TOPICS[d.topic].label), Column("级别", _level),
    Column("有效性", lambda d: d.validity.label), Column("发布时间", lambda d: d.released_at, "moment"))


def public_publications(_reader: Reader) -> Columns:
    """Documents as everybody may know them; the text stays on the page."""
    return (Column("索引号", lambda d: d.index_number), *_DOCUMENT_HEAD,
            Column("实施日期", lambda d: d.implements_on, "day"), Column("有效期至", lambda d: d.ends_on, "day"),
            Column("废止日期", lambda d: d.abolished_on, "day"), Column("来源", lambda d: d.source_name),
            Column("来源链接", lambda d: d.source_url), Column("平台编号", lambda d: d.code))


PUBLICATION_LEDGER = (Column("索引号", lambda d: d.index_number, size="code"), *_DOCUMENT_HEAD)
