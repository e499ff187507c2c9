"""The law of merging two needs that say the same: who may ask, who must agree, what becomes of each field. Pure."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.needs.rules import KEEPABLE, MERGEABLE
from matchplatform.needs.rules import STATES as NEED_STATES

STATES = Choices(Choice("proposed", "等同意", "wait"), Choice("done", "已合并", "go"),
                 Choice("refused", "没有同意", "no"),
                 Choice("withdrawn", "提议已撤回"), Choice("undone", "合并已撤销", "info"))

LIFECYCLE = Lifecycle(STATES, "proposed", (
    *transitions("agree", "同意合并", "asked", [("proposed", "done")], tone="goal",
                 confirm="两边都同意后马上合并。留下的那条没有再改动以前，任何一位填报人都可以撤销。"),
    *transitions("refuse", "不同意", "asked", [("proposed", "refused")], reason=True, tone="stop",
                 done="已答复不同意，对方会看到理由。"),
    *transitions("withdraw", "撤回提议", "proposer", [("proposed", "withdrawn")],
                 done="提议已撤回，两条需求都没有动。"),
    *transitions("undo", "撤销合并", "author", [("done", "undone")], reason=True, tone="stop",
                 confirm="撤销后，留下的那条回到合并前的内容，被并入的那条回到原来的状态。",
                 done="已撤销，两条需求回到合并前。"),
))

# How a field may be put together: from the one that stays, from the other, both one after the other or added up, a
# number written anew; lines also united, of the same thing the larger quantity.
TAKES = Choices(Choice("kept", "用留下的这条的"), Choice("merged", "用并入的那条的"), Choice("both", "两条接在一起"),
                Choice("sum", "两条相加"), Choice("union", "合在一起，同样的取多的"), Choice("typed", "另外填一个数"))
_EITHER = ("kept", "merged")


@dataclass(frozen=True)
class Part:
    """What is decided at once: its name, the columns it stands for, and the ways to put it together."""

    name: str
    label: str
    columns: tuple[str, ...]
    takes: tuple[str, ...] = _EITHER


PARTS = (
    Part("title", "项目名称", ("title",)), Part("category_code", "帮扶领域", ("category_code",)),
    Part("aid_mode", "帮扶方式", ("aid_mode",)), Part("urgency", "紧急程度", ("urgency",)),
    Part("place", "地点", ("township_code", "village")),
    Part("body", "要办的事", ("body",), (*_EITHER, "both")),
    Part("lines", "要的东西", ("lines",), (*_EITHER, "union", "sum")),
    Part("supplies", "物资与人员需求", ("supplies",), (*_EITHER, "both")),
    Part("funds_secured_fen", "已落实资金", ("funds_secured_fen",), (*_EITHER, "sum")),
    Part("funds_gap_fen", "资金缺口", ("funds_gap_fen",), (*_EITHER, "sum")),
    # People are never simply added: the same old man may stand in both.
    *(Part(name, label, (name,), (*_EITHER, "typed")) for name, label in (
        ("beneficiaries", "受益人数"), ("old_and_young", "其中一老一小"), ("households", "受益户数"),
        ("lifted_households", "其中脱贫户"), ("monitored_households", "其中监测户"))),
    Part("starts_on", "开始日期", ("starts_on",)), Part("ends_on", "结束日期", ("ends_on",)),
    Part("closing_at", "接单截止", ("closing_at",)),
    Part("goal", "怎样算办成", ("goal",), (*_EITHER, "both")),
    Part("conditions", "当地能配合什么", ("conditions",), (*_EITHER, "both")),
    Part("basis", "依据的规划或政策", ("basis", "basis_code", "basis_clause")),
    Part("preferred_organization", "指定承接机构", ("preferred_organization",)),
    Part("publicity", "公开范围", ("publicity",)), Part("unit", "责任单位", ("unit",)),
    Part("contact", "联系人和电话", ("contact_name", "contact_phone")),
)
PART = {one.name: one for one in PARTS}
MOST_LINES = 30
MOST_PEOPLE = 100_000_000
LONGEST = {"body": 5000, "goal": 1000, "conditions": 1000, "supplies": 1000}

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Take:
    """How one part is put together; `number` for what is written anew."""

    way: str
    number: int | None = None


@dataclass(frozen=True)
class Side:
    """One of the two needs as the consents see it; `author_id` None: whoever wrote it is gone."""

    code: str
    status: str
    township_code: str | None
    author_id: int | None
    author_name: str = ""


class Merger(Protocol):
    """The columns that the rules read."""

    county_code: str
    proposed_by: int | None
    kept_consent_by: int | None
    merged_consent_by: int | None


# ---- who

def in_county(actor: Any, county_code: str) -> bool:
    """Is he one of the county's officers?"""
    return actor.role == "county_officer" and actor.county_code == county_code


