"""What somebody with a pairing is asked to confirm."""

import datetime as dt
from typing import Any

from matchplatform.needs.change_rules import is_minor
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import FIELDS as NEED_FIELDS
from matchplatform.offerings.snapshots import BINDING
from matchplatform.offerings.snapshots import FIELDS as OFFERING_FIELDS
from matchplatform.pairings.models import Pairing
from matchplatform.revisions import queries as revisions
from matchplatform.revisions.differences import Difference
from matchplatform.revisions.reading import between, spoken


def open_changes(pairing: Pairing) -> dict[str, list[Difference]]:
    """Side that must confirm (organization, county) -> what changed since it last knew; only what stands in public.

    A change that was taken back meanwhile leaves nothing to show, but is confirmed all the same.
    """
    found = {}
    for side, kind, code, since, fields in (
            ("organization", "need", pairing.need.code, pairing.confirm_need_from, NEED_FIELDS),
            ("county", "offering", pairing.offering.code, pairing.confirm_offering_from, OFFERING_FIELDS)):
        if since is not None:
            found[side] = between(kind, code, since, [one for one in fields if one.is_public], spoken())
    return found


def change_reasons(pairing: Pairing) -> dict[str, list[str]]:
    """Side that must confirm -> why the other side changed it, the oldest reason first."""
    since = pairing.confirm_need_from
    if since is None:
        return {}
    return {"organization": [one.reason for one in revisions.versions("need", pairing.need.code)
                             if one.number > since and one.act == "change" and one.reason]}


def version_at(record: Any, moment: dt.datetime) -> int | None:
    """The version of a need or an offering that stood at a moment; None where it has no history.

    A history that began later begins with what stood before its first act, which is then the answer.
    """
    found = revisions.as_of("need" if isinstance(record, Need) else "offering", record.code, moment)
    return found.number if found else 1 if version_shown(record) else None


def version_shown(record: Any) -> int:
    """The newest version of a need or an offering, for the page on which somebody decides by it."""
    return revisions.last_number("need" if isinstance(record, Need) else "offering", record.code)


def changed_meanwhile(record: Any, seen: int | None) -> list[Difference]:
    """What somebody who proposes does not know yet: the differences between the version that his page showed and the
    newest. `seen` None: nobody looked at a page."""
    if seen is None or seen == version_shown(record):
        return []
    if isinstance(record, Need):
        found = between("need", record.code, seen, [one for one in NEED_FIELDS if one.is_public], spoken())
        return [one for one in found if not is_minor(one.field.name, None, None)]
    return between("offering", record.code, seen, [one for one in OFFERING_FIELDS if one.name in BINDING], spoken())
