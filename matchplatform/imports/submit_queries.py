"""Reading the drafts of an import: which there are, what they lack, what is being given to all of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.extensions import db
from matchplatform.imports import filling, queries
from matchplatform.imports.filling import Filling
from matchplatform.imports.models import Import, ImportRow, packed, unpacked
from matchplatform.needs import bulk_operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings import bulk_operations as offerings
from matchplatform.offerings.models import Offering

_PART = 500


@dataclass(frozen=True)
class Ready:
    """A draft of an import: may it be handed in (a need) or put up (an offering), and what it lacks of what all drafts
    can be given."""

    record: Any
    verdict: Any
    lacks: tuple[str, ...] = ()


def ready_drafts(actor: Any, item: Import) -> list[Ready]:
    """Every draft of the import that is a draft still, in the sheet's order."""
    codes, found = queries.draft_codes(item), []
    verdict = needs.submit_verdict if item.kind == "need" else offerings.publish_verdict
    names = open_names(item)
    for start in range(0, len(codes), _PART):
        part = codes[start:start + _PART]
        records, edited = queries.records_of(item.kind, part), edited_codes(item.kind, part)
        found += [Ready(records[code], verdict(actor, records[code]), tuple(filling.lacking(
            item.kind, records[code], names, code in edited))) for code in part if code in records]
    return found


def open_names(item: Import) -> tuple[str, ...]:
    """The fields that all drafts of the import can be given."""
    return filling.open_fields(item.kind, queries.mapping_of(item))


def typed(actor: Any, item: Import, texts: Mapping[str, str]) -> Filling:
    """What somebody typed for all drafts."""
    return filling.read(item.kind, texts, open_names(item), queries.context_of(actor))


def edited_codes(kind: str, codes: Sequence[str]) -> set[str]:
    """Those of these records that somebody has gone over by hand."""
    return set(db.session.scalars(sa.select(AuditRow.object_id).where(
        AuditRow.kind == kind, AuditRow.act == "edit", AuditRow.object_id.in_(codes))))


def drafts_after(item: Import, code: str, limit: int) -> list[str]:
    """The next drafts of the import behind a code, by code."""
    model: Any = Need if item.kind == "need" else Offering
    return list(db.session.scalars(_of(item, model).where(model.status == "draft", model.code > code)
                                   .order_by(model.code).limit(limit)))


def handed_in_since(item: Import, actor: Any, moment: dt.datetime) -> list[str]:
    """What the actor has handed in, or put up, of the import from a moment on, whatever became of it."""
    if item.kind == "need":
        statement = _of(item, Need).where(Need.submitted_by == actor.id, Need.submitted_at >= moment)
        return list(db.session.scalars(statement.order_by(Need.code)))
    return list(db.session.scalars(_of(item, Offering).where(Offering.published_at >= moment).order_by(Offering.code)))


def _of(item: Import, model: Any) -> Any:
    return sa.select(model.code).join(ImportRow, ImportRow.record_code == model.code).where(
        ImportRow.import_id == item.id, ImportRow.state == "created")


@dataclass
class Kept:
    """What is being filled in in the background: what was typed, what its author had seen, how many were filled."""

    texts: dict[str, str]
    expected: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)

    def as_text(self) -> str:
        """As it is stored, encrypted, for there is a telephone in it: where the sheet stood until its rows were in."""
        return packed({"filling": vars(self)})

    @classmethod
    def of(cls, item: Import) -> "Kept | None":
        """Of an import whose rows are in; None when nothing is being filled in."""
        if item.status != "done" or item.sheets_kept is None:
            return None
        data = unpacked(item.sheets_kept)
        return cls(**data["filling"]) if isinstance(data, dict) else None
