"""The law of organizations: kinds, levels, vetting, and what the registry says about their eligibility."""

import datetime as dt
from typing import Any, Protocol

from matchplatform.accounts.rules import is_owner, may_write
from matchplatform.core import clock
from matchplatform.core.rules import Check, Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.files.rules import JPEG, NOBODY, OWN, PDF, PNG, WEBP

KINDS = Choices(Choice("51", "社会团体"), Choice("52", "社会服务机构（民办非企业单位）"), Choice("53", "基金会"))
LEVELS = Choices(Choice("nation", "全国"), Choice("province", "省级"), Choice("city", "市级"), Choice("county", "县级"))
RATINGS = Choices(Choice("5A", "5A"), Choice("4A", "4A"), Choice("3A", "3A"), Choice("2A", "2A"), Choice("1A", "1A"),
                  Choice("", "未评估"))
REPORTS = Choices(Choice("passed", "合格", "go"), Choice("basic", "基本合格", "wait"), Choice("failed", "不合格", "no"),
                  Choice("missing", "未报送", "no"))

STATES = Choices(Choice("draft", "待完善"), Choice("submitted", "待审核", "wait"), Choice("returned", "退回补正", "no"),
                 Choice("vetted", "已入库", "go"), Choice("suspended", "暂停", "no"))

LIFECYCLE = Lifecycle(STATES, "draft", (
    *transitions("submit", "提交入库审核", "owner", [("draft", "submitted"), ("returned", "submitted")],
                 tone="primary", done="已提交，民政部门会在 2 个工作日内答复。"),
    *transitions("recall", "撤回修改", "owner", [("submitted", "draft")], done="已撤回，可以接着改。"),
    *transitions("vet", "通过入库", "vetter", [("submitted", "vetted")], tone="primary",
                 done="已通过，该组织现在可以上架供给和接单。"),
    *transitions("return", "退回补正", "vetter", [("submitted", "returned")], reason=True, tone="stop",
                 done="已退回，对方会看到理由。"),
    *transitions("suspend", "暂停资格", "vetter", [("vetted", "suspended")], reason=True, tone="stop",
                 confirm="暂停后，该组织不能接单、上架；已有的结对照常。", done="已暂停，对方会看到理由。"),
    *transitions("reinstate", "恢复资格", "vetter", [("suspended", "vetted")], reason=True, done="已恢复。"),
))

# Former versions that others than its members may read: what was handed in, not what was being written.
READABLE = ("submitted", "vetted", "suspended")

NO_ENTERPRISES = ("企业不在这里入驻：想出力的，可以通过行业协会、商会或基金会参加，"
                  "也可以直接联系当地农业农村局。")
VETTING_DAYS = 2  # working days promised on the registration page

# The papers that an organization sends in; without the first nobody can vet it.
DOCUMENTS = Choices(Choice("registration", "登记证书"), Choice("annual_report", "年报"),
                    Choice("rating", "评估等级证书"), Choice("authorization", "授权书"), Choice("other", "其他证明"))
DOCUMENT_TYPES = frozenset({JPEG, PNG, WEBP, PDF})
NO_CERTIFICATE = "登记证书"

# What a member may change himself. Before vetting everything that the certificate says; afterwards only what the
# registration authority does not certify. While somebody is vetting, nothing moves under his eyes.
OPEN_FIELDS = ("address", "activity_area", "purpose", "full_time_staff", "has_party_branch", "contact_name",
               "contact_phone")
CERTIFIED_FIELDS = ("uscc", "name", "supervisor", "legal_representative", "founded_on", "certificate_ends_on")
MEMBER_FIELDS = {"draft": CERTIFIED_FIELDS + OPEN_FIELDS, "returned": CERTIFIED_FIELDS + OPEN_FIELDS,
                 "submitted": (), "vetted": OPEN_FIELDS, "suspended": OPEN_FIELDS}

