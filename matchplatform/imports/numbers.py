"""Money, counts and years as people write them in lists: 12万元, 3.5万, １，２００, 约5万, 十二万, 68户. Pure.

Every parser answers an Understood, or raises Doubt with the sentence for the person.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from matchplatform.core import money
from matchplatform.imports.aliases import half_width


@dataclass(frozen=True)
class Understood:
    """A value, and what to tell where it was read differently from how it was written."""

    value: Any
    note: str = ""


class Doubt(ValueError):
    """A cell that cannot be read: a sentence with the cure, and what to type instead where that can be guessed."""

    def __init__(self, sentence: str, proposal: str = "") -> None:
        self.sentence, self.proposal = sentence, proposal
        super().__init__(sentence)


BLANK = frozenset({"", "/", "\\", "-", "--", "—", "——", "–", "－", "／", "//", "n/a", "none", "null", "空", "空白"})
NOTHING = frozenset({"无", "没有", "暂无", "无。", "零", "否"})
OPEN = frozenset({"待定", "待填", "不详", "未知", "不清楚", "待核实", "待统计", "未定", "待确定", "视情况", "面议"})

_ABOUT = re.compile(r"^(大约|大概|约|近|将近|预计|估计|共计|合计|共|总计|不少于|不低于|至少|不超过|超过|达)+|"
                    r"(左右|上下|以上|以内|余|多)$")
_SPOKEN = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_POWERS = {"": 1, "百": 100, "千": 1_000, "万": 10_000, "十万": 100_000, "百万": 1_000_000, "千万": 10_000_000,
           "亿": 100_000_000}
_PLAIN = re.compile(r"([+-]?)(\d{1,30}(?:\.\d{0,15})?|\.\d{1,15})")
_RANGE = re.compile(r"\d\s*[-—–~至到]+\s*\d")
_LOST = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_COUNTED = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万|千)?\s*(余|多)?\s*([^\d\s,，;；、()]{0,4})")


def is_blank(text: str) -> bool:
    """Nothing said, or a stroke for nothing."""
    return text in BLANK or half_width(text).strip() in BLANK


def squeezed(text: str) -> str:
    """Half-width, without blanks and grouping commas."""
    return re.sub(r"\s", "", half_width(text)).replace("，", ",")


def spoken_number(text: str) -> Decimal | None:
    """A number in Chinese numerals; 三万五 is said for 三万五千."""
    if not text or any(c not in _SPOKEN for c in text):
        return None
    short = re.fullmatch(r"(.*)([百千万亿])([一二两三四五六七八九])", text)
    if short and not short[1].endswith("零"):
        base = money.chinese_number(short[1] + short[2])
        digit = money.chinese_number(short[3])
        if base is not None and digit is not None:
            return base + digit * _POWERS[short[2]] / 10
    return money.chinese_number(text)


def parse_money(text: str, unit: str, name: str) -> Understood:
    """An amount in 分. A unit written in the cell (12万元, 3800元, 5千) counts before the column's `unit`."""
    raw = squeezed(text)
    if is_blank(raw):
        return Understood(None)
    if raw in NOTHING:
        return Understood(0)
    if raw in OPEN:
        return Understood(None, f"{name}写的是“{text}”，按没填。")
    plain = re.sub(r"人民币|rmb|[¥$,]", "", raw).rstrip("整。.")
    about = bool(_ABOUT.search(plain)) or bool(re.search(r"[余多](万?元|万)?$", plain))
    plain = re.sub(r"[余多](?=(万?元|万)?$)", "", _ABOUT.sub("", _ABOUT.sub("", plain)))
    yuan = _with_unit(plain)
    if yuan is None and _RANGE.search(plain):
        raise Doubt(f"{name}“{text}”是一个范围，请只填一个数，例如较大的那个。")
    if yuan is None:
        if _LOST.fullmatch(plain):
            plain = f"{Decimal(plain):f}"
        number = _PLAIN.fullmatch(plain)
        amount = Decimal(plain) if number else spoken_number(plain)
        if amount is None:
            raise Doubt(f"{name}要填数字，单位{unit}，例如 {'12.5' if unit == '万元' else '3800'}。"
                        f"现在写的是“{text[:40]}”。")
        yuan = amount * 10_000 if unit == "万元" else amount
    rounded = yuan.quantize(Decimal("0.01"), ROUND_HALF_UP) if abs(yuan) < Decimal(10) ** 20 else yuan
    try:
        if unit == "万元":
            fen = money.parse_wan(f"{rounded / 10_000:f}", name)
        else:
            fen = money.parse_yuan(f"{rounded:f}", name)
    except ValueError as fault:
        raise Doubt(str(fault)) from None
    note = f"{name}“{text}”是约数，按 {money.in_yuan(fen)} 元读。" if about else ""
    if not note and rounded != yuan:
        note = f"{name}“{text}”算到分：{money.in_yuan(fen)} 元。"
    return Understood(fen, note)


def _with_unit(plain: str) -> Decimal | None:
    """The amount in 元 when the text itself says its unit, else None."""
    found = re.fullmatch(r"([+-]?(?:\d{1,30}(?:\.\d{0,15})?|\.\d{1,15}))"
                         r"(十万|百万|千万|万|亿|千|百|w)?(元|块钱?|圆)?", plain)
    if found and (found[2] or found[3]):
        return Decimal(found[1]) * _POWERS["万" if found[2] == "w" else found[2] or ""]
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,8})?)万(\d{1,4}(?:\.\d{1,2})?)(千|百)?元?", plain)
    if found and (found[3] or plain.endswith("元")):
        return Decimal(found[1]) * 10_000 + Decimal(found[2]) * _POWERS[found[3] or ""]
    bare = re.sub(r"[元圆块]$", "", plain)
    if bare != plain or re.search(r"[千万亿仟]", bare):
        return spoken_number(bare)
    return None


