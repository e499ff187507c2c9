"""What people write in an order: whether it can be understood, and what of it may be shown to others. Pure."""

import re
import unicodedata

from matchplatform.core.line import length_fault

LEAST, MOST = 6, 500           # letters that say something; characters in all
FEWEST_DIFFERENT = 4           # "啊啊啊啊啊啊" says nothing
MOST_NAME = 20
TITLE = 40
_LONG_NUMBER = re.compile(r"\d(?:[\s\-]?\d){14,18}[\s\-]?[\dXx]?", re.ASCII)
_TELEPHONE = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?(?:1[3-9](?:[\s-]?\d){9}|0\d{2,3}[\s-]?\d{7,8}|\d{7,8})(?!\d)",
                        re.ASCII)
_STOPS = re.compile(r"[。！？!?；;\n]")


def letters(text: str) -> str:
    """Only what is letters or digits: no marks, no blanks, no pictures."""
    return "".join(one for one in text if unicodedata.category(one)[0] in "LN")


def _western(text: str) -> str:
    """Every kind of digit as 0 to 9, every kind of dash and blank as one of its kind."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.digit(one)) if unicodedata.category(one) == "Nd" else one for one in plain)
    return re.sub(r"[‐‑‒–—―−]", "-", digits)


def has_identity_number(text: str) -> bool:
    """Is there a run of fifteen or more digits, as identity and bank card numbers have?"""
    return _LONG_NUMBER.search(_western(text)) is not None


def body_fault(text: str) -> str:
    """Why this cannot be taken as what somebody wants, with the cure; empty when it can."""
    said = letters(text)
    if not text.strip():
        return "还没有写想要什么。写一两句就行，比如：老人中午没饭吃，想有个食堂。"
    if has_identity_number(text):
        return "里面有一长串数字，像身份证号或银行卡号。我们不要这些号码，请删掉再交。"
    if not said:
        return "只有表情或符号，看不出您想要什么。请用文字写一两句。"
    if fault := length_fault(text, "这里", MOST):
        return fault
    if len(said) < LEAST:
        return f"写得太短了，只有 {len(said)} 个字，看不明白。请至少写 {LEAST} 个字：谁、缺什么。"
    if len(set(said)) < FEWEST_DIFFERENT:
        return "同样的字重复了很多遍，看不明白。请用自己的话写一两句：谁、缺什么。"
    return ""


def name_fault(text: str) -> str:
    """Why this cannot be how somebody is called; empty when it can, also when nothing is given."""
    if not text:
        return ""
    if "\n" in text or re.search(r"[<>]", text):
        return "称呼写一行字就行，比如：李大爷。"
    if fault := length_fault(text, "称呼", MOST_NAME):
        return fault
    if re.search(r"\d{5}", _western(text)) is not None:
        return "称呼里不要写号码，写“李大爷”这样就行。"
    return "" if letters(text) else "称呼要写文字，比如：李大爷。不想写就空着。"


def without_numbers(text: str) -> str:
    """The text with telephone numbers left out, for a draft that others will read."""
    return _TELEPHONE.sub("（号码略）", text)


def title_of(text: str) -> str:
    """The first sentence as a heading of at most TITLE characters, without numbers."""
    first = next((one.strip() for one in _STOPS.split(without_numbers(text)) if one.strip()), text.strip())
    first = re.sub(r"[<>]", "", first).lstrip("=+-@＝＋－＠ ")
    return first if len(first) <= TITLE else first[:TITLE - 1] + "…"
