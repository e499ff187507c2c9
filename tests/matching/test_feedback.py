"""Weights from decisions: what is there is found, what is not there is refused."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.matching import rules
from matchplatform.matching.feedback import (
    FEWEST_OF_A_KIND,
    FIGURES,
    LEAST,
    TEXT_LEAST,
    TEXT_MOST,
    Decision,
    _folds,
    _in_order,
    _standard_error,
    _verdict,
    fit,
    judge,
    whole,
)
from matchplatform.matching.scoring import AREA_SHARES, RATING_SHARES, SHIPPED, Weights

pytestmark = pytest.mark.once

AREA_FIRST = (45, 5, 40, 5, 5)


def drawn(number, seed, followed=None, needs=None):
    """Decisions that follow a score with these weights, or nothing at all."""
    chance = np.random.default_rng(seed)
    figures = np.column_stack([
        chance.beta(1.2, 1.2, number), chance.random(number) < 0.6, chance.choice([0, *AREA_SHARES.values()], number),
        chance.choice([0, 0.75, 1], number, p=[0.1, 0.2, 0.7]), chance.choice([0, *RATING_SHARES.values()], number)])
    if followed is None:
        likely = np.full(number, 0.7)
    else:
        at = 7 * figures @ (np.array(followed) / 100)
        likely = 1 / (1 + np.exp(-(at - np.median(at) + 0.5)))
    accepted, on = chance.random(number) < likely, chance.integers(needs or number // 2, size=number)
    return [Decision(int(on[i]), *map(float, figures[i]), bool(accepted[i])) for i in range(number)]


@pytest.mark.parametrize("seed", range(3))
def test_what_weighs_more_than_shipped_is_found_and_worth_it(seed):
    decisions = drawn(400, seed, AREA_FIRST)
    fitted, judged = fit(decisions, SHIPPED), judge(decisions, SHIPPED)
    assert judged.verdict
    assert judged.gain > judged.error > 0
    assert judged.gain == pytest.approx(judged.loss_before - judged.loss_after)
    assert judged.auc_after > judged.auc_before > 0.5
    assert fitted.weights.area >= 26 > SHIPPED.area
    assert fitted.weights.text < SHIPPED.text
    assert (judged.decisions, judged.accepted + judged.declined) == (400, 400)
    assert judged.needs == len({one.need for one in decisions})


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_refused(seed):
    judged = judge(drawn(200, seed), SHIPPED)
    assert not judged.verdict
    assert judged.verdict.reason
    assert judged.verdict.remedy
    assert not judged.gain > judged.error or judged.loss_after >= judged.loss_blind \
        or judged.auc_after < judged.auc_before - 0.01


@pytest.mark.parametrize("seed", range(3))
def test_decisions_by_the_present_weights_leave_them(seed):
    decisions = drawn(400, seed, astuple(SHIPPED))
    assert not judge(decisions, SHIPPED).verdict
    assert np.abs(np.subtract(astuple(fit(decisions, SHIPPED).weights), astuple(SHIPPED))).max() <= 8


def few_declined(number):
    decisions = [one for one in drawn(300, 1, AREA_FIRST, needs=300) if one.accepted][:80]
    return decisions + [replace(one, accepted=False, need=1000 + n) for n, one in enumerate(decisions[:number])]


@pytest.mark.parametrize(("decisions", "said"), [
    ([], "只有 0 件"), (drawn(59, 1, AREA_FIRST), "只有 59 件，至少要 60 件"),
    (few_declined(FEWEST_OF_A_KIND - 1), "谢绝的只有 14 件"),
    ([replace(one, accepted=not one.accepted) for one in few_declined(14)], "同意的只有 14 件"),
    ([replace(one, need=7) if not one.accepted else one for one in drawn(200, 1, AREA_FIRST)], "谢绝的只涉及 1 条需求"),
    ([replace(one, need=7) if one.accepted else one for one in drawn(200, 1, AREA_FIRST)], "同意的只涉及 1 条需求")])
def test_too_few_are_refused_with_the_number(decisions, said):
    judged = judge(decisions, SHIPPED)
    assert not judged.verdict
    assert said in judged.verdict.reason
    assert judged.verdict.remedy
    assert judged.gain is None


def test_just_enough_is_judged():
    assert judge(few_declined(FEWEST_OF_A_KIND), SHIPPED).gain is not None
    assert judge(drawn(60, 3, AREA_FIRST), SHIPPED).gain is not None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
@pytest.mark.parametrize("name", FIGURES)
def test_what_is_no_figure_is_refused(name, value):
    decisions = drawn(100, 1, AREA_FIRST)
    decisions[40] = replace(decisions[40], **{name: value})
    assert "不是 0 到 1 之间的数" in judge(decisions, SHIPPED).verdict.reason
    with pytest.raises(ValueError, match="from 0 to 1"):
        fit(decisions, SHIPPED)


@pytest.mark.parametrize("bad", [Weights(text=float("nan")), Weights(text=63.0),
                                 Weights(text=72.0, area=-2.0, rating=16.0)])
def test_weights_that_are_none_are_refused(bad):
    for call in (fit, judge):
        with pytest.raises(ValueError, match="add up to 100"):
            call(drawn(100, 1, AREA_FIRST), bad)


NAN = float("nan")


@pytest.mark.parametrize(("figures", "said"), [
    ((NAN, 0.1, 0.7, 0.7, 0.1), "不是数"), ((0.2, NAN, 0.7, 0.7, 0.1), "不是数"),
    ((0.2, 0.1, NAN, 0.7, 0.1), "不是数"), ((0.2, 0.1, 0.7, NAN, 0.1), "不是数"),
    ((0.2, 0.1, 0.7, 0.7, NAN), "不是数"), ((0.1, 0.1, 0.7, 0.8, 0.1), "不大于"),
    ((-0.1, 0.01, 0.7, 0.8, 0.1), "不大于"), ((0.0, 0.0, 0.7, 0.7, 0.1), "都是现在的权重"),
    ((0.2, 0.1, 0.5, 0.5, 0.0), "不比不看得分更准"), ((0.2, 0.1, 0.71, 0.69, 0.1), "排序正确率"),
    ((0.2, 0.1, 0.7, 0.695, 0.1), ""), ((0.2, 0.1, 0.7, 0.8, 0.1), "")])
def test_the_verdict_on_what_was_measured(figures, said):
    verdict = _verdict(*figures)
    assert bool(verdict) is not bool(said)
    assert said in verdict.reason


def lawful(weights):
    values = astuple(weights)
    return (sum(values) == 100 and all(value == int(value) for value in values)
            and TEXT_LEAST <= weights.text <= TEXT_MOST and min(values[1:]) >= LEAST)


figure = st.floats(0, 1)
decision = st.builds(Decision, st.integers(1, 8), figure, figure, figure, figure, figure, st.booleans())


@settings(max_examples=60)
@given(st.lists(decision, max_size=40))
def test_fitted_weights_are_whole_and_add_up_to_100(decisions):
    assert lawful(fit(decisions, SHIPPED).weights)


@settings(max_examples=200)
@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=5).filter(lambda shares: sum(shares) > 1e-6))
def test_rounding_moves_no_share_by_more_than_one(shares):
    weights = np.array(astuple(whole(shares)))
    assert weights.sum() == 100
    assert np.abs(weights - np.array(shares) / sum(shares) * 100).max() < 1 + 1e-6


@pytest.mark.parametrize("shares", [(0, 0, 0, 0, 0), (1, 1, 1, 1), (1, 1, -1, 1, 1), (1, 1, NAN, 1, 1)])
def test_what_is_no_share_is_not_rounded(shares):
    with pytest.raises(ValueError, match="five shares"):
        whole(shares)


def test_decisions_that_are_all_alike_teach_nothing():
    same = [replace(one, accepted=True) for one in drawn(80, 1)]
    assert fit(same, SHIPPED).weights == SHIPPED
    assert fit([], SHIPPED).weights == SHIPPED
    against = [Decision(n, n % 2, n % 2, n % 2, n % 2, n % 2, n % 2 == 0) for n in range(80)]
    assert fit(against, SHIPPED).weights == SHIPPED  # the better it fits, the surer it is declined


def test_fits_are_drawn_towards_the_weights_in_force():
    decisions, other = drawn(80, 2, AREA_FIRST), Weights(50.0, 12.0, 26.0, 6.0, 6.0)
    near, far = fit(decisions, other).weights, fit(decisions, SHIPPED).weights
    assert abs(near.area - other.area) <= abs(far.area - other.area)
    assert fit(decisions, other).start == other


def test_the_same_decisions_give_the_same_answer():
    decisions = drawn(150, 4, AREA_FIRST)
    assert judge(decisions, SHIPPED) == judge(list(decisions), SHIPPED)
    assert fit(decisions, SHIPPED) == fit(list(decisions), SHIPPED)


def test_a_need_stands_in_one_fold_and_every_fold_has_its_part():
    decisions = drawn(200, 1, AREA_FIRST, needs=60)
    needs = np.array([one.need for one in decisions])
    accepted = np.array([float(one.accepted) for one in decisions])
    fold = _folds(needs, accepted, 5)
    assert all(len(set(fold[needs == need])) == 1 for need in set(needs))
    declined = np.bincount(fold[accepted == 0], minlength=5)
    assert declined.min() >= declined.max() / 2


def test_pairs_in_order_are_counted_as_one_by_one():
    at, accepted = np.array([0.9, 0.2, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    assert _in_order(at, accepted) == (1 + 1 + 0 + 1 + 0.5 + 1, 6)
    assert _in_order(at[:2], accepted[:2]) == (0.0, 0)


def test_the_standard_error_counts_needs_not_decisions():
    values = np.array([0.1, 0.3, -0.2, 0.4])
    alone = _standard_error(values, np.arange(4))
    assert alone == pytest.approx(values.std(ddof=1) / 2)
    assert _standard_error(np.tile(values, 5), np.tile(np.arange(4), 5)) == pytest.approx(alone)


def test_the_parts_have_the_names_of_the_weights_and_shipped_ones_are_lawful():
    assert rules.PARTS.values == FIGURES == tuple(Weights.__dataclass_fields__)
    assert lawful(SHIPPED)
