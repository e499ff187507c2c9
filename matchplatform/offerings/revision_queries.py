"""What was changed in an offering since it went up."""

from matchplatform.offerings.models import Offering
from matchplatform.offerings.snapshots import FIELDS
from matchplatform.revisions.reading import Step, public_steps, spoken


def released_offering_changes(offering: Offering) -> list[Step]:
    """The newest first; only what stands on the public page."""
    return public_steps("offering", offering.code, FIELDS, spoken(), ("published", "paused"))
