"""`flask --app wsgi match rank`: rank files against each other, without any database content."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from matchplatform.catalog.rules import PROVINCE
from matchplatform.catalog.seed import rows as seed_rows
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.ranking_file import BadLine, Record, read_records, write_ranking

MOST_RESULTS = 10_000
AT_ONCE = 200  # records ranked in one go: bounds the memory

# What --context makes of a similarity: near beats far, and what cannot be done falls behind what can.
REACH = {"county": 1.0, "city": 0.98, "province": 0.96}
OUT_OF_REACH = 0.3


class BadInput(click.ClickException):
    """Bad input ends with code 2, as bad options do."""

    exit_code = 2


@click.group("match")
def match() -> None:
    """匹配：给需求和供给排序。"""


@match.command("rank")
@click.option("--needs", "needs_path", required=True, type=click.Path(path_type=Path), help="需求，每行一个 JSON。")
@click.option("--offerings", "offerings_path", required=True, type=click.Path(path_type=Path),
              help="供给，每行一个 JSON。")
@click.option("--top", "top", default=20, show_default=True, type=click.IntRange(1, MOST_RESULTS),
              help="每条取前几名。")
@click.option("--out", "out_path", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="结果文件：需求、供给、名次、分数，制表符分隔。")
@click.option("--reverse", is_flag=True, help="反过来：给每项供给排需求；供给写在第一列。")
@click.option("--context", is_flag=True, help="除文字外也看服务区域和容量。")
def rank(needs_path: Path, offerings_path: Path, top: int, out_path: Path, reverse: bool, context: bool) -> None:
    """给每条需求排出最合适的供给（--reverse 时相反）。

    记录的字段：id、title、body、category，可以另有 county、area、capacity；title 和 category 可以没有。有一行读不懂，
    就报出文件和行号，什么都不写。
    """
    try:
        needs, offerings = read_records(needs_path), read_records(offerings_path)
    except BadLine as fault:
        raise BadInput(str(fault)) from None
    asking, asked = (offerings, needs) if reverse else (needs, offerings)
    try:
        count = write_ranking(out_path, _ranked(asking, asked, top, reverse, context))
    except OSError as error:
        raise BadInput(f"{out_path}：写不了（{error.strerror or error}）。") from None
    click.echo(f"{len(asking)} 条，每条取前 {min(top, len(asked))} 名，共 {count} 行，写入 {out_path}。")


def _document(one: Record) -> Document:
    return Document(one.id, one.title, one.body, one.category)


def _ranked(asking: Sequence[Record], asked: Sequence[Record], top: int, reverse: bool,
            context: bool) -> Iterator[tuple[str, str, int, float]]:
    index = TextIndex.build([_document(one) for one in asked])
    codes = _region_codes() if context else {}
    for start in range(0, len(asking), AT_ONCE):
        batch = asking[start:start + AT_ONCE]
        if not context:
            found = index.tops([_document(one) for one in batch], top)
        else:
            found = []
            for one, row in zip(batch, index.similarities([_document(one) for one in batch]), strict=True):
                scored = [(other.id, float(value) * (_fit(other, one, codes) if reverse else _fit(one, other, codes)))
                          for other, value in zip(asked, row, strict=True)]
                found.append(sorted(scored, key=lambda item: (-item[1], item[0]))[:top])
        for one, hits in zip(batch, found, strict=True):
            for number, (other_id, value) in enumerate(hits, 1):
                yield one.id, other_id, number, value


def _region_codes() -> dict[str, tuple[str, str, str]]:
    """Name of a province, city or county -> (level, own code, city's code), from the seed file of the catalog."""
    found: dict[str, tuple[str, str, str]] = {"全省": ("province", PROVINCE, "")}
    for row in seed_rows("divisions.csv"):
        if row["level"] in ("province", "city", "county"):
            city = row["code"] if row["level"] == "city" else row["parent_code"]
            found[row["name"]] = (row["level"], row["code"], city)
    return found


def _fit(need: Record, offering: Record, codes: dict[str, tuple[str, str, str]]) -> float:
    """The factor on the similarity from served area and capacity; what a record leaves out counts as fitting."""
    factor = OUT_OF_REACH if offering.capacity == 0 else 1.0
    homes = [codes[name] for name in need.places if name in codes]
    areas = [codes[name] for name in offering.places if name in codes]
    if not homes or not areas:
        return factor
    served = {code for _, code, _ in areas}
    _, home, city = homes[0]
    if home in served:
        return factor * REACH["county"]
    if city in served:
        return factor * REACH["city"]
    return factor * (REACH["province"] if PROVINCE in served else OUT_OF_REACH)
