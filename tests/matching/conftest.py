"""The application on an index that has a fresh part."""

import pytest

from matchplatform.matching import corpus
from tests.matching.memory_index import ENGINE


@pytest.fixture(params=["simple", "product"])
def followed(request, app, people, monkeypatch, tmp_path):
    """The application on an index with a fresh part, its bases in a folder, no new base unless a test wants one.

    Simple: the tests' own index; product: the engine that users have.
    """
    if request.param == "simple":
        monkeypatch.setattr(corpus, "engine", lambda side: ENGINE)
    monkeypatch.setitem(app.config, "MATCH_INDEX_FOLDER", str(tmp_path / "index"))
    yield app
    corpus.forget()
