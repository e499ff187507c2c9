"""Settings from the environment. Production refuses to start on a missing or unsafe value."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, MultiFernet

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development-only-secret-never-in-production"  # refused below when ENVIRONMENT=production

ENVIRONMENTS = ("development", "production")
JOBS = ("embedded", "external", "immediate")  # gunicorn starts the consumer, somebody else does, in the request itself
NUMBERS = {"SESSION_HOURS": 24, "SESSION_IDLE_MINUTES": 240, "TRUSTED_PROXIES": 10}  # name -> most

SITE_KEYS = ("host_unit", "operating_unit", "support_unit", "site_code", "icp_number", "police_number",
             "service_phone", "map_number")


class UnsafeSettings(RuntimeError):
    """The environment lacks a value or holds one that production must not run with."""


def _unreadable(env: dict[str, str], data_key: str) -> list[str]:
    """Faults of form, which no environment can run with."""
    faults = []
    for name, most in NUMBERS.items():
        text = env.get(name)
        if text is not None and not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= most):
            faults.append(f"{name} must be a whole number, at most {most}")
    for name in ("SESSION_HOURS", "SESSION_IDLE_MINUTES"):
        if env.get(name) == "0":
            faults.append(f"{name} must be at least 1")
    if (env.get("JOBS") or "embedded") not in JOBS:
        faults.append(f"JOBS must be one of {', '.join(JOBS)}")
    if (ROOT / "static") in (Path(env.get("FILES_FOLDER") or "x").resolve() / "x").parents:
        faults.append("FILES_FOLDER must lie outside static: attachments are handed out by right")
    try:
        MultiFernet([Fernet(key) for key in data_keys(data_key)])
    except ValueError:
        faults.append("DATA_KEY must be Fernet keys (32 bytes, URL-safe base64), comma separated, the newest first")
    return faults


def data_keys(text: str) -> list[str]:
    """The keys in DATA_KEY: the first one writes, all of them read."""
    return [key.strip() for key in text.split(",") if key.strip()]


def settings(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """Flask configuration from environment variables (documented in README, section Configuration).

    Raises UnsafeSettings with every fault at once when ENVIRONMENT is production.
    """
    env = dict(os.environ if environ is None else environ)
    environment = env.get("ENVIRONMENT") or "development"
    if environment not in ENVIRONMENTS:  # a slip of the pen must not switch the checks off
        raise UnsafeSettings(f"ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}, not {environment!r}")
    production = environment == "production"
    url = env.get("DATABASE_URL") or f"sqlite:///{ROOT / 'instance' / 'platform.db'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    secret = env.get("SECRET_KEY") or DEVELOPMENT_SECRET
    data_key = env.get("DATA_KEY") or base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()
    faults = _unreadable(env, data_key)
    if production:
        if len(secret) < 32 or secret == DEVELOPMENT_SECRET or len(set(secret)) < 10:
            faults.append("SECRET_KEY must be set, at least 32 random characters, and not the development value")
        if not env.get("DATA_KEY"):
            faults.append("DATA_KEY must be set (one or more Fernet keys, comma separated): it encrypts phone numbers")
        if not env.get("DATABASE_URL"):
            faults.append("DATABASE_URL must be set")
    if faults:
        raise UnsafeSettings("; ".join(faults))
    return {
        "ENVIRONMENT": environment,
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
        # Where the match index is kept, one folder a database below it; empty: in each process's memory only.
        "MATCH_INDEX_FOLDER": env.get("MATCH_INDEX_FOLDER", str(ROOT / "instance" / "index")),
        # What compares meaning: default (models that come with the platform), off (words alone), or a model's folder.
        "MATCH_ENCODER": env.get("MATCH_ENCODER", "default"),
        "MATCH_COMPACTION": "background",  # when a new base is due: background (in requests only), at_once, never
        # Who does background work (see JOBS above), and the file of the queue that wakes them.
        "JOBS": env.get("JOBS") or "embedded",
        # Where exports that were made in the background wait for their owners, a day at most.
        "EXPORTS_FOLDER": env.get("EXPORTS_FOLDER") or str(ROOT / "instance" / "exports"),
        "JOBS_DATABASE": env.get("JOBS_DATABASE") or str(ROOT / "instance" / "jobs.db"),
        # Attachments lie here, outside static; the folder belongs into every backup.
        "FILES_FOLDER": str(Path(env.get("FILES_FOLDER") or ROOT / "instance" / "files").resolve()),
        # A virus scanner for what is sent, e.g. "clamdscan --no-summary --fdpass"; empty: none. See files/storage.py.
        "SCANNER_COMMAND": env.get("SCANNER_COMMAND", ""),
        "TRUSTED_PROXIES": int(env.get("TRUSTED_PROXIES", "0")),
        # Notices by e-mail: off without SMTP_HOST. SMTP_TLS is starttls, tls or none.
        "SMTP_HOST": env.get("SMTP_HOST", ""),
        "SMTP_PORT": int(env.get("SMTP_PORT") or {"tls": 465, "none": 25}.get(env.get("SMTP_TLS", ""), 587)),
        "SMTP_TLS": env.get("SMTP_TLS") or "starttls",
        "SMTP_USER": env.get("SMTP_USER", ""),
        "SMTP_PASSWORD": env.get("SMTP_PASSWORD", ""),
        "MAIL_FROM": env.get("MAIL_FROM") or "platform@localhost",
        "MAILS_PER_MINUTE": int(env.get("MAILS_PER_MINUTE") or "60"),
        "MESSAGE_CHANNEL": env.get("MESSAGE_CHANNEL", ""),  # log: text messages are written into the log
        "SITE_ADDRESS": env.get("SITE_ADDRESS", "").rstrip("/"),  # https://…, for the links in mails
    }