def can_propose(actor: Any, county_code: str, sides: Iterable[Side]) -> Verdict:
    """The county's officers, and the officers of a township from which one of the two comes."""
    own = actor.role == "township_officer" and any(one.township_code == actor.township_code for one in sides)
    if own or in_county(actor, county_code):
        return Verdict.yes()
    return Verdict.no("合并由本县农业农村局提出，或由其中一条的乡镇提出。")


def may_consent(actor: Any, county_code: str, side: Side) -> bool:
    """The author agrees for his need; when he is gone, any officer of the county does."""
    return actor.id == side.author_id if side.author_id is not None else in_county(actor, county_code)


def parties(actor: Any, merger: Merger, kept: Side, merged: Side) -> set[str]:
    """What the actor is to a merger: proposer, author (may speak for one of the two), asked (has not yet spoken)."""
    mine = {"proposer"} if actor.id == merger.proposed_by else set()
    speaks = [may_consent(actor, merger.county_code, side) for side in (kept, merged)]
    if any(speaks):
        mine.add("author")
    given = (merger.kept_consent_by, merger.merged_consent_by)
    if any(may and done is None for may, done in zip(speaks, given, strict=True)):
        mine.add("asked")
    return mine


def enough_people(people: Collection[int], officers: Collection[int], kept: Side, merged: Side) -> Verdict:
    """What is released already is changed by two people at least, and one of them could release a change of it: an
    officer of the county (or the province) who did not write what is merged in.

    `people`: who proposed it and who agreed; `officers`: those among them who may release a change.
    """
    if kept.status != "published":
        return Verdict.yes()
    if len(people) < 2:
        return Verdict.no("留下的那条已经发布，一个人不能自己改自己放行。",
                          "请本县另一位同事来提合并，您再同意；或者把没发布的那条作废。")
    if not set(officers) - {merged.author_id}:
        return Verdict.no(f"留下的那条已经发布，要有一位县里的经办人看过才能改，他不能是 {merged.code} 的填报人。",
                          "请本县农业农村局的另一位经办人来提这次合并；县里没有别人，就请县里在留下的那条上“改内容”，"
                          "由省里放行。")
    return Verdict.yes()


# ---- whether

def pair_verdict(one_county: str, other_county: str, kept: Side, merged: Side) -> Verdict:
    """Two different needs of one county, both of them still free."""
    if one_county != other_county:
        return Verdict.no("两条需求不在一个县。", "只有本县的需求可以合并。")
    for side in (kept, merged):
        if side.status not in MERGEABLE:
            return _not_free(side)
    if kept.code == merged.code:
        return Verdict.no("这是同一条需求。", "请选另一条。")
    if merged.status == "published" and kept.status != "published":
        return Verdict.no(f"{merged.code} 已经发布，不能并进没发布的 {kept.code}。",
                          "请倒过来：把没发布的并进已发布的。")
    return kept_verdict(kept)


def kept_verdict(kept: Side) -> Verdict:
    """May this one be the one that stays? What waits for its release is not rewritten under the eyes of who releases
    it: it is taken back first."""
    if kept.status not in MERGEABLE:
        return _not_free(kept)
    if kept.status not in KEEPABLE:
        return Verdict.no(f"{kept.code} 已经提交，正在等放行，不能往里并。",
                          "请先在那条需求上“撤回来改”，合并以后再提交；也可以倒过来，留下另一条。")
    return Verdict.yes()


def _not_free(side: Side) -> Verdict:
    return Verdict.no(f"{side.code} 现在是“{NEED_STATES[side.status].label}”，不能合并。",
                      "草稿、待放行、退回修改和可接单的才能合并。")


def free_verdict(code: str, live: int, committed: int, change_waits: bool) -> Verdict:
    """Nothing hangs on it: no live bid or order, nothing taken of its lines, no change that waits for release."""
    if live or committed:
        said = f"有 {live} 件接单或点单在办" if live else "已有组织认下了事项"
        return Verdict.no(f"{code} {said}，现在不能合并。", "请先答复或办完那些接单；也可以关闭其中一条，不合并。")
    if change_waits:
        return Verdict.no(f"{code} 有一处改动在等放行，现在不能合并。", "请先放行或撤回那处改动。")
    return Verdict.yes()


# ---- what

