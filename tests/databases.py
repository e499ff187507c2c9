"""The databases that tests run on: a SQLite file, or a PostgreSQL server of our own.

A template with the catalogue and the people is built once a worker; each test starts from a copy of it.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

ENOUGH = 3 * 2**30  # bytes: the server's log of changes and a few databases


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    return str(versions[-1]) if versions else found


def roomy_folder() -> str:
    """Where databases of tests lie: in memory where there is room, for each test has a fresh one."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free >= ENOUGH else "/tmp"


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a throw-away server with its socket in a temporary folder; yields its URL.

    PostgreSQL refuses to run as root, so root starts it as the user `postgres`.
    """
    initdb, postgres = _binary("initdb"), _binary("postgres")
    if not initdb or not postgres:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql, or set TEST_DATABASE_URL")
    folder = Path(tempfile.mkdtemp(prefix="platform-pg-", dir=roomy_folder()))
    prefix: list[str] = []
    owner = "postgres"
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    subprocess.run([*prefix, initdb, "-D", str(folder / "data"), "-U", owner, "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    server = subprocess.Popen(
        [*prefix, postgres, "-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses=",
         "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
         "-c", "max_connections=100"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    url = f"postgresql+psycopg://{owner}@/postgres?host={folder}"
    try:
        engine = sa.create_engine(url)
        deadline = time.monotonic() + 30
        while True:
            try:
                engine.connect().close()
                break
            except sa.exc.OperationalError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.1)
        engine.dispose()
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # fast: do not wait for clients that are still connected
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


class SqliteTemplate:
    """A template file, copied over the test database before each test."""

    def __init__(self, folder: Path) -> None:
        self.template, self.path = folder / "template.db", folder / "test.db"
        self.url = f"sqlite:///{self.path}"

    def reset(self) -> None:
        """Put a fresh copy in place; every connection must be closed by now."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        if self.template.exists():
            shutil.copyfile(self.template, self.path)

    def keep(self) -> None:
        """Make the present state the template."""
        with sa.create_engine(self.url).connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.path, self.template)


class PostgresqlTemplate:
    """A template database, cloned before each test (about 0.1 s)."""

    def __init__(self, server_url: str, worker: str) -> None:
        self.server = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self.template, self.name = f"template_{worker}", f"test_{worker}"
        self.url = sa.make_url(server_url).set(database=self.name).render_as_string(hide_password=False)
        self.built = False

    def _run(self, *statements: str) -> None:
        with self.server.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def reset(self) -> None:
        """Put a fresh clone in place."""
        source = f" TEMPLATE {self.template} STRATEGY FILE_COPY" if self.built else ""
        self._run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name}{source}")

    def keep(self) -> None:
        """Make the present state the template."""
        self._run(f"DROP DATABASE IF EXISTS {self.template}", f"ALTER DATABASE {self.name} RENAME TO {self.template}")
        self.built = True


def template_for(option: str, folder: Path, worker: str) -> SqliteTemplate | PostgresqlTemplate:
    """The template of the chosen kind: sqlite or postgresql (server from TEST_DATABASE_URL)."""
    if option == "sqlite":
        return SqliteTemplate(folder)
    return PostgresqlTemplate(os.environ["TEST_DATABASE_URL"], worker)


Reset = Callable[[], None]
