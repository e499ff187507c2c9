"""A process of its own that sends what is due. Importable by child processes."""

import os
from typing import Any


def send(url: str, port: int, gate: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.deliveries import work
    from matchplatform.extensions import db
    from matchplatform.jobs.models import Job
    from tests.conftest import make_app

    with make_app(url, SMTP_HOST="127.0.0.1", SMTP_PORT=port, SMTP_TLS="none",
                  MAIL_FROM="platform@example.org").app_context():
        gate.wait(60)
        work.deliver(Job(kind="deliver"))
        db.session.remove()
        db.engine.dispose()
