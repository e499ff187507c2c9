"""What is given to all drafts of an import at once: which fields, what was typed, what a draft takes. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matchplatform.imports import cells
from matchplatform.imports.fields import Field, columns_of, fields_of
from matchplatform.imports.mapping import Mapping as Columns
from matchplatform.imports.records import Context, Record, Row
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings

# What may well be the same for every row. A choice holds its default from the start, see `open_fields`.
COMMON = {"need": ("closing_at", "starts_on", "ends_on", "unit", "contact_name", "contact_phone", "goal", "aid_mode",
                   "urgency"),
          "offering": ("areas", "contact_name", "contact_phone", "cost_model"), "organization": ()}
# What a draft may leave open and handing it in asks for; organizations are claimed, not handed in.
NEEDED = {"need": frozenset(one.name for one in needs.REQUIRED),
          "offering": frozenset(one.name for one in offerings.REQUIRED), "organization": frozenset()}


@dataclass
class Filling:
    """What was typed for all: the texts, what they mean, what is wrong with them, what was understood differently."""

    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Ask:
    """One field of the box: how many drafts lack it, what was typed, what is wrong with that, how many take it and how
    many cannot because of their other date."""

    field: Field
    is_needed: bool
    missing: int = 0
    text: str = ""
    fault: str = ""
    filled: int = 0
    clashing: int = 0

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def label(self) -> str:
        return self.field.label


def needed_later(kind: str, name: str) -> bool:
    """Is it a field that a draft may leave open, but that must be there before handing in?"""
    return name in NEEDED[kind] and not fields_of(kind)[name].required


def default_of(kind: str, name: str) -> Any:
    """What an empty cell means."""
    return cells.defaults(kind, Context()).get(name)


def open_fields(kind: str, columns: Columns | None) -> tuple[str, ...]:
    """The fields that all drafts of an import can be given. A choice only where nothing in the sheet says it: an empty
    cell under its heading is an answer."""
    known = fields_of(kind)
    said = set(columns.constants) if columns else set()
    for one in columns.columns if columns else ():
        said |= set(columns_of(known[one.field])) if one.field else set()
    return tuple(name for name in COMMON[kind] if known[name].choices is None or name not in said)


def lacking(kind: str, record: Any, names: Iterable[str], is_edited: bool) -> list[str]:
    """Which of these fields the record does not say; a choice counts as said once somebody went over the record."""
    known = fields_of(kind)
    return [name for name in names if (
        not getattr(record, name) if known[name].choices is None
        else not is_edited and getattr(record, name) == default_of(kind, name))]


def read(kind: str, texts: Mapping[str, str], names: Sequence[str], context: Context) -> Filling:
    """What was typed for all, by the rules that a cell of the sheet is read by. Other names are not asked for."""
    known, row = fields_of(kind), Row(0, {})
    filling = Filling({name: text for name in names if (text := texts.get(name, "").strip())})
    for name, text in filling.texts.items():
        cells.take(known[name], [(None, text)], Record(0, []), context, row)
    filling.values, filling.notes = row.values, row.notes
    filling.faults = {fault.field: fault.sentence for fault in row.faults}
    for name, text in filling.texts.items():
        if name not in row.values and name not in filling.faults:
            filling.faults[name] = f"{known[name].label}写的是“{text[:20]}”，等于没有填。请写上内容，或者空着。"
    closing = row.values.get("closing_at")
    if closing is not None and not (verdict := needs.closing_verdict(closing, context.now)):
        filling.faults["closing_at"] = f"{verdict.reason}{verdict.remedy}"
    if _is_reversed(row.values.get("starts_on"), row.values.get("ends_on")):
        filling.faults["ends_on"] = "结束日期要晚于开始日期，请核对年份。"
    return filling


def _is_reversed(first: dt.date | None, last: dt.date | None) -> bool:
    return first is not None and last is not None and last <= first


def taken(kind: str, record: Any, names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a record that lacks `names` takes: nothing that it says already, no date that goes against its other one."""
    wanted = {name: values[name] for name in names
              if name in values and (fields_of(kind)[name].choices is None or values[name] != default_of(kind, name))}
    dates = {"starts_on", "ends_on"} & set(wanted)
    if dates and _is_reversed(wanted.get("starts_on", record.starts_on), wanted.get("ends_on", record.ends_on)):
        for name in dates:
            del wanted[name]
    return wanted


def asks(kind: str, drafts: Iterable[tuple[Any, Sequence[str]]], filling: Filling) -> tuple[list[Ask], int]:
    """(the fields of the box, how many drafts would change), from each draft with what it lacks."""
    found = {name: Ask(fields_of(kind)[name], needed_later(kind, name), text=filling.texts.get(name, ""),
                       fault=filling.faults.get(name, "")) for name in COMMON[kind]}
    changing = 0
    for record, names in drafts:
        wanted = taken(kind, record, names, filling.values)
        changing += bool(wanted)
        for name in names:
            found[name].missing += 1
            found[name].filled += name in wanted
            found[name].clashing += name in ("starts_on", "ends_on") and name in filling.values and name not in wanted
    return [one for one in found.values() if one.missing or one.text], changing


def said(kind: str, unit: str, filled: Mapping[str, int], expected: Mapping[str, int]) -> str:
    """What was filled in how many drafts, and where it was fewer than the person had seen before."""
    known = fields_of(kind)
    listed = "、".join(f"{known[name].label} {filled[name]:,} {unit}" for name in COMMON[kind] if filled.get(name))
    short = "".join(f"{known[name].label}原来要填 {count:,} {unit}，其中 {count - filled.get(name, 0):,} {unit}这期间"
                    "有人填过、交上去了或删去了，没有动。" for name, count in expected.items()
                    if name in known and count > filled.get(name, 0))
    return (f"填好了：{listed}。" if listed else "没有要填的了。") + short
