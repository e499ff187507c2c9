"""Ways out of the house. A channel is anything with `is_on`, `address_of` and `send`; these two come with the platform.

For SMS or WeChat somebody writes a third one of this shape and puts it into CHANNELS below in place of Log; until then
MESSAGE_CHANNEL=log writes what would be sent into the log, with the number masked.
"""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from typing import Any, Protocol

from flask import current_app

from matchplatform.deliveries.rules import masked, one_line

logger = logging.getLogger("matchplatform.deliveries")
TIMEOUT = 20  # seconds for one answer of the mail server


class Unreachable(Exception):
    """The address itself is refused for good; trying again helps nobody."""


class Away(Exception):
    """The way out itself is closed for now: nothing else would get through either."""


class Channel(Protocol):
    """What a way out must be able to do."""

    name: str

    def is_on(self) -> bool:
        """Is it set up?"""

    def address_of(self, user: Any, verified: str | None) -> str | None:
        """Where this person is reached, or None; `verified` is his verified e-mail address."""

    def send(self, address: str, subject: str, text: str, identity: str) -> None:
        """Send. `identity` is the same each time the same thing is sent. Raises Unreachable where the address is
        refused for good, Away where nothing can be sent now, anything else where it may work later."""


class Mail:
    """SMTP; off without SMTP_HOST."""

    name = "mail"

    def is_on(self) -> bool:
        return bool(current_app.config["SMTP_HOST"])

    def address_of(self, _user: Any, verified: str | None) -> str | None:
        return verified

    def send(self, address: str, subject: str, text: str, identity: str) -> None:
        message = letter(address, subject, text, identity)
        try:
            opened = self._server()
        except (OSError, smtplib.SMTPException) as error:
            raise Away(type(error).__name__) from error
        with opened as server:
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                code = next(iter(error.recipients.values()))[0]
                if code >= 500:
                    raise Unreachable(f"{code}") from error
                raise

    @staticmethod
    def _server() -> smtplib.SMTP:
        config = current_app.config
        host, port, kind = config["SMTP_HOST"], config["SMTP_PORT"], config["SMTP_TLS"]
        if kind == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
            if kind == "starttls":
                server.starttls(context=ssl.create_default_context())
        if config["SMTP_USER"]:
            server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
        return server


def letter(address: str, subject: str, text: str, identity: str) -> EmailMessage:
    """The mail itself: plain text, one line of subject, a Message-ID that stays the same."""
    config, message = current_app.config, EmailMessage()
    message["Subject"] = one_line(subject)
    message["From"] = formataddr((one_line(config["SITE_NAME"]), config["MAIL_FROM"]))
    message["To"] = address
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{identity}@{config['MAIL_FROM'].rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


class Log:
    """Writes what would be sent into the log: for trying things out, and as the pattern for a real channel."""

    name = "message"

    def is_on(self) -> bool:
        return current_app.config["MESSAGE_CHANNEL"] == "log"

    def address_of(self, user: Any, _verified: str | None) -> str | None:
        return user.phone or None

    def send(self, address: str, subject: str, _text: str, identity: str) -> None:
        logger.info("message %s to %s: %s", identity, masked(address), one_line(subject))


CHANNELS: dict[str, Channel] = {one.name: one for one in (Mail(), Log())}


def open_channels() -> list[Channel]:
    """Those that are set up."""
    return [one for one in CHANNELS.values() if one.is_on()]
