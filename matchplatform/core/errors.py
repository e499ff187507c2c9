"""What an operation may refuse with; each carries a sentence for the person who asked."""

from matchplatform.core.rules import Verdict


class Refusal(Exception):
    """An act that the rules do not allow; told to the actor in a sentence with its cure."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(f"{reason}{remedy}")

    @property
    def sentence(self) -> str:
        """Reason and remedy as one Chinese sentence."""
        return f"{self.reason}{self.remedy}"


class Conflict(Refusal):
    """Somebody else was faster: the record is no longer what the actor saw."""


class NotFound(Exception):
    """Nothing there, or nothing that this actor may see: the two answers are the same."""


def demand(verdict: Verdict) -> None:
    """Go on where the rule says yes. Raises Refusal with its reason and remedy where it says no."""
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
