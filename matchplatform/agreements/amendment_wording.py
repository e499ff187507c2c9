"""An amendment as blocks, see `wording`. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.agreements.contents import Facts, departments_of
from matchplatform.agreements.wording import Block, chinese_day, signatures


@dataclass(frozen=True)
class Change:
    """One thing that becomes another: as read before and after."""

    label: str
    before: str
    after: str
    is_line: bool = False
    capitals: str = ""  # of an amount: what it becomes, to the 分 and in capitals


def amendment_blocks(content: dict[str, Any], facts: Facts, number: int, signed_on: str, changes: Sequence[Change],
                     text: str, reason: str) -> list[Block]:
    """The whole text, in order: whose, of which agreement, why, what from and to, and that the rest stands."""
    departments = departments_of(content)
    blocks: list[Block] = [
        ["title", "结对帮扶协议"], ["title", f"补充协议第 {number} 号"], ["number", f"结对编号：{facts.code}"],
        ["party", f"甲方：{content['civil_office']}"], ["party", f"　　　{content['farm_office']}"],
        ["party", f"乙方：{content['organization']}（统一社会信用代码 {facts.uscc}）"],
        ["text", f"各方{chinese_day(signed_on)}签订的结对帮扶协议（“{facts.need_title}”），经协商一致，补充如下："],
        ["heading", "一、为什么改"], *([["text", one.strip()] for one in reason.split("\n") if one.strip()])]
    heads = iter("二三四")
    if changes:
        blocks += [["heading", f"{next(heads)}、改什么"],
                   ["table", [["序号", "哪一项", "原来", "改为"],
                              *([str(at), one.label, one.before, one.after] for at, one in enumerate(changes, 1))]],
                   *(["text", f"{one.label}改为：{one.capitals}。"] for one in changes if one.capitals)]
    if text:
        blocks += [["heading", f"{next(heads)}、补充约定"],
                   *([["text", one.strip()] for one in text.split("\n") if one.strip()])]
    blocks += [["heading", f"{next(heads)}、效力"],
               ["text", "本补充协议自双方确认之日起生效，和原协议有同等效力；没有改到的，照原协议办。"]]
    return blocks + signatures(content, departments)
