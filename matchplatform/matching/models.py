"""The words that staff add to the shipped lists, and the weights of the score that were put in force."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.matching import rules
from matchplatform.matching.scoring import Weights


class LexiconEntry(db.Model):
    """A group of words that mean the same, or words that carry no subject; a retired one counts for nothing."""

    __tablename__ = "lexicon_entries"
    __table_args__ = (choice_check("kind", rules.KINDS),
                      sa.CheckConstraint("(retired_by IS NULL) = (retired_at IS NULL)", name="retired"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    words: Mapped[str] = mapped_column(sa.Text)  # separated by 、
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    retired_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    retired_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def listed(self) -> tuple[str, ...]:
        """The words one by one."""
        return tuple(self.words.split(rules.SEPARATOR))

    @property
    def is_active(self) -> bool:
        return self.retired_at is None

    @property
    def state(self) -> Choice:
        """In use or retired."""
        return rules.STATES["active" if self.is_active else "retired"]


class RankingWeights(db.Model):
    """How many of 100 points each part of the score may give; the highest version is in force, no row is ever changed.

    `decisions`, `accepted`, `gain` and `error` say what they were fitted to (0 and None for the shipped ones). Every
    version stands once, so of two who put weights in force at the same moment one is told.
    """

    __tablename__ = "ranking_weights"
    __table_args__ = (sa.CheckConstraint("text + category + area + capacity + rating = 100", name="sum"),
                      sa.CheckConstraint("text >= 0 AND category >= 0 AND area >= 0 AND capacity >= 0 "
                                         "AND rating >= 0", name="none_negative"),
                      sa.CheckConstraint("accepted >= 0 AND accepted <= decisions", name="accepted"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    text: Mapped[int]
    category: Mapped[int]
    area: Mapped[int]
    capacity: Mapped[int]
    rating: Mapped[int]
    decisions: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    gain: Mapped[float | None]   # of log loss a decision, cross-validated over needs
    error: Mapped[float | None]  # standard error of the gain
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    restored_from: Mapped[int | None] = mapped_column(sa.ForeignKey("ranking_weights.id"))
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))  # None: the command
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    @property
    def weights(self) -> Weights:
        """As the score takes them."""
        return Weights(self.text, self.category, self.area, self.capacity, self.rating)
