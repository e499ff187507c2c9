"""What people fill in of an agreement: the fields, what stands there at first, and the values kept as plain ones."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from matchplatform.revisions.differences import Field

FIELDS = (
    Field("number", "协议编号"), Field("civil_office", "甲方（民政部门）"),
    Field("farm_office", "甲方（农业农村部门）"),
    Field("organization", "乙方（社会组织）"), Field("departments", "行业部门", "text"),
    Field("purpose", "帮扶目的", "text"), Field("starts_on", "开始日期", "day"), Field("ends_on", "截止日期", "day"),
    Field("funds_fen", "资金", "wan"), Field("in_kind_fen", "物资折价", "wan"),
    Field("payment", "资金怎么拨、物资怎么交", "text"),
    Field("county_duties", "甲方的责任", "text"), Field("organization_duties", "乙方的责任", "text"),
    Field("department_duties", "行业部门的责任", "text"),
    Field("county_contact", "甲方联系人"), Field("county_phone", "甲方联系电话"),
    Field("organization_contact", "乙方联系人"), Field("organization_phone", "乙方联系电话"),
    Field("reporting", "进展报告", "text"), Field("changing", "变更", "text"), Field("leaving", "退出", "text"),
    Field("dispute", "争议", "text"), Field("other", "其他约定", "text"),
    Field("copies", "一式几份", "count", unit="份"),
)
LABELS = {one.name: one.label for one in FIELDS}
DAYS = tuple(one.name for one in FIELDS if one.how == "day")
TERMS = ("starts_on", "ends_on", "funds_fen", "in_kind_fen")

CLAUSES = {
    "payment": "资金按项目进度拨付，专款专用，收支单据双方各留一份；物资交付时双方当面清点，签写交接单。",
    "county_duties": "1. 提供真实的需求情况，确定受益对象并公示。\n"
                     "2. 协调场地、水电、人员等实施条件，指定专人联络。\n"
                     "3. 接收并管好资金和物资，不挪作他用。\n4. 核实进展，及时反馈，组织验收。",
    "organization_duties": "1. 按约定的内容、数量和时间提供资金、物资和服务。\n"
                           "2. 遵守法律法规和本组织章程，公开帮扶情况。\n"
                           "3. 不借帮扶搞强行摊派、营利推销，不泄露受益人的个人信息。\n"
                           "4. 按时报告进展，配合检查。",
    "department_duties": "对帮扶项目给予业务指导和政策支持，参加验收，帮助建立管护机制。",
    "reporting": "乙方在每季度结束后十日内通过平台报告进展，写明到位资金、物资、受益人数和困难；甲方在十日内核实。",
    "changing": "期限、金额、数量需要变更的，由一方提出，双方协商一致后签订补充协议；补充协议和本协议有同等效力。",
    "leaving": "一方不能继续履行的，提前三十日书面告知对方并说明理由，双方做好已交付资金、物资的清点和受益人的后续"
               "安排，由平台办理终止。",
    "dispute": "履行中发生争议，双方先协商；协商不成的，报上级民政部门、农业农村部门协调；仍不成的，依法向甲方所在地"
               "人民法院提起诉讼。",
}


@dataclass(frozen=True)
class Facts:
    """What the pairing says by itself; nobody types it into the agreement."""

    code: str
    county: str
    need_title: str
    need_code: str
    uscc: str
    approved_on: str
    lines: tuple[tuple[str, int, str], ...] = field(default_factory=tuple)  # item, quantity, unit


def first_content(known: dict[str, Any]) -> dict[str, Any]:
    """The content of a new agreement: the clauses everybody starts from, and what is known of this pairing."""
    return plain({**dict.fromkeys(LABELS, ""), **CLAUSES, **known})


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Every field once, dates as text, nothing as empty text."""
    content = {name: values.get(name) for name in LABELS}
    return {name: value.isoformat() if isinstance(value, dt.date) else ("" if value is None else value)
            for name, value in content.items()}


def days_of(content: dict[str, Any]) -> dict[str, dt.date | None]:
    """The dates as dates."""
    return {name: dt.date.fromisoformat(content[name]) if content.get(name) else None for name in DAYS}


def terms_of(content: dict[str, Any]) -> dict[str, Any]:
    """What signing puts into the pairing: dates and amounts."""
    return {**days_of(content), "funds_fen": content.get("funds_fen"), "in_kind_fen": content.get("in_kind_fen"),
            "agreement_number": content.get("number") or ""}


def departments_of(content: dict[str, Any]) -> list[str]:
    """The line departments, one a line."""
    return [one.strip() for one in content.get("departments", "").split("\n") if one.strip()]
