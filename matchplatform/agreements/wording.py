"""The agreement as a list of blocks: what stands on the page, in the .docx and under the hash. Plain Python.

A block is [kind, text] or ["table", [row, …]]; kinds: title, number, party, heading, part, text, sign.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from matchplatform.agreements.contents import Facts, departments_of
from matchplatform.core.capitals import in_capitals
from matchplatform.core.clock import local
from matchplatform.core.money import in_yuan

Block = list[Any]
_COUNT = "一二三四五六七八九十"
NONE = "（无）"


def chinese_day(text: str) -> str:
    """2026-01-05 as 2026年1月5日; a gap to write in where it is empty."""
    if not text:
        return "　　　　年　　月　　日"
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def amount(fen: int | str) -> str:
    """38,400 元（大写：人民币叁万捌仟肆佰元整）; with 角 or 分 to two places."""
    number = int(fen or 0)
    figure = f"{Decimal(number) / 100:,.2f}" if number % 100 else in_yuan(number)
    return f"{figure} 元（大写：人民币{in_capitals(number)}）"


def agreement_blocks(content: dict[str, Any], facts: Facts) -> list[Block]:
    """The whole text, in order."""
    departments = departments_of(content)
    sections: list[tuple[str, list[Block]]] = [
        ("帮扶内容", _matter(content, facts)), ("资金和物资", _money(content)),
        ("期限", [["text", f"自{chinese_day(content['starts_on'])}起至{chinese_day(content['ends_on'])}止。"]]),
        ("各方责任", _duties(content, bool(departments))), ("联系人", _contacts(content)),
        ("进展报告", _lines(content["reporting"])), ("变更", _lines(content["changing"])),
        ("退出", _lines(content["leaving"])), ("争议解决", _lines(content["dispute"])),
        ("其他", _other(content)),
    ]
    blocks: list[Block] = [["title", "湖北省社会组织助力乡村振兴"], ["title", "结对帮扶协议"],
                           ["number", f"结对编号：{facts.code}"]]
    if content["number"]:
        blocks.append(["number", f"协议编号：{content['number']}"])
    blocks += _parties(content, facts, departments)
    blocks.append(["text", "为帮助乡村解决实际困难，各方在自愿、平等的基础上，经"
                           f"民政部门{chinese_day(facts.approved_on)}批准，订立本协议，共同遵守。"])
    for number, (name, inner) in enumerate(sections):
        blocks += [["heading", f"{_COUNT[number]}、{name}"], *inner]
    return blocks + signatures(content, departments)


def _parties(content: dict[str, Any], facts: Facts, departments: list[str]) -> list[Block]:
    return [["party", f"甲方：{content['civil_office']}"], ["party", f"　　　{content['farm_office']}"],
            ["party", f"乙方：{content['organization']}（统一社会信用代码 {facts.uscc}）"],
            *(["party", f"{'行业部门：' if not at else '　　　　　'}{one}"] for at, one in enumerate(departments))]


def _matter(content: dict[str, Any], facts: Facts) -> list[Block]:
    need = f"“{facts.need_title}”（需求编号 {facts.need_code}）"
    blocks: list[Block] = [["text", f"乙方结对帮扶{facts.county}的{need}。"], *_lines(content["purpose"])]
    if facts.lines:
        blocks += [["text", "乙方承担的事项和数量如下："],
                   ["table", [["序号", "事项", "数量", "单位"],
                              *([str(at), item, f"{quantity:,}", unit]
                                for at, (item, quantity, unit) in enumerate(facts.lines, 1))]]]
    else:
        blocks.append(["text", "需求没有分列事项，由乙方整体承担。"])
    return blocks


def _money(content: dict[str, Any]) -> list[Block]:
    return [["text", f"资金：{amount(content['funds_fen'])}。"],
            ["text", f"物资折价：{amount(content['in_kind_fen'])}。"],
            ["text", "资金和物资折价分别记账，不合并计算。"], *_lines(content["payment"])]


def _duties(content: dict[str, Any], has_departments: bool) -> list[Block]:
    blocks: list[Block] = [["part", "（一）甲方的责任"], *_lines(content["county_duties"]),
                           ["part", "（二）乙方的责任"], *_lines(content["organization_duties"])]
    if has_departments:
        blocks += [["part", "（三）行业部门的责任"], *_lines(content["department_duties"])]
    return blocks


def _contacts(content: dict[str, Any]) -> list[Block]:
    return [["text", f"{who}联系人：{content[f'{key}_contact'] or '　　　　'}，电话："
                     f"{content[f'{key}_phone'] or '　　　　　　'}。"]
            for who, key in (("甲方", "county"), ("乙方", "organization"))]


def _other(content: dict[str, Any]) -> list[Block]:
    given = [] if not content["other"] else _lines(content["other"])
    return [*given, ["text", f"本协议一式{_copies(content['copies'])}份，各方各执一份，具有同等效力，自各方签字盖章"
                             "（或者在平台确认）之日起生效。"]]


def _copies(number: int | str) -> str:
    small = int(number or 0)
    if not 0 < small < 20:
        return f" {small} "
    return _COUNT[small - 1] if small <= 10 else f"十{_COUNT[small - 11]}"


def _lines(text: str) -> list[Block]:
    return [["text", one.strip()] for one in (text or NONE).split("\n") if one.strip()]


def signatures(content: dict[str, Any], departments: Sequence[str]) -> list[Block]:
    """Places for a stamp, a name and a date, one for each party."""
    who = [("甲方", content["civil_office"]), ("甲方", content["farm_office"]), ("乙方", content["organization"]),
           *(("行业部门", one) for one in departments)]
    return [["sign", f"{side}（盖章）：{name}\n代表（签字）：\n日期：{chinese_day('')}"] for side, name in who]


def record_blocks(rows: Sequence[tuple[str, str, dt.datetime, str]]) -> list[Block]:
    """What follows the text on paper and is not of it: who confirmed in the platform, for whom, when. `rows`: name,
    side, moment, what he did."""
    return [["heading", "附：平台确认记录"],
            *(["text", f"{name}（{side}）于{chinese_day(local(at).date().isoformat())} {local(at):%H:%M} {did}。"]
              for name, side, at, did in rows)] if rows else []


def plain_text(blocks: Sequence[Block]) -> str:
    """The text as it is hashed: one paragraph a line, cells parted by tabs."""
    rows: list[str] = []
    for kind, inner in blocks:
        rows += ["\t".join(row) for row in inner] if kind == "table" else [inner]
    return "\n".join(rows) + "\n"


def text_hash(blocks: Sequence[Block]) -> str:
    """SHA-256 of the plain text, 64 hex digits."""
    return hashlib.sha256(plain_text(blocks).encode()).hexdigest()


def packed(value: Any) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
