"""Settings from the environment. Production refuses to start on a missing or unsafe value."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development-only-secret-never-in-production"  # refused below when ENVIRONMENT=production

SITE_KEYS = ("host_unit", "operating_unit", "support_unit", "site_code", "icp_number", "police_number",
             "service_phone", "map_number")


class UnsafeSettings(RuntimeError):
    """The environment lacks a value or holds one that production must not run with."""


def settings(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """Flask configuration from environment variables (documented in README, section Configuration).

    Raises UnsafeSettings with every fault at once when ENVIRONMENT is production.
    """
    env = dict(os.environ if environ is None else environ)
    production = env.get("ENVIRONMENT", "development") == "production"
    url = env.get("DATABASE_URL") or f"sqlite:///{ROOT / 'instance' / 'platform.db'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    secret = env.get("SECRET_KEY", DEVELOPMENT_SECRET)
    data_key = env.get("DATA_KEY") or base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()
    if production:
        faults = []
        if len(secret) < 32 or secret == DEVELOPMENT_SECRET:
            faults.append("SECRET_KEY must be set, at least 32 characters, and not the development value")
        if not env.get("DATA_KEY"):
            faults.append("DATA_KEY must be set (one or more Fernet keys, comma separated): it encrypts phone numbers")
        if not env.get("DATABASE_URL"):
            faults.append("DATABASE_URL must be set")
        if faults:
            raise UnsafeSettings("; ".join(faults))
    return {
        "ENVIRONMENT": "production" if production else "development",
        "SECRET_KEY": secret,
        "DATA_KEY": data_key,
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 30}} if url.startswith("sqlite") else
        {"pool_pre_ping": True},
        "SESSION_COOKIE_NAME": "platform",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env.get("COOKIE_SECURE", "1" if production else "0") == "1",
        "PERMANENT_SESSION_LIFETIME": int(env.get("SESSION_HOURS", "8")) * 3600,
        "SESSION_IDLE_SECONDS": int(env.get("SESSION_IDLE_MINUTES", "30")) * 60,
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # bound to the session, whose own end is the limit
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "SITE_NAME": env.get("SITE_NAME", "社会组织助力乡村振兴对接平台"),
        "SITE": {key: env.get(f"SITE_{key.upper()}", "") for key in SITE_KEYS},
        "TRUSTED_PROXIES": int(env.get("TRUSTED_PROXIES", "0")),
    }
