"""Receipt numbers: nineteen digits drawn by lot (63 bits) and one that checks them, read aloud in groups of four.

Digits only, because everybody knows them, in any dialect, and a telephone's keys have them. The check digit follows
ISO 7064 MOD 11,10: one wrong digit, or two neighbours that changed places, are noticed before anybody looks for the
order. Pure.
"""

import re
import secrets

LENGTH = 20
GROUP = 4
_FULL = str.maketrans("０１２３４５６７８９", "0123456789")
_SPOKEN = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


def check_digit(digits: str) -> str:
    """The digit that ISO 7064 MOD 11,10 puts behind these."""
    rest = 10
    for digit in digits:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def new_receipt() -> str:
    """A number that nobody can guess: LENGTH digits."""
    body = "".join(secrets.choice("0123456789") for _ in range(LENGTH - 1))
    return body + check_digit(body)


def grouped(receipt: str) -> str:
    """7352 8416 0294 1187 3360: as it is shown and read aloud."""
    return " ".join(receipt[n:n + GROUP] for n in range(0, len(receipt), GROUP))


def parse_receipt(text: str) -> str:
    """The number as people type it: with blanks or dashes, in full width, in Chinese words.

    Raises ValueError with what is wrong with it; that a number is well formed says nothing about whether there is one.
    """
    digits = re.sub(r"[\s\-—–·.，,、]", "", text.translate(_FULL).translate(_SPOKEN))
    if not digits:
        raise ValueError("单号还没有填。交单以后给您的那 20 个数字就是。")
    if not re.fullmatch(r"\d+", digits, re.ASCII):
        raise ValueError("单号只有数字。请对着单子，四个一组再填一遍。")
    if len(digits) != LENGTH:
        raise ValueError(f"单号是 {LENGTH} 个数字，您填了 {len(digits)} 个。请对着单子再数一遍。")
    if check_digit(digits[:-1]) != digits[-1]:
        raise ValueError("单号有一个数字抄错了。请对着单子，四个一组核对。")
    return digits
