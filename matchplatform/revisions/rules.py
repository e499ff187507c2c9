"""Which records are kept version by version, and what the first version of an old record is called."""

from matchplatform.core.rules import Choice, Choices

KINDS = Choices(Choice("need", "需求"), Choice("offering", "供给"), Choice("organization", "社会组织"))

BEGUN = ("begin", "历史从这里开始")  # a record older than its history: the first version is what stood before an act
