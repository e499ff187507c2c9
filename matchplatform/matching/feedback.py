"""Weights from decisions: what the parts of a score were when people accepted or declined. Pure.

A decision is explained by a logistic regression on the five figures that the score adds up. Its coefficients, made to
add up to 100, are weights. They cannot be negative, and they are drawn towards the present weights: what is penalised
is the part of the coefficients that lies across the direction of the present ones, so with a strong pull only slope
and middle are left to fit, which is the present score itself. How strong the pull is, cross-validation says. What the
fitted weights are worth is told by decisions that took no part in fitting them: all of a need's stand in one fold.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from matchplatform.core.rules import Verdict
from matchplatform.matching.scoring import Weights

FIGURES = ("text", "category", "area", "capacity", "rating")
TEXT_LEAST, TEXT_MOST = 45, 85      # of 100: the subject leads, but is never all
LEAST = 2                           # of 100: what gives no points leaves no figure to learn from later
PULLS = (1000.0, 100.0, 10.0, 1.0)  # strengths that are tried, the strongest first: it wins a tie
FEWEST, FEWEST_OF_A_KIND = 60, 15
FOLDS = 5
WORSE_ORDER = 0.01                  # of AUC that may be lost
_FLAT = 1e-4                        # keeps the slope finite where the present score separates the decisions
_SEED = 160


@dataclass(frozen=True)
class Decision:
    """What was decided about an offering for a need (its number), and how far each part was met then, 0 to 1; `text`
    is the parts of the text together."""

    need: int
    text: float
    category: float
    area: float
    capacity: float
    rating: float
    accepted: bool


@dataclass(frozen=True)
class Fitted:
    """Weights in whole numbers, what they were drawn towards, and how strongly."""

    weights: Weights
    start: Weights
    pull: float


@dataclass(frozen=True)
class Judged:
    """What fitted weights are worth on decisions that they have not seen; None where that could not be worked out.

    Losses are the mean negative logarithm of the probability given to what was decided; `gain` is by how much the
    fitted weights' is lower, `error` its standard error with needs as the units; `loss_blind` is the loss of giving
    every decision the same probability. AUC is the share of pairs of an accepted and a declined one that stand in the
    right order. Fitted and present weights get slope and middle from the same decisions.
    """

    decisions: int
    accepted: int
    needs: int
    verdict: Verdict
    loss_before: float | None = None
    loss_after: float | None = None
    gain: float | None = None
    error: float | None = None
    auc_before: float | None = None
    auc_after: float | None = None
    loss_blind: float | None = None

    @property
    def declined(self) -> int:
        return self.decisions - self.accepted


def whole(shares: Sequence[float] | np.ndarray) -> Weights:
    """Weights in whole numbers that add up to 100 like the shares, each at most 1 away; the largest remainders are
    rounded up. Raises ValueError where the shares are no numbers, negative, or nothing."""
    values = np.asarray(shares, np.float64)
    if values.shape != (len(FIGURES),) or not np.isfinite(values).all() or values.min() < 0 or not values.sum():
        raise ValueError(f"five shares that are not negative and not all 0 are wanted, not {shares!r}")
    exact = (values / values.sum() * 100).round(9)
    floors = np.floor(exact)
    order = np.argsort(floors - exact, kind="stable")
    floors[order[:int(100 - floors.sum())]] += 1
    return Weights(*(float(value) for value in floors))


def _figures(decisions: Sequence[Decision]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Figures (n, 5), accepted (n,) as 0 or 1, needs (n,)."""
    figures = np.array([[getattr(one, name) for name in FIGURES] for one in decisions], np.float64)
    return (figures.reshape(len(decisions), len(FIGURES)), np.array([one.accepted for one in decisions], np.float64),
            np.array([one.need for one in decisions], np.int64))


def _share(weights: Weights) -> np.ndarray:
    return np.array([getattr(weights, name) for name in FIGURES], np.float64) / 100


def _corners() -> np.ndarray:
    """The extreme allowed weights (8, 5), adding up to 1: every allowed weighting is a mixture of them."""
    others = len(FIGURES) - 1
    rows = []
    for text in (TEXT_LEAST, TEXT_MOST):
        for one in range(others):
            row = np.full(len(FIGURES), float(LEAST))
            row[0], row[1 + one] = text, 100 - text - LEAST * (others - 1)
            rows.append(row / 100)
    return np.array(rows)


_CORNERS = _corners()


def _loss(at: np.ndarray, accepted: np.ndarray) -> np.ndarray:
    """Negative logarithm of the probability of each decision, from the logits."""
    return np.logaddexp(0.0, np.where(accepted > 0, -at, at))


