"""Two processes at once: one success and one sentence, and nothing is lost or doubled."""

import pytest

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.publications.models import Publication
from tests import factories
from tests.publications.racers import race


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


@pytest.fixture
def third(people):
    return factories.make_user("province_officer", username="third.province", name="郑三").id


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def standing(code):
    return db.session.scalar(db.select(Publication).where(Publication.code == code))


def test_two_reviewers_at_once(url, people, third):
    code, second = factories.make_publication(status="submitted").code, people.second_province_officer.id
    settled()
    told = race(url, code, (second, "release"), (third, "release"))
    assert [kind for kind, _ in told] == ["Conflict", "success"]
    assert "已经办了“审核通过，发布”" in told[0][1]
    assert standing(code).released_by in (second, third)


def test_one_releases_while_the_other_returns(url, people, third):
    code, second = factories.make_publication(status="submitted").code, people.second_province_officer.id
    settled()
    told = race(url, code, (second, "release"), (third, "return"))
    assert [kind for kind, _ in told] == ["Conflict", "success"]
    assert standing(code).status in ("released", "returned")


def test_two_who_begin_the_same_revision_go_on_with_one_draft(url, people):
    code, first, second = factories.make_publication().code, people.province_officer.id, \
        people.second_province_officer.id
    settled()
    told = race(url, code, (first, "revise"), (second, "revise"))
    assert [kind for kind, _ in told] == ["success", "success"]
    assert told[0][1] == told[1][1]


def test_a_double_click_is_one_document_and_two_colleagues_draw_two_numbers(url, people):
    first, second = people.province_officer.id, people.second_province_officer.id
    settled()
    assert len({said for _, said in race(url, "", (first, "create"), (first, "create"))}) == 1
    assert race(url, "", (first, "create"), (second, "create")) == [
        ("success", f"FB420000-{today().year}-00{n}") for n in (1, 2)]
