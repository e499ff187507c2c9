"""What tells people from machines without shutting anybody out: a sum in words, and a signed form that is good once.

The signature says when the form was opened and which sum it asks; nothing is stored before an order is made.
"""

import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from matchplatform.core.clock import now
from matchplatform.core.money import chinese_number
from matchplatform.orders import rules

NUMERALS = "零一二三四五六七八九十"
_FULL = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Form:
    """An opened form: its number, the sum, when it was opened (seconds since 1970)."""

    number: str
    left: int
    right: int
    plus: bool
    opened: int

    @property
    def question(self) -> str:
        """三加五等于几？"""
        return f"{NUMERALS[self.left]}{'加' if self.plus else '减'}{NUMERALS[self.right]}等于几？"

    @property
    def answer(self) -> int:
        return self.left + self.right if self.plus else self.left - self.right


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="order-form")


def open_form(key: str) -> tuple[Form, str]:
    """A fresh form and the signed text that carries it."""
    one, other = secrets.randbelow(5) + 1, secrets.randbelow(5) + 1
    plus = secrets.randbelow(2) == 1
    left, right = (one, other) if plus else (max(one, other), min(one, other))
    form = Form(secrets.token_urlsafe(12), left, right, plus, int(now().timestamp()))
    return form, _signer(key).dumps([form.number, left, right, plus, form.opened])


def read_form(key: str, text: str) -> Form | None:
    """The form that the signed text carries; None where it is not ours or too old."""
    try:
        form = Form(*_signer(key).loads(text[:400]))
    except (BadSignature, TypeError, ValueError):
        return None
    return form if 0 <= now().timestamp() - form.opened <= rules.FORM_LIVES.total_seconds() else None


def is_too_fast(form: Form) -> bool:
    """Was it filled faster than anybody can?"""
    return now().timestamp() - form.opened < rules.FASTEST_SECONDS


def is_right(form: Form, typed: str) -> bool:
    """8, ８ or 八: the sum was answered."""
    text = typed.translate(_FULL).strip().removesuffix("。").removesuffix("个")
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return int(text) == form.answer
    spoken = chinese_number(text[:6]) if text else None
    return spoken is not None and spoken == form.answer
