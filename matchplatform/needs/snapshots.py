"""A need as plain values, for its history and for changes that wait: the fields, and the way there and back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from matchplatform.core.phone import masked
from matchplatform.needs import rules
from matchplatform.revisions.differences import Field

_LINE = ("item", "quantity", "unit", "unit_price_fen")

FIELDS = (
    Field("title", "项目名称"), Field("category_code", "帮扶领域", "category"),
    Field("aid_mode", "帮扶方式", choices=dict(rules.AID_MODES.pairs)),
    Field("urgency", "紧急程度", choices=dict(rules.URGENCIES.pairs)),
    Field("township_code", "乡镇（街道）", "place"), Field("village", "村（社区）"), Field("body", "要办的事", "text"),
    Field("lines", "要的东西", "lines"), Field("supplies", "物资与人员需求", "text"),
    Field("funds_secured_fen", "已落实资金", "wan"), Field("funds_gap_fen", "资金缺口", "wan"),
    Field("beneficiaries", "受益人数", "count", unit="人"), Field("old_and_young", "其中一老一小", "count", unit="人"),
    Field("households", "受益户数", "count", unit="户"), Field("lifted_households", "其中脱贫户", "count", unit="户"),
    Field("monitored_households", "其中监测户", "count", unit="户"),
    Field("starts_on", "开始日期", "day"), Field("ends_on", "结束日期", "day"),
    Field("closing_at", "接单截止", "moment"),
    Field("goal", "怎样算办成", "text"), Field("conditions", "当地能配合什么", "text"),
    Field("basis", "依据的规划或政策"), Field("basis_code", "引用的文件"),
    Field("basis_clause", "引用的条款", "clause"),
    Field("preferred_organization", "指定承接机构"),
    Field("publicity", "公开范围", choices=dict(rules.PUBLICITY.pairs), is_public=False),
    Field("unit", "责任单位"), Field("contact_name", "联系人"), Field("contact_phone", "联系电话"),
)
LABELS = {one.name: one.label for one in FIELDS}
_HOW = {one.name: one.how for one in FIELDS}


def snapshot(need: Any) -> dict[str, Any]:
    """Every field as a plain value. The telephone only as the public sees it: history is kept for good, in clear."""
    return {**plain(columns(need)), "contact_phone": masked(need.contact_phone) if need.contact_phone else None}


def columns(need: Any) -> dict[str, Any]:
    """Every field as the model holds it; lines as a list of {item, quantity, unit, unit_price_fen}."""
    return {name: [{key: getattr(line, key) for key in _LINE} for line in need.lines] if name == "lines"
            else getattr(need, name) for name in LABELS}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as values that JSON can hold: dates and moments as ISO text, lines without what was taken of them."""
    return {name: _plain(value) for name, value in values.items() if name in LABELS}


def _plain(value: Any) -> Any:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, list):
        return [{key: line.get(key) or 0 if key == "unit_price_fen" else line[key] for key in _LINE}
                for line in value]
    return value


def emptied(name: str) -> Any:
    """What the model holds in a field that was left empty."""
    if _HOW[name] in ("wan", "count"):
        return 0
    return None if _HOW[name] in ("day", "moment", "place") or name in ("contact_phone", "basis_code") else ""


def restored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as the model holds them: the way back from `plain`."""
    parse = {"day": dt.date.fromisoformat, "moment": dt.datetime.fromisoformat}
    return {name: parse[_HOW[name]](value) if value and _HOW[name] in parse else value
            for name, value in values.items()}
