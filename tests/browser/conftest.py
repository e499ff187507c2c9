"""Journeys run against a server on the test's own database."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matchplatform.extensions import db
from tests.browsers import serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser; without it the tests say so (in CI they fail instead)."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            if shutil.which("chromium") is None and "CI" not in os.environ:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed: apt-get install chromium"))


@pytest.fixture
def server(app: Any, people: Any, template: Any, repository: Path) -> Iterator[str]:
    """The address of a server on this test's fresh database."""
    db.session.commit()
    db.session.remove()
    with serving(template.url, repository) as address:
        yield address
