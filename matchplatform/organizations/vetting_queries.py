"""Reading what vetters found, and who is next."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.files.queries import attachments_of
from matchplatform.organizations import queries, rules, vetting_rules
from matchplatform.organizations.models import Organization
from matchplatform.organizations.vetting_models import Vetting

MOST_IN_QUEUE = 100


def papers_of(organization: Any) -> list[Attachment]:
    """The papers that are there, certificates first."""
    order = {value: n for n, value in enumerate(rules.DOCUMENTS.values)}
    return sorted(attachments_of("organization", organization.code),
                  key=lambda one: (order.get(one.document, len(order)), -one.id))


def missing_to_submit(organization: Organization) -> list[str]:
    """Names of the fields and papers that must still come before submitting."""
    missing = rules.missing_fields(organization)
    if not any(one.document == "registration" for one in papers_of(organization)):
        missing.append(rules.NO_CERTIFICATE)
    return missing


def vettings_of(organization_id: int) -> list[Vetting]:
    """Every decision about an organization, the newest first."""
    return list(db.session.scalars(sa.select(Vetting).where(Vetting.organization_id == organization_id)
                                   .order_by(Vetting.id.desc())))


def decider_names(rows: list[Vetting]) -> dict[int, str]:
    """Who decided, by number."""
    return names({one.decided_by for one in rows})


def to_mend(organization: Organization) -> dict[str, str]:
    """What the last return asks for, beside which field; empty unless it stands returned."""
    if organization.status != "returned":
        return {}
    rows = vettings_of(organization.id)
    return vetting_rules.to_mend(rows[0].checklist) if rows and rows[0].verb == "return" else {}


@dataclass(frozen=True)
class Place:
    """Where a case stands in the reader's queue; 0 when it is not in it."""

    number: int
    total: int
    previous_id: int | None
    next_id: int | None


def place_of(actor: Any, organization_id: int) -> Place:
    """The case among those that wait for this very person, the longest waiting first."""
    ids = [one.id for one, _due in queries.vetting_queue_for(actor, MOST_IN_QUEUE)]
    if organization_id not in ids:
        return Place(0, len(ids), None, ids[0] if ids else None)
    at = ids.index(organization_id)
    return Place(at + 1, len(ids), ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)


