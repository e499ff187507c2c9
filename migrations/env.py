"""Alembic's environment: the application's own engine and metadata, batch mode for SQLite."""

from importlib import import_module

from alembic import context
from flask import current_app

from matchplatform.database import Encrypted, Moment
from matchplatform.extensions import db

for feature in ("catalog", "audit", "notices", "files", "jobs", "revisions", "accounts", "organizations", "needs",
                "offerings", "pairings", "searches", "imports", "rosters", "exports", "matching"):
    import_module(f"matchplatform.{feature}.models")


def render_item(kind, item, autogen_context):
    """Our column types are written as what they are in the database, so old migrations outlive the classes."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.Text()"
    return False


def run_online():
    """Run on a connection of the app's engine; SQLite checks foreign keys only after all is moved."""
    engine = db.engine
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        # Through the driver itself: inside a transaction SQLite ignores this pragma without a word.
        driver = connection.connection.driver_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=True,
                          compare_type=True, render_item=render_item,
                          transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            driver.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    context.configure(url=current_app.config["SQLALCHEMY_DATABASE_URI"], target_metadata=db.metadata,
                      literal_binds=True, render_as_batch=True, render_item=render_item)
    with context.begin_transaction():
        context.run_migrations()
else:
    run_online()
