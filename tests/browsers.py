"""Headless Chromium and a real server (gunicorn, two processes). The two fixtures are named in the top conftest: a
worker has one browser, whichever folders its tests come from."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import processes
from tests.factories import PASSWORD

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
WIDE, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


def _environment(url: str, port: int, folder: str, more: dict[str, str]) -> dict[str, str]:
    return {"DATABASE_URL": url, "PORT": str(port), "WEB_WORKERS": "2", "MATCH_INDEX_FOLDER": folder,
            "MATCH_ENCODER": "off", "FILES_FOLDER": f"{folder}/attachments", "JOBS": "external",
            "JOBS_DATABASE": f"{folder}/jobs.db", **more}


def _wait_for(address: str, alive: Callable[[], bool]) -> bool:
    """Whether /healthz became well before the server ended or a minute passed."""
    deadline = time.monotonic() + 60
    while alive() and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.1)
    return False


def serve(url: str, repository: Path, **environment: str) -> tuple[subprocess.Popen, str]:
    """Start gunicorn on a database, as an operator would; answers (process, address) once /healthz is well. It matches
    by words alone, unless the environment says otherwise: reading the models takes longer than most journeys."""
    port, index = free_port(), tempfile.TemporaryDirectory(prefix="match-index-")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"], cwd=repository,
        env={**os.environ, **_environment(url, port, index.name, environment)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    process.index = index  # type: ignore[attr-defined]  # goes with the server, in `stop`
    address = f"http://127.0.0.1:{port}"
    if not _wait_for(address, lambda: process.poll() is None):
        process.kill()
        raise RuntimeError(f"the server did not come up:\n{process.communicate()[0][-3000:]}")
    return process, address


def stop(process: subprocess.Popen) -> None:
    """End the server and its workers."""
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    process.index.cleanup()  # type: ignore[attr-defined]


def _gunicorn(repository: str, log: str, environment: dict[str, str]) -> None:
    from gunicorn.app.wsgiapp import run

    os.environ.update(environment)
    os.chdir(repository)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    run()


@contextlib.contextmanager
def serving(url: str, repository: Path, **environment: str) -> Iterator[str]:
    """The address of a server like that of `serve`, forked from a process that has read everything: ready in two
    seconds. It is ended at once, without waiting for windows that are still open."""
    with tempfile.TemporaryDirectory(prefix="match-index-") as folder:
        port, log = free_port(), Path(folder) / "server.log"
        process = processes.context().Process(
            target=_gunicorn, args=(str(repository), str(log), _environment(url, port, folder, environment)))
        process.start()
        try:
            if not _wait_for(f"http://127.0.0.1:{port}", process.is_alive):
                raise RuntimeError(f"the server did not come up:\n{log.read_text()[-3000:]}")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.kill(process.pid, signal.SIGQUIT)
            process.join(20)
            if process.is_alive():
                process.kill()
                process.join()


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page in a window of its own; whatever the page logs as an error fails the test."""
    contexts, faults = [], []

    def open_window(address: str, size: dict[str, int] = WIDE) -> Any:
        context = chromium.new_context(base_url=address, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)  # a busy machine is no fault
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: faults.append(f"{page.url}: {message.text}")
                if message.type == "error" and "Content Security Policy" in message.text else None)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(page: Any, username: str, password: str = PASSWORD) -> None:
    """Through the form, as a person does."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main button[type=submit], main button:not([type])")
    page.wait_for_url(lambda url: "/sign-in" not in url)
