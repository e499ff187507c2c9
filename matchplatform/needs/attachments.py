"""A need as the owner of attachments: told to the files feature, a tier below, which knows no needs."""

from collections.abc import Collection

from matchplatform.accounts.queries import county_officers, names, province_officers
from matchplatform.files.rules import Owner, owners
from matchplatform.needs import operations, queries, rules
from matchplatform.needs.models import Need


def openers(need: Need, without: Collection[int]) -> tuple[list[int], str]:
    """Who may open what waits on a released need: the county's other officers; the province where there is none."""
    officers = [one for one in county_officers(need.county_code) if one not in without]
    if not officers:
        return province_officers(), "省民政厅（本县没有另一位经办人）"
    known = names(set(officers))
    return officers, "或".join(known[one] for one in sorted(known))


owners["need"] = Owner("需求", queries.need_by_code, operations.hold, rules.reach, rules.can_attach,
                       lambda need: need.released_at, rules.can_open, openers)