def _regression(figures: np.ndarray, accepted: np.ndarray, across: np.ndarray,
                rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients (5,), a mixture of `rows` (r, 5) with amounts >= 0, and intercept; `across` (5, 5) penalises.

    The sum of losses is made smallest; the penalty is half of b' across b, plus next to nothing on the length.
    """
    design = figures @ rows.T
    penalty = rows @ (across + _FLAT * np.eye(len(FIGURES))) @ rows.T

    def value(x: np.ndarray) -> tuple[float, np.ndarray]:
        """What is made smallest, and its gradient, at the amounts and the intercept (r + 1,)."""
        at = design @ x[:-1] + x[-1]
        off, pulled = expit(at) - accepted, penalty @ x[:-1]
        return (float(_loss(at, accepted).sum() + x[:-1] @ pulled / 2),
                np.append(design.T @ off + pulled, off.sum()))

    first = np.append(np.full(len(rows), 1 / len(rows)), 0.0)
    # Truncated Newton: no linear algebra library, whose threads cost twenty times what so few unknowns do.
    found = minimize(value, first, jac=True, method="TNC", bounds=[(0.0, None)] * len(rows) + [(None, None)],
                     options={"maxfun": 2000, "ftol": 1e-10, "gtol": 1e-6, "xtol": 1e-10})
    return rows.T @ found.x[:-1], float(found.x[-1])


def _pulled(figures: np.ndarray, accepted: np.ndarray, start: Weights, pull: float) -> tuple[np.ndarray, float]:
    """The regression drawn towards the direction of the present weights."""
    share = _share(start)
    direction = share / np.linalg.norm(share)
    across = pull * (np.eye(len(FIGURES)) - np.outer(direction, direction))
    return _regression(figures, accepted, across, _CORNERS)


def _along(figures: np.ndarray, accepted: np.ndarray, weights: Weights) -> tuple[np.ndarray, float]:
    """Slope and middle of the score with these weights, as coefficients and intercept."""
    return _regression(figures, accepted, np.zeros((len(FIGURES), len(FIGURES))), _share(weights)[None, :])


def _folds(needs: np.ndarray, accepted: np.ndarray, folds: int) -> np.ndarray:
    """Each decision's fold (n,): needs are dealt at random, but so that every fold gets its part of what was declined
    and of all."""
    declined, number = Counter(needs[accepted == 0].tolist()), Counter(needs.tolist())
    names = np.unique(needs)
    np.random.default_rng(_SEED).shuffle(names)
    dealt = sorted(names.tolist(), key=lambda one: (-declined[one], -number[one]))
    fold = {one: place % folds for place, one in enumerate(dealt)}
    return np.array([fold[one] for one in needs.tolist()], np.int64)


def _has_both(accepted: np.ndarray) -> bool:
    return bool(accepted.size) and 0 < accepted.sum() < accepted.size


def _best_pull(figures: np.ndarray, accepted: np.ndarray, needs: np.ndarray, start: Weights, folds: int) -> float:
    """The strength with the lowest loss on left-out needs; the strongest where that cannot be told."""
    fold, losses = _folds(needs, accepted, folds), np.zeros(len(PULLS))
    for n in range(folds):
        train, test = fold != n, fold == n
        if not test.any() or not _has_both(accepted[train]):
            continue
        for place, pull in enumerate(PULLS):
            coefficients, intercept = _pulled(figures[train], accepted[train], start, pull)
            losses[place] += _loss(figures[test] @ coefficients + intercept, accepted[test]).sum()
    return PULLS[int(np.argmin(losses.round(9)))]


def _fit(figures: np.ndarray, accepted: np.ndarray, needs: np.ndarray, start: Weights, folds: int) -> Fitted:
    pull = _best_pull(figures, accepted, needs, start, folds)
    coefficients, _ = _pulled(figures, accepted, start, pull)
    # No figure goes with being accepted: nothing speaks for any other direction than the present one.
    weights = whole(coefficients) if coefficients.sum() > 1e-6 else start
    return Fitted(weights, start, pull)


def are_sound(decisions: Sequence[Decision]) -> bool:
    """Is every figure a number from 0 to 1?"""
    figures, _, _ = _figures(decisions)
    return bool(np.isfinite(figures).all() and (figures >= 0).all() and (figures <= 1).all())


def _refuse_start(start: Weights) -> None:
    share = _share(start)
    if not np.isfinite(share).all() or (share < 0).any() or not math.isclose(share.sum(), 1.0):
        raise ValueError(f"weights that add up to 100 are wanted, not {start}")


def fit(decisions: Sequence[Decision], start: Weights, folds: int = FOLDS) -> Fitted:
    """Weights that explain the decisions, drawn towards `start`; the text keeps TEXT_LEAST to TEXT_MOST of 100, every
    fact at least LEAST. Where all decisions are alike, `start` itself.

    Raises ValueError for figures that are not numbers from 0 to 1 and weights that do not add up to 100.
    """
    _refuse_start(start)
    if not are_sound(decisions):
        raise ValueError("figures must be numbers from 0 to 1")
    figures, accepted, needs = _figures(decisions)
    if not _has_both(accepted):
        return Fitted(start, start, PULLS[0])
    return _fit(figures, accepted, needs, start, folds)


def _in_order(at: np.ndarray, accepted: np.ndarray) -> tuple[float, int]:
    """Pairs of an accepted and a declined one in the right order (ties half), of how many."""
    yes, no = at[accepted > 0], at[accepted == 0]
    if not yes.size or not no.size:
        return 0.0, 0
    apart = (yes[:, None] - no[None, :]).round(9)
    return float((apart > 0).sum() + (apart == 0).sum() / 2), apart.size


def _enough(decisions: Sequence[Decision], folds: int) -> Verdict:
    total, yes = len(decisions), sum(one.accepted for one in decisions)
    if not are_sound(decisions):
        return Verdict.no("有的决定当时的得分不是 0 到 1 之间的数。", "请先查清这些结对的得分，再来学习。")
    if total < FEWEST:
        return Verdict.no(f"可用的决定只有 {total} 件，至少要 {FEWEST} 件。", "等有了更多同意和谢绝再来学习。")
    for name, number in (("同意的", yes), ("谢绝的", total - yes)):
        if number < FEWEST_OF_A_KIND:
            return Verdict.no(f"{name}只有 {number} 件，至少要 {FEWEST_OF_A_KIND} 件。",
                              "两种决定都够多，才分得出什么要紧。")
    for accepted in (True, False):
        needs = {one.need for one in decisions if one.accepted is accepted}
        if len(needs) < folds:
            return Verdict.no(f"{'同意' if accepted else '谢绝'}的只涉及 {len(needs)} 条需求，至少要 {folds} 条。",
                              "少数几条需求说明不了全部。")
    return Verdict.yes()


def _verdict(gain: float, error: float, auc_before: float, auc_after: float, over_blind: float) -> Verdict:
    """`over_blind` is by how much the fitted weights tell better than without any figure."""
    if not all(math.isfinite(value) for value in (gain, error, auc_before, auc_after, over_blind)):
        return Verdict.no("交叉验证的结果不是数。", "请把这次用到的决定导出查看。")
    if gain == error == 0:
        return Verdict.no("从各部分决定拟合出来的，都是现在的权重。", "现在的权重合适，不用换。")
    if not gain > error:
        return Verdict.no(f"改进 {gain:.4f} 不大于它的标准误 {error:.4f}，分不清是改进还是巧合。",
                          "保持现在的权重，等有了更多决定再来学习。")
    if not over_blind > 0:
        return Verdict.no("用学到的权重去猜，不比不看得分更准：这些决定和得分看不出关系。",
                          "保持现在的权重，等有了更多决定再来学习。")
    if auc_after < auc_before - WORSE_ORDER:
        return Verdict.no(f"排序正确率由 {auc_before:.3f} 降到 {auc_after:.3f}。", "保持现在的权重。")
    return Verdict.yes()


def judge(decisions: Sequence[Decision], start: Weights, folds: int = FOLDS) -> Judged:
    """What fitting is worth: cross-validated over needs, and whether the fitted weights may be put in force.

    Raises ValueError for weights that do not add up to 100; unsound figures and too few decisions are a verdict.
    """
    _refuse_start(start)
    total, yes = len(decisions), sum(one.accepted for one in decisions)
    many, verdict = len({one.need for one in decisions}), _enough(decisions, folds)
    if not verdict:
        return Judged(total, yes, many, verdict)
    figures, accepted, needs = _figures(decisions)
    fold = _folds(needs, accepted, folds)
    losses, ordered, pairs = np.zeros((3, total)), np.zeros(2), 0
    for n in range(folds):
        train, test = fold != n, fold == n
        fitted = _fit(figures[train], accepted[train], needs[train], start, folds)
        for row, weights in enumerate((start, fitted.weights)):
            coefficients, intercept = _along(figures[train], accepted[train], weights)
            losses[row, test] = _loss(figures[test] @ coefficients + intercept, accepted[test])
            right, number = _in_order(figures[test] @ _share(weights), accepted[test])
            ordered[row] += right
        pairs += number
        share = accepted[train].mean()
        losses[2, test] = -np.log(np.where(accepted[test] > 0, share, 1 - share))
    before, after, blind = (float(one) for one in losses.mean(axis=1))
    gain, error = before - after, _standard_error(losses[0] - losses[1], needs)
    auc_before, auc_after = (float(one) / pairs if pairs else math.nan for one in ordered)
    verdict = _verdict(gain, error, auc_before, auc_after, blind - after)
    return Judged(total, yes, many, verdict, before, after, gain, error, auc_before, auc_after, blind)


def _standard_error(values: np.ndarray, needs: np.ndarray) -> float:
    """Of the mean of the values, whose units are the needs: the linearised ratio estimator (Cochran, Sampling
    Techniques, 3rd ed., section 6.3)."""
    _, place = np.unique(needs, return_inverse=True)
    sums = np.bincount(place, weights=values - values.mean())
    many = len(sums)
    return float(math.sqrt(many / (many - 1) * float((sums ** 2).sum())) / len(values)) if many > 1 else math.nan
