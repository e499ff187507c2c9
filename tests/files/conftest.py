"""A folder of files for each test."""

import pytest


@pytest.fixture(autouse=True)
def folder(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "FILES_FOLDER", str(tmp_path / "files"))
    return tmp_path / "files"


@pytest.fixture
def kept(folder):
    """What lies in the folder now, by path."""
    return lambda: sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
