"""How fast the engine answers, beside its peers, and whether its answers are exact: `make bench-speed`.

Every ratio is one of medians from one interleaved run: the questions are put to every engine in turn, 20 a turn, the
first to be asked changing; one thread, warm, the same terms for all, the first 20. Ours starts from the 64-bit keys of
the question's terms, everything else is inside the clock. Ratios below their target are printed as such; the run fails
only when an answer differs from brute force.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks import from_texts, lexical, meaning, peers
from benchmarks.report import Report, machine

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
PARTS = ("lexical", "texts", "meaning")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    options.add_argument("--out", type=Path, help="a file for the table")
    asked = options.parse_args()
    if any(os.environ.get(name) != "1" for name in THREADS):
        sys.exit("one thread only: use `make bench-speed`, or set " + ", ".join(f"{name}=1" for name in THREADS))
    report, start = Report(), time.perf_counter()
    report.note(machine())
    if peers.absent():
        report.note(f"not installed, so not compared: {', '.join(peers.absent())}")
    for size in asked.sizes:
        if "lexical" in asked.parts:
            lexical.measure(size, report)
    if "texts" in asked.parts:
        from_texts.measure(report)
    if "meaning" in asked.parts:
        meaning.measure(asked.sizes, report)
    report.note(f"the whole run took {(time.perf_counter() - start) / 60:.1f} minutes")
    print("\n" + report.markdown())
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(report.markdown(), encoding="utf-8")
    if report.faults:
        sys.exit("\n".join(report.faults))


if __name__ == "__main__":
    main()
