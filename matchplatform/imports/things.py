"""The things that a need asks for: 炉灶2台×3500元；冰箱1台, or a row each. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core import money
from matchplatform.core.line import FORMULA_SIGNS
from matchplatform.imports.numbers import NOTHING, Doubt, Understood, is_blank, parse_count, parse_money, spoken_number

MOST_LINES = 30            # as the form has it (needs.forms), held by a test
MOST_QUANTITY = 100_000_000
_CUT = re.compile(r"[;；\n]+")
_FINER_CUT = re.compile(r"(?:[;；\n、]+|[，,]+(?!\d{3}))(?![^(（]*[)）])")
_OF_PRICE = re.compile(r"\s*(每|单价|共|合计|总价|约)")
_THING = re.compile(
    r"^\s*(?:[(（]?\d{1,2}[)）.、．]\s*)?(?P<item>\D*?[^\d\s:：×xX*]|\S.*?[^\d\s:：×xX*])\s*[:：×xX*]?\s*"
    r"(?P<quantity>\d[\d,]*|[一二两三四五六七八九十百千万]+)\s*"
    r"(?P<unit>[^\d\s×xX*@,，(（:：¥￥；;]{1,10})"
    r"(?:\s*[×xX*@,，(（]?\s*(?:单价|每[^\d\s]{1,4}|[¥￥])?\s*[:：]?\s*[¥￥]?(?P<price>\d[\d,]*(?:\.\d+)?\s*万?)\s*元?"
    r"\s*(?:[/每][^\d\s)）]{1,4})?\s*[)）]?)?\s*[。.]?$")


@dataclass(frozen=True)
class Thing:
    """One thing as its columns say it."""

    item: str
    quantity: str
    unit: str
    price: str = ""
    total: str = ""
    price_unit: str = "元"


def parse_things(text: str, name: str) -> Understood:
    """A list in one cell, as lines for create_need."""
    if is_blank(text) or text.strip() in NOTHING:
        return Understood([])
    parts = [part for part in _CUT.split(text) if part.strip()]
    finer = [part for part in _FINER_CUT.split(text) if part.strip()]
    if len(parts) == 1 and (not _THING.match(text) or all(_THING.match(part) and not _OF_PRICE.match(part)
                                                          for part in finer)):
        parts = finer
    lines = []
    for part in parts:
        found = _THING.match(part)
        if not found:
            raise Doubt(f"{name}里的“{part.strip()[:30]}”看不出数量和单位。请写成“炉灶2台×3500元；冰箱1台”这样；"
                        "数不清的放到“物资与人员需求”里。")
        spoken = spoken_number(found["quantity"])
        lines.append(one_line(Thing(found["item"].strip(" ，,:："), str(int(spoken)) if spoken is not None
                                    else found["quantity"], found["unit"], (found["price"] or "").strip()), name))
    return Understood(_enough(lines, name))


def one_line(thing: Thing, name: str) -> dict[str, Any]:
    """A line for create_need; raises Doubt with the form's own rules."""
    item = thing.item
    if not item:
        raise Doubt(f"{name}没有写事项。请写要什么。")
    if len(item) > 60:
        raise Doubt(f"{name}的事项最多 60 字，现在是 {len(item)} 字。")
    if re.search(r"[<>\n]", item) or item[:1] in FORMULA_SIGNS:
        raise Doubt(f"{name}的事项“{item[:20]}”请写在一行里，不带 < 和 >，不用符号开头。")
    if max(map(len, (thing.quantity, thing.unit, thing.price, thing.total))) > 60:
        raise Doubt(f"“{item[:20]}”的数量、单位或单价写得太长，请只填数字和单位。")
    digits, unit = thing.quantity, thing.unit
    joined = re.fullmatch(r"\s*([\d,，.]+)\s*([^\d\s,，.]{1,10})\s*", digits)
    if joined and not unit:
        digits, unit = joined[1], joined[2]
    elif joined and joined[2] == unit:
        digits = joined[1]
    quantity = parse_count(digits, f"“{item[:20]}”的数量", least=1, most=MOST_QUANTITY).value
    if quantity is None:
        raise Doubt(f"“{item[:20]}”的数量没有填。请填大于 0 的整数。")
    if not unit:
        raise Doubt(f"“{item[:20]}”没有写单位，例如“套”“人次”。")
    if len(unit) > 10 or re.search(r"[<>=+@\n]", unit):
        raise Doubt(f"“{item[:20]}”的单位最多 10 个字，不带符号，例如“套”“人次”。")
    price = parse_money(thing.price, thing.price_unit, f"“{item[:20]}”的单价").value
    if price is None and thing.total:
        total = parse_money(thing.total, thing.price_unit, f"“{item[:20]}”的小计").value
        price = round(total / quantity) if total else 0
    return {"item": item, "quantity": quantity, "unit": unit, "unit_price_fen": price or 0}


def _enough(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    if len(lines) > MOST_LINES:
        raise Doubt(f"{name}最多 {MOST_LINES} 项，现在有 {len(lines)} 项，请合并相近的事项。")
    return lines


def joined(parts: Sequence[list[dict[str, Any]]], name: str) -> list[dict[str, Any]]:
    """Lines from several cells together."""
    return _enough([line for part in parts for line in part], name)


def said(lines: Sequence[dict[str, Any]]) -> str:
    """The lines as one cell that `parse_things` reads again."""
    return "；".join(f"{line['item']}{line['quantity']}{line['unit']}"
                    + (f"×{money.in_yuan(line['unit_price_fen'])}元" if line["unit_price_fen"] else "")
                    for line in lines)
