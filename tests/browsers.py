"""Headless Chromium and a real server (gunicorn, two processes). The two fixtures are named in the top conftest: a
worker has one browser, whichever folders its tests come from."""

import os
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


def serve(url: str, repository: Path, **environment: str) -> tuple[subprocess.Popen, str]:
    """Start gunicorn on a database; answers (process, address) once /healthz is well."""
    port, index = free_port(), tempfile.TemporaryDirectory(prefix="match-index-")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"], cwd=repository,
        env={**os.environ, "DATABASE_URL": url, "PORT": str(port), "WEB_WORKERS": "2",
             "MATCH_INDEX_FOLDER": index.name, "FILES_FOLDER": f"{index.name}/attachments",
             "JOBS": "external", "JOBS_DATABASE": f"{index.name}/jobs.db", **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    process.index = index  # type: ignore[attr-defined]  # goes with the server, in `stop`
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
                if answer.status == 200:
                    return process, address
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise RuntimeError(f"the server did not come up:\n{process.communicate()[0][-3000:]}") from None
            time.sleep(0.2)


def stop(process: subprocess.Popen) -> None:
    """End the server and its workers."""
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    process.index.cleanup()  # type: ignore[attr-defined]


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page in a window of its own; whatever the page logs as an error fails the test."""
    contexts, faults = [], []

    def open_window(address: str, size: dict[str, int] = WIDE) -> Any:
        context = chromium.new_context(base_url=address, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
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
