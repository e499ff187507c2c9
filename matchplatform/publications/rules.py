"""The law of publications on one screen."""

import datetime as dt
import re
from collections.abc import Collection
from typing import Any, Protocol
from urllib.parse import urlsplit

from matchplatform.core.rules import Choice, Choices, Lifecycle, Transition, Verdict, transitions
from matchplatform.files.rules import ANYBODY, NOBODY, OWN

CHANNELS = Choices(Choice("plan", "规划"), Choice("policy", "政策"), Choice("project", "项目"),
                   Choice("notice", "通知公告"), Choice("case", "典型案例"))
LEVELS = Choices(Choice("nation", "国家"), Choice("province", "省"), Choice("city", "市"), Choice("county", "县"))
TOPICS = Choices(
    Choice("organizations", "社会组织"), Choice("revitalization", "乡村振兴"), Choice("agriculture", "农业农村"),
    Choice("elderly", "养老服务"), Choice("children", "儿童福利和托幼"), Choice("education", "教育"),
    Choice("employment", "就业创业"), Choice("health", "卫生健康"), Choice("culture", "文化体育"),
    Choice("charity", "慈善和社会救助"), Choice("governance", "基层治理"), Choice("general", "综合"))

# Worked out from the dates on the day somebody reads it; never stored.
VALIDITY = Choices(Choice("coming", "即将实施", "wait"), Choice("valid", "现行有效", "go"),
                   Choice("revised", "已修订", "info"), Choice("expired", "已到期", ""),
                   Choice("abolished", "已废止", "no"))

STATES = Choices(
    Choice("draft", "草稿"), Choice("submitted", "待审核", "wait"), Choice("returned", "退回修改", "no"),
    Choice("released", "已发布", "go"), Choice("abolished", "已废止", "no"), Choice("withdrawn", "已撤下", "no"),
    Choice("discarded", "已作废"))
SCHEDULED = Choice("scheduled", "已排期", "wait")  # shown for a released one before its moment; not stored
PUBLIC = ("released", "abolished")
EDITABLE = ("draft", "returned")

CHECKS = Choices(
    Choice("secrecy", "不含国家秘密和工作秘密"),
    Choice("privacy", "不含个人隐私，没有未遮盖的私人电话和证件号"),
    Choice("source", "发文机关、来源和文号已经核对"),
    Choice("attachments", "附件已经逐个打开看过（没有附件也请确认）"))

LIFECYCLE = Lifecycle(STATES, "draft", (
    *transitions("submit", "提交审核", "author", [("draft", "submitted"), ("returned", "submitted")], tone="primary",
                 done="已提交，等另一个人审核。"),
    *transitions("recall", "撤回来改", "submitter", [("submitted", "draft")], done="已撤回，可以接着改。"),
    *transitions("release", "审核通过，发布", "releaser", [("submitted", "released")], tone="goal",
                 done="已发布，所有人都能看到了。"),
    *transitions("return", "退回修改", "releaser", [("submitted", "returned")], reason=True, tone="stop",
                 done="已退回，起草人会看到理由。"),
    *transitions("unschedule", "取消排期", "author", [("released", "draft")], reason=True,
                 done="已取消排期，回到草稿；要发布，请重新提交审核。"),
    *transitions("withdraw", "撤下", "author", [("released", "withdrawn"), ("abolished", "withdrawn")], reason=True,
                 tone="stop", confirm="撤下后公开页只写“已撤下”和理由，正文和附件都看不到。", done="已撤下。"),
    *transitions("abolish", "登记废止", "author", [("released", "abolished")], reason=True, tone="stop",
                 confirm="登记后公开页写明“已废止”、日期和理由，正文仍然可以看。", done="已登记为废止。"),
    *transitions("restore", "恢复有效", "author", [("abolished", "released")], reason=True,
                 done="已恢复，不再标“已废止”。"),
    *transitions("reinstate", "恢复为草稿", "author", [("withdrawn", "draft"), ("discarded", "draft")], reason=True,
                 done="已恢复为草稿；要发布，请重新提交审核。"),
    *transitions("discard", "作废草稿", "author", [("draft", "discarded"), ("returned", "discarded")], tone="stop",
                 confirm="作废后不再提醒，以后可以恢复。", done="已作废。"),
))
# These take effect on what everybody can read, or before anybody could.
_WHEN_PUBLIC = ("withdraw", "abolish")
_BEFORE_PUBLIC = ("unschedule",)


