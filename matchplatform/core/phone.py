"""Telephone numbers: mobile 1[3-9] and nine digits, or a landline with its area code."""

import re

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0\d{2,3})-?(\d{7,8})(?:-(\d{1,5}))?", re.ASCII)
_FULL = str.maketrans("０１２３４５６７８９－—–（）　", "0123456789---() ")


def parse_phone(text: str) -> str:
    """The number in its stored form (13871234567 or 0712-4712306).

    Raises ValueError with the fault and the cure.
    """
    clean = re.sub(r"[\s()]", "", text.translate(_FULL))
    clean = re.sub(r"^(\+?86-?)(?=1)", "", clean)
    if _MOBILE.fullmatch(clean.replace("-", "")):
        return clean.replace("-", "")
    found = _LANDLINE.fullmatch(clean)
    if found:
        return f"{found[1]}-{found[2]}" + (f"-{found[3]}" if found[3] else "")
    digits = re.sub(r"\D", "", clean)
    if digits.startswith("1") and len(digits) != 11:
        raise ValueError(f"手机号要 11 位，现在是 {len(digits)} 位。")
    if len(digits) in (7, 8):
        raise ValueError("座机号前面要加区号，例如 0712-4712306。")
    raise ValueError("电话要填 11 位手机号，或带区号的座机，例如 0712-4712306。")


def masked(number: str | None) -> str:
    """138****6021 or 0712-47****6: what anybody may see."""
    if not number:
        return "未填"
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[-4:]}"
    area, _, local = number.partition("-")
    if not local:
        return "****"
    return f"{area}-{local[:2]}****{local[-1]}"
