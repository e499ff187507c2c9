"""Names of files as people send them, made harmless and short enough for every disk."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 80          # characters
LONGEST_BYTES = 240   # what a disk takes is 255; a browser may add " (1)"
NAMELESS = "附件"
_LONGEST_ENDING = 8
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, invisible, turning the direction, unknown
_FORBIDDEN = str.maketrans({"<": "＜", ">": "＞", ":": "：", '"': "”", "|": "｜", "?": "？", "*": "＊"})
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)  # no file may be called so on Windows


@dataclass(frozen=True)
class Name:
    """A name that can be kept; `shortened` and `mended` tell what was done to the one that came."""

    text: str
    shortened: bool
    mended: bool

    @property
    def ending(self) -> str:
        """The ending in lower-case letters without its dot, or nothing."""
        return ending_of(self.text)


def ending_of(name: str) -> str:
    """jpg of 现场.JPG; nothing where there is no ending."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem and ending.isascii() and len(ending) <= _LONGEST_ENDING else ""


def clean(sent: str | None) -> Name:
    """The name without path, control and direction-changing characters, at most 80 characters; the ending stays."""
    told = re.sub("%0[AD]", " ", sent or "", flags=re.I).replace("%22", '"')  # so browsers write what breaks a header
    last = re.split(r"[/\\]", told)[-1]
    text = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one) not in _UNWANTED)
    text = re.sub(r"\s+", " ", text.translate(_FORBIDDEN)).strip(" .")
    if _DEVICES.fullmatch(text):
        text = f"_{text}"
    text = text or NAMELESS
    short = _shortened(text)
    mended = text != unicodedata.normalize("NFC", sent or "").strip()
    return Name(short, short != text, mended)


def with_ending(name: str, ending: str) -> str:
    """The name with another ending in place of its own."""
    own = ending_of(name)
    stem = name[:-len(own) - 1] if own else name
    return _shortened(f"{stem}.{ending}")


def briefly(name: str, most: int = 24) -> str:
    """The name for a sentence: its beginning and its end."""
    return name if len(name) <= most else f"{name[:most - 9]}…{name[-8:]}"


def _shortened(text: str) -> str:
    ending = ending_of(text)
    tail = f".{ending}" if ending else ""
    stem = text[:len(text) - len(tail)][:LONGEST - len(tail)]
    while len(f"{stem}{tail}".encode()) > LONGEST_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip(' .') or NAMELESS}{tail}" if len(f"{stem}{tail}") < len(text) else text
