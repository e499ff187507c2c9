"""From pairings to weights: which decisions tell something, and the command that learns from them."""

import datetime as dt
import json
from dataclasses import asdict, astuple

import numpy as np
import pytest

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.matching import weights_queries
from matchplatform.matching.combination import TextMatch
from matchplatform.matching.scoring import SHIPPED, Context, Weights, score
from matchplatform.matching.weights_queries import current_weights
from matchplatform.pairings import decisions as reading
from matchplatform.pairings.decisions import evidence
from matchplatform.pairings.models import Pairing, PairingEvent
from tests import factories


def reasons(text=0.5, area="city", category=True, meaning=True, weights=SHIPPED):
    """What a proposal keeps of its score."""
    match = TextMatch(5.0, text, 0.2, {"words": 0.4, "e": 0.6} if meaning else {"words": 1.0})
    context = Context(category, "养老服务", "养老服务" if category else "产业", area, "直接服务孝昌县", 2, 3, "4A",
                      True, True)
    return json.dumps([asdict(part) for part in score(match, context, (), weights).parts], ensure_ascii=False)


@pytest.fixture
def made(people):
    """Pairings with a kept score, by the number of the pairing."""
    def make(status, told=None, **values):
        pairing = factories.make_pairing(status=status, **values)
        pairing.reasons = reasons() if told is None else told
        db.session.flush()
        return pairing

    return make


@pytest.mark.parametrize("status", ["accepted", "approved", "active", "completed"])
def test_what_the_other_side_agreed_to_is_accepted(made, status):
    pairing = made(status)
    one, = evidence().decisions
    assert (one.need, one.accepted) == (pairing.need_id, True)


@pytest.mark.parametrize("status", ["declined", "rejected"])
def test_a_no_is_declined(made, status):
    made(status)
    assert [one.accepted for one in evidence().decisions] == [False]


@pytest.mark.parametrize(("status", "why"), [
    ("proposed", reading.WAITING), ("withdrawn", reading.WITHDRAWN), ("terminated", reading.TERMINATED)])
def test_what_was_not_decided_about_the_fit_is_left_out_and_said(made, status, why):
    made(status)
    found = evidence()
    assert (found.decisions, found.found, found.left_out) == ((), 1, {why: 1})


@pytest.mark.parametrize(("status", "left_out"), [("declined", {reading.LAPSED: 1}), ("rejected", {reading.LAPSED: 1})])
def test_what_ended_with_its_need_is_left_out(made, status, left_out):
    pairing = made(status)
    db.session.add(PairingEvent(pairing_id=pairing.id, actor_id=None, verb="lapse", target=status))
    db.session.flush()
    assert evidence().left_out == left_out
    db.session.add(PairingEvent(pairing_id=pairing.id, actor_id=None, verb="decline", target=status))
    db.session.flush()
    assert len(evidence().decisions) == 1  # reinstated since, and then declined


@pytest.mark.parametrize(("hours", "told"), [(-1, False), (1, True)])
def test_a_no_after_the_closing_time_is_left_out(made, hours, told):
    made("declined", need=factories.make_need(closing_at=now() + dt.timedelta(hours=hours)))
    assert bool(evidence().decisions) is told
    assert bool(evidence().left_out.get(reading.CLOSED)) is not told


@pytest.mark.parametrize(("status", "earlier", "told"), [
    ("approved", True, False), ("completed", True, False), ("approved", False, True), ("accepted", True, True),
    ("terminated", True, True)])
def test_a_no_to_a_need_that_another_had_is_left_out(made, status, earlier, told):
    need, other = factories.make_need(), factories.make_organization(name="另一家组织（演示）")
    moment = now() - dt.timedelta(hours=2) if earlier else now() + dt.timedelta(hours=2)
    ended = {"ended_at": now() - dt.timedelta(hours=1)} if status in ("terminated", "completed") else {}
    made(status, need=need, organization=other, approved_at=moment, **ended)
    made("declined", need=need)
    assert any(not one.accepted for one in evidence().decisions) is told
    assert evidence().left_out.get(reading.TAKEN, 0) == (not told)


@pytest.mark.parametrize(("capacity", "told"), [(1, False), (2, True)])
def test_a_no_for_want_of_room_is_left_out(made, capacity, told):
    offering = factories.make_offering(factories.first_organization(), capacity=capacity)
    made("accepted", offering=offering, approved_at=now() - dt.timedelta(hours=2))
    made("declined", offering=offering)
    assert any(not one.accepted for one in evidence().decisions) is told
    assert evidence().left_out.get(reading.FULL, 0) == (not told)


@pytest.mark.parametrize("meaning", [True, False])
def test_the_figures_are_points_over_full_points(made, meaning):
    made("accepted", reasons(text=0.5, area="city", category=False, meaning=meaning))
    one, = evidence().decisions
    assert one.text == pytest.approx(0.5, abs=0.01)
    assert (one.category, one.area, one.capacity) == (0.0, 14 / 16, 1.0)
    assert one.rating == pytest.approx(0.85, abs=0.03)


