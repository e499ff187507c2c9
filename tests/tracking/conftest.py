"""A folder of their own for the photos of these tests."""

import pytest


@pytest.fixture(autouse=True)
def own_folder(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "FILES_FOLDER", str(tmp_path / "files"))
