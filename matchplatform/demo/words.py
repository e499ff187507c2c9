"""The word lists as the province's officer has kept them: what any agriculture office would call the same thing."""

import datetime as dt
from collections.abc import Callable

from matchplatform.core import clock
from matchplatform.demo.cast import Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.matching import operations

# days ago, kind, words, why
ENTRIES = (
    (410, "synonym", ("红薯", "红苕", "甘薯"), "各地叫法不同，技术单位写甘薯，乡镇写红苕。"),
    (410, "synonym", ("土豆", "马铃薯", "洋芋"), "恩施、宜昌山区写洋芋，农科院所写马铃薯。"),
    (410, "synonym", ("玉米", "苞谷"), "山区乡镇习惯写苞谷。"),
    (322, "synonym", ("番茄", "西红柿"), "种植户和农技单位的叫法不同。"),
    (236, "synonym", ("村医", "乡村医生"), "乡镇写村医，卫健系统的文件写乡村医生。"),
    (150, "synonym", ("老年食堂", "幸福食堂", "助餐点"), "民政文件写助餐点，村里写食堂。"),
    (97, "stop_word", ("恳请", "望予"), "请示里的套话，说明不了要办什么事。"),
)


def keep_words(line: Timeline, cast: Cast) -> None:
    """Each entry on a morning of its own, by the province's officer; nothing is drawn by lot, so that the rest of the
    story stays as it is."""
    for number, (days, kind, words, why) in enumerate(ENTRIES):
        day = clock.local(line.now).date() - dt.timedelta(days=days)
        day -= dt.timedelta(days=max(0, day.weekday() - 4))
        moment = dt.datetime.combine(day, dt.time(10, 5 + 7 * number), clock.SHANGHAI)
        line.at(moment.astimezone(dt.UTC), _adding(cast, kind, words, why))


def _adding(cast: Cast, kind: str, words: tuple[str, ...], why: str) -> Callable[[], None]:
    def add() -> None:
        operations.add_entry(cast.province[0], kind, words, why)

    return add
