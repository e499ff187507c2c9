"""A need as the owner of attachments: told to the files feature, a tier below, which knows no needs."""

from matchplatform.files.rules import Owner, owners
from matchplatform.needs import operations, queries, rules

owners["need"] = Owner("需求", queries.need_by_code, operations.hold, rules.reach, rules.can_attach)
