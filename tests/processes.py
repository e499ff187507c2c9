"""Real processes for tests: forked from one server a worker that has read the product's modules already, so that a
race costs no ten seconds of imports. No connection and no application is shared: each child makes its own."""

import multiprocessing as mp
from typing import Any


def context() -> Any:
    """The multiprocessing context whose children start with everything imported."""
    made = mp.get_context("forkserver")
    made.set_forkserver_preload(["tests.preloaded"])
    return made