class Publication(Protocol):
    """The columns that the rules read."""

    status: str
    level: str
    area_code: str
    submitted_by: int | None
    released_at: dt.datetime | None
    superseded_at: dt.datetime | None
    implements_on: dt.date | None
    ends_on: dt.date | None


# ---- who

def can_draft(actor: Any) -> Verdict:
    """The province writes for every level, a city for itself."""
    if actor.role in ("province_officer", "city_officer"):
        return Verdict.yes()
    return Verdict.no("发布由省民政厅和市（州）民政局办理。", "请把文件交给本市（州）民政局。")


def is_author(actor: Any, level: str, area_code: str) -> bool:
    """May he write for this level and area?"""
    own_city = actor.role == "city_officer" and level == "city" and actor.city_code == area_code
    return own_city or actor.role == "province_officer"


def parties(actor: Any, publication: Publication) -> set[str]:
    """What the actor is to it: author, submitter, releaser. Who submitted it never releases it."""
    if not is_author(actor, publication.level, publication.area_code):
        return set()
    return {"author", "submitter" if actor.id == publication.submitted_by else "releaser"}


def is_public(publication: Publication, moment: dt.datetime) -> bool:
    """Can everybody read it now? A scheduled one becomes public by its moment coming, without anybody's doing."""
    return (publication.status in PUBLIC and publication.released_at is not None
            and publication.released_at <= moment)


def verb_verdict(verb: str, publication: Publication, mine: Collection[str], moment: dt.datetime,
                 reason: str = "") -> Verdict:
    """The lifecycle's verdict, and whether the moment is right for the verb."""
    verdict = LIFECYCLE.verdict(verb, publication.status, mine, reason)
    if not verdict:
        return verdict
    public = is_public(publication, moment)
    if verb in _WHEN_PUBLIC and not public:
        return Verdict.no("还没有到公开的时间。", "不想发布了，请“取消排期”。")
    if verb in _BEFORE_PUBLIC and public:
        return Verdict.no("已经公开了，不能再取消排期。", "不该公开的，请“撤下”；内容有变的，请写修订版。")
    return verdict


def open_verbs(publication: Publication, mine: Collection[str], moment: dt.datetime) -> list[Transition]:
    """The verbs that may be used now; releasing has a page of its own."""
    return [row for row in LIFECYCLE.open_to(mine, publication.status) if row.verb != "release"
            and verb_verdict(row.verb, publication, mine, moment, "理由")]


def can_edit(actor: Any, publication: Publication) -> Verdict:
    """Drafts and returned ones are edited; what was released is replaced by a new version."""
    if "author" not in parties(actor, publication):
        return Verdict.no("这份文件不归您起草。")
    if publication.status in EDITABLE:
        return Verdict.yes()
    if publication.status == "submitted":
        return Verdict.no("已经提交，正在等审核。", "提交人先“撤回来改”，改完再交。")
    if publication.status in PUBLIC:
        return Verdict.no("已经发布，不能直接改。", "内容有变，请写修订版，原来的一版会留着。")
    return Verdict.no(f"现在是“{STATES[publication.status].label}”，不能改。", "先“恢复为草稿”，再改。")


def can_revise(actor: Any, publication: Publication, moment: dt.datetime) -> Verdict:
    """A public document in force is replaced by a new version, which a second person releases like any other."""
    if "author" not in parties(actor, publication):
        return Verdict.no("这份文件不归您起草。")
    if publication.status != "released" or not is_public(publication, moment):
        return Verdict.no("只有公开的、没有废止的文件才写修订版。")
    return Verdict.yes()


def can_attach(actor: Any, publication: Publication) -> Verdict:
    """Authors add and remove attachments while they may edit, and on what is released: then a second person opens."""
    if not actor.is_authenticated:
        return Verdict.no("请先登录。")
    if publication.status in PUBLIC and "author" in parties(actor, publication):
        return Verdict.yes()
    return can_edit(actor, publication)


