"""The register of a civil-affairs office brought in from a list: organizations without an account, until somebody
registers with their code."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.operations import Object, record_many
from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.core.rules import Verdict
from matchplatform.core.uscc import Uscc
from matchplatform.extensions import db
from matchplatform.organizations import rules
from matchplatform.organizations.models import Organization
from matchplatform.organizations.snapshots import snapshot
from matchplatform.revisions.operations import keep_firsts

COLUMNS = (*(name for name in rules.CERTIFIED_FIELDS if name != "uscc"), *rules.OPEN_FIELDS,
           *(name for name in rules.REGISTRY_FIELDS if name not in rules.OPEN_FIELDS))
_NULLABLE = frozenset({"founded_on", "certificate_ends_on", "rating_ends_on", "tax_from_year", "tax_to_year",
                       "report_year", "penalty_on", "penalty_until", "contact_phone"})


def import_verdict(actor: Any, code: Uscc, values: Mapping[str, Any]) -> Verdict:
    """May this office bring in this organization? Only those that it would vet."""
    verdict = rules.authority_verdict(code.authority)
    if not verdict:
        return verdict
    verdict = rules.import_reach(actor, code.level, code.authority)
    return verdict if not verdict else rules.registry_verdict(dict(values))


def import_organizations(actor: Any, wanted: Sequence[tuple[Uscc, Mapping[str, Any]]],
                         details: Sequence[dict[str, Any]], basis: str) -> list[Organization]:
    """Organizations as the register has them, as drafts without an account. The codes must be new."""
    moment, made = clock.now(), []
    for code, values in wanted:
        verdict = import_verdict(actor, code, values)
        if not verdict:
            raise Refusal(verdict.reason, verdict.remedy)
        organization = Organization(
            uscc=code.code, kind=code.kind, authority_code=code.authority, registration_level=code.level,
            status="draft", imported_by=actor.id, created_at=moment, updated_at=moment)
        for name in COLUMNS:
            value = values.get(name)
            if value is not None or name in _NULLABLE:
                setattr(organization, name, value)
        made.append(organization)
    db.session.add_all(made)
    db.session.flush()
    keep_firsts(actor, "organization", "import_organization", "名册导入",
                [(str(one.id), snapshot(one), one.status) for one in made])
    record_many(actor, "import_organization", "名册导入", "organization", [
        Object(one.id, one.name, None, one.id, {"uscc": one.uscc, "level": one.registration_level, **detail})
        for one, detail in zip(made, details, strict=True)], basis)
    return made


def remove_imported(actor: Any, ids: Sequence[int], reason: str) -> int:
    """Take organizations that nobody has claimed out of the register; their numbers are not given out again."""
    found = db.session.scalars(sa.select(Organization).where(
        Organization.id.in_(ids), Organization.status == "draft", Organization.imported_by.is_not(None))
        .with_for_update().order_by(Organization.id)).all()
    record_many(actor, "discard", "撤销导入，删去名册行", "organization", [
        Object(one.id, one.name, None, one.id, {"uscc": one.uscc}) for one in found], reason)
    for organization in found:
        db.session.delete(organization)
    db.session.flush()
    return len(found)
