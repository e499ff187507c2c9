"""The words in which every feature writes its law: choices, transitions, lifecycles, verdicts.

A status is coded once, here, as a Choice; who may move it where is coded once, as a Transition. Views, templates,
the attribute guard, CHECK constraints and the truth-table tests all read these tables.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """One value of a closed list, with the word people read and the tone it is shown in.

    `tone` is one of go, wait, info, no or "" (idle).
    """

    value: str
    label: str
    tone: str = ""


class Choices:
    """An ordered closed list of Choice."""

    def __init__(self, *members: Choice) -> None:
        self._by_value = {member.value: member for member in members}
        if len(self._by_value) != len(members):
            raise ValueError("a value stands twice")

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._by_value.values())

    def __getitem__(self, value: str) -> Choice:
        return self._by_value[value]

    def __contains__(self, value: object) -> bool:
        return value in self._by_value

    @property
    def values(self) -> tuple[str, ...]:
        """All values in order."""
        return tuple(self._by_value)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(value, label) for a form's select."""
        return [(member.value, member.label) for member in self]


@dataclass(frozen=True)
class Verdict:
    """May it be done; if not, why not and how to mend it. True or false like a bool."""

    allowed: bool
    reason: str = ""
    remedy: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    @classmethod
    def yes(cls, reason: str = "") -> "Verdict":
        return cls(True, reason)

    @classmethod
    def no(cls, reason: str, remedy: str = "") -> "Verdict":
        return cls(False, reason, remedy)


@dataclass(frozen=True)
class Check:
    """One rule of an eligibility list with its verdict: what was looked at, passed or failed, and the cure."""

    key: str
    name: str
    verdict: Verdict

    @property
    def allowed(self) -> bool:
        return self.verdict.allowed

    @property
    def reason(self) -> str:
        return self.verdict.reason

    @property
    def remedy(self) -> str:
        return self.verdict.remedy


@dataclass(frozen=True)
class Transition:
    """One verb: which parties may do it, from which state to which, and what the button says.

    `parties` name the actor's relation to the record (see each feature's `parties`), never bare roles alone.
    `confirm` is the sentence asked before an act that cannot simply be taken back.
    """

    verb: str
    label: str
    parties: frozenset[str]
    source: str
    target: str
    reason_required: bool = False
    tone: str = "line"
    confirm: str = ""
    done: str = ""


def transitions(verb: str, label: str, parties: str, moves: Iterable[tuple[str, str]], *,
                reason: bool = False, tone: str = "line", confirm: str = "", done: str = "") -> tuple[Transition, ...]:
    """The rows of one verb; `parties` are separated by spaces, `moves` are (source, target)."""
    who = frozenset(parties.split())
    return tuple(Transition(verb, label, who, source, target, reason, tone, confirm, done)
                 for source, target in moves)


@dataclass(frozen=True)
class Lifecycle:
    """A feature's states and the only moves between them."""

    states: Choices
    initial: str
    table: tuple[Transition, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        seen = set()
        for row in self.table:
            if row.source not in self.states or row.target not in self.states:
                raise ValueError(f"{row.verb}: a state that is not listed")
            if (row.verb, row.source) in seen:
                raise ValueError(f"{row.verb} from {row.source} stands twice")
            seen.add((row.verb, row.source))

    @property
    def verbs(self) -> tuple[str, ...]:
        """Every verb once, in the table's order."""
        return tuple(dict.fromkeys(row.verb for row in self.table))

    def find(self, verb: str, source: str) -> Transition | None:
        """The row for a verb out of a state, or None."""
        return next((row for row in self.table if row.verb == verb and row.source == source), None)

    def moves(self, source: str, target: str) -> bool:
        """Is there any verb that leads from one state to the other?"""
        return any(row.source == source and row.target == target for row in self.table)

    def open_to(self, parties: Iterable[str], source: str) -> list[Transition]:
        """The verbs that someone with these relations may use on a record in this state, in the table's order."""
        mine = frozenset(parties)
        return [row for row in self.table if row.source == source and row.parties & mine]

    def verdict(self, verb: str, source: str, parties: Iterable[str], reason: str = "") -> Verdict:
        """May someone with these relations use the verb now?

        A verb that does not leave this state is refused with the state's name; a stranger with a plain sentence;
        a missing reason with the request to write one.
        """
        if verb not in self.verbs:
            return Verdict.no("没有这个操作。")
        row = self.find(verb, source)
        label = next(one.label for one in self.table if one.verb == verb)
        if row is None:
            return Verdict.no(f"现在是“{self.states[source].label}”，不能再“{label}”。", "请刷新页面看最新状态。")
        if not row.parties & frozenset(parties):
            return Verdict.no(f"您不能“{label}”。", "这一步由别的经办人办理；自己提交的要由另一个人办。")
        if row.reason_required and not reason.strip():
            return Verdict.no(f"“{label}”要写明理由。", "请在理由栏写一句话，对方会看到。")
        return Verdict.yes()
