"""One row a version of a record; the database itself refuses to change or delete one."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.revisions import rules


class Revision(db.Model):
    """A record as it stood after an act: who, when, which act, the state, and every field in `snapshot` (JSON)."""

    __tablename__ = "revisions"
    __table_args__ = (choice_check("kind", rules.KINDS), sa.CheckConstraint("number > 0", name="number"),
                      sa.UniqueConstraint("kind", "code", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    code: Mapped[str] = mapped_column(sa.String(24))  # of an organization its id: the credit code may be corrected
    number: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None]  # no foreign key: the row outlives the account
    actor_name: Mapped[str] = mapped_column(sa.String(60))
    act: Mapped[str] = mapped_column(sa.String(40))
    label: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[str] = mapped_column(sa.String(12))
    snapshot: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text, default="")

    @property
    def values(self) -> dict[str, Any]:
        """The fields as plain values, as `differences` reads them."""
        return json.loads(self.snapshot)


IMMUTABLE_SQLITE = tuple(
    f"CREATE TRIGGER revisions_no_{verb} BEFORE {verb.upper()} ON revisions "
    "BEGIN SELECT RAISE(ABORT, 'revisions cannot be changed'); END" for verb in ("update", "delete"))
IMMUTABLE_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION revisions_immutable() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'revisions cannot be changed'; END $$",
    "CREATE TRIGGER revisions_no_change BEFORE UPDATE OR DELETE ON revisions "
    "FOR EACH ROW EXECUTE FUNCTION revisions_immutable()",
    "CREATE TRIGGER revisions_no_truncate BEFORE TRUNCATE ON revisions "
    "FOR EACH STATEMENT EXECUTE FUNCTION revisions_immutable()",
)


@event.listens_for(Revision.__table__, "after_create")
def make_immutable(_table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """The triggers belong to the table wherever it is created; the migration runs the same statements."""
    statements = IMMUTABLE_SQLITE if connection.dialect.name == "sqlite" else IMMUTABLE_POSTGRESQL
    for statement in statements:
        connection.exec_driver_sql(statement)
