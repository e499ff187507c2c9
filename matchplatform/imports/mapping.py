"""Which column says what: proposed from labels and contents, changed by a person, kept as plain data. Pure."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core.phone import parse_phone
from matchplatform.imports.aliases import COUNTERS, REASONS, bare, half_width, names_of
from matchplatform.imports.fields import columns_of, fields_of
from matchplatform.imports.layout import JOINT, unit_of
from matchplatform.imports.sheets import SheetFault

LEAST = 0.5            # a likeness below that is no proposal
_COUNTER = "只是行号，不用导入"
_REASON = "是上次退回的原因，不用导入"
_ONLY_SAME = frozenset({"code", "line_unit", "line_quantity", "unit"})  # 邮政编码 is no number of a record
_MONEY = frozenset({"money", "yuan"})
_PERIOD = re.compile(r"\d{4}.{0,6}\s*[-—–~至到]+\s*\d{4}|\d{4}\s*年?\s*[-—–~至到]+\s*\d{4}")
_PEOPLE = re.compile(r"\d+\s*户.*\d+\s*人")
_USCC = re.compile(r"5[123][1-9]\d{5}[0-9A-Z]{10}", re.IGNORECASE)


@dataclass
class Column:
    """One column of the sheet. `field`: the name of the field it fills, "" when it fills none.

    `confidence` 0…1 and `why`, a few words (与字段同名 / 常见叫法 / 列名相近 / 内容像电话 / 只是行号，不用导入);
    `unit`: 万元 or 元 for a column of money, `unit_guessed` when nothing in the sheet says so; `passed`: a counter or a
    reason, which nobody needs to map; `blank`: how many of the checked rows leave it empty, for choices (unsaid.py).
    """

    index: int
    label: str
    field: str = ""
    confidence: float = 0.0
    why: str = ""
    unit: str = ""
    unit_guessed: bool = False
    passed: bool = False
    blank: int = 0
    samples: list[str] = dataclasses.field(default_factory=list)


@dataclass
class Mapping:
    """The columns of a sheet and what they fill. `constants`: typed text by field for what no column or cell says."""

    kind: str
    columns: list[Column]
    constants: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def unmapped(self) -> list[Column]:
        """Columns with a label or content that fill nothing and are not counting numbers: shown, never dropped."""
        return [one for one in self.columns if not one.field and not one.passed and (one.label or one.samples)]

    @property
    def missing(self) -> list[str]:
        """Names of required fields that neither a column nor a constant fills."""
        known = fields_of(self.kind)
        given = {column for one in self.columns if one.field for column in columns_of(known[one.field])}
        given |= {name for name, text in self.constants.items() if text}
        return [one.name for one in known.values() if one.required and one.name not in given]

    def columns_for(self, name: str) -> list[Column]:
        """The columns that fill a field, in order."""
        return [one for one in self.columns if one.field == name]

    def chosen(self, choice: dict[int, str], constants: dict[str, str] | None = None,
               units: dict[int, str] | None = None) -> "Mapping":
        """The mapping after a person's choice: column number → field name or "", and → 万元 or 元.

        Raises SheetFault when two columns are given to a field that takes one, or a name is no field of the kind.
        """
        known = fields_of(self.kind)
        taken: dict[str, Column] = {}
        columns = []
        for column in self.columns:
            name = choice.get(column.index, column.field)
            if name and name not in known:
                raise SheetFault("选的字段不存在，请从列表里重新选。")
            one = dataclasses.replace(column, field=name)
            if name != column.field:
                one.confidence, one.why = (1.0, "您选的") if name else (0.0, "您选了不导入")
                one.passed = not name
            if units and column.index in units:
                if units[column.index] not in ("万元", "元"):
                    raise SheetFault(f"“{column.label}”的单位请选万元或元。")
                one.unit_guessed = one.unit_guessed and units[column.index] == one.unit
                one.unit = units[column.index]
            elif name and known[name].type in _MONEY and not one.unit:
                one.unit, one.unit_guessed = _guess_unit(name, known[name].type, one.samples), True
            if name and name in taken and not known[name].many:
                raise SheetFault(f"“{known[name].label}”只能对应一列，现在选了“{taken[name].label}”和“{one.label}”。"
                                 "请把其中一列改成别的，或选“不导入”。")
            taken[name] = one
            columns.append(one)
        for name in constants or {}:
            if name not in known:
                raise SheetFault("选的字段不存在，请从列表里重新选。")
        return Mapping(self.kind, columns, self.constants if constants is None else {
            name: text for name, text in constants.items() if text})

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Mapping":
        """Back from `as_data`."""
        return cls(data["kind"], [Column(**one) for one in data["columns"]], dict(data["constants"]))


def propose_mapping(header: Sequence[str], sample_rows: Sequence[Sequence[str]], kind: str,
                    units: Sequence[str] = ()) -> Mapping:
    """What each column most likely fills, each field at most once (but `many`)."""
    known = fields_of(kind)
    columns = []
    offers: list[tuple[float, int, str, str]] = []
    for index, label in enumerate(header):
        samples = list(dict.fromkeys(row[index] for row in sample_rows if index < len(row) and row[index]))
        column = Column(index, label, samples=samples[:5], unit=units[index] if index < len(units) else "")
        columns.append(column)
        name = bare(label)
        if name in COUNTERS or any(name.startswith(one) for one in REASONS):
            column.passed, column.why = True, _COUNTER if name in COUNTERS else _REASON
        elif label or samples:
            offers += [(-confidence, index, field, why) for field, confidence, why in _likely(label, samples, kind)]
    taken: set[str] = set()
    for minus, index, name, why in sorted(offers):
        column = columns[index]
        if column.field or (name in taken and not known[name].many):
            continue
        column.field, column.confidence, column.why = name, round(-minus, 2), why
        taken.add(name)
    if "line_item" not in taken:  # a unit, a number or a price of nothing
        for column in columns:
            if column.field and known[column.field].is_line:
                column.field, column.confidence, column.why = "", 0.0, ""
    for column in columns:
        if column.field and known[column.field].type in _MONEY:
            if not column.unit:
                column.unit, column.unit_guessed = _guess_unit(column.field, known[column.field].type,
                                                               column.samples), True
        elif unit_of(column.label) == "":
            column.unit = ""
    return Mapping(kind, columns)


def _likely(label: str, samples: Sequence[str], kind: str) -> list[tuple[str, float, str]]:
    """The fields that a column may fill, with how sure and why."""
    names, known = names_of(kind), fields_of(kind)
    offers: dict[str, tuple[float, str]] = {}

    def offer(name: str, confidence: float, why: str) -> None:
        if name in known and confidence > offers.get(name, (0.0, ""))[0]:
            offers[name] = (confidence, why)

    parts = label.split(JOINT)
    whole = bare("".join(parts)) if len(parts) > 1 else bare(label)
    for spelling, worth in ((whole, 1.0), (bare(label), 1.0), (bare(parts[-1]), 0.92)):
        found = names.get(spelling)
        if found:
            own = spelling == bare(known[found].label)
            offer(found, worth if own else worth - 0.05, "与字段同名" if own else "常见叫法")
    if not offers and whole:
        for spelling in dict.fromkeys((whole, bare(parts[-1]))):
            for alias, name in names.items():
                likeness = 0.0 if name in _ONLY_SAME else _likeness(spelling, alias)
                if likeness >= LEAST:
                    offer(name, likeness * 0.85, "列名相近")
    for name, confidence, why in _by_content(samples):
        if name in offers:
            offer(name, min(1.0, offers[name][0] + 0.03), offers[name][1])
        elif confidence > min(0.85, max((one[0] for one in offers.values()), default=0.0)):
            offer(name, confidence, why)
    _correct(offers, samples)
    return [(name, confidence, why) for name, (confidence, why) in offers.items() if confidence >= LEAST * 0.85]


def _likeness(label: str, alias: str) -> float:
    """How like two bare names are: one inside the other, or pairs of characters in common."""
    if len(label) < 2 or len(alias) < 2:
        return 0.0
    if alias in label:
        return 0.55 + 0.4 * len(alias) / len(label)
    if label in alias:
        return 0.4 + 0.4 * len(label) / len(alias)
    mine = {label[i:i + 2] for i in range(len(label) - 1)}
    others = {alias[i:i + 2] for i in range(len(alias) - 1)}
    return 2 * len(mine & others) / (len(mine) + len(others))


def _share(samples: Sequence[str], test: Any) -> float:
    return sum(1 for text in samples if test(text)) / len(samples) if samples else 0.0


def _by_content(samples: Sequence[str]) -> list[tuple[str, float, str]]:
    """What the cells themselves look like."""
    offers = []
    if _share(samples, lambda text: _USCC.fullmatch(half_width(text).upper())) > 0.6:
        offers.append(("uscc", 0.9, "内容像信用代码"))
    if _share(samples, _is_phone) > 0.6:
        offers.append(("contact_phone", 0.8, "内容像电话"))
    elif _share(samples, has_name_and_phone) > 0.6:
        offers.append(("contact", 0.9, "内容是姓名和电话"))
    if _share(samples, lambda text: _PERIOD.search(half_width(text))) > 0.6:
        offers.append(("period", 0.8, "内容像起止时间"))
    if _share(samples, lambda text: _PEOPLE.search(half_width(text))) > 0.6:
        offers.append(("people", 0.9, "内容是户数和人数"))
    return offers


def _correct(offers: dict[str, tuple[float, str]], samples: Sequence[str]) -> None:
    """A label says one thing, the cells another: 联系人 with a number in each cell is both."""
    for pair, single, pattern in (("contact", ("contact_name", "contact_phone"), has_name_and_phone),
                                  ("period", ("starts_on", "ends_on"), lambda text: _PERIOD.search(half_width(text))),
                                  ("people", ("beneficiaries", "households"),
                                   lambda text: _PEOPLE.search(half_width(text)))):
        for name in single:
            if name in offers and pair in offers and _share(samples, pattern) > 0.6:
                offers[pair] = (max(offers[pair][0], offers[name][0] + 0.01), offers[pair][1])


def _is_phone(text: str) -> bool:
    first = re.split(r"[/、,，;；\s]+", text.strip())[0]
    try:
        parse_phone(first)
    except ValueError:
        return False
    return True


def has_name_and_phone(text: str) -> bool:
    """李明 13871230001, 李明（0712-4712306）."""
    return bool(re.match(r"[一-鿿·]{2,8}\s*[:：(（,，/]?\s*(电话)?[:：]?\s*[(（]?\s*(1[3-9]\d|0\d{2,3}-?\d)",
                         half_width(text)))


def _guess_unit(name: str, kind: str, samples: Sequence[str]) -> str:
    """The unit of a column that does not say: a price in 元; sums by their size, four figures and more being 元."""
    if kind == "yuan":
        return "元"
    numbers = []
    for text in samples:
        plain = half_width(text).replace(",", "")
        if re.fullmatch(r"\d+(\.\d+)?", plain):
            numbers.append(float(plain))
    return "元" if numbers and sorted(numbers)[len(numbers) // 2] >= 1000 else "万元"
