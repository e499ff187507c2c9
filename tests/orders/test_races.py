"""At the same moment, in real processes: one order of two clicks, one holder of two officers."""

from matchplatform.extensions import db
from matchplatform.orders.models import Order
from tests.orders.making import make_order, township
from tests.orders.racers import race


def test_two_clicks_at_once_are_one_order_with_one_number(app, people, template):
    where = township()
    db.session.commit()
    db.session.remove()
    told = race(template.url, "place", *[(where, "13871296021", "the-same-form")] * 2, (where, "13871296021", ""))
    assert [kind for kind, _ in told] == ["success"] * 3
    assert len({receipt for _, receipt in told}) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 1


def test_two_officers_who_take_it_at_once_are_one_holder_and_one_sentence(app, people, template):
    order = make_order()
    number, first, second = order.id, people.county_officer.id, people.second_county_officer.id
    db.session.commit()
    db.session.remove()
    told = race(template.url, "take", (first, number), (second, number))
    assert sorted(kind for kind, _ in told) == ["Conflict", "success"]
    assert next(sentence for kind, sentence in told if kind == "Conflict")
    assert db.session.get(Order, number).held_by in (first, second)
