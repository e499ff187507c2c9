"""Settings: production refuses to start with what is unsafe, and says all of it at once."""

import pytest
from cryptography.fernet import Fernet

from matchplatform.config import UnsafeSettings, settings
from matchplatform.database import Encrypted

GOOD = {"ENVIRONMENT": "production", "SECRET_KEY": "k3J9-vQ2x_7LmZ4tPw8RbN1cHd6YfGsA", "DATABASE_URL": "postgres://db/x",
        "DATA_KEY": Fernet.generate_key().decode()}


def test_production_starts_with_all_values_and_safe_cookies():
    made = settings(GOOD)
    assert made["SESSION_COOKIE_SECURE"] is made["SESSION_COOKIE_HTTPONLY"] is True
    assert made["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert made["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://db/x"


@pytest.mark.parametrize(("changes", "said"), [
    ({"SECRET_KEY": ""}, "SECRET_KEY"), ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"SECRET_KEY": "ab" * 20}, "SECRET_KEY"),
    ({"SECRET_KEY": "development-only-secret-never-in-production"}, "SECRET_KEY"),
    ({"DATA_KEY": ""}, "DATA_KEY"), ({"DATA_KEY": "no-fernet-key"}, "Fernet"), ({"DATA_KEY": ","}, "Fernet"),
    ({"DATABASE_URL": ""}, "DATABASE_URL"), ({"ENVIRONMENT": "prod"}, "ENVIRONMENT"),
    ({"ENVIRONMENT": "Production"}, "ENVIRONMENT"), ({"SESSION_HOURS": "eight"}, "SESSION_HOURS"),
    ({"SESSION_HOURS": "9999"}, "SESSION_HOURS"), ({"SESSION_IDLE_MINUTES": "0"}, "SESSION_IDLE_MINUTES"),
    ({"JOBS": "sometimes"}, "JOBS"), ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
    ({"FILES_FOLDER": "static"}, "FILES_FOLDER"),
    ({"FILES_FOLDER": "instance/../static/files"}, "FILES_FOLDER")])
def test_an_unsafe_value_stops_the_start(changes, said):
    with pytest.raises(UnsafeSettings, match=said):
        settings(GOOD | changes)


def test_every_fault_is_named_at_once():
    with pytest.raises(UnsafeSettings, match=r"SECRET_KEY.*DATA_KEY.*DATABASE_URL"):
        settings({"ENVIRONMENT": "production"})


def test_a_new_data_key_in_front_reads_what_the_old_one_wrote(app):
    column, before = Encrypted(), app.config["DATA_KEY"]
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    try:
        app.config["DATA_KEY"] = old
        kept = column.process_bind_param("13871236021", None)
        app.config["DATA_KEY"] = f"{new}, {old},"
        assert column.process_result_value(kept, None) == "13871236021"
        fresh = column.process_bind_param("13871236021", None)
        app.config["DATA_KEY"] = new
        assert column.process_result_value(fresh, None) == "13871236021"
        with pytest.raises(RuntimeError, match="was the key changed"):
            column.process_result_value(kept, None)
    finally:
        app.config["DATA_KEY"] = before


def test_the_demonstration_keeps_out_of_production(app, monkeypatch):
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    done = app.test_cli_runner().invoke(args=["demo"])
    assert done.exit_code == 1
    assert "生产环境不放演示数据" in done.output
