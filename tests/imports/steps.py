"""What a person does on the pages of an import, as a client of the application."""

import io
import re
from typing import Any

from flask.testing import FlaskClient

from matchplatform.extensions import db
from matchplatform.imports import operations
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.reading import open_sheet


def upload(client: FlaskClient, data: bytes, name: str = "需求清单.xlsx") -> Any:
    """Hand a file in; the answer leads to the columns or to the former import."""
    return client.post("/desk/imports", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def number_in(answer: Any) -> int:
    """The import that an answer leads to."""
    found = re.search(r"/desk/imports/(\d+)", answer.headers.get("Location", ""))
    assert found, (answer.status_code, answer.get_data(as_text=True)[:2000])
    return int(found[1])


def checked(client: FlaskClient, data: bytes, name: str = "需求清单.xlsx") -> int:
    """Hand a file in and agree to what each column is said to mean."""
    number = number_in(upload(client, data, name))
    answer = client.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return number


def imported(client: FlaskClient, data: bytes, name: str = "需求清单.xlsx") -> int:
    """The whole way."""
    number = checked(client, data, name)
    assert client.post(f"/desk/imports/{number}/run").status_code == 303
    return number


def handed_in(actor: Any, data: bytes) -> Import:
    """Without a page: a need list of which every row was checked."""
    workbook = open_sheet(data, "清单.xlsx")
    item, _ = operations.take_in(actor, "need", "清单.xlsx", data, workbook, 0)
    operations.check_now_or_later(actor, item)
    return item


def item_now(number: int) -> Import:
    """The import as it is in the database."""
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get(Import, number)
    assert found is not None
    return found


def rows_of(number: int) -> list[ImportRow]:
    """Its rows in the sheet's order."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(db.select(ImportRow).where(ImportRow.import_id == number)
                                   .order_by(ImportRow.position)))


def states(number: int) -> list[str]:
    """The states of its rows."""
    return [one.state for one in rows_of(number)]
