"""A folder for signed copies, and pairings to sign."""

import pytest

from tests.agreements.making import approved


@pytest.fixture(autouse=True)
def files_folder(shared_app, tmp_path):
    """Files go to a folder of the test."""
    before = shared_app.config["FILES_FOLDER"]
    shared_app.config["FILES_FOLDER"] = str(tmp_path / "files")
    yield tmp_path / "files"
    shared_app.config["FILES_FOLDER"] = before


@pytest.fixture
def pairing(people):
    from matchplatform.extensions import db

    made = approved()
    db.session.commit()
    return made
