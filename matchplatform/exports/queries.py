"""Reading what was exported."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Choice
from matchplatform.exports.models import Export
from matchplatform.extensions import db
from matchplatform.jobs.models import Job

KIND = "export"  # of jobs and notices
MOST = 50


@dataclass(frozen=True)
class Listed:
    """An export with the job that makes it."""

    export: Export
    job: Job | None

    @property
    def state(self) -> Choice:
        """Ready, or what the job says."""
        return self.export.state if self.export.status == "ready" or self.job is None else self.job.state


def own_exports(actor: Any) -> list[Listed]:
    """The person's exports that are being made or can still be fetched, the newest first."""
    rows = db.session.execute(
        sa.select(Export, Job).outerjoin(Job, sa.and_(Job.kind == KIND, Job.subject_code == sa.cast(
            Export.id, sa.String)))
        .where(Export.user_id == actor.id, Export.ends_at > now()).order_by(Export.id.desc()).limit(MOST))
    return [Listed(export, job) for export, job in rows]


def own_export(actor: Any, export_id: int) -> Export:
    """One of the person's own, as long as its file is kept. Raises NotFound."""
    found = db.session.scalar(sa.select(Export).where(
        Export.id == export_id, Export.user_id == actor.id, Export.ends_at > now()))
    if found is None:
        raise NotFound
    return found


def export_by_id(export_id: int) -> Export | None:
    """Any export, or None when it has gone."""
    return db.session.get(Export, export_id)


def ended(moment: dt.datetime) -> list[Export]:
    """Exports that are no longer kept."""
    return list(db.session.scalars(sa.select(Export).where(Export.ends_at <= moment).order_by(Export.id)))