# What only staff enter, after looking it up in the registry; dates and periods are stored, never computed.
REGISTRY_FIELDS = ("rating", "rating_ends_on", "report_year", "report_result", "is_abnormal", "is_dishonest",
                   "penalty_on", "penalty_until", "full_time_staff", "is_charity", "tax_from_year", "tax_to_year")

FIELD_NAMES = {
    "uscc": "统一社会信用代码", "name": "名称", "kind": "类型", "supervisor": "业务主管单位",
    "legal_representative": "法定代表人", "founded_on": "成立日期",
    "certificate_ends_on": "证书有效期至", "address": "住所",
    "activity_area": "活动区域", "purpose": "宗旨和业务范围",
    "full_time_staff": "专职人数", "has_party_branch": "党组织", "contact_name": "联系人", "contact_phone": "联系电话",
    "rating": "评估等级", "rating_ends_on": "等级有效期至", "report_year": "年报年度", "report_result": "年报结论",
    "is_abnormal": "活动异常名录", "is_dishonest": "严重违法失信名单", "penalty_on": "处罚日期",
    "penalty_until": "处罚有效期至", "is_charity": "慈善组织", "tax_from_year": "税前扣除起始年度",
    "tax_to_year": "税前扣除截止年度",
}
REQUIRED_TO_SUBMIT = ("name", "kind", "founded_on", "address", "legal_representative", "contact_name",
                      "contact_phone", "purpose")

CONSENT_VERSION = "2026-11"
CONSENT_TEXT = (
    "为办理入驻审核和对接，平台收集经办人的姓名、联系电话和账号名，不收集身份证号。",
    "联系电话加密保存，公开页面只显示前三位和后四位；登录的人查看完整号码要写明用途，每次都留下记录。",
    "组织名称、类型、登记级别、评估等级等登记信息在入库后公开。",
    "您可以随时在“本组织”里更正，也可以联系省民政厅撤回同意、注销账号；撤回以前办的结对不受影响。",
)


class Organization(Protocol):
    """The columns that the rules read."""

    id: int
    status: str
    registration_level: str
    authority_code: str
    rating: str
    rating_ends_on: dt.date | None
    founded_on: dt.date | None
    full_time_staff: int
    report_year: int | None
    report_result: str
    is_abnormal: bool
    is_dishonest: bool
    penalty_until: dt.date | None
    submitted_by: int | None


def parties(actor: Any, organization: Organization) -> set[str]:
    """What the actor is to this organization: member, owner, reader, vetter.

    The province vets province-level and national ones, a city those registered in it; nobody what he submitted.
    """
    mine = set()
    if actor.role == "organization_member" and actor.organization_id == organization.id:
        mine.add("member" if may_write(actor, organization.id) else "reader")
        if is_owner(actor):
            mine.add("owner")
    if is_within_reach(actor, organization) and actor.id != organization.submitted_by:
        mine.add("vetter")
    return mine


def is_within_reach(actor: Any, organization: Organization) -> bool:
    """Does the actor's office look after this organization?"""
    return bool(actor.role == "province_officer"
                or (actor.role == "city_officer" and organization.registration_level in ("city", "county")
                    and city_of_authority(organization.authority_code) == actor.city_code))


def file_reach(actor: Any, organization: Organization) -> str:
    """How near somebody is to the organization's papers: its own people and the office that looks after it read them,
    nobody else knows of them."""
    if not actor.is_authenticated:
        return NOBODY
    own = actor.role == "organization_member" and actor.organization_id == organization.id
    return OWN if own or is_within_reach(actor, organization) else NOBODY


def can_attach(actor: Any, organization: Organization) -> Verdict:
    """Members add papers, but not while somebody looks at them."""
    if not actor.is_authenticated or "member" not in parties(actor, organization):
        return Verdict.no("证明材料由本组织的人上传。")
    if organization.status == "submitted":
        return Verdict.no("资料正在审核，材料不能换。", "要换，请负责人先“撤回修改”。")
    return Verdict.yes()


