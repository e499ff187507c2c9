"""The codes that verify addresses."""

import hashlib
import hmac

from flask import current_app

from matchplatform.deliveries.models import MailAddress


def code_of(address: MailAddress) -> str:
    """The six digits that verify this address; worked out anew where they are needed, so that they stand nowhere."""
    key = current_app.config["SECRET_KEY"].encode()
    said = f"mail {address.user_id} {address.address} {address.asked_at.isoformat()}"
    return f"{int(hmac.new(key, said.encode(), hashlib.sha256).hexdigest(), 16) % 1_000_000:06d}"