def can_open(actor: Any, publication: Publication) -> Verdict:
    """Another author than who attached it, which the law of attachments itself says."""
    if "author" not in parties(actor, publication):
        return Verdict.no("附件由起草单位的另一个人放开。")
    return Verdict.yes() if publication.status in PUBLIC else Verdict.no("还没有发布，附件发布时一起放行。")


def reach(actor: Any, publication: Publication, moment: dt.datetime) -> str:
    """How near somebody, signed in or not, is to it: what he may see of its attachments depends on it."""
    if actor.is_authenticated and parties(actor, publication):
        return OWN
    return ANYBODY if is_public(publication, moment) else NOBODY


# ---- what it says

def validity(publication: Publication, today: dt.date, moment: dt.datetime) -> Choice:
    """有效性 as of a day. The first that holds: abolished, revised, ended, not yet in force, in force."""
    if publication.status == "abolished":
        return VALIDITY["abolished"]
    if publication.superseded_at is not None and publication.superseded_at <= moment:
        return VALIDITY["revised"]
    if publication.ends_on is not None and publication.ends_on < today:
        return VALIDITY["expired"]
    if publication.implements_on is not None and publication.implements_on > today:
        return VALIDITY["coming"]
    return VALIDITY["valid"]


def shown_state(publication: Publication, moment: dt.datetime) -> Choice:
    """The state as people should read it: a released one before its moment is 已排期."""
    if publication.status == "released" and not is_public(publication, moment):
        return SCHEDULED
    return STATES[publication.status]


# ---- single fields: each answers a sentence, empty where all is well

_NUMBER = re.compile(r"[\u4e00-\u9fffA-Za-z·（）()]{1,20}〔(\d{4})〕(?:第)?(\d{1,4})号")
_LOOSE = re.compile(r"^([\u4e00-\u9fffA-Za-z·]{1,20})[\[【（(﹝［〔{「](\d{4})[\]】）)﹞］〕}」]"
                    r"\s*(第?)\s*(\d{1,5})\s*号?$")
INDEX = re.compile(r"[A-Za-z0-9\u4e00-\u9fff/_.\-]{4,40}")


def number_fault(text: str) -> str:
    """A document number as GB/T 9704 writes it: 鄂民政发〔2026〕3号. Empty is no number at all."""
    if not text:
        return ""
    found = _NUMBER.fullmatch(text)
    if found and not found[2].startswith("0") and 1949 <= int(found[1]) <= 2100:
        return ""
    loose = _LOOSE.match(text.strip())
    if loose and int(loose[4]) and 1949 <= int(loose[2]) <= 2100:
        return f"发文字号的年份用六角括号〔〕，序号不加 0。请写成“{loose[1].strip()}〔{loose[2]}〕{int(loose[4])}号”。"
    return "发文字号请按“鄂民政发〔2026〕3号”这样写：机关代字、〔年份〕、序号和“号”。没有文号就空着。"


def index_fault(text: str) -> str:
    """索引号: letters, digits, hyphens, slashes."""
    if INDEX.fullmatch(text):
        return ""
    return "索引号要 4—40 位，只用字母、数字、汉字和 - / . _，例如 011043160/2026-00012。"