def can_remove(actor: Any, organization: Any, attachment: Any) -> Verdict:
    """What was looked at when the organization was vetted stays."""
    if organization.vetted_at is None or attachment.at > organization.vetted_at:
        return Verdict.yes()
    return Verdict.no("这份材料是入库审核时看过的，要留着。", "换了新证，请把新的传上来，旧的不用移除。")


def import_reach(actor: Any, level: str, authority_code: str) -> Verdict:
    """May this office bring in an organization of this level and authority from its register? What it would vet."""
    if actor.role == "province_officer":
        return Verdict.yes()
    if actor.role != "city_officer":
        return Verdict.no("社会组织名册由省、市（州）民政部门导入。")
    if level in ("city", "county") and city_of_authority(authority_code) == actor.city_code:
        return Verdict.yes()
    return Verdict.no("登记管理机关不在本市（州）。", "省级和外市的组织由省民政厅导入。")


def can_be_claimed(organization: Any, has_account: bool) -> Verdict:
    """May somebody register with the code of an organization that is there already?

    Only where an office brought it in from its register and nobody belongs to it yet.
    """
    if organization.imported_by is not None and organization.status == "draft" and not has_account:
        return Verdict.yes()
    return Verdict.no("这个代码已经入驻过。",
                      "请找本组织原来的经办人登录；忘了密码或换了人，请带登记证书联系省民政厅重设账号。")


def city_of_authority(authority_code: str) -> str:
    """The city of a registering authority; the four direct counties 4290xx are cities of their own."""
    return authority_code if authority_code.startswith("4290") else authority_code[:4] + "00"


def authority_verdict(authority_code: str) -> Verdict:
    """Only organizations registered in Hubei or with the ministry: another province's would count as this one's."""
    if authority_code == "100000" or authority_code.startswith("42"):
        return Verdict.yes()
    return Verdict.no(f"第 3—8 位“{authority_code}”表示登记管理机关不在湖北省。",
                      "本平台受理在湖北省各级民政部门或民政部登记的社会组织；外省组织请先联系省民政厅。")


def editable_fields(actor: Any, organization: Organization) -> tuple[str, ...]:
    """The fields that the actor may change himself now; empty for everybody but members."""
    return MEMBER_FIELDS[organization.status] if "member" in parties(actor, organization) else ()


def missing_fields(organization: Any) -> list[str]:
    """Names of what must still be filled in before submitting."""
    return [FIELD_NAMES[name] for name in REQUIRED_TO_SUBMIT if not getattr(organization, name)]


def registry_verdict(values: dict[str, Any]) -> Verdict:
    """Do the registry's facts agree among themselves?"""
    if values.get("rating_ends_on") and not values.get("rating"):
        return Verdict.no("填了等级有效期，没有选评估等级。", "请选等级，或者清空有效期。")
    on, until = values.get("penalty_on"), values.get("penalty_until")
    if until and not on:
        return Verdict.no("填了处罚有效期，没有填处罚日期。", "请照处罚决定书补填处罚日期。")
    if on and until and until < on:
        return Verdict.no("处罚有效期早于处罚日期。", "请核对这两个日期。")
    first, last = values.get("tax_from_year"), values.get("tax_to_year")
    if (first is None) != (last is None):
        return Verdict.no("税前扣除资格的起止年度要一起填。", "没有资格就都空着。")
    if first is not None and last < first:
        return Verdict.no("税前扣除资格的截止年度早于起始年度。", "请核对公告。")
    if values.get("report_result") not in (None, "missing") and not values.get("report_year"):
        return Verdict.no("有年报结论，没有填年报年度。", "请补填年度，例如 2025。")
    return Verdict.yes()


def readable_states(actor: Any, organization: Any) -> tuple[str, ...] | None:
    """In which states somebody may read an organization's former versions; None: in all of them."""
    if getattr(actor, "role", "") == "auditor" or getattr(actor, "organization_id", None) == organization.id:
        return None
    return READABLE


def due_at(submitted_at: dt.datetime) -> dt.datetime:
    """Two working days later at 17:30 in Shanghai, as UTC."""
    return clock.office_end_after(submitted_at, VETTING_DAYS)


