"""A filter in words, field by field: for the name of a saved search and for what an export says of itself."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import category, region, short_name
from matchplatform.core.rules import Choice, Choices
from matchplatform.core.typed import Field
from matchplatform.needs import filters as need_filters
from matchplatform.needs import rules as need_rules
from matchplatform.offerings import filters as offering_filters
from matchplatform.offerings import rules as offering_rules
from matchplatform.organizations import rules as organization_rules


@dataclass(frozen=True)
class Term:
    """How a field of a filter is called and how its values are read; a value that says nothing is left out."""

    legend: str
    read: Callable[[Any], str]


def _category(code: str) -> str:
    found = category(code)
    return found.name if found else ""


def _place(code: str) -> str:
    return short_name(code) if region(code) else ""


def choice(listed: Choices | tuple[Choice, ...], **more: str) -> Callable[[str], str]:
    """Reads a value by its label; `more` names values that stand in no table."""
    labels = {one.value: one.label for one in listed} | more
    return lambda value: labels.get(value, "")


SHARED = {"q": Term("搜索", lambda q: f"“{q}”"), "category": Term("帮扶领域", _category),
          "city": Term("市（州）", _place), "county": Term("县（市、区）", _place),
          "township": Term("乡镇（街道）", _place)}
NEEDS = {**SHARED, "aid_mode": Term("帮扶方式", choice(need_rules.AID_MODES)),
         "urgency": Term("紧急程度", choice(need_rules.URGENCIES)),
         "state": Term("状态", choice((*need_filters.SHOWN, *need_filters.DESK_STATES))),
         "key": Term("范围", lambda _: "重点帮扶县"), "residual": Term("需求清单", lambda _: "还有没人认下的事项"),
         "publicity": Term("公开范围", choice(need_rules.PUBLICITY)),
         "closing": Term("截止时间", lambda days: need_filters.CLOSING.get(days, ""))}
_RATING = choice(organization_rules.RATINGS, none="未评估或已过期")
OFFERINGS = {**SHARED, "county": Term("可服务的县（市、区）", _place), "city": Term("可服务的市（州）", _place),
             "rating": Term("评估等级", _RATING),
             "kind": Term("组织类型", choice(organization_rules.KINDS)), "free": Term("余量", lambda _: "还有余量"),
             "cost_model": Term("收费方式", choice(offering_rules.COST_MODELS)),
             "state": Term("状态", choice((*offering_filters.SHOWN, *offering_filters.DESK_STATES)))}


def conditions(wanted: Any, terms: Mapping[str, Term], fields: Sequence[Field] = ()) -> tuple[tuple[str, str], ...]:
    """(legend, values) of every field that narrows the list, in the filter's order; `fields` are the typed ones."""
    told = []
    typed = getattr(wanted, "typed", None)
    for one in dataclasses.fields(wanted):
        value = getattr(wanted, one.name)
        if one.name not in terms or not value:
            continue
        term = terms[one.name]
        said = [term.read(single) for single in (value if isinstance(value, tuple) else (value,))]
        if any(said):
            told.append((term.legend, "、".join(part for part in said if part)))
    if typed is not None:  # what was typed and not understood is not in force
        told += [("条件", field.told(typed.values[field.name])) for field in fields if field.name in typed.values]
    return tuple(told)
