"""The names that the tests of imports look words up in: the categories, 孝昌县's townships, a few areas."""

import datetime as dt

from matchplatform.catalog.rules import CATEGORIES
from matchplatform.imports.layout import choose_sheet, find_layout
from matchplatform.imports.mapping import propose_mapping
from matchplatform.imports.reading import open_sheet
from matchplatform.imports.rows import Context, gather, mark_doubles, parse_row

TOWNSHIPS = tuple((f"420921{number}", name) for number, name in (
    (100, "花园镇"), (101, "丰山镇"), (102, "周巷镇"), (103, "小河镇"), (104, "王店镇"), (105, "卫店镇"),
    (106, "白沙镇"),
    (107, "邹岗镇"), (200, "小悟乡"), (201, "季店乡"), (202, "花西乡"), (203, "陡山乡")))
AREAS = (("420000", "湖北省"), ("420900", "孝感市"), ("421300", "随州市"), ("420921", "孝昌县"), ("420922", "大悟县"),
         ("422800", "恩施土家族苗族自治州"), ("422801", "恩施市"), ("420528", "长阳土家族自治县"))
CONTEXT = Context(categories=tuple((code, name) for code, name, _ in CATEGORIES), townships=TOWNSHIPS, county="孝昌县",
                  city="孝感市", areas=AREAS, organization="孝感市助老服务协会",
                  now=dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC))


def told(kind, call, *arguments):
    """The sentence of the exception of this kind that a call raises, or nothing."""
    try:
        call(*arguments)
    except kind as fault:
        return fault.sentence
    return ""


def understood(data, kind, name="清单.xlsx", context=CONTEXT):
    """A file's layout, mapping, records and rows, as the import flow makes them."""
    book = open_sheet(data, name)
    layout = find_layout(book.sheets[choose_sheet(book, kind)], kind)
    mapping = propose_mapping(layout.header, layout.sample(), kind, layout.units)
    records = gather(layout, mapping)
    rows = [parse_row(mapping, record, kind, context) for record in records]
    mark_doubles(rows)
    return layout, mapping, records, rows


def row_of(kind, cells, context=CONTEXT, **constants):
    """One row of a sheet whose header is the keys of `cells`."""
    mapping = propose_mapping(list(cells), [list(cells.values())], kind, [""] * len(cells))
    mapping.constants.update(constants)
    return parse_row(mapping, list(cells.values()), kind, context)
