"""How good the ranking is on the graded test collections of ../shared/bench.

    .venv/bin/python benchmarks/quality.py            the project's own collection, both views of it
    .venv/bin/python benchmarks/quality.py --public   and the public ones (half a minute)

Prints nDCG@10, MRR@10, recall@20 and hit@1 as score.py there does. Fails when the figure on dev falls below FLOOR.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from matchplatform.matching.commands import match
from matchplatform.matching.index import Document, TextIndex

BENCH = Path(__file__).resolve().parent.parent.parent / "shared" / "bench"
FLOOR = 0.88  # on dev; plain jieba TF-IDF has 0.757


def score(run: Path, qrels: Path) -> str:
    """What score.py says of a run."""
    return subprocess.run([sys.executable, str(BENCH / "score.py"), str(run), str(qrels)], check=True,
                          capture_output=True, text=True).stdout


def rank_dev(out: Path, *options: str) -> None:
    """The public command on the project's own collection."""
    done = CliRunner().invoke(match, [
        "rank", "--needs", str(BENCH / "dev" / "needs.jsonl"), "--offerings", str(BENCH / "dev" / "offerings.jsonl"),
        "--top", "20", "--out", str(out), *options])
    if done.exit_code:
        sys.exit(done.output)


def rank_public(folder: Path, out: Path) -> None:
    """A public collection: queries against its corpus."""
    def documents(name: str) -> list[Document]:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        return [Document(row["id"], "", row["text"]) for row in map(json.loads, lines)]

    index, queries = TextIndex.build(documents("corpus.jsonl")), documents("queries.jsonl")
    with out.open("w", encoding="utf-8") as file:
        for query, hits in zip(queries, index.tops(queries, 20), strict=True):
            file.writelines(f"{query.id}\t{one}\t{n}\t{value:.6f}\n" for n, (one, value) in enumerate(hits, 1))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--public", action="store_true", help="the public collections too")
    wanted = arguments.parse_args()
    if not BENCH.is_dir():
        sys.exit("../shared/bench is not there: the test collections lie beside the repository, nothing was measured")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run.tsv"
        rank_dev(run)
        figures = score(run, BENCH / "dev" / "qrels.tsv")
        print(f"dev, by text alone\n{figures}")
        rank_dev(run, "--context")
        print(f"dev, with area and capacity (which the grades ignore)\n{score(run, BENCH / 'dev' / 'qrels.tsv')}")
        for one in sorted((BENCH / "public").iterdir()) if wanted.public else []:
            rank_public(one, run)
            print(f"{one.name}\n{score(run, one / 'qrels.tsv')}")
    found = re.search(r"nDCG@10\s+([\d.]+)", figures)
    if found is None or float(found[1]) < FLOOR:
        sys.exit(f"nDCG@10 on dev is below {FLOOR}")


if __name__ == "__main__":
    main()
