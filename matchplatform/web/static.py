"""Static files straight from the WSGI layer: compressed transfer is the proxy's job, freshness is the version's."""

from flask import Flask
from whitenoise import WhiteNoise

from matchplatform.web.security import headers_of

YEAR = 365 * 24 * 3600


def init_static(app: Flask) -> None:
    """Serve static/ without entering Flask; URLs carry a version, so browsers may keep what they got."""

    def harden(headers: object, path: str, url: str) -> None:
        for name, value in headers_of(app).items():
            headers[name] = value  # type: ignore[index]

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=app.static_folder, prefix="static/", max_age=YEAR, add_headers_function=harden,
        autorefresh=bool(app.config["ENVIRONMENT"] != "production"))
