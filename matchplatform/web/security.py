"""Headers that every answer carries, and where a request comes from."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from matchplatform.core.origin import address

CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
       "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


HEADERS = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
           "Cross-Origin-Opener-Policy": "same-origin"}
LONGEST_ADDRESS = 60  # the audit's column


class RecordNumber(IntegerConverter):
    """`<int:…>` in an address: a number that a database can hold; a longer one is no page (404), not a fault."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": 2**31 - 1, **kwargs})


def headers_of(app: Flask) -> dict[str, str]:
    """The headers of every answer, pages and files alike."""
    strict = {"Strict-Transport-Security": "max-age=31536000"} if app.config["SESSION_COOKIE_SECURE"] else {}
    return HEADERS | strict


def init_security(app: Flask) -> None:
    """Set the headers; believe forwarded addresses only from as many proxies as the settings name."""
    app.url_map.converters["int"] = RecordNumber
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)  # type: ignore

    @app.before_request
    def note_origin() -> None:
        address.set((request.remote_addr or "")[:LONGEST_ADDRESS])

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in headers_of(app).items():
            response.headers.setdefault(name, value)
        if (request.endpoint != "static" or response.status_code >= 400) and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
