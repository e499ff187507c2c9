"""What was measured, as lines to read and as a table in Markdown."""

import os
import platform
import resource
from pathlib import Path

import numpy as np


def memory() -> str:
    """What the process holds now and held at most."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{pages * os.sysconf('SC_PAGE_SIZE') / 1e9:.2f} GB in memory (at most {peak / 1e6:.2f} GB)"


def machine() -> str:
    """Processor and system."""
    named = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2 ** 30
    load = os.getloadavg()[0]
    name = named[0] if named else platform.machine()
    return (f"{name}, {os.cpu_count()} cores, {total:.0f} GiB, {platform.system()}, Python "
            f"{platform.python_version()}; load at the start {load:.1f}")


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:,.3f} ms" if seconds < 0.1 else f"{seconds:,.2f} s"


class Report:
    """Figures as they come; printed at once, and all together at the end."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.notes: list[str] = []
        self.faults: list[str] = []

    def note(self, line: str) -> None:
        """Something to know beside the table."""
        self.notes.append(line)
        print("#", line, flush=True)

    def row(self, what: str, ours: str, theirs: str, figure: str, target: str, reached: bool | None) -> None:
        """A line of the table; `reached` is None where there is no target."""
        verdict = "" if reached is None else "yes" if reached else "**no**"
        self.rows.append((what, ours, theirs, figure, target, verdict))
        print(f"{what}: {ours} / {theirs}: {figure} (target {target or 'none'}) {verdict}", flush=True)

    def compared(self, what: str, seconds: dict[str, np.ndarray], targets: dict[str, float | None]) -> None:
        """Ours beside each peer: medians of one interleaved run and their ratio."""
        ours = float(np.median(seconds["ours"]))
        for name, some in seconds.items():
            if name == "ours":
                continue
            theirs, target = float(np.median(some)), targets.get(name)
            self.row(f"{what} vs {name}", _time(ours), _time(theirs), f"{theirs / ours:.1f}×",
                     f"{target:g}×" if target else "", theirs / ours >= target if target else None)

    def exact(self, what: str, wrong: int, asked: int) -> None:
        """How many answers differ from brute force; a single one fails the run."""
        self.row(f"identical to float64 brute force: {what}", f"{asked - wrong} of {asked}", "", f"{wrong} differ", "0",
                 wrong == 0)
        if wrong:
            self.faults.append(f"{what}: {wrong} of {asked} answers differ from brute force")

    def markdown(self) -> str:
        """The table and the notes."""
        lines = ["| what | ours | theirs | figure | target | reached |", "|---|---|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, "", *(f"- {line}" for line in self.notes), ""])
