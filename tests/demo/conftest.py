"""The demonstration, built once for all tests of this folder, on the database under test.

Building takes a minute, so one worker runs all of this folder (TOGETHER in the top conftest).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import g

from matchplatform.demo.build import build_demo
from matchplatform.extensions import db
from tests import databases
from tests.conftest import make_app, worker_name


@pytest.fixture(scope="session")
def demo_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An application on a database that holds the demonstration."""
    made = databases.template_for(request.config.getoption("--database"), tmp_path_factory.mktemp("demo"),
                                  f"{worker_name()}_demo")
    made.reset()
    app = make_app(made.url, FILES_FOLDER=str(tmp_path_factory.mktemp("demo-files")))
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: vars(g._get_current_object()).clear())
    with app.app_context():
        db.create_all()
        app.built = build_demo()
        db.session.commit()
        db.session.remove()
    app.database_url = made.url
    return app


@pytest.fixture
def demo(demo_app: Any) -> Iterator[Any]:
    """The same, its context pushed; tests here only read, or roll back."""
    with demo_app.app_context():
        yield demo_app
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
