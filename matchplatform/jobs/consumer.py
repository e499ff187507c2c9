"""The process that does the jobs: one worker, ended by a signal or when its parent is gone."""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from flask import Flask

from matchplatform.extensions import db
from matchplatform.jobs import work
from matchplatform.jobs.queue import queue_of

logger = logging.getLogger("matchplatform.jobs")
LOOK_EVERY = 1.0        # seconds between two looks whether the parent still lives
PATIENCE = 20.0         # seconds that a job may take to come to the end of its chunk
ENDINGS = (signal.SIGTERM, signal.SIGINT)
REVIVE_AFTER = 2.0      # seconds before a consumer that fell over is made anew


def consume(app: Flask, parent: int | None = None) -> None:
    """Do jobs until SIGTERM or SIGINT, or until the process `parent` is no longer ours."""
    work.stopping.clear()
    work.recover_own(app)
    consumer = queue_of(app).huey.create_consumer(workers=1, worker_type="thread", initial_delay=0.2, backoff=1.15,
                                                  max_delay=2.0, shutdown_timeout=PATIENCE, graceful_signal="TERM",
                                                  periodic=True)
    # huey would run the program anew on a hangup; whoever wants that starts us again
    consumer._signal_actions.pop(signal.SIGHUP, None)
    consumer._signal_actions[signal.SIGINT] = (False, True)
    threading.Thread(target=_watch, args=(consumer, parent), name="watch", daemon=True).start()
    _sweep_now(app)
    consumer.run()


def _sweep_now(app: Flask) -> None:
    """What waited while nobody worked begins at once, not with the next full minute."""
    try:
        work.sweep(app)
    except Exception:  # the database may be on its way up: the next minute will tell
        logger.exception("the first sweep failed")


def _watch(consumer: Any, parent: int | None) -> None:
    """Let jobs stop after their chunk when the consumer is told to end, or end it when the parent is gone."""
    while True:
        if parent is not None and os.getppid() != parent:
            work.stopping.set()
            os.kill(os.getpid(), signal.SIGTERM)  # the main loop waits for the worker, which ends with its chunk
            break
        if consumer._signum is not None or consumer.stop_flag.is_set():
            work.stopping.set()
            break
        time.sleep(0.1)
    # a job that hangs in its chunk must not keep a process alive that nobody owns
    time.sleep(PATIENCE + 5)
    os._exit(1)


def consume_below(app: Flask, parent: int) -> None:
    """Keep one consumer alive as a child of this process, as long as `parent` lives and nobody says stop.

    gunicorn's master forks workers and may have no threads of its own, so the watching is done here.
    """
    ending = threading.Event()
    for number in ENDINGS:
        signal.signal(number, lambda *_: ending.set())
    child = _fork(app)
    while not ending.is_set() and os.getppid() == parent:
        if os.waitpid(child, os.WNOHANG)[0]:
            logger.error("the consumer %s fell over; a new one is made", child)
            ending.wait(REVIVE_AFTER)
            if not ending.is_set() and os.getppid() == parent:
                child = _fork(app)
            continue
        ending.wait(LOOK_EVERY)
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _fork(app: Flask) -> int:
    """The consumer proper; it watches this process as its parent."""
    mine = os.getpid()
    # A signal that comes before the child has its own way with it waits: our way would only note it, and be deaf.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        return child
    code = 1
    try:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        with app.app_context():
            db.engine.dispose(close=False)
        consume(app, mine)
        code = 0
    except BaseException:
        logger.exception("the consumer ended with a fault")
    finally:
        sys.stderr.flush()
        os._exit(code)
