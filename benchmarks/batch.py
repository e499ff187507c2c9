"""All needs against all offerings, as a batch in a folder: `python -m benchmarks.batch`.

Synthetic texts, by words alone (one view), the first 20. The questions start from the 64-bit keys of their terms;
ranking, blocks, checksums and the file put together are inside the clock. Then the same again with everything there,
with one block broken, and after a SIGKILL in the middle. The run fails when a ranking of a sample differs from float64
brute force or when the files of the runs differ.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import numpy as np

from benchmarks.brute import Brute
from benchmarks.lexical import facets_of, row_of, rows_of
from benchmarks.report import Report, machine, memory
from benchmarks.synthetic import Synthetic, draw
from matchplatform.matching import batch
from matchplatform.matching.combination import LEXICAL_DEVIATION, LEXICAL_MEAN, Combination
from matchplatform.matching.document import Document
from matchplatform.matching.engine.segment import Query
from matchplatform.matching.index import TextIndex

TOP, SAMPLE = 20, 200


class Keyed(TextIndex):
    """An index whose questions are numbers of synthetic documents."""

    questions: Synthetic

    def _query(self, document: Document) -> Query:
        return self.weighed(row_of(self.questions, int(document.id)))


def index_of(library: Synthetic, questions: Synthetic) -> tuple[Keyed, list[str]]:
    """The index over the library, documents in order of category and county, and the documents' ids."""
    ids = [f"d{i:08d}" for i in range(library.starts.size - 1)]
    facets = [facets_of(*one) for one in zip(library.category.tolist(), library.county.tolist(), strict=True)]
    made = Keyed(*Keyed.arrays_from_rows(rows_of(library), ids, np.array([1.0]), facets, (0,)))
    made.questions = questions
    return made, ids


def differing(ranking: Path, brute: Brute, questions: Synthetic) -> int:
    """How many of a sample's rankings are not brute force's: other offerings, another order, another score."""
    combination, wrong = Combination(), 0
    step = max(1, (questions.starts.size - 1) // SAMPLE)
    for number, rows in groupby(batch.rows_of(ranking), key=lambda row: int(row[0])):
        if number % step:
            continue
        exact = [(one, float(f"{combination.probability((value - LEXICAL_MEAN) / LEXICAL_DEVIATION):.6g}"))
                 for one, value in brute.top(*questions.row(number), TOP)]
        ours = [(found, value) for _, found, _, value in rows]
        wrong += [one for one, _ in ours] != [one for one, _ in exact] or not np.allclose(
            [value for _, value in ours], [value for _, value in exact], rtol=2e-5, atol=0)
    return wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--needs", type=int, default=10_000)
    options.add_argument("--offerings", type=int, default=100_000)
    asked = options.parse_args()
    report, folder = Report(), Path(tempfile.mkdtemp())
    report.note(machine())
    library, questions = draw(asked.offerings), draw(asked.needs, seed=5)
    index, ids = index_of(library, questions)
    documents = [Document(str(i), "") for i in range(asked.needs)]
    work = f"{asked.needs:,} needs × {asked.offerings:,} offerings"
    index.top(documents[0], TOP)
    before = memory()

    def run(where: str) -> tuple[float, batch.Receipt]:
        start = time.perf_counter()
        receipt = batch.run(index, documents, TOP, folder / where, identity=where)
        return time.perf_counter() - start, receipt

    try:
        seconds, receipt = run("whole")
        report.row(f"{work}, first {TOP}", f"{seconds:.1f} s", "", f"{asked.needs / seconds:,.0f} needs/s", "", None)
        report.note(f"memory: {before} before, {memory()} after; {receipt.rows:,} lines, "
                    f"{receipt.ranking.stat().st_size / 1e6:.1f} MB")
        content = receipt.ranking.read_bytes()
        again, kept = run("whole")
        report.row("the same again, all blocks there", f"{again:.2f} s", "", f"{kept.kept} of {kept.blocks} kept", "",
                   None)
        (folder / "whole" / "block-00001.tsv").write_bytes(b"")
        mended, kept = run("whole")
        report.row("one block broken", f"{mended:.2f} s", "", f"{kept.kept} of {kept.blocks} kept", "", None)
        same = content == kept.ranking.read_bytes()
        child = os.fork()
        if child == 0:
            batch.run(index, documents, TOP, folder / "killed", identity="killed", progress=lambda done, total: os.kill(
                os.getpid(), signal.SIGKILL) if done > total // 2 else None)
        os.waitpid(child, 0)
        resumed, kept = run("killed")
        report.row("after a SIGKILL half-way", f"{resumed:.1f} s", "", f"{kept.kept} of {kept.blocks} kept", "", None)
        if not same or content != kept.ranking.read_bytes():
            report.faults.append("the runs differ")
        report.exact(work, differing(receipt.ranking, Brute(library, ids), questions), min(SAMPLE, asked.needs))
    finally:
        shutil.rmtree(folder)
    print("\n" + report.markdown())
    if report.faults:
        sys.exit("\n".join(report.faults))


if __name__ == "__main__":
    main()
