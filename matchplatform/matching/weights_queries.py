"""Reading the weights of the score: those in force and the former ones."""

from collections.abc import Iterable

import sqlalchemy as sa
from flask import g, has_request_context

from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of, uncommitted
from matchplatform.extensions import db
from matchplatform.matching.models import RankingWeights
from matchplatform.matching.scoring import SHIPPED, Weights

_FIGURES = (RankingWeights.text, RankingWeights.category, RankingWeights.area, RankingWeights.capacity,
            RankingWeights.rating)
_IN_FORCE = sa.select(*_FIGURES).order_by(RankingWeights.version.desc()).limit(1)


def current_weights() -> Weights:
    """The weights in force, the shipped ones as long as no others are; one indexed look-up a request.

    What a request has changed itself is read anew, since it may yet be undone.
    """
    kept = has_request_context() and uncommitted() is None
    if kept and "ranking_weights" in g:
        return g.ranking_weights  # type: ignore[no-any-return]
    row = db.session.execute(_IN_FORCE).first()
    found = Weights(*row) if row else SHIPPED
    if kept:
        g.ranking_weights = found
    return found


def newest() -> RankingWeights | None:
    """The row in force, or None while the shipped weights are."""
    return db.session.scalar(sa.select(RankingWeights).order_by(RankingWeights.version.desc()).limit(1))


def all_weights() -> list[RankingWeights]:
    """Every row, the one in force first."""
    return list(db.session.scalars(sa.select(RankingWeights).order_by(RankingWeights.version.desc())))


def former_weights(number: int = 1, size: int = 20) -> Page[RankingWeights]:
    """The rows that are not in force any more, the latest first."""
    in_force = sa.select(sa.func.max(RankingWeights.version)).scalar_subquery()
    return page_of(sa.select(RankingWeights).where(RankingWeights.version < in_force),
                   (RankingWeights.version.desc(),), number, size)


def weights_by_version(version: int) -> RankingWeights:
    """One row. Raises NotFound."""
    found = db.session.scalar(sa.select(RankingWeights).where(RankingWeights.version == version))
    if found is None:
        raise NotFound
    return found


def versions(rows: Iterable[RankingWeights]) -> dict[int, int]:
    """id -> version of the rows that these were restored from."""
    ids = {row.restored_from for row in rows if row.restored_from is not None}
    return dict(db.session.execute(sa.select(RankingWeights.id, RankingWeights.version).where(
        RankingWeights.id.in_(ids))).tuples().all()) if ids else {}
