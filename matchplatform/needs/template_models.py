"""Text templates for needs of a category."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Category
from matchplatform.core.clock import now
from matchplatform.database import Moment
from matchplatform.extensions import db
from matchplatform.needs.template_rules import Hint, UsualLine, parse_hints


class NeedTemplate(db.Model):
    """What a need of a kind usually says; `key` marks the rows that came with the platform."""

    __tablename__ = "need_templates"
    __table_args__ = (sa.UniqueConstraint("category_code", "name"),
                      sa.CheckConstraint("position >= 0", name="position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    name: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(60), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    goal: Mapped[str] = mapped_column(sa.Text, default="")
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)  # item, unit, quantity (in words)
    hints: Mapped[str] = mapped_column(sa.Text, default="")  # as template_rules.parse_hints reads them
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    updated_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def usual_lines(self) -> list[UsualLine]:
        """The lines as records."""
        return [UsualLine(one["item"], one["unit"], one.get("quantity", "")) for one in self.lines]

    @property
    def asks(self) -> list[Hint]:
        """The hints as records."""
        return parse_hints(self.hints)