def fingerprint(values: Values) -> str:
    """Twelve bytes of the content in hexadecimal: has anybody changed it since? `values` are plain (no dates)."""
    text = json.dumps(dict(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def is_empty(value: Any) -> bool:
    """Nothing filled in; 0 is a number of people like none."""
    return value in (None, "", [], 0)


def differing(kept: Values, merged: Values) -> list[Part]:
    """The parts in which the two differ; the rest is the same whatever is chosen."""
    return [one for one in PARTS if any(kept.get(name) != merged.get(name) for name in one.columns)]


def usual(part: Part, kept: Values, merged: Values) -> Take:
    """What is proposed at first: whichever is filled; of two texts both, of two tables the union."""
    if all(is_empty(merged.get(name)) for name in part.columns):
        return Take("kept")
    if all(is_empty(kept.get(name)) for name in part.columns):
        return Take("merged")
    return Take("union" if "union" in part.takes else "kept")


def chosen(typed: Mapping[str, str], kept: Values, merged: Values) -> dict[str, Take]:
    """The takes as a form posts them (take-body, number-beneficiaries). Raises ValueError that names the part."""
    takes = {}
    for part in differing(kept, merged):
        way = typed.get(f"take-{part.name}", "")
        if way not in part.takes:
            raise ValueError(f"“{part.label}”还没有选用哪一条的。")
        number = None
        if way == "typed":
            text = typed.get(f"number-{part.name}", "").strip().replace(",", "").replace("，", "")
            if not (text.isascii() and text.isdigit() and int(text[:12]) <= MOST_PEOPLE and len(text) <= 9):
                raise ValueError(f"“{part.label}”选了另外填，请填一个整数，例如 86。")
            number = int(text)
        takes[part.name] = Take(way, number)
    return takes


def combined(kept: Values, merged: Values, takes: Mapping[str, Take]) -> dict[str, Any]:
    """The values of the need that stays: its own where nothing was chosen."""
    values = dict(kept)
    for name, take in takes.items():
        for column in PART[name].columns:
            mine, theirs = kept.get(column), merged.get(column)
            values[column] = _put_together(take, mine, theirs)
    return values


def _put_together(take: Take, mine: Any, theirs: Any) -> Any:
    match take.way:
        case "merged":
            return theirs
        case "both":
            return "\n".join(text for text in dict.fromkeys((mine or "", theirs or "")) if text)
        case "union" | "sum" if isinstance(mine, list) or isinstance(theirs, list):
            return united(mine or [], theirs or [], take.way == "sum")
        case "sum":
            return (mine or 0) + (theirs or 0)
        case "typed":
            return take.number or 0
        case _:
            return mine


def united(mine: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], add: bool) -> list[dict[str, Any]]:
    """The lines of both: of the same thing in the same unit the larger quantity, or the sum; a price that only one
    knows is taken from there."""
    lines = [dict(line) for line in mine]
    for line in theirs:
        same = next((one for one in lines if (one["item"], one["unit"]) == (line["item"], line["unit"])), None)
        if same is None:
            lines.append(dict(line))
            continue
        same["quantity"] = same["quantity"] + line["quantity"] if add else max(same["quantity"], line["quantity"])
        same["unit_price_fen"] = same.get("unit_price_fen") or line.get("unit_price_fen") or 0
    return lines


def combined_verdict(values: Values) -> Verdict:
    """Does the outcome fit into a need? Its numbers must agree with each other as on the form."""
    for name, most in LONGEST.items():
        length = len(values.get(name) or "")
        if length > most:
            return Verdict.no(f"“{PART[name].label}”接在一起有 {length} 字，最多 {most} 字。",
                              "请只用一条的，合并后再补。")
    if len(values.get("lines") or []) > MOST_LINES:
        return Verdict.no(f"“要的东西”合在一起有 {len(values['lines'])} 项，最多 {MOST_LINES} 项。", "请只用一条的。")
    if any(line["quantity"] > MOST_PEOPLE for line in values.get("lines") or []):
        return Verdict.no("“要的东西”里有一项加起来太多了。", "请只用一条的，或取多的。")
    for part, whole in (("old_and_young", "beneficiaries"), ("lifted_households", "households"),
                        ("monitored_households", "households")):
        if (values.get(part) or 0) > (values.get(whole) or 0):
            return Verdict.no(f"“{PART[part].label}”不能多于“{PART[whole].label}”。",
                              "请核对这两个数，两处选同一条的。")
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and ends <= starts:
        return Verdict.no("结束日期要晚于开始日期。", "两个日期请选同一条的。")
    return Verdict.yes()
