"""An organization as the owner of papers: told to the files feature, a tier below, which knows no organizations.

Its certificate and the like are for its own people and for the office that vets it, never for the public.
"""

from typing import Any

from matchplatform.core.errors import NotFound
from matchplatform.files.rules import Owner, owners
from matchplatform.organizations import operations, queries, rules


def _found(code: str) -> Any:
    found = queries.organization_by_id(int(code)) if code.isascii() and code.isdigit() and len(code) < 10 else None
    if found is None or code != found.code:
        raise NotFound
    return found


owners["organization"] = Owner(
    "社会组织", _found, operations.hold, rules.file_reach, rules.can_attach, documents=rules.DOCUMENTS,
    types=rules.DOCUMENT_TYPES, publicity=("own",), can_remove=rules.can_remove)
