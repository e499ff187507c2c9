"""The filters of the offering library and of its desk as they stand in the URL: their shape, words and orders."""

from dataclasses import dataclass
from functools import cached_property

from matchplatform.core.rules import Choice
from matchplatform.core.typed import Field, Typed, crossed, read_typed
from matchplatform.offerings import rules
from matchplatform.organizations.rules import KINDS, RATINGS

SORTS = {"best": "最相关", "newest": "最新上架", "capacity": "余量多的在前", "support": "投入多的在前",
         "ending": "快到期的在前"}
DESK_SORTS = {"moved": "最近有动静", "newest": "最新填报", "capacity": "余量多的在前", "ending": "快到期的在前"}
UNRATED = "none"  # the URL's word for no rating, or one that has run out

SHOWN = (Choice("open", "可点单", "go"), rules.FULL, rules.EXPIRED)
DESK_STATES = tuple(one for state in rules.STATES
                    for one in ((state, rules.FULL, rules.EXPIRED) if state.value == "published" else (state,)))

CHOICES = {"cost_model": rules.COST_MODELS.values, "kind": KINDS.values,
           "rating": (*(one for one in RATINGS.values if one), UNRATED), "state": tuple(one.value for one in SHOWN)}
TYPED = (Field("funds_min", "可投入资金至少", "wan"), Field("from_on", "服务不早于", "day"),
         Field("to_on", "服务不晚于", "day"))


@dataclass(frozen=True)
class OfferingFilter:
    """The public library's filters; city and county ask who serves them, `kind` what kind of organization offers,
    `free` for room; those of TYPED hold what was typed."""

    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    rating: tuple[str, ...] = ()
    cost_model: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    free: bool = False
    funds_min: str = ""
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
        return crossed(read_typed(TYPED, self), "from_on", "to_on", "后一个日期早于前一个，请对调。")


@dataclass(frozen=True)
class DeskFilter:
    """The desk's filters; `state` holds values of DESK_STATES."""

    q: str = ""
    state: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    county: str = ""
    sort: str = "moved"
    page: int = 1
