"""Who may move an order where. The table here was written from the domain page, not from rules.py."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.orders import desk_operations, operations, rules
from matchplatform.orders.models import Order
from tests import factories
from tests.orders.making import accepted, at, in_hand, make_order, reload

COUNTY = {"county_officer", "second_county_officer"}
DESK = COUNTY | {"township_officer"}
HOLDER = {"county_officer"}       # the order below is in his hands, or was
LISTENERS = DESK - HOLDER         # who did not handle it may take the villager's word
RESIDENT = {"resident"}

# (verb, from) -> (to, who); "nobody" moves with the need, its pairings, or the clock
TABLE = {
    ("take", "submitted"): ("reviewing", DESK), ("put_back", "reviewing"): ("submitted", HOLDER),
    ("lapse", "reviewing"): ("submitted", set()),
    ("accept", "reviewing"): ("accepted", HOLDER), ("return", "reviewing"): ("returned", HOLDER),
    ("reopen", "returned"): ("submitted", DESK),
    ("serve", "accepted"): ("serving", set()), ("serve", "delivered"): ("serving", set()),
    ("unserve", "serving"): ("accepted", set()), ("unserve", "delivered"): ("accepted", set()),
    ("deliver", "accepted"): ("delivered", set()), ("deliver", "serving"): ("delivered", set()),
    ("requeue", "accepted"): ("submitted", set()), ("requeue", "serving"): ("submitted", set()),
    ("requeue", "delivered"): ("submitted", set()),
    ("confirm", "delivered"): ("confirmed", RESIDENT | LISTENERS),
    ("dispute", "delivered"): ("submitted", RESIDENT | LISTENERS),
    ("rate", "confirmed"): ("rated", RESIDENT | LISTENERS),
    ("withdraw", "submitted"): ("withdrawn", RESIDENT | DESK),
    ("withdraw", "reviewing"): ("withdrawn", RESIDENT | DESK),
}
NEEDS_REASON = {"return", "reopen", "requeue", "dispute"}
STATES = ("submitted", "reviewing", "accepted", "serving", "delivered", "confirmed", "rated", "returned", "withdrawn")
VERBS = tuple(dict.fromkeys(verb for verb, _ in TABLE))


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}
    assert {row.verb for row in rules.LIFECYCLE.table if row.reason_required} == NEEDS_REASON


def test_every_person_on_every_state_and_verb(people):
    """13 people × 9 states × 14 verbs: allowed exactly where the table says, a sentence everywhere else."""
    everybody = {name: getattr(people, name) for name in factories.PEOPLE} | {"resident": rules.RESIDENT}
    wrong = []
    for (name, actor), state, verb in itertools.product(everybody.items(), STATES, VERBS):
        order = SimpleNamespace(
            status=state, county_code=factories.COUNTY, township_code=people.township_officer.township_code,
            held_by=people.county_officer.id if state == "reviewing" else None, held_until=now() + dt.timedelta(days=1),
            handled_by=people.county_officer.id, disputed_at=None, joined_to_id=None)
        verdict = rules.LIFECYCLE.verdict(verb, state, rules.parties(actor, order), "写明理由")
        if bool(verdict) != (name in TABLE.get((verb, state), ("", set()))[1]):
            wrong.append((name, state, verb, verdict.reason))
        assert verdict or verdict.reason
    assert wrong == []


def test_what_was_called_not_done_is_for_the_county_alone(people):
    order = SimpleNamespace(
        status="submitted", county_code=factories.COUNTY, township_code=people.township_officer.township_code,
        held_by=None, held_until=None, handled_by=None, disputed_at=now(), joined_to_id=None)
    assert "desk" not in rules.parties(people.township_officer, order)
    assert "desk" in rules.parties(people.county_officer, order)


@pytest.mark.parametrize(("source", "target"), [pair for pair in itertools.product(STATES, STATES)
                                                if pair[0] != pair[1]])
def test_a_status_changes_only_along_the_table(source, target):
    order = Order(status="submitted")
    sa.orm.attributes.set_committed_value(order, "status", source)
    if any((source, target) == (key[1], row[0]) for key, row in TABLE.items()):
        order.status = target
    else:
        with pytest.raises(Refusal):
            order.status = target


@pytest.mark.parametrize("change", [
    {"held_by": None}, {"status": "accepted"}, {"status": "withdrawn"}, {"stars": 5}, {"stars": 9},
    {"channel": "phone"}, {"confirmed_at": "now"}, {"phone": None}, {"erased_at": "now"}, {"held_until": None},
    {"read_back_at": "now"}, {"channel": "fax"}, {"status": "done"}])
def test_the_database_refuses_what_the_law_forbids(people, change):
    order = in_hand(make_order(), people.county_officer)
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Order).where(Order.id == order.id).values(
            {name: now() if value == "now" else value for name, value in change.items()}))
    db.session.rollback()


def test_who_handled_it_is_refused_as_listener_by_the_database_too(people):
    order = at("confirmed", people)
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Order).where(Order.id == order.id).values(confirmed_by=people.county_officer.id))
    db.session.rollback()


# ---- each verb on a real record

def test_two_officers_who_take_it_get_one_order_and_one_sentence(people):
    order = make_order()
    seen = order.version
    desk_operations.take(people.county_officer, order, seen)
    with pytest.raises(Conflict, match=r"刘敏.*我来核实"):
        desk_operations.take(people.second_county_officer, order, seen)
    with pytest.raises(Refusal, match="别的同事手上"):
        desk_operations.accept_as_need(people.second_county_officer, order, "")
    with pytest.raises(Refusal, match="别的同事手上"):
        desk_operations.send_back(people.township_officer, order, "打不通")


def test_an_order_in_hand_that_nobody_finishes_goes_back(people):
    from matchplatform.core import clock

    order = in_hand(make_order(), people.county_officer)
    with clock.frozen(order.held_until + dt.timedelta(seconds=1)):
        assert order.state.value == "submitted"
        with pytest.raises(Conflict):
            desk_operations.accept_as_need(people.county_officer, order, "")
        desk_operations.take(people.second_county_officer, order)
    assert (order.status, order.held_by) == ("reviewing", people.second_county_officer.id)
    assert [one.verb for one in order.events] == ["place", "take", "lapse", "take"]


def test_it_becomes_a_draft_of_a_need_in_the_villager_s_words_without_numbers(people):
    order = in_hand(make_order(body="老人没饭吃，打13871296021找我。想有个食堂，七个老人。"), people.township_officer)
    need = desk_operations.accept_as_need(people.township_officer, order, "")
    assert (need.status, need.village, need.township_code) == ("draft", "万冲村", order.township_code)
    assert "13871296021" not in need.body + need.title
    assert "（号码略）" in need.body
    assert (order.status, order.need_id, order.due_at) == ("accepted", need.id, None)


def test_it_is_put_to_a_need_of_its_own_county_that_is_not_over(people):
    order = in_hand(make_order(), people.county_officer)
    elsewhere = factories.make_need(county=factories.OTHER_COUNTY, author="other_county_officer")
    for need, sentence in ((elsewhere, "不是本县"), (factories.make_need(status="fulfilled"), "不能再并进去")):
        with pytest.raises(Refusal, match=sentence):
            desk_operations.accept_into_need(people.county_officer, order, need)
    desk_operations.accept_into_need(people.county_officer, order, factories.make_need())
    assert order.status == "accepted"


def test_a_returned_one_carries_its_reason_and_may_be_taken_up_again(people):
    order = in_hand(make_order(), people.county_officer)
    with pytest.raises(Refusal, match="要写明理由"):
        desk_operations.send_back(people.county_officer, order, "  ")
    desk_operations.send_back(people.county_officer, order, "这件事归教育局，已经告诉本人怎么办。")
    assert (order.status, order.due_at) == ("returned", None)
    desk_operations.reopen(people.second_county_officer, order, "教育局回了话。")
    assert order.status == "submitted"
    assert order.due_at is not None


@pytest.mark.parametrize("verb", ["confirm", "dispute"])
def test_an_officer_takes_a_villager_s_word_only_when_he_read_it_back_and_did_not_handle_it(people, verb):
    order = at("delivered", people)
    with pytest.raises(Refusal, match="您不能"):
        operations.speak(people.county_officer, order, verb, reason="本人说的", read_back=True)
    with pytest.raises(Refusal, match="复述"):
        operations.speak(people.township_officer, order, verb, reason="本人说的")
    operations.speak(people.township_officer, order, verb, reason="本人说的", read_back=True)
    assert order.status == TABLE[(verb, "delivered")][0]
    if verb == "confirm":
        assert order.confirmed_by == people.township_officer.id


def test_whole_numbers_are_seen_for_a_purpose_on_record(people):
    from matchplatform.audit.queries import history

    order = make_order(phone="13871296021")
    with pytest.raises(Refusal, match="用途"):
        desk_operations.show_phone(people.county_officer, order, "看")
    assert desk_operations.show_phone(people.county_officer, order, "打电话核实") == "13871296021"
    row = history("contact", order.code)[-1]
    assert (row.act, row.reason) == ("unmask", "打电话核实")
    assert "13871296021" not in f"{row.detail}{row.object_label}"


def test_no_act_leaves_name_telephone_or_words_in_audit_or_notices(people):
    from matchplatform.audit.models import AuditRow
    from matchplatform.notices.models import Notice

    order = at("delivered", people, phone="13871296021", name="李满仓", body="我家住后山，老人没有热饭吃。")
    operations.speak(rules.RESIDENT, order, "dispute", reason="我李满仓说没有办好")
    db.session.flush()
    kept = "".join(f"{row.detail}{row.reason}{row.object_label}" for row in db.session.scalars(
        db.select(AuditRow).where(AuditRow.kind == "order")))
    kept += "".join(f"{one.title}{one.body}" for one in db.session.scalars(db.select(Notice)))
    assert not [secret for secret in ("13871296021", "李满仓", "后山") if secret in kept]


def test_a_stale_page_is_told_who_was_faster(people):
    order = accepted(make_order(), people.county_officer)
    db.session.commit()
    with pytest.raises(Conflict, match="已经办了“受理”"):
        desk_operations.take(people.second_county_officer, reload(order), 1)
