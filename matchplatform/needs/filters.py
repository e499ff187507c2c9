"""The filters of the need library and of its desk as they stand in the URL: their shape, words and orders."""

from dataclasses import dataclass
from functools import cached_property

from matchplatform.core.rules import Choice
from matchplatform.core.typed import Field, Typed, crossed, read_typed
from matchplatform.needs import rules

SORTS = {"best": "最相关", "newest": "最新发布", "closing": "快截止的在前", "gap": "资金缺口大的在前",
         "people": "受益人多的在前"}
DESK_SORTS = {"moved": "最近有动静", "newest": "最新填报", "closing": "快截止的在前", "gap": "资金缺口大的在前"}

# The states as the library's reader knows them; "open" is a published need before its closing time.
SHOWN = (Choice("open", "可接单", "go"), rules.EXPIRED,
         *(rules.STATES[one] for one in rules.PUBLIC if one != "published"))
DESK_STATES = tuple(one for state in rules.STATES
                    for one in ((state, rules.EXPIRED) if state.value == "published" else (state,)))

CLOSING = {"7": "7 天内", "30": "30 天内", "90": "90 天内"}  # of open needs, counted from now

CHOICES = {"aid_mode": rules.AID_MODES.values, "urgency": rules.URGENCIES.values,
           "publicity": rules.PUBLICITY.values, "state": tuple(one.value for one in SHOWN)}
TYPED = (Field("gap_min", "资金缺口至少", "wan"), Field("gap_max", "资金缺口最多", "wan"),
         Field("people", "受益至少", "count", "人"), Field("closing_by", "截止不晚于", "day"),
         Field("from_on", "实施不早于", "day"), Field("to_on", "实施不晚于", "day"))


@dataclass(frozen=True)
class NeedFilter:
    """The public library's filters; `state` holds values of SHOWN, those of TYPED hold what was typed.

    `residual`: something of it is still wanted. `publicity` narrows what somebody who signed in may see.
    """

    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    aid_mode: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    key: bool = False
    residual: bool = False
    publicity: tuple[str, ...] = ()
    closing: str = ""
    gap_min: str = ""
    gap_max: str = ""
    people: str = ""
    closing_by: str = ""
    from_on: str = ""
    to_on: str = ""
    sort: str = ""
    page: int = 1

    def __post_init__(self) -> None:
        """An order that is not named or cannot be: by relevance when words are looked for, else the newest."""
        if self.sort not in SORTS or (self.sort == "best" and not self.q):
            object.__setattr__(self, "sort", "best" if self.q else "newest")

    @cached_property
    def typed(self) -> Typed:
        """What was typed, understood; with the faults."""
        read = crossed(read_typed(TYPED, self), "gap_min", "gap_max", "最多小于最少，请对调这两个数。")
        return crossed(read, "from_on", "to_on", "后一个日期早于前一个，请对调。")


@dataclass(frozen=True)
class DeskFilter:
    """The desk's filters; `state` holds values of DESK_STATES."""

    q: str = ""
    state: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    township: str = ""
    sort: str = "moved"
    page: int = 1
