"""Choices that a sheet does not make: what is taken for them is said before it is taken. Pure."""

from collections.abc import Mapping as Given
from collections.abc import Sequence

from matchplatform.imports import cells
from matchplatform.imports.fields import fields_of
from matchplatform.imports.mapping import Mapping
from matchplatform.imports.records import Context, Record, Row
from matchplatform.imports.rows import parse_row

# Those that change what a record means to others. Everything else that is left out is asked for before handing in.
CHOICES = {"need": ("aid_mode", "urgency"), "offering": ("cost_model",), "organization": ()}


def blanks(mapping: Mapping, rows: Sequence[Row]) -> dict[str, int]:
    """Choice -> how many rows leave its column empty."""
    counted = {name: 0 for name in CHOICES[mapping.kind] if mapping.columns_for(name)}
    for row in rows:
        for name in counted:
            counted[name] += name not in row.given and all(fault.field != name for fault in row.faults)
    return {name: count for name, count in counted.items() if count}


def blanks_in(mapping: Mapping, records: Sequence[Record]) -> dict[str, int]:
    """The same before the rows are checked: only the columns of choices are read."""
    columns = [one for one in mapping.columns if one.field in CHOICES[mapping.kind]]
    if not columns:
        return {}
    only = Mapping(mapping.kind, columns, mapping.constants)
    return blanks(mapping, [parse_row(only, one, mapping.kind, Context()) for one in records])


def sentence(mapping: Mapping, blank: Given[str, int]) -> str:
    """What is taken where the sheet says nothing; empty where it says everything."""
    known, usual = fields_of(mapping.kind), cells.defaults(mapping.kind, Context())

    def taken(name: str) -> str:
        choices = known[name].choices
        return f"“{choices[usual[name]].label}”" if choices is not None else ""

    absent = [name for name in CHOICES[mapping.kind]
              if not mapping.columns_for(name) and not mapping.constants.get(name)]
    labels = [known[name].label for name in absent]
    told = [f"有 {count:,} 行没写{known[name].label}，按{taken(name)}。" for name, count in blank.items()]
    if len(absent) == 1:
        told.insert(0, f"表里没有{labels[0]}这一列，都按{taken(absent[0])}。")
    elif absent:
        each = "，".join(f"{label}都按{taken(name)}" for name, label in zip(absent, labels, strict=True))
        told.insert(0, f"表里没有{'、'.join(labels)}这几列：{each}。")
    return "".join(told)
