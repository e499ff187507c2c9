"""The law of looking an organization through: what is compared with the certificate, and what a return must say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matchplatform.core.rules import Choice, Choices, Verdict
from matchplatform.organizations.rules import FIELD_NAMES

# What is compared with the certificate, in the order in which a certificate shows it.
COMPARED = ("name", "uscc", "legal_representative", "founded_on", "address", "supervisor", "certificate_ends_on")
FINDINGS = Choices(Choice("same", "一致", "go"), Choice("differs", "不一致", "no"))
CERTIFICATE = "certificate"  # stands where a field's name does, for what is wrong with the paper itself
LONGEST_NOTE, LONGEST_WORDS = 200, 1000
VERBS = ("vet", "return")


@dataclass(frozen=True)
class Reason:
    """A common reason for a return: what is said, and the field beside which the member reads it."""

    value: str
    label: str
    cure: str
    field: str


REASONS = {one.value: one for one in (
    Reason("unreadable", "登记证书看不清或没有拍全", "请把证书放平，四边都拍进去，字能看清，再传一次。", CERTIFICATE),
    Reason("wrong_paper", "交的不是登记证书", "请上传法人登记证书的正本或副本。", CERTIFICATE),
    Reason("expired", "登记证书已过有效期", "请先到登记管理机关换证，再上传新证。", CERTIFICATE),
    Reason("purpose", "宗旨和业务范围写得不清楚", "请照章程写，说清做什么、为谁做。", "purpose"),
    Reason("contact", "联系人或电话联系不上", "请填现在能联系到的人和电话。", "contact_phone"),
    Reason("office", "登记管理机关和信用代码对不上", "请照证书核对 18 位代码。", "uscc"),
)}


@dataclass(frozen=True)
class Finding:
    """What comparing one field came to; `note` says how the certificate has it."""

    said: str
    note: str = ""


@dataclass(frozen=True)
class Checklist:
    """What a vetter found: field → finding, the common reasons that he picked, and his own words."""

    findings: Mapping[str, Finding] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    words: str = ""

    @property
    def differing(self) -> list[str]:
        """Names of the fields that do not agree, in order."""
        return [name for name in COMPARED if name in self.findings and self.findings[name].said == "differs"]

    @property
    def unlooked(self) -> list[str]:
        """Names of the fields about which nothing is said."""
        return [name for name in COMPARED if name not in self.findings]

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"findings": {name: [self.findings[name].said, self.findings[name].note]
                             for name in COMPARED if name in self.findings},
                "reasons": list(self.reasons), "words": self.words}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Checklist":
        """Back from `as_data`."""
        return cls({name: Finding(*one) for name, one in data["findings"].items()}, tuple(data["reasons"]),
                   data["words"])


def complete() -> Checklist:
    """Everything agrees."""
    return Checklist({name: Finding("same") for name in COMPARED})


def verdict(verb: str, checklist: Checklist) -> Verdict:
    """Does what was found carry the decision? Passing wants every field compared and none differing; a return wants
    to say at least one thing that can be mended, and how the certificate has what differs."""
    if any(name not in COMPARED or one.said not in FINDINGS for name, one in checklist.findings.items()) or any(
            one not in REASONS for one in checklist.reasons):
        return Verdict.no("核对清单里有看不懂的选择。", "请刷新页面，重新选。")
    if len(checklist.words) > LONGEST_WORDS or any(
            len(one.note) > LONGEST_NOTE for one in checklist.findings.values()):
        return Verdict.no(f"每项说明最多 {LONGEST_NOTE} 字，补充意见最多 {LONGEST_WORDS} 字。", "请写短一些。")
    if verb == "vet":
        return _may_pass(checklist)
    silent = [name for name in checklist.differing if not checklist.findings[name].note]
    if silent:
        return Verdict.no(f"{_names(silent)}选了不一致，没有写证书上是怎样的。", "请在那一项旁边照证书抄一句。")
    if not (checklist.differing or checklist.reasons or checklist.words):
        return Verdict.no("退回要写明理由。", "请选不一致的项目或常见理由，或者自己写一句，对方会看到。")
    return Verdict.yes()


def _may_pass(checklist: Checklist) -> Verdict:
    if checklist.unlooked:
        return Verdict.no(f"还没有核对：{_names(checklist.unlooked)}。", "请对照登记证书逐项选一致或不一致。")
    if checklist.differing:
        return Verdict.no(f"{_names(checklist.differing)}和证书不一致，不能通过。", "请退回补正；看错了的话改选一致。")
    if checklist.reasons:
        return Verdict.no("选了退回的理由，又点了通过。", "要通过，请先去掉这些理由。")
    return Verdict.yes()


def _names(fields: list[str]) -> str:
    return "、".join(FIELD_NAMES[name] for name in fields)


def spoken(checklist: Checklist) -> str:
    """The reason of a return in words, as it stands in the history and in the notice."""
    parts = [f"{FIELD_NAMES[name]}和证书不一致，{checklist.findings[name].note}" for name in checklist.differing]
    parts += [f"{REASONS[one].label}，{REASONS[one].cure.rstrip('。')}" for one in checklist.reasons]
    parts += [checklist.words] if checklist.words else []
    return "；".join(one.rstrip("。；") for one in parts) + "。" if parts else ""


def to_mend(checklist: Checklist) -> dict[str, str]:
    """What the member reads beside each field: name → sentence; "" for what belongs to no field."""
    found: dict[str, list[str]] = {}
    for name in checklist.differing:
        found.setdefault(name, []).append(f"和登记证书不一致：{checklist.findings[name].note}")
    for one in checklist.reasons:
        found.setdefault(REASONS[one].field, []).append(f"{REASONS[one].label}。{REASONS[one].cure}")
    if checklist.words:
        found.setdefault("", []).append(checklist.words)
    return {name: "".join(part if part.endswith("。") else f"{part}。" for part in parts)
            for name, parts in found.items()}
