"""Agreements for tests, through the operations."""

import io

from matchplatform.agreements import operations, queries
from matchplatform.extensions import db
from matchplatform.files import storage
from matchplatform.files.operations import attach
from tests import factories

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"


def approved(**values):
    """An approved pairing of the first organization and the county, ten sets of tables taken, with an offer."""
    need = factories.make_need()
    return factories.make_pairing(**{"status": "approved", "need": need, "taken": {need.lines[0]: 10},
                                     "offered_funds_fen": 3_840_000, "offered_in_kind_fen": 6_000_000, **values})


def content_of(pairing, **changes):
    """What stands on the page at first, with changes, as the form gives it."""
    first = queries.first_content(pairing)
    return {**first, **queries.contents.days_of(first), **changes}


def prepare(actor, pairing, **changes):
    """Save a version; answers the agreement."""
    agreement, _ = operations.save(actor, pairing, content_of(pairing, **changes),
                                   queries.newest_number(queries.agreement_of(pairing)))
    db.session.commit()
    return agreement


def sign_both(people, pairing, **changes):
    """Prepared and confirmed by both."""
    agreement = prepare(people.county_officer, pairing, **changes)
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    operations.confirm(people.county_officer, pairing, agreement.sha256)
    db.session.commit()
    return agreement


def picture(shade=120):
    """A photo of a signed page."""
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (640, 900), (shade, shade, shade)).save(made, "PNG")
    return made.getvalue()


def send_copy(actor, pairing, shade=120):
    """A signed copy as an attachment."""
    found, _ = attach(actor, "agreement", pairing.code, storage.receive("协议.png", picture(shade)), publicity="own")
    db.session.commit()
    return found
