"""The law of imports on one screen: who brings in what, how an import and its rows move, when it can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.imports import fields

KINDS = fields.KINDS
MOST_BYTES = 20 * 1024 * 1024
MOST_NAME = 200          # characters of a file's name that are kept
AT_ONCE = 200            # so many records are saved in the request itself, more in the background
CHECKED_AT_ONCE = 1000   # so many rows are checked in the request itself
CHUNK = 200              # records of one transaction
CHECK_CHUNK = 500        # rows of one transaction while they are only checked
UNIT = {"need": "条", "offering": "项", "organization": "家"}

# Which role brings in what; a role that is not here imports nothing.
KIND_OF_ROLE = {"county_officer": "need", "township_officer": "need", "organization_member": "offering",
                "province_officer": "organization", "city_officer": "organization"}

STATES = Choices(
    Choice("mapping", "待核对各列", "wait"), Choice("checking", "正在检查", "info"),
    Choice("preview", "待导入", "wait"), Choice("running", "正在导入", "info"), Choice("done", "已导入", "go"),
    Choice("undoing", "正在撤销", "info"), Choice("undone", "已撤销"), Choice("discarded", "已放弃"),
)
BUSY = ("checking", "running", "undoing")
ENDED = ("undone", "discarded")

LIFECYCLE = Lifecycle(STATES, "mapping", (
    *transitions("check", "检查各行", "office", [("mapping", "checking"), ("preview", "checking")]),
    *transitions("checked", "检查完", "platform", [("checking", "preview")]),
    *transitions("remap", "重新核对各列", "office", [("preview", "mapping"), ("checking", "mapping")]),
    *transitions("run", "导入", "office", [("preview", "running"), ("done", "running")]),
    *transitions("finish", "导入完", "platform", [("running", "done"), ("undoing", "done")]),
    *transitions("undo", "撤销整次导入", "office", [("done", "undoing")]),
    *transitions("undone", "撤销完", "platform", [("undoing", "undone")]),
    *transitions("discard", "放弃这次导入", "office", [("mapping", "discarded"), ("preview", "discarded")],
                 done="已放弃这次导入，什么都没有存进库。"),
))

ROW_STATES = Choices(
    Choice("good", "可导入", "go"), Choice("faulty", "要改", "no"), Choice("known", "已导入过", "info"),
    Choice("left_out", "不导入"), Choice("created", "已导入", "go"), Choice("undone", "已撤销"),
)
FIXABLE = ("good", "faulty", "left_out")


def kind_for(actor: Any) -> str | None:
    """What this person brings in, or None."""
    return KIND_OF_ROLE.get(getattr(actor, "role", ""))


def may_import(actor: Any, kind: str) -> Verdict:
    """May the actor bring in records of this kind?"""
    if kind == "offering" and getattr(actor, "member_role", "") == "reader":
        return Verdict.no("您的账号只能看，不能导入。", "要办理，请本组织的负责人改您的角色。")
    if kind_for(actor) == kind:
        return Verdict.yes()
    who = {"need": "需求由县（市、区）农业农村局和乡镇导入。", "offering": "供给由社会组织自己导入。",
           "organization": "社会组织名册由省、市（州）民政部门导入。"}
    return Verdict.no(who.get(kind, "没有这一类导入。"))


def office_of(actor: Any) -> str:
    """Whose imports they are: colleagues of one office see each other's."""
    match actor.role:
        case "county_officer":
            return f"county:{actor.county_code}"
        case "township_officer":
            return f"township:{actor.township_code}"
        case "organization_member":
            return f"organization:{actor.organization_id}"
        case "city_officer":
            return f"city:{actor.city_code}"
        case "province_officer":
            return "province"
        case other:
            return f"none:{other}"


def landing_of(actor: Any, kind: str, county_code: str | None = None) -> str:
    """Where the records land: the same record is there only once, whoever brings it in.

    A county and its townships share one need library, so the county it is for both.
    """
    if kind == "need":
        return f"county:{county_code or actor.county_code}"
    if kind == "offering":
        return f"organization:{actor.organization_id}"
    return "register"


def run_verdict(status: str, good: int) -> Verdict:
    """May the good rows be saved now?"""
    if status not in ("preview", "done"):
        return Verdict.no(f"这次导入现在是“{STATES[status].label}”，不能再导入。", "请刷新页面看最新状态。")
    if not good:
        return Verdict.no("没有可以导入的行。", "请先改好有错的行，或换一份表格。")
    return Verdict.yes()


def fix_verdict(status: str, row_state: str) -> Verdict:
    """May a row be changed, left out or taken in again?"""
    if status not in ("preview", "done"):
        return Verdict.no(f"这次导入现在是“{STATES[status].label}”，行里的内容不能改。", "等办完再看。")
    if row_state not in FIXABLE:
        return Verdict.no(f"这一行现在是“{ROW_STATES[row_state].label}”，不用再改。")
    return Verdict.yes()


@dataclass(frozen=True)
class Made:
    """What became of a record that an import made: its state, the acts on it in the audit, what is tied to it.

    `status` is "" when it is no longer there.
    """

    kind: str
    status: str
    status_label: str
    acts: tuple[str, ...]
    tied: tuple[str, ...] = ()


# Acts that leave the record as it was brought in. What was filled in for all rows at once goes with the rows.
_HARMLESS = {"need": frozenset({"create", "fill", "submit", "recall"}), "offering": frozenset({"create", "fill"}),
             "organization": frozenset({"import_organization"})}
_CURE = {"submitted": "要撤销，先把它“撤回来改”。", "published": "已经公开的不能跟着撤销，可以单独办理。"}


def undo_verdict(made: Made) -> Verdict:
    """May the record be taken back together with its import? Only while it is as it came and nothing hangs on it."""
    if not made.status:
        return Verdict.yes("已经不在了")
    if made.status != "draft":
        return Verdict.no(f"现在是“{made.status_label}”。", _CURE.get(made.status, "它已经有人接着办了，请单独办理。"))
    later = set(made.acts) - _HARMLESS[made.kind]
    if later & {"edit", "edit_organization", "record_registry"}:
        return Verdict.no("导入以后又改过。", "改过的内容要留着，请单独办理。")
    if later & {"register_organization"}:
        return Verdict.no("已经有人用这个代码登记入驻。", "入驻的组织请单独办理。")
    if later:
        return Verdict.no("导入以后办理过。", "有过往来的记录要留着，请单独办理。")
    if made.tied:
        return Verdict.no(f"上面还有{'、'.join(made.tied)}。", "请先把它们移走。")
    return Verdict.yes()


def whole_undo_verdict(status: str, verdicts: Iterable[Verdict]) -> Verdict:
    """May the whole import be undone? One record that has gone on its way keeps it."""
    if status not in ("done", "undoing"):
        return Verdict.no(f"这次导入现在是“{STATES[status].label}”，没有可以撤销的。")
    listed = list(verdicts)
    stuck = sum(1 for one in listed if not one)
    if stuck:
        return Verdict.no(f"有 {stuck} 条已经往下办了，整次导入不能再撤销。", "下面写着是哪几条、为什么。")
    if not listed:
        return Verdict.no("这次导入没有建过记录，不用撤销。")
    return Verdict.yes()

