"""Where rows become records: what is there already, what is out of reach, and the writing itself, kind by kind."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.core.uscc import Uscc, UsccError, parse_uscc
from matchplatform.extensions import db
from matchplatform.imports.fields import fields_of
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.rows import Fault, Row
from matchplatform.needs import bulk_operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings import bulk_operations as offerings
from matchplatform.offerings.models import Offering
from matchplatform.organizations import bulk_operations as organizations
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import organizations_by_uscc


def label_of(kind: str, name: str) -> str:
    """A field's label."""
    return fields_of(kind)[name].label


def code_of(row: Row) -> Uscc | None:
    """The checked credit code of an organization's row, or None."""
    given = row.values.get("uscc")
    if given is None or isinstance(given, Uscc):
        return given
    try:
        return parse_uscc(str(given))
    except UsccError:
        return None


def already_there(kind: str, rows: Sequence[Row]) -> dict[str, str]:
    """Fingerprint -> code of the record, for organizations that came by another way: by registering."""
    if kind != "organization":
        return {}
    codes = {row.fingerprint: code.code for row in rows if not row.faults and (code := code_of(row)) is not None}
    present = organizations_by_uscc(codes.values())
    return {print_: str(present[code]) for print_, code in codes.items() if code in present}


def refuse_unreachable(actor: Any, kind: str, row: Row) -> None:
    """Add a fault to an organization that this office does not vet, or whose registry data disagree."""
    if kind != "organization" or row.faults:
        return
    code = code_of(row)
    if code is None:
        return
    verdict = organizations.import_verdict(actor, code, row.values)
    if not verdict:
        row.faults.append(Fault("uscc", label_of(kind, "uscc"), code.code, f"{verdict.reason}{verdict.remedy}"))


def refuse_double(item: Import, row: ImportRow, checked: Row) -> None:
    """Add a fault to a fixed row that now repeats another one of the same import."""
    other = db.session.scalar(sa.select(ImportRow.number).where(
        ImportRow.import_id == item.id, ImportRow.fingerprint == checked.fingerprint, ImportRow.id != row.id,
        ImportRow.state.in_(("good", "created"))).limit(1)) if checked.fingerprint else None
    if other is not None:
        name = next(one.name for one in fields_of(item.kind).values() if one.required)
        checked.faults.append(Fault(name, label_of(item.kind, name), "",
                                    f"和第 {other} 行是同一条。请改成不一样的内容，或选“这行不导入”。"))


def write(actor: Any, item: Import, rows: Sequence[Row]) -> list[str]:
    """Make the records of these rows through the operations of their own feature; answers their codes, in order."""
    details = [{"import": item.id, "row": one.number} for one in rows]
    if item.kind == "need":
        return [one.code for one in needs.create_needs(actor, [one.values for one in rows], details)]
    if item.kind == "offering":
        return [one.code for one in offerings.create_offerings(actor, [one.values for one in rows], details)]
    wanted = []
    for row in rows:
        code = code_of(row)
        if code is None:
            raise RuntimeError("a row without a credit code passed the check")
        wanted.append((code, row.values))
    return [str(one.id) for one in organizations.import_organizations(actor, wanted, details,
                                                                      f"导入“{item.file_name}”")]


def hold(kind: str, codes: Sequence[str]) -> None:
    """Hold these records until the commit: what is found about them now stays true."""
    if kind == "organization":
        held = sa.select(Organization.id).where(Organization.id.in_([int(code) for code in codes]))
    else:
        model: Any = Need if kind == "need" else Offering
        held = sa.select(model.id).where(model.code.in_(codes))
    db.session.execute(held.with_for_update(key_share=True))


def take_back(actor: Any, item: Import, codes: Sequence[str]) -> int:
    """Remove the drafts that an import made."""
    reason = f"撤销导入“{item.file_name}”"
    if item.kind == "need":
        return needs.remove_drafts(actor, codes, reason)
    if item.kind == "offering":
        return offerings.remove_drafts(actor, codes, reason)
    return organizations.remove_imported(actor, [int(code) for code in codes], reason)
