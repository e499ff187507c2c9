"""An offering as the owner of attachments: told to the files feature, a tier below, which knows no offerings.

An organization puts its offerings up alone, so its attachments wait for nobody.
"""

from matchplatform.files.rules import Owner, owners
from matchplatform.offerings import operations, queries, rules

owners["offering"] = Owner("供给", queries.offering_by_code, operations.hold, rules.reach, rules.can_attach)
