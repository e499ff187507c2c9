"""A publication as the owner of attachments: told to the files feature, a tier below, which knows no publications."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from matchplatform.core.clock import now
from matchplatform.files.rules import Owner, owners
from matchplatform.publications import operations, queries, rules
from matchplatform.publications.models import Publication


def reach(actor: Any, publication: Publication) -> str:
    """How near somebody is to it at this moment."""
    return rules.reach(actor, publication, now())


def decided_at(publication: Publication) -> dt.datetime | None:
    """Since when a second person answers for what is attached: from his decision on, though it may be scheduled."""
    return publication.decided_at if publication.status in rules.PUBLIC else None


def openers(publication: Publication, without: Collection[int]) -> tuple[list[int], str]:
    """Who may open what waits on a released document."""
    people = [one for one in queries.writers(publication) if one not in without]
    return people, "起草单位的另一个人"


owners["publication"] = Owner("发布", queries.publication_by_code, operations.hold, reach, rules.can_attach,
                              decided_at, rules.can_open, openers)
