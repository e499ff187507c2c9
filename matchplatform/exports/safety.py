"""Text that no spreadsheet will run: what begins like a formula gets an apostrophe, what no file can hold goes."""

import re

# What a spreadsheet takes for the beginning of a formula; the full-width twins too, which Chinese input methods write
# and Chinese spreadsheets read alike.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "'"
LONGEST = 32_000  # a cell holds 32,767 characters

# Characters that XML 1.0 cannot hold; lone surrogates cannot be written in UTF-8 either.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """Without characters that cannot be written; line ends are single; too long a text is cut and says so."""
    clean = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}……（太长，后面省略）"


def neutral(text: str) -> str:
    """The text as a cell may hold it: never a formula, neither in the file nor after somebody edits the cell."""
    clean = plain(text)
    return MARK + clean if clean.startswith(STARTS) else clean