@pytest.mark.parametrize("told", [
    "[]", reasons().replace("服务区域", "路程"), reasons().replace("对应词句", "内容相近"),
    reasons(weights=Weights(70.0, 0.0, 16.0, 6.0, 8.0)),
    json.dumps([part for part in json.loads(reasons()) if part["label"] != "容量"], ensure_ascii=False)])
def test_another_ruler_is_left_out(made, told):
    made("accepted", told)
    assert evidence().left_out == {reading.OTHER_RULER: 1}


def test_reading_costs_two_statements_however_many_there_are(made):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    for _ in range(3):
        made("accepted")
    db.session.commit()
    db.event.listen(db.engine, "before_cursor_execute", note)
    try:
        evidence()
    finally:
        db.event.remove(db.engine, "before_cursor_execute", note)
    assert sum(one.startswith("SELECT") for one in statements) == 2


# ---- the commands

def shared_out(number, seed, followed):
    """Pairings with one need and one offering, on invented needs, whose decisions follow `followed`, or none."""
    chance, rows = np.random.default_rng(seed), []
    first = factories.make_pairing(status="proposed")
    for place in range(number):
        area, category = chance.choice(["county", "city", "province", None]), bool(chance.random() < 0.5)
        text = float(chance.beta(1.2, 1.2))
        met = (text, float(category), {"county": 1.0, "city": 0.9, "province": 0.8, None: 0.0}[area])
        likely = 0.6 if followed is None else 1 / (1 + np.exp(-9 * (np.dot(met, followed) - np.sum(followed) / 2)))
        accepted = bool(chance.random() < likely)
        rows.append({
            "code": f"JD2026-9{place:03d}", "need_id": first.need_id, "offering_id": first.offering_id,
            "organization_id": first.organization_id, "county_code": first.county_code,
            "category_code": first.category_code, "origin": "bid", "approval_level": "province", "score": 50,
            "reasons": reasons(text, area, category), "proposed_by": first.proposed_by,
            "status": "completed" if accepted else "declined"})
    return rows


@pytest.fixture
def history(people):
    """Puts pairings into the database as old stock: each on a need of its own."""
    def put(number, seed=1, followed=(0.45, 0.05, 0.5)):
        moment = now() - dt.timedelta(days=3)
        officer, approver = people.county_officer.id, people.province_officer.id
        for row in shared_out(number, seed, followed):
            status, need = row.pop("status"), factories.make_need(lines=False)
            done = {"accepted_by": officer, "accepted_at": moment, "approver_id": approver, "approved_at": moment,
                    "signed_on": moment.date(), "starts_on": moment.date(), "ends_on": now().date(), "funds_fen": 0,
                    "in_kind_fen": 0, "completed_at": moment} if status == "completed" else {}
            db.session.execute(db.insert(Pairing).values(**{**row, "need_id": need.id}, status=status,
                                                         ended_at=moment, **done))
        db.session.commit()

    return put


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["match", *arguments])


def test_learn_reports_and_changes_nothing_until_it_is_told_to(app, history):
    history(160)
    done = run(app, "learn")
    assert done.exit_code == 0, done.output
    assert "结对 161 件，能看出合不合适的决定 160 件" in done.output
    assert f"{reading.WAITING}：1 件" in done.output
    assert "内容　　   62 → " in done.output
    assert "对数损失" in done.output
    assert "可以采用" in done.output
    assert current_weights() == SHIPPED
    done = run(app, "learn", "--adopt", "--note", "十一月")
    assert done.exit_code == 0, done.output
    assert "已采用，现在是第 2 版" in done.output
    db.session.expire_all()
    row = weights_queries.newest()
    assert row.area > SHIPPED.area + 5
    assert sum(astuple(row.weights)) == 100
    assert (row.decisions, row.note, row.created_by) == (160, "十一月", None)
    assert row.gain > row.error > 0
    again = run(app, "learn", "--adopt")
    assert again.exit_code == 1, again.output
    assert "结论：不采用" in again.output


@pytest.mark.parametrize(("number", "followed", "said"), [
    (40, (0.45, 0.05, 0.5), "可用的决定只有 40 件，至少要 60 件"), (120, None, "保持现在的权重")])
def test_learn_refuses_what_is_not_better(app, history, number, followed, said):
    history(number, followed=followed)
    for option, code in (((), 0), (("--adopt",), 1)):
        done = run(app, "learn", *option)
        assert done.exit_code == code, done.output
        assert "结论：不采用" in done.output
        assert said in done.output
    assert current_weights() == SHIPPED


def test_learn_on_an_empty_database_says_so(app):
    done = run(app, "learn")
    assert done.exit_code == 0
    assert "可用的决定只有 0 件" in done.output
