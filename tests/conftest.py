"""Fixtures: a fresh database a test, people of every role, and clients already signed in as them."""

import datetime as dt
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from matchplatform import create_app
from matchplatform.accounts.models import SignIn, User
from matchplatform.accounts.queries import token_hash
from matchplatform.catalog.models import Campaign
from matchplatform.catalog.seed import add_key_counties, load_catalog
from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from tests import databases, factories
from tests.browsers import chromium, window  # noqa: F401
from tests.factories import PASSWORD  # noqa: F401

TOGETHER = ("tests/demo/", "tests/matching/test_encoders.py")
# Machines are noisy: an example that takes long is no fault.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="sqlite", choices=("sqlite", "postgresql"),
                     help="which database the tests run on")


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL server for all workers, started by the main process."""
    config.addinivalue_line("markers", "browser: drives headless Chromium")
    config.addinivalue_line("markers", "once: says nothing about the database; `make test` runs it on SQLite only")
    config.addinivalue_line("markers", "postgresql: about locks of rows, which SQLite with its one writer has not")
    if config.getoption("--database") == "postgresql" and not hasattr(config, "workerinput") \
            and "TEST_DATABASE_URL" not in os.environ:
        server = databases.postgresql_server()
        os.environ["TEST_DATABASE_URL"] = server.__enter__()
        config.add_cleanup(lambda: server.__exit__(None, None, None))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is only about PostgreSQL."""
    if config.getoption("--database") == "sqlite":
        left_out = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


class _Together(LoadScopeScheduling):
    """Each test goes to whichever worker is free, but those of one of TOGETHER to the same one: what they share takes
    long to make. (The marks of pytest-xdist 3.8 are written where pytest 9.2 does not read them.)"""

    def _split_scope(self, nodeid: str) -> str:
        return next((one for one in TOGETHER if nodeid.startswith(one)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together:
    return _Together(config, log)


def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The database template of this worker, built once."""
    with tempfile.TemporaryDirectory(prefix="platform-tests-", dir=databases.roomy_folder()) as folder:
        yield _made_template(request.config.getoption("--database"), Path(folder))


def _made_template(option: str, folder: Path) -> Any:
    made = databases.template_for(option, folder, worker_name())
    made.reset()
    app = make_app(made.url)
    with app.app_context():
        db.create_all()
        load_catalog()
        campaign = Campaign(name="测试行动", starts_on=today() - dt.timedelta(days=400),
                            ends_on=today() + dt.timedelta(days=60), goal=160, source="测试",
                            requires_recommendation=False)  # tests of recommendations switch it on
        db.session.add(campaign)
        db.session.flush()
        add_key_counties(campaign)
        factories.add_people()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    made.keep()
    return made


def make_app(url: str, **overrides: Any) -> Flask:
    """The application on a database, as tests want it."""
    return create_app({"SQLALCHEMY_DATABASE_URI": url, "TESTING": True, "WTF_CSRF_ENABLED": False,
                       "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 30}} if url.startswith("sqlite")
                       else {}, "SERVER_NAME": None, "SECRET_KEY": "test-secret",
                       "MATCH_INDEX_FOLDER": "", "FILES_FOLDER": "/dev/null/files", "MATCH_ENCODER": "off",
                       "MATCH_COMPACTION": "never", "JOBS": "immediate", **overrides})


@pytest.fixture(scope="session")
def shared_app(template: Any) -> Flask:
    """One application a worker: building it costs more than a test."""
    made = make_app(template.url)

    def start_afresh() -> None:
        """A test's requests share its pushed context; without this the second client is the first user."""
        vars(g._get_current_object()).clear()

    made.before_request_funcs.setdefault(None, []).insert(0, start_afresh)
    return made


@pytest.fixture
def app(shared_app: Flask, template: Any) -> Iterator[Flask]:
    """The application on a fresh database, its context pushed."""
    from matchplatform.columns import keeping
    from matchplatform.matching import corpus

    with shared_app.app_context():
        db.session.remove()
        db.engine.dispose()
        template.reset()
        corpus.forget()
        keeping.forget()
        yield shared_app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def people(app: Flask) -> SimpleNamespace:
    """Users by name, see factories.PEOPLE."""
    found = {user.username: user for user in db.session.scalars(db.select(User))}
    return SimpleNamespace(**{name: found[name] for name in factories.PEOPLE})


def sign_in_directly(app: Flask, user: User) -> FlaskClient:
    """A client with a session of the user, without the cost of a password."""
    token = secrets.token_urlsafe(16)
    db.session.add(SignIn(token_hash=token_hash(token), user_id=user.id, started_at=now(),
                          ends_at=now() + dt.timedelta(hours=8)))
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["seen"] = token, True, time.time()
        session.permanent = True
    return client


@pytest.fixture
def as_visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def _client_fixture(name: str) -> Any:
    @pytest.fixture(name=f"as_{name}")
    def client(app: Flask, people: SimpleNamespace) -> FlaskClient:
        return sign_in_directly(app, getattr(people, name))

    return client


for _name in factories.PEOPLE:
    globals()[f"as_{_name}"] = _client_fixture(_name)


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parent.parent
