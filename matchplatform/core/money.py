"""Money in 分 (integers), written by people in 万元 or 元."""

import re
from decimal import Decimal, InvalidOperation

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
MAX_FEN = 100_000 * FEN_PER_WAN  # ten 亿元: beyond any single need or agreement, and well inside 64 bits

_FULL = str.maketrans("０１２３４５６７８９．，－＋　", "0123456789.,-+ ")
_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
_UNIT = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}


def chinese_number(text: str) -> Decimal | None:
    """A number written in Chinese numerals (十万零一千 → 101000), or None when the text is not one."""
    text = text.strip().rstrip("元整")
    if not text or any(c not in _DIGIT and c not in _UNIT and c not in "万亿" for c in text):
        return None
    total = section = digit = 0
    for c in text:
        if c in _DIGIT:
            digit = _DIGIT[c]
        elif c in _UNIT:
            section += (digit or 1) * _UNIT[c]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if c == "万" else 100_000_000)
            section = digit = 0
    return Decimal(total + section + digit)


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_wan(text: str, name: str = "金额") -> int:
    """万元 as typed, in 分. Accepts 12.5, 1,200, 12.5万, 12.5 万元 and full-width digits.

    Raises ValueError with a sentence that names the field and the cure: Chinese numerals come back with the figure
    to type, an amount in 元 with its value in 万元; negative, infinite, too large or finer than 1 元 is refused.
    """
    return _parse(text, name, "万元", FEN_PER_WAN)


def parse_yuan(text: str, name: str = "单价") -> int:
    """元 as typed, in 分; the same manners as `parse_wan`."""
    return _parse(text, name, "元", FEN_PER_YUAN)


def _parse(text: str, name: str, unit: str, fen: int) -> int:
    raw = text.strip()
    clean = raw.translate(_FULL).replace(",", "").replace(" ", "").replace("￥", "").replace("¥", "")
    if unit == "万元":
        if not re.fullmatch(r"[零〇一二三四五六七八九十百千两万亿]+元?", clean):
            clean = re.sub(r"万元?$", "", clean)
        if re.fullmatch(r"[+-]?\d+(\.\d+)?元", clean):
            wan = Decimal(clean[:-1]) / 10_000
            raise ValueError(f"{name}的单位是万元。“{raw}”请写成 {_plain(wan)}。")
    else:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?万元?", clean):
            yuan = Decimal(re.sub(r"万元?$", "", clean)) * 10_000
            raise ValueError(f"{name}的单位是元。“{raw}”请写成 {_plain(yuan)}。")
        clean = clean.removesuffix("元")
    if not re.fullmatch(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)", clean):
        spoken = chinese_number(clean)
        if spoken is not None:
            shown = _plain(spoken / 10_000) if unit == "万元" else _plain(spoken)
            raise ValueError(f"{name}要填数字，单位{unit}。“{raw}”请写成 {shown}。")
        raise ValueError(f"{name}要填数字，单位{unit}，例如 {'12.5' if unit == '万元' else '3800'}。")
    try:
        amount = Decimal(clean)
    except InvalidOperation:
        raise ValueError(f"{name}要填数字，单位{unit}。") from None
    if amount < 0:
        raise ValueError(f"{name}不能是负数；没有就填 0。")
    exact = amount * fen
    if exact > MAX_FEN:
        raise ValueError(f"{name}太大了：最多 {MAX_FEN // fen:,} {unit}，请核对单位。")
    if exact != exact.to_integral_value():
        raise ValueError(f"{name}最多写到 1 分钱（{'小数点后 6 位' if unit == '万元' else '小数点后 2 位'}）。")
    return int(exact)


def in_wan(fen: int | None) -> str:
    """分 as 万元 for reading: 12.5, 3.84, 0, 1,286.3; at most four decimals, trailing zeros dropped."""
    if fen is None:
        return "—"
    wan = (Decimal(fen) / FEN_PER_WAN).quantize(Decimal("0.0001"))
    return _grouped(wan)


def exact_wan(fen: int) -> str:
    """分 as 万元 for a box in a form, to the last 分: what stands there and is sent back unchanged changes nothing."""
    return _plain(Decimal(fen) / FEN_PER_WAN)


def in_yuan(fen: int | None) -> str:
    """分 as 元 for reading: 38,000 or 0.5."""
    return "—" if fen is None else _grouped(Decimal(fen) / FEN_PER_YUAN)


def _grouped(amount: Decimal) -> str:
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