def link_fault(text: str) -> str:
    """The source's address: https only, with a host and nothing hidden in it."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if re.search(r"\s|[\x00-\x1f\"<>\\^`{|}]", text) or "." not in host or parts.username or parts.password:
        return "来源链接没有看懂，请从浏览器地址栏整条复制，例如 https://mzt.hubei.gov.cn/…。"
    if parts.scheme != "https":
        return "来源链接要以 https:// 开头；只有 http 的网页请在正文里写明出处。"
    return ""


def issued_fault(issued_on: dt.date | None, today: dt.date) -> str:
    """A document cannot have been made tomorrow."""
    if issued_on is not None and issued_on > today:
        return "成文日期在今天以后，请核对年份和月份。"
    return ""


def dates_fault(implements_on: dt.date | None, ends_on: dt.date | None, issued_on: dt.date | None) -> str:
    """The end comes after the beginning, and after the document itself."""
    if ends_on is not None and implements_on is not None and ends_on < implements_on:
        return "有效期截止早于实施日期，请对调或者核对年份。"
    if ends_on is not None and issued_on is not None and ends_on < issued_on:
        return "有效期截止早于成文日期，请核对年份。"
    return ""


def area_fault(level: str, area_level: str, is_city: bool) -> str:
    """Does the chosen area fit the level? `area_level`: province, city, county."""
    fits = {"nation": area_level == "province", "province": area_level == "province", "city": is_city,
            "county": area_level == "county"}.get(level, False)
    if fits:
        return ""
    return {"nation": "国家级文件的适用地区选“湖北省”。", "province": "省级文件的适用地区选“湖北省”。",
            "city": "市级文件请选一个市（州）。", "county": "县级文件请选一个县（市、区）。"}.get(level, "请先选级别。")


def schedule_verdict(moment: dt.datetime, now: dt.datetime) -> Verdict:
    """A scheduled release lies in the future, within a year."""
    if moment <= now:
        return Verdict.no("定时发布的时间已经过去。", "请填以后的时间，或者选“马上发布”。")
    if moment > now + dt.timedelta(days=366):
        return Verdict.no("定时发布不能晚于一年以后。", "请核对年份。")
    return Verdict.yes()


def checks_verdict(ticked: Collection[str]) -> Verdict:
    """Every box of the check list must be ticked."""
    missing = [one.label for one in CHECKS if one.value not in ticked]
    if missing:
        return Verdict.no(f"还有 {len(missing)} 项没有勾：{'；'.join(missing)}。", "逐项看过、勾上，再发布。")
    return Verdict.yes()


def abolished_fault(day: dt.date | None, issued_on: dt.date | None, today: dt.date) -> str:
    """The day from which it no longer holds."""
    if day is None:
        return "废止日期没有填，请写从哪一天起废止。"
    if day > today:
        return "废止日期在今天以后。到那一天再登记，或者先写进有效期截止。"
    if issued_on is not None and day < issued_on:
        return "废止日期早于成文日期，请核对年份。"
    return ""


# What must be filled before it is handed in; a draft may leave all but title and channel open.
REQUIRED = (("title", "标题"), ("index_number", "索引号"), ("issuer", "发文机关"), ("issued_on", "成文日期"),
            ("body", "正文"))
SHORTEST_BODY = 30  # characters


def missing(publication: Any) -> list[tuple[str, str]]:
    """(column, label) of what is still open."""
    found = [(name, label) for name, label in REQUIRED if not getattr(publication, name)]
    if publication.body and len(publication.body) < SHORTEST_BODY:
        found.append(("body", f"正文（至少 {SHORTEST_BODY} 个字）"))
    return found


# ---- what a reviewer should look at twice

_IDENTITY = re.compile(r"(?<![\dA-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
                       r"\d{3}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_SECRET = re.compile(r"(?:绝密|机密|秘密)\s*(?:[★☆]\s*(?:\d+\s*年)?|\d+\s*年)|内部资料|不得外传|注意保存")


def has_identity_number(text: str) -> bool:
    """Does it hold what looks like somebody's identity number?"""
    return _IDENTITY.search(text) is not None


def suspicions(text: str) -> list[str]:
    """Sentences for the reviewer about what looks private or secret; he decides."""
    found = []
    if _IDENTITY.search(text):
        found.append("正文里有像身份证号的数字，请删掉或遮盖。")
    numbers = list(dict.fromkeys(_MOBILE.findall(text)))
    if numbers:
        shown = "、".join(f"{one[:3]}****{one[-4:]}" for one in numbers[:3])
        found.append(f"正文里有手机号（{shown}），请确认是不是可以公开的办公电话。")
    marks = list(dict.fromkeys(one.strip() for one in _SECRET.findall(text)))
    if marks:
        found.append(f"正文里有“{'”“'.join(marks[:3])}”这样的密级或内部标记，请先核实能不能公开。")
    return found
