"""The migrated schema is the models' schema, up and down, with data, on both databases."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import Migrate, downgrade, upgrade

from matchplatform.accounts.models import User
from matchplatform.catalog.seed import load_catalog
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.matching.feedback import Fitted, Judged
from matchplatform.matching.operations import add_entry
from matchplatform.matching.scoring import SHIPPED, Weights
from matchplatform.matching.weights_operations import adopt_weights
from tests import databases, factories
from tests.conftest import make_app, worker_name


@pytest.fixture
def empty_app(request, tmp_path):
    """An application on a database with nothing in it."""
    option = request.config.getoption("--database")
    made = databases.template_for(option, tmp_path, f"{worker_name()}_migrations")
    made.reset()
    app = make_app(made.url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences():
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "compare_type": True, "target_metadata": db.metadata,
            "include_object": lambda _o, name, *_: name != "alembic_version"})
        return compare_metadata(context, db.metadata)


def checks_and_triggers():
    """Names of CHECKs and triggers, which autogenerate does not compare."""
    inspector = sa.inspect(db.engine)
    checks = {(table, one["name"]) for table in inspector.get_table_names()
              for one in inspector.get_check_constraints(table)}
    if db.engine.dialect.name == "sqlite":
        statement = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        statement = "SELECT DISTINCT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with db.engine.connect() as connection:
        return checks, set(connection.exec_driver_sql(statement).scalars())


def test_migrated_schema_equals_the_models(app, empty_app):
    with app.app_context():
        wanted = checks_and_triggers()  # made by create_all in the template
    upgrade()
    assert differences() == []
    assert checks_and_triggers() == wanted


def test_down_and_up_again_with_data(empty_app):
    upgrade()
    load_catalog()
    factories.add_people()
    factories.make_pairing(status="approved")
    officer = db.session.scalar(db.select(User).where(User.username == "province_officer"))
    add_entry(officer, "synonym", ("助餐", "老年食堂"), "叫法不同")  # its audit row outlives the table of word lists
    adopt_weights(officer, Fitted(Weights(50.0, 8.0, 30.0, 4.0, 8.0), SHIPPED, 1.0),
                  Judged(90, 60, 40, Verdict.yes(), gain=0.05, error=0.02))
    db.session.commit()
    db.session.remove()
    directory = Migrate(empty_app, db, directory="migrations").get_config(None)
    revisions = [one.revision for one in ScriptDirectory.from_config(directory).walk_revisions()]
    for revision in [*revisions[1:], "base"]:
        downgrade(revision=revision)
    with db.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert differences() == []
    load_catalog()
    db.session.commit()


def test_what_was_taken_as_a_whole_is_shared_out_and_new_states_fold_back(empty_app):
    """0004: the first pairing that holds a need takes its lines; going back, a merged need is a withdrawn one."""
    upgrade()
    load_catalog()
    factories.add_people()
    done, under_way = factories.make_need(status="fulfilled"), factories.make_need(status="matched")
    for need, status in ((done, "completed"), (under_way, "active"), (under_way, "approved")):
        offering = factories.make_offering(factories.make_organization())
        factories.make_pairing(need=need, status=status, offering=offering)
    failed = factories.make_need(status="unsuccessful").code
    db.session.commit()
    db.session.remove()
    downgrade(revision="0003")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT status FROM needs WHERE code = :code"),
                                  {"code": failed}).scalar() == "withdrawn"
    upgrade()
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT p.status, l.committed, l.delivered, l.quantity, pl.quantity FROM need_lines l "
            "JOIN pairing_lines pl ON pl.need_line_id = l.id JOIN pairings p ON p.id = pl.pairing_id "
            "ORDER BY p.id").all()
    assert [tuple(row) for row in rows] == [("completed", 17, 17, 17, 17), ("active", 17, 0, 17, 17)]
