"""The law of rosters on one screen: which lists there are, what each says, how one is applied and undone."""

from collections.abc import Mapping
from typing import Any

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions

TOPICS = Choices(Choice("abnormal", "活动异常名录"), Choice("dishonest", "严重违法失信名单"),
                 Choice("rating", "评估等级"), Choice("report", "年报结论"))
FLAGS = {"abnormal": "is_abnormal", "dishonest": "is_dishonest"}  # lists on which one stands or not
FIELDS = {"abnormal": ("is_abnormal",), "dishonest": ("is_dishonest",), "rating": ("rating", "rating_ends_on"),
          "report": ("report_year", "report_result")}
WANTS = {"abnormal": "信用代码或名称；在列的写进来就行，也可以有一列“活动异常名录”写是或否",
         "dishonest": "信用代码或名称；在列的写进来就行，也可以有一列“严重违法失信名单”写是或否",
         "rating": "信用代码或名称、评估等级、等级有效期至", "report": "信用代码或名称、年报年度、年报结论"}
MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 5000      # of a sheet
MOST_CHANGES = 1000   # organizations changed by one roster, in one transaction
LONGEST_BASIS = 120

STATES = Choices(Choice("preview", "待确认", "wait"), Choice("applied", "已更新", "go"), Choice("undone", "已撤销"),
                 Choice("discarded", "已放弃"))
LIFECYCLE = Lifecycle(STATES, "preview", (
    *transitions("apply", "确认更新", "office", [("preview", "applied")], tone="goal"),
    *transitions("discard", "放弃", "office", [("preview", "discarded")], done="已放弃，什么都没有改。"),
    *transitions("undo", "整批撤销", "office", [("applied", "undone")], reason=True, tone="stop"),
))

ROW_STATES = Choices(
    Choice("removal", "要移出", "wait"), Choice("change", "会更新", "go"), Choice("faulty", "看不懂", "no"),
    Choice("unknown", "库里没有", "no"), Choice("outside", "不归本单位管", "info"), Choice("same", "不变"))
CHANGING = ("removal", "change")


def may_update(actor: Any) -> Verdict:
    """The offices of civil affairs, each within its reach."""
    if actor.role in ("province_officer", "city_officer"):
        return Verdict.yes()
    return Verdict.no("名单由省、市（州）民政部门更新。")


def asked_verdict(topic: str, is_complete: bool, basis: str) -> Verdict:
    """Is what was chosen beside the file as it should be?"""
    if topic not in TOPICS:
        return Verdict.no("没有选是哪一份名单。", "请从列表里选一种。")
    if is_complete and topic not in FLAGS:
        return Verdict.no(f"{TOPICS[topic].label}没有“移出”。", "请去掉“这是完整名单”。")
    if not basis.strip():
        return Verdict.no("还没有写依据。", "请写从哪里查到的，例如“中国社会组织政务服务平台”。")
    if len(basis) > LONGEST_BASIS:
        return Verdict.no(f"依据最多 {LONGEST_BASIS} 字，现在是 {len(basis)} 字。", "请写短一些。")
    return Verdict.yes()


def apply_verdict(changes: int) -> Verdict:
    """Is there something to do, and not too much for one go?"""
    if not changes:
        return Verdict.no("没有要更新的。", "名单里说的和库里一样，或者没有认出来；不用确认。")
    if changes > MOST_CHANGES:
        return Verdict.no(f"一次最多更新 {MOST_CHANGES} 家，这份有 {changes} 家。", "请把表格拆成几份。")
    return Verdict.yes()


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Does what the list says differ from what is known? Both as plain values."""
    return any(before.get(name) != value for name, value in after.items())
