"""An organization as plain values, for its history."""

import datetime as dt
from typing import Any

from matchplatform.core.phone import masked
from matchplatform.organizations import rules
from matchplatform.revisions.differences import Field

_HOW = {"founded_on": "day", "certificate_ends_on": "day", "rating_ends_on": "day", "penalty_on": "day",
        "penalty_until": "day", "purpose": "text",
        "is_charity": "flag", "is_abnormal": "flag", "is_dishonest": "flag", "has_party_branch": "flag",
        "report_year": "year", "tax_from_year": "year", "tax_to_year": "year", "full_time_staff": "count"}
_CHOICES = {"kind": rules.KINDS, "registration_level": rules.LEVELS, "rating": rules.RATINGS,
            "report_result": rules.REPORTS}
_NAMES = {**rules.FIELD_NAMES, "registration_level": "登记级别"}

FIELDS = tuple(Field(name, label, _HOW.get(name, "line"), dict(_CHOICES[name].pairs) if name in _CHOICES else {},
                     unit="人" if name == "full_time_staff" else "") for name, label in _NAMES.items())


def snapshot(organization: Any) -> dict[str, Any]:
    """Every field as a plain value. The telephone only as the public sees it: history is kept for good, in clear."""
    values = {one.name: getattr(organization, one.name) for one in FIELDS}
    return {**{name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()},
            "contact_phone": masked(organization.contact_phone) if organization.contact_phone else None}
