"""What the offices have published: a plan's measures in our own words, and invented documents in every state.

Nothing is drawn by lot, so that the rest of the story stays as it is.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matchplatform.core import clock
from matchplatform.demo.cast import OWN_CITY, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.publications import operations, rules
from matchplatform.publications.models import Publication

ALL = rules.CHECKS.values

# The provincial action plan's part about villages stands there in our own words, with the data of the page that it
# names as its source and the numbers of the plan's own measures; everything else is invented and says so.
TEXTS = Path(__file__).with_name("publications.json")


def _texts() -> dict[str, dict[str, Any]]:
    """Name -> the columns of a document; the text as one, dates as dates."""
    found = json.loads(TEXTS.read_text(encoding="utf-8"))
    return {name: {**one, "body": "\n".join(one["body"]),
                   "issued_on": dt.date.fromisoformat(one["issued_on"]) if "issued_on" in one else None}
            for name, one in found.items()}


def publish_documents(line: Timeline, cast: Cast) -> None:
    """Plan the documents' lives: released, revised, abolished, taken down, scheduled, waiting, returned, a draft."""
    texts, (first, second), city = _texts(), cast.province, cast.city[OWN_CITY]

    def post(days: float, name: str, values: Mapping[str, Any], author: Any, reviewer: Any) -> None:
        line.at(_at(line, days), _released(cast, name, values, author, reviewer))

    post(546, "plan", texts["plan"], first, second)
    post(540, "meals", texts["meals"], first, second)
    post(536, "money", texts["money"], second, first)
    post(430, "city", texts["city_plan"], city, first)
    post(288, "list", texts["list"], second, first)
    post(260, "guide", texts["guide"], first, second)
    post(214, "case", texts["case"], second, first)
    line.at(_at(line, 285), lambda: _act(first, cast, "list", "withdraw", "名单不该公开，已请原单位重新核对。"))
    line.at(_at(line, 176), _revised(cast, texts["meals_new"], first, second))
    line.at(_at(line, 120), lambda: _abolish(second, cast))
    line.at(_at(line, 2), _scheduled(line, texts["fair"], second, first))
    line.at(_at(line, 1.4), _waiting(texts["chosen"], first))
    line.at(_at(line, 1.2), _returned(texts["tea"], first, second))
    line.at(_at(line, 0.6), lambda: operations.create_publication(first, texts["yearly"]))


def _at(line: Timeline, days: float) -> dt.datetime:
    """Half past nine on a working day so long ago, never later than now nor before the beginning."""
    day = clock.local(line.now - dt.timedelta(days=days)).date()
    day -= dt.timedelta(days=max(0, day.weekday() - 4))
    moment = dt.datetime.combine(day, dt.time(9, 30), clock.SHANGHAI).astimezone(dt.UTC)
    return max(line.start + dt.timedelta(hours=1), min(moment, line.now - dt.timedelta(minutes=round(days * 30) + 5)))


def _dated(values: Mapping[str, Any]) -> dict[str, Any]:
    """With the day on which it was made: never after the day on which it is written."""
    day = values.get("issued_on") or clock.today()
    return {**values, "issued_on": min(day, clock.today())}


def _released(cast: Cast, name: str, values: Mapping[str, Any], author: Any, reviewer: Any) -> Callable[[], None]:
    def go() -> None:
        document = operations.create_publication(author, _dated(values))
        operations.act(author, document, "submit")
        operations.release(reviewer, document, ALL)
        cast.documents[name] = document.code
        cast.published[name] = document

    return go


def _act(actor: Any, cast: Cast, name: str, verb: str, reason: str) -> None:
    operations.act(actor, _of(cast, name), verb, reason)


def _of(cast: Cast, name: str) -> Publication:
    document = cast.published[name]
    assert isinstance(document, Publication)
    return document


def _revised(cast: Cast, values: Mapping[str, Any], author: Any, reviewer: Any) -> Callable[[], None]:
    def go() -> None:
        new = operations.begin_revision(author, _of(cast, "meals"))
        operations.edit_publication(author, new, _dated(values))
        operations.act(author, new, "submit")
        operations.release(reviewer, new, ALL)
        cast.documents["meals"] = new.code

    return go


def _abolish(actor: Any, cast: Cast) -> None:
    operations.abolish(actor, _of(cast, "money"), clock.today(),
                       "试行一年期满，不再执行；记账办法以各单位的财务制度为准。")


def _scheduled(line: Timeline, values: Mapping[str, Any], author: Any, reviewer: Any) -> Callable[[], None]:
    def go() -> None:
        document = operations.create_publication(author, _dated(values))
        operations.act(author, document, "submit")
        operations.release(reviewer, document, ALL, line.now + dt.timedelta(days=6))

    return go


def _waiting(values: Mapping[str, Any], author: Any) -> Callable[[], None]:
    def go() -> None:
        operations.act(author, operations.create_publication(author, _dated(values)), "submit")

    return go


def _returned(values: Mapping[str, Any], author: Any, reviewer: Any) -> Callable[[], None]:
    def go() -> None:
        document = operations.create_publication(author, _dated(values))
        operations.act(author, document, "submit")
        operations.act(reviewer, document, "return", "标题写“三亩的价”，正文写“两倍多”，请核对后改成一个数。")

    return go


def citation(cast: Cast, category: str, number: int) -> dict[str, Any]:
    """What a need of this category cites: most of those about old people, some of the others; empty before there is
    anything to cite."""
    name, anchor = ("meals", "tiao-3") if category == "elderly_care" else ("plan", (
        "bufen-2-xiang-3-mu-8" if number % 2 else "bufen-2-xiang-3-mu-9"))
    code = cast.documents.get(name)
    cites = code and number % 3 and (category == "elderly_care" or number % 5 == 0)
    return {"basis_code": code, "basis_clause": anchor} if cites else {}