def rating_is_valid(organization: Organization, today: dt.date) -> bool:
    """A rating counts through the stored last day."""
    return bool(organization.rating) and (organization.rating_ends_on is None
                                          or today <= organization.rating_ends_on)


def _check(key: str, name: str, good: bool, reason: str, remedy: str, fine: str = "") -> Check:
    return Check(key, name, Verdict.yes(fine) if good else Verdict.no(reason, remedy))


def registry_checks(organization: Organization, campaign: Any, today: dt.date, needs_province: bool) -> list[Check]:
    """The registry's part of eligibility, each rule passed or failed with its reason and cure.

    `needs_province`: the county is one of the campaign's key counties, which pair with province-level organizations.
    `campaign` may be None; its presets add rules.
    """
    o = organization
    penalty = o.penalty_until is not None and today <= o.penalty_until
    vet_remedy = {"draft": "请在“本组织”里补齐资料，提交入库审核。",
                  "submitted": "审核承诺 2 个工作日，通过后马上可以办。",
                  "returned": "请照退回的理由补正，再交一次。", "suspended": "请联系省民政厅说明情况，申请恢复。"}
    level = LEVELS[o.registration_level].label
    checks = [
        _check("vetted", "已通过入库审核", o.status == "vetted", f"还没有入库，现在是“{STATES[o.status].label}”。",
               vet_remedy.get(o.status, "")),
        _check("abnormal", "不在活动异常名录", not o.is_abnormal, "在活动异常名录里。",
               "请先向登记管理机关申请移出，移出后由省民政厅更新。"),
        _check("dishonest", "不在严重违法失信名单", not o.is_dishonest, "在严重违法失信名单里。",
               "名单移出后才能办，请向登记管理机关咨询。"),
        _check("penalty", "没有生效中的行政处罚", not penalty,
               f"有行政处罚，有效到{_said(o.penalty_until)}。", "期满后自动恢复。"),
        _check("report", "最近一次年报合格", o.report_result in ("passed", "basic"),
               f"最近一次年检（年报）结论是“{REPORTS[o.report_result].label}”。",
               "请补报或整改，由登记管理机关更新结论。", f"{o.report_year or '待填'} 年度"),
    ]
    if needs_province:
        checks.append(_check("level", "登记级别为省级", o.registration_level == "province",
                             f"登记级别是“{level}”，重点帮扶县只与省级社会组织结对。",
                             "可以接其他县（市、区）的需求，或与省级组织联合，由对方接单。", level))
    if campaign is not None and campaign.requires_rating:
        good = rating_is_valid(o, today) and o.rating in ("5A", "4A", "3A")
        fault = "还没有评估等级。" if not o.rating else (
            f"{o.rating} 已在{_said(o.rating_ends_on)}到期。" if not rating_is_valid(o, today)
            else f"等级是 {o.rating}。")
        checks.append(_check("rating", "评估等级 3A 以上且在有效期内", good, fault,
                             "请参加登记管理机关的等级评估，结果公布后更新。",
                             f"{o.rating}，有效期至{_said(o.rating_ends_on)}"))
    if campaign is not None and campaign.requires_three_years:
        ready = after_years(o.founded_on, 3)
        checks.append(_check("age", "登记满 3 年", ready is not None and today >= ready,
                             "成立日期还没有填。" if ready is None else "登记还不满 3 年。",
                             "请在“本组织”里填写成立日期。" if ready is None else f"到{_said(ready)}满 3 年。"))
    if campaign is not None and campaign.requires_three_staff:
        checks.append(_check("staff", "专职人员 3 人以上", o.full_time_staff >= 3,
                             f"专职人员 {o.full_time_staff} 人。", "满 3 人后，在“本组织”里更新人数。"))
    return checks


def after_years(day: dt.date | None, years: int) -> dt.date | None:
    """The same day so many years later; 29 February becomes 1 March."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 3, 1)


def _said(day: dt.date | None) -> str:
    return "待填" if day is None else f"{day.year}年{day.month}月{day.day}日"
