"""Two processes write at once: a second click makes no second need, two colleagues draw two numbers."""

import pytest

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from tests.needs.racers import race

VALUES = {"title": "老人一天只做一顿饭", "category_code": "elderly_care", "body": "村里75岁以上老人68个。"}


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def codes():
    return sorted(db.session.scalars(db.select(Need.code)))


def test_a_double_click_in_two_processes_is_one_need(url, people):
    writer = people.county_officer.id
    settled()
    code = f"XQ420921-{today().year}-001"
    assert race(url, VALUES, writer, writer) == [code, code]
    assert codes() == [code]


def test_two_colleagues_draw_two_numbers(url, people):
    writers = [people.county_officer.id, people.second_county_officer.id]
    settled()
    wanted = [f"XQ420921-{today().year}-00{n}" for n in (1, 2)]
    assert race(url, VALUES, *writers) == wanted
    assert codes() == wanted
