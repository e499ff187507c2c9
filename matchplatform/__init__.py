"""create_app, nothing else: configuration, extensions, blueprints, commands."""

from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask

# Top tier first; what each may import stands in setup.cfg.
BLUEPRINTS = ("portal.views", "portal.count", "portal.mine", "portal.libraries", "reports.views", "exports.views",
              "imports.desk", "reports.radar_desk", "reports.tracking_desk", "rosters.desk", "results.views",
              "orders.views", "orders.desk", "orders.poster_desk", "choosing.views", "choosing.desk",
              "choosing.counter_desk", "agreements.views", "agreements.amendment_desk", "tracking.views",
              "pairings.views", "pairings.desk", "pairings.approval_desk", "searches.views", "matching.views",
              "matching.desk", "matching.weights_desk", "needs.views", "needs.template_desk", "needs.plan_desk",
              "needs.merger_desk", "needs.change_desk", "needs.history_desk", "offerings.history_desk",
              "organizations.history_desk", "offerings.views", "publications.views", "publications.desk",
              "organizations.views", "organizations.desk", "organizations.member_desk", "organizations.passport_desk",
              "accounts.views", "accounts.desk", "files.views", "catalog.desk", "catalog.village_desk", "audit.views",
              "deliveries.views", "notices.views")


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application; `overrides` go over the settings from the environment (tests, commands)."""
    from matchplatform import cli, config, database, extensions
    from matchplatform.jobs.queue import init_jobs
    from matchplatform.web import access, errors, jinja, navigation, security, static, transaction, uploads

    root = Path(__file__).resolve().parent.parent
    app = Flask(__name__, template_folder=str(root / "templates"), static_folder=str(root / "static"),
                instance_path=str(root / "instance"))
    app.config.from_mapping(config.settings())
    app.config.from_mapping(overrides or {})
    Path(app.instance_path).mkdir(exist_ok=True)

    extensions.db.init_app(app)
    with app.app_context():
        database.prepare_sqlite(extensions.db.engine)
    extensions.migrate.init_app(app, extensions.db, directory=str(root / "migrations"), render_as_batch=True,
                                compare_type=True)
    extensions.login_manager.init_app(app)
    uploads.init_uploads(app)
    extensions.csrf.init_app(app)
    extensions.babel.init_app(app)

    security.init_security(app)
    transaction.init_transaction(app)
    init_jobs(app)
    modules = [import_module(f"matchplatform.{name}") for name in BLUEPRINTS]
    for blueprint in dict.fromkeys(module.blueprint for module in modules):  # several modules may share one
        app.register_blueprint(blueprint)
    access.init_access(app)
    errors.init_errors(app)
    jinja.init_jinja(app)
    navigation.init_navigation(app)
    static.init_static(app)
    cli.init_commands(app)
    return app
