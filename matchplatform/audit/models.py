"""The audit table; the database itself refuses to change or delete a row."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.audit import rules
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db


class AuditRow(db.Model):
    """Who did what to which record of whom, when, from where, with what result and reason."""

    __tablename__ = "audit_rows"
    __table_args__ = (choice_check("kind", rules.KINDS), choice_check("result", rules.RESULTS),
                      sa.Index("ix_audit_rows_kind_object", "kind", "object_id"),
                      sa.Index("ix_audit_rows_kind_id", "kind", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Moment, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)  # no foreign key: the row outlives the account
    actor_name: Mapped[str] = mapped_column(sa.String(60))
    actor_role: Mapped[str] = mapped_column(sa.String(30))
    address: Mapped[str] = mapped_column(sa.String(60))
    act: Mapped[str] = mapped_column(sa.String(40), index=True)
    label: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[str] = mapped_column(sa.String(20))
    object_id: Mapped[str] = mapped_column(sa.String(40), default="")
    object_label: Mapped[str] = mapped_column(sa.String(200), default="")
    county_code: Mapped[str | None] = mapped_column(sa.String(9), index=True)
    organization_id: Mapped[int | None] = mapped_column(index=True)
    result: Mapped[str] = mapped_column(sa.String(10), default="done")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    detail: Mapped[str] = mapped_column(sa.Text, default="")
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


IMMUTABLE_SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))
IMMUTABLE_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_rows_immutable() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit rows cannot be changed'; END $$",
    "CREATE TRIGGER audit_rows_no_change BEFORE UPDATE OR DELETE ON audit_rows "
    "FOR EACH ROW EXECUTE FUNCTION audit_rows_immutable()",
    "CREATE TRIGGER audit_rows_no_truncate BEFORE TRUNCATE ON audit_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_rows_immutable()",
)


@event.listens_for(AuditRow.__table__, "after_create")
def make_immutable(_table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """The triggers belong to the table wherever it is created; the first migration runs the same statements."""
    statements = IMMUTABLE_SQLITE if connection.dialect.name == "sqlite" else IMMUTABLE_POSTGRESQL
    for statement in statements:
        connection.exec_driver_sql(statement)
