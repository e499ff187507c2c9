"""How faithfully and how fast the cutter cuts, beside jieba itself.

    .venv/bin/python benchmarks/cutting.py              agreement, then speed; some two minutes
    .venv/bin/python benchmarks/cutting.py --documents 2000 --strange 2000

Agreement: all texts of matchplatform/demo and, where they are there, of ../shared/bench, and strange texts put
together at random (digits, dates, -_@, rare and foreign characters), by `cut` and by `cut_for_search`.
Speed: documents of some 180 characters made of sentences of the same texts; one thread; `Cutter.rows` (words with
their parts, without stop words, counted) beside jieba.cut + TfidfVectorizer.fit_transform, and beside jieba.cut
alone, in turns, a fresh set of documents each turn; the figures are medians over the turns.
"""

import argparse
import json
import random
import re
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from matchplatform.matching import text
from matchplatform.matching.cutter import Cutter, cutter, warm
from matchplatform.matching.dictionary import lexicon

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT.parent / "shared" / "bench"
LENGTH, TURNS = 180, 10
STRANGE = "0123456789.%-_@+#&:/abcXYZ \r\n\t年月日号第一二三的了·，。龘㐀😀é\u3000\x85ｗＷ①…"
DATES = ("2026年3月8日", "2026-03-08", "2026/3/8 08:30", "3.14%", "a_b-c@d.com", "+86-0718-8234567", "GB/T 29044—2012")


def reference() -> Any:
    """A jieba tokenizer with the product's words, added as jieba documents it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 imports pkg_resources and leaves its dictionary file open
        import jieba

        jieba.setLogLevel("ERROR")
        made = jieba.Tokenizer()
        made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    for name in ("selected.txt", "domain.txt"):
        for word in lexicon(name):
            made.add_word(word.lower())
    return made


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def collected() -> dict[str, list[str]]:
    """Texts by the folder that they come from."""
    folders = [ROOT / "matchplatform" / "demo"]
    if BENCH.is_dir():
        folders += [BENCH / "dev", *sorted((BENCH / "public").iterdir())]
    else:
        print(f"{BENCH} is not there: only the demonstration's texts are compared")
    return {folder.name: [one for file in sorted(folder.glob("*.jsonl"))
                          for line in file.read_text(encoding="utf-8").splitlines()
                          for one in strings(json.loads(line))] for folder in folders if folder.is_dir()}


def strange(texts: list[str], chance: random.Random) -> str:
    """Pieces of real texts among what is hard to cut."""
    parts = []
    for _ in range(chance.randint(1, 12)):
        source = chance.choice(texts)
        start = chance.randrange(len(source) or 1)
        parts.append(chance.choice((
            source[start:start + chance.randint(1, 15)], chance.choice(DATES),
            "".join(chance.choices(STRANGE, k=chance.randint(1, 8))),
            "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(chance.randint(1, 6))))))
    return "".join(parts)


def compare(name: str, texts: list[str], ours: Cutter, jieba: Any) -> int:
    """Print how many texts are cut alike; returns how many are not."""
    cut = sum(ours.cut(one) != list(jieba.cut(one)) for one in texts)
    search = sum(ours.cut_for_search(one) != list(jieba.cut_for_search(one)) for one in texts)
    shares = [100 - 100 * wrong / len(texts) for wrong in (cut, search)]
    print(f"{name:16s} {len(texts):7,} texts {sum(map(len, texts)):10,} characters   "
          f"cut {shares[0]:.3f} %   cut_for_search {shares[1]:.3f} %")
    return cut + search


def documents(texts: list[str], count: int, chance: random.Random) -> list[str]:
    """Sentences drawn at random, joined to some LENGTH characters."""
    sentences = [one for source in texts for one in re.findall(r"[^。！？；\n]+[。！？；\n]?", source) if len(one) > 5]
    made = []
    for _ in range(count):
        parts: list[str] = []
        while sum(map(len, parts)) < LENGTH - 15:
            parts.append(chance.choice(sentences)[:LENGTH])
        made.append("".join(parts))
    return made


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def speed(texts: list[str], count: int, ours: Cutter, jieba: Any, chance: random.Random) -> None:
    """Print documents a second and the ratios."""
    stops, each, seconds = text.stop_words(), max(count // TURNS, 1), []
    for _ in range(TURNS):
        batch = documents(texts, each, chance)
        with_sklearn = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False)
        seconds.append((timed(lambda batch=batch: ours.rows(batch, stops)),
                        timed(lambda batch=batch, made=with_sklearn: made.fit_transform(batch)),
                        timed(lambda batch=batch: [jieba.lcut(one) for one in batch])))
    kernel, whole, cutting = (statistics.median(column) / each for column in zip(*seconds, strict=True))
    print(f"\n{TURNS} turns of {each} documents of {statistics.mean(map(len, batch)):.0f} characters, one thread")
    print(f"Cutter.rows                    {1 / kernel:9,.0f} documents/s  {kernel * 1e6:7.1f} µs each")
    print(f"jieba.lcut + TfidfVectorizer   {1 / whole:9,.0f} documents/s  {whole * 1e6:7.1f} µs each"
          f"  ours is {whole / kernel:.1f} times as fast")
    print(f"jieba.lcut alone               {1 / cutting:9,.0f} documents/s  {cutting * 1e6:7.1f} µs each"
          f"  ours is {cutting / kernel:.1f} times as fast")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--documents", type=int, default=20_000)
    options.add_argument("--strange", type=int, default=20_000)
    asked = options.parse_args()
    chance = random.Random(3)
    warm()
    print(f"the cutter's dictionary and model load in {timed(Cutter):.2f} s")
    ours, jieba, folders = cutter(), reference(), collected()
    texts = [one for found in folders.values() for one in found]
    different = sum(compare(name, found, ours, jieba) for name, found in folders.items())
    different += compare("strange", [strange(texts, chance) for _ in range(asked.strange)], ours, jieba)
    speed(texts, asked.documents, ours, jieba, chance)
    if different:
        raise SystemExit(f"{different} texts are cut otherwise than by jieba")


if __name__ == "__main__":
    main()