def parse_count(text: str, name: str, unit: str = "", least: int = 0, most: int = 100_000_000) -> Understood:
    """A whole number of people, households, pieces. Of 52户68人 the part with the field's own unit is taken."""
    raw = squeezed(text)
    if is_blank(raw):
        return Understood(None)
    if raw in NOTHING and not least:
        return Understood(0)
    if raw in OPEN:
        return Understood(None, f"{name}写的是“{text}”，按没填。")
    plain = _ABOUT.sub("", raw)
    about = plain != raw
    if _RANGE.search(plain):
        raise Doubt(f"{name}“{text}”是一个范围，请只填一个数。")
    number, more = _counted(plain, unit, name, text)
    if number != number.to_integral_value():
        raise Doubt(f"{name}要填整数，现在是“{text}”。", str(int(number.to_integral_value(ROUND_HALF_UP))))
    value = int(number)
    if value < least:
        raise Doubt(f"{name}不能小于 {least}。")
    if value > most:
        raise Doubt(f"{name}不能大于 {most:,}，请核对。")
    return Understood(value, f"{name}“{text}”按 {value} 读。" if about or more else "")


def _counted(plain: str, unit: str, name: str, text: str) -> tuple[Decimal, bool]:
    """The number meant, and whether there was more in the cell than it."""
    bare = plain.replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,8})?", bare):
        return Decimal(bare), False
    head = re.match(rf"[{_SPOKEN}]+", plain)
    spoken = spoken_number(head[0]) if head else None
    if head and spoken is not None and len(plain) - len(head[0]) <= 3 and not re.search(r"\d", plain):
        _refuse_unit(plain[len(head[0]):], unit, name, text)
        return spoken, False
    parts = [part for part in _COUNTED.findall(plain) if len(part[0]) <= 18]
    if not parts or not re.match(r"[\d+]|[^\d]{0,6}\d", plain):
        raise Doubt(f"{name}要填整数{f'，单位{unit}' if unit else ''}，例如 68。现在写的是“{text[:40]}”。")
    own = [part for part in parts if unit and part[3].startswith(tuple(_same(unit)))]
    if len(parts) > 1 and not own:
        raise Doubt(f"{name}里有几个数，分不清是哪个。请只填一个整数{f'，单位{unit}' if unit else ''}。")
    digits, power, rest, said = (own or parts)[0]
    if not own:
        _refuse_unit(said, unit, name, text)
    number = Decimal(digits.replace(",", "") or "0") * _POWERS[power]
    return number, len(parts) > 1 or bool(rest) or not re.match(r"[\d+]", plain)


def _same(unit: str) -> tuple[str, ...]:
    """Other words for a unit."""
    return {"人": ("人", "名", "位", "口"), "户": ("户", "家"), "人天": ("人天", "人·天", "人日", "天", "工日"),
            "个": ("个", "村", "处", "家", "所")}.get(unit, (unit,))


def _refuse_unit(said: str, unit: str, name: str, text: str) -> None:
    """68户 in a column of people is not 68 people."""
    if unit and said and not said.startswith(_same(unit)) and said[:1] in "人名位户家元万吨亩天":
        raise Doubt(f"{name}的单位是{unit}，现在写的是“{text[:40]}”。请核对后只填数字。")


def parse_people(text: str, name: str) -> Understood:
    """Households and people in one cell: (52, 68); either may be None."""
    raw = squeezed(text)
    if is_blank(raw):
        return Understood((None, None))
    found: dict[str, int] = {}
    for digits, power, _, said in _COUNTED.findall(raw):
        key = "户" if said.startswith(_same("户")) else "人" if said.startswith(_same("人")) else ""
        if key and key not in found and len(digits) <= 12:
            found[key] = int(Decimal(digits.replace(",", "")) * _POWERS[power])
    if not found or max(found.values()) > 100_000_000:
        raise Doubt(f"{name}要写户数和人数，例如 52户68人。现在写的是“{text[:40]}”。")
    return Understood((found.get("户"), found.get("人")))


def parse_year(text: str, name: str, least: int = 1990, most: int = 2100) -> Understood:
    """2025, 2025年, 2025年度."""
    raw = squeezed(text)
    if is_blank(raw) or raw in NOTHING:
        return Understood(None)
    found = re.fullmatch(r"(\d{4})(年度?)?", raw)
    if not found:
        raise Doubt(f"{name}要填四位数的年份，例如 2025。")
    if not least <= int(found[1]) <= most:
        raise Doubt(f"{name}要在 {least} 到 {most} 之间。")
    return Understood(int(found[1]))


def parse_years(text: str, name: str) -> Understood:
    """A first and a last year in one cell: (2024, 2026)."""
    raw = squeezed(text)
    if is_blank(raw) or raw in NOTHING:
        return Understood((None, None))
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", raw)
    if not 1 <= len(years) <= 2:
        raise Doubt(f"{name}要写起止年度，例如 2024—2026。")
    first, last = parse_year(years[0], name).value, parse_year(years[-1], name).value
    return Understood((first, last))
