"""An offering as plain values, for its history: the fields, and what counties that ordered it rely on."""

import datetime as dt
from typing import Any

from matchplatform.core.phone import masked
from matchplatform.offerings import rules
from matchplatform.revisions.differences import Field

FIELDS = (
    Field("title", "服务项目名称"), Field("category_code", "帮扶领域", "category"),
    Field("body", "服务内容与标准", "text"),
    Field("audience", "服务对象"), Field("capacity", "容量", "count", unit="个"),
    Field("funds_fen", "可投入资金", "wan"), Field("in_kind_fen", "可投入物资折价", "wan"),
    Field("person_days", "可投入人力", "count", unit="人·天"),
    Field("cost_model", "收费方式", choices=dict(rules.COST_MODELS.pairs)), Field("areas", "可服务区域", "places"),
    Field("starts_on", "开始日期", "day"), Field("ends_on", "结束日期", "day"),
    Field("conditions", "需要对方配合什么", "text"), Field("past_cases", "做过的案例", "text"),
    Field("contact_name", "联系人"), Field("contact_phone", "联系电话"),
)
LABELS = {one.name: one.label for one in FIELDS}

# What a county agreed to with this offering; whom to ask, how many at once and what was done before are not of it.
BINDING = frozenset(LABELS) - {"contact_name", "contact_phone", "past_cases", "capacity"}


def snapshot(offering: Any) -> dict[str, Any]:
    """Every field as a plain value. The telephone only as the public sees it: history is kept for good, in clear."""
    values = {name: offering.area_codes if name == "areas" else getattr(offering, name) for name in LABELS}
    return {**{name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()},
            "contact_phone": masked(offering.contact_phone) if offering.contact_phone else None}
