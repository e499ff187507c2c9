"""Kinds of notices."""

from matchplatform.core.rules import Choice, Choices

KINDS = Choices(Choice("to_do", "等您办", "wait"), Choice("told", "告知您", "info"),
                Choice("refused", "没有通过", "no"), Choice("good", "办成了", "go"))
