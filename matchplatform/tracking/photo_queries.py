"""Which photo of a report looks like one of another pairing or period, and which was taken at another time."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from matchplatform.core.clock import local
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.files.queries import attachments_of, stamp_of
from matchplatform.pairings.models import Pairing
from matchplatform.tracking import rules
from matchplatform.tracking.models import PhotoPrint, ProgressReport
from matchplatform.tracking.photos import alike, says_something


@dataclass(frozen=True)
class Twin:
    """A photo that looks like one here, and the report in which it stands."""

    attachment_id: int
    pairing_code: str
    period: rules.Period


def twins_of(report: ProgressReport) -> dict[int, list[Twin]]:
    """Attachment id of a photo in this report -> alike photos of other pairings, or of other periods of this one."""
    present = sa.select(PhotoPrint.attachment_id, PhotoPrint.looks, PhotoPrint.period, Pairing.code).join(
        Pairing, Pairing.id == PhotoPrint.pairing_id).join(
        Attachment, Attachment.id == PhotoPrint.attachment_id).where(Attachment.removed_at.is_(None))
    here = sa.and_(PhotoPrint.pairing_id == report.pairing_id, PhotoPrint.period == report.period)
    mine = [one for one in db.session.execute(present.where(here)) if says_something(one.looks)]
    if not mine:
        return {}
    others = db.session.execute(present.where(~here)).all()
    looks = [one.looks for one in others]
    found = {one.attachment_id: [Twin(others[n].attachment_id, others[n].code, rules.period_named(others[n].period))
                                 for n in alike(one.looks, looks)] for one in mine}
    return {number: twins for number, twins in found.items() if twins}


def misdated(report: ProgressReport) -> list[tuple[str, dt.date]]:
    """(name, day) of the photos kept as evidence whose camera says that they were taken before the report's period or
    after the report was due. A camera's clock may be wrong: a reason to ask, no proof."""
    taken = [(one.name, stamp_of(one).taken_at) for one in attachments_of("progress", report.code)]
    days = [(name, local(at).date()) for name, at in taken if at is not None]
    return [(name, day) for name, day in days if not report.span.covers(day)]
