"""Keeping how a report's photos look."""

from matchplatform.extensions import db
from matchplatform.files import storage
from matchplatform.files.models import Attachment
from matchplatform.tracking.models import PhotoPrint, ProgressReport
from matchplatform.tracking.photos import looks_of


def remember(report: ProgressReport, attachment: Attachment) -> None:
    """Keep how a new photo of a report looks; papers have no looks."""
    if attachment.has_preview:
        db.session.add(PhotoPrint(attachment_id=attachment.id, pairing_id=report.pairing_id, period=report.period,
                                  looks=looks_of(storage.preview_of(attachment.stored_name))))
        db.session.flush()
