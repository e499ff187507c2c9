"""Many needs at once, and what an answer holds."""

import csv
import io

import openpyxl

from matchplatform.extensions import db
from matchplatform.needs.models import Need, NeedLine
from tests import factories


def many_needs(count, **values):
    """So many released needs like one that the factory makes, each with a line; committed."""
    first = factories.make_need(**values)
    db.session.flush()
    plain = {column.name: getattr(first, column.name) for column in Need.__table__.columns
             if column.name not in ("id", "code")}
    db.session.execute(db.insert(Need), [{**plain, "code": f"XQ420921-2025-{n:05d}"} for n in range(1, count)])
    ids = db.session.scalars(db.select(Need.id).where(Need.id != first.id)).all()
    db.session.execute(db.insert(NeedLine), [
        {"need_id": one, "position": 1, "item": "餐桌椅", "quantity": 17, "unit": "套", "unit_price_fen": 60_000,
         "committed": 5, "delivered": 2} for one in ids])
    db.session.commit()
    return count


def export(browser, library, wanted="csv", query="", **more):
    address = "/desk/exports" if library.startswith("desk-") else "/exports"
    answer = browser.post(address, data={"library": library, "format": wanted, "query": query, "back": "/needs",
                                         **more})
    made = answer.status_code == 303 and answer.location.startswith(f"{address}/{library}/{wanted}")
    return browser.get(answer.location) if made else answer


def rows(answer):
    """The lines of a CSV by their heads."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def book(answer):
    """The workbook of an answer."""
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.get_data()))
