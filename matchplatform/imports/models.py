"""Imports and their rows. The file itself is not kept: the texts of its cells are, encrypted, for they hold telephones,
and they go once they are no longer needed."""

import base64
import datetime as dt
import json
import zlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.imports import rules

_LIVE = sa.text(f"NOT ({in_states('status', rules.ENDED)})")
_CREATED = sa.text("state = 'created'")


class Import(db.Model):
    """One file that somebody handed in: whose, what it says, which column means what, how far it is."""

    __tablename__ = "imports"
    __table_args__ = (
        choice_check("kind", rules.KINDS), choice_check("status", rules.STATES),
        # The same file handed in again by the same office is the same import.
        sa.Index("uq_imports_live_file", "office", "kind", "file_hash", unique=True, sqlite_where=_LIVE,
                 postgresql_where=_LIVE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    office: Mapped[str] = mapped_column(sa.String(40), index=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    owner_name: Mapped[str] = mapped_column(sa.String(40))
    file_name: Mapped[str] = mapped_column(sa.String(rules.MOST_NAME))
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    file_size: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(sa.String(12), default="mapping", index=True)
    sheet: Mapped[int] = mapped_column(default=0)
    header_row: Mapped[int | None]     # chosen by a person, counted from 1; null: found by itself
    notes: Mapped[str] = mapped_column(sa.Text, default="")     # one sentence a line: what was left out in reading
    mapping_json: Mapped[str] = mapped_column(sa.Text, default="")
    header_json: Mapped[str] = mapped_column(sa.Text, default="[]")
    # The sheets until the rows are in; from then on what is being given to all drafts (submit_queries.Kept).
    sheets_kept: Mapped[str | None] = deferred(mapped_column(Encrypted))
    address: Mapped[str] = mapped_column(sa.String(60), default="")  # from where it was last set going, for the audit
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def kind_label(self) -> str:
        return rules.KINDS[self.kind].label

    @property
    def unit(self) -> str:
        """条, 项 or 家: how records of the kind are counted."""
        return rules.UNIT[self.kind]

    @property
    def header(self) -> list[str]:
        """The labels of the columns."""
        return json.loads(self.header_json)


class ImportRow(db.Model):
    """One record of the sheet with what was found about it; `content` holds its cells and faults (JSON)."""

    __tablename__ = "import_rows"
    __table_args__ = (
        choice_check("state", rules.ROW_STATES), choice_check("kind", rules.KINDS),
        sa.UniqueConstraint("import_id", "position"),
        sa.CheckConstraint("(state IN ('created', 'undone')) = (record_code <> '')", name="record_present"),
        # Two people who import the same list make each record once.
        sa.Index("uq_import_rows_live_record", "landing", "kind", "fingerprint", unique=True, sqlite_where=_CREATED,
                 postgresql_where=_CREATED),
        sa.Index("ix_import_rows_import_state", "import_id", "state", "position"),
        sa.Index("ix_import_rows_record", "kind", "record_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("imports.id", ondelete="CASCADE"))
    position: Mapped[int]
    number: Mapped[int]                 # its row in the sheet, from 1
    kind: Mapped[str] = mapped_column(sa.String(20))
    landing: Mapped[str] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(10))
    title: Mapped[str] = mapped_column(sa.String(100), default="")
    fingerprint: Mapped[str] = mapped_column(sa.String(64), default="")
    content: Mapped[str | None] = mapped_column(Encrypted)
    record_code: Mapped[str] = mapped_column(sa.String(24), default="")
    known_code: Mapped[str] = mapped_column(sa.String(24), default="")  # the record that was there already

    @property
    def choice(self) -> Choice:
        return rules.ROW_STATES[self.state]


guard_status(Import, rules.LIFECYCLE)


def packed(data: Any) -> str:
    """Plain data as short text."""
    return base64.b64encode(zlib.compress(json.dumps(data, ensure_ascii=False).encode(), 3)).decode()


def unpacked(text: str) -> Any:
    """Back from `packed`."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
