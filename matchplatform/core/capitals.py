"""Money in Chinese capitals, as banks and agreements want it."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿")


def in_capitals(fen: int) -> str:
    """分 in capitals: 叁万捌仟肆佰元整, 壹仟零伍元贰角整, 叁佰元零伍分.

    Raises ValueError for a negative amount or one of more than twelve digits of 元.
    """
    if fen < 0:
        raise ValueError("an amount in an agreement is not negative")
    yuan, rest = divmod(fen, 100)
    if yuan >= 10 ** 12:
        raise ValueError("no agreement is about so much")
    jiao, cents = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan or not rest else ""
    small = f"{_DIGITS[jiao]}角" if jiao else ("零" if cents and yuan else "")
    return f"{whole}{small}{_DIGITS[cents]}分" if cents else f"{whole}{small}整"


def _whole(number: int) -> str:
    """A whole number: groups of four digits from the left, and one 零 where places between two digits are empty."""
    if not number:
        return "零"
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + _GROUPS[index]
        gap = False
    return text


def _group(group: int) -> str:
    """One to four digits: 1005 is 壹仟零伍."""
    text, gap = "", False
    for place, digit in zip(_PLACES, f"{group:04d}", strict=True):
        if digit == "0":
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[int(digit)] + place
        gap = False
    return text
