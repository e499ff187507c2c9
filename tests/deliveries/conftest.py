"""A mail server for the tests: aiosmtpd on a free port, keeping what it receives."""

import email
import email.policy

import pytest
from aiosmtpd.controller import Controller

from matchplatform.core.clock import now
from matchplatform.deliveries.models import MailAddress
from matchplatform.extensions import db
from tests.browsers import free_port


class Post:
    """What has been received; `refuse` holds addresses that the server does not know, `down` makes it say 451."""

    def __init__(self):
        self.mails, self.refuse, self.down = [], set(), False

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.down:
            return "451 try again later"
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def subjects(self):
        return [one["Subject"] for one in self.mails]


@pytest.fixture
def post(app, monkeypatch):
    """The mail server, set up in the application."""
    handler = Post()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    for name, value in {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_TLS": "none",
                        "MAIL_FROM": "platform@example.org", "SITE_ADDRESS": "https://example.org"}.items():
        monkeypatch.setitem(app.config, name, value)
    handler.port = port
    yield handler
    controller.stop()


@pytest.fixture
def reachable(people):
    """Give people verified addresses."""
    def give(*names):
        for name in names:
            db.session.add(MailAddress(user_id=getattr(people, name).id, address=f"{name}@example.org",
                                       verified_at=now(), asked_at=now()))
        db.session.flush()
    return give
