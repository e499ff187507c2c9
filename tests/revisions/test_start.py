"""`flask revisions start` gives every older record its first version, once."""

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.revisions.models import Revision
from tests import factories


def test_every_record_gets_one_first_version_however_often_it_runs(app, people):
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    codes = (need.code, offering.code)
    db.session.commit()
    said = [app.test_cli_runner().invoke(args=["revisions", "start"]) for _ in range(2)]
    assert [one.exit_code for one in said] == [0, 0]
    assert ["留下了 4 个第一版" in said[0].output, "留下了 0 个第一版" in said[1].output] == [True, True]
    rows = db.session.execute(sa.select(Revision.kind, Revision.code, Revision.number, Revision.act)).all()
    assert {("need", codes[0], 1, "begin"), ("offering", codes[1], 1, "begin")} <= {tuple(row) for row in rows}
    assert sorted(row.kind for row in rows) == ["need", "offering", "organization", "organization"]
