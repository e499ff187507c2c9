"""Reading agreements: the text, what it is made of, who changed what last, and how it stands."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.agreements import contents, rules
from matchplatform.agreements.models import Agreement, AgreementDraft, Amendment
from matchplatform.agreements.wording import Block, agreement_blocks, record_blocks, text_hash
from matchplatform.catalog.queries import short_name
from matchplatform.core.clock import local, today, years_later
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.files import storage
from matchplatform.files.models import Attachment
from matchplatform.files.queries import attachments_of
from matchplatform.pairings.models import Pairing
from matchplatform.revisions.differences import Difference, Names, differences


def agreement_of(pairing: Pairing) -> Agreement | None:
    """The pairing's agreement, or None as long as nobody began one."""
    return db.session.scalar(sa.select(Agreement).where(Agreement.pairing_id == pairing.id))


def turns(pairings: Sequence[Pairing]) -> dict[int, str]:
    """Of approved pairings: whose turn it is to confirm a saved text (pairing -> county or organization); those
    without one are left out."""
    rows = db.session.execute(sa.select(Agreement.pairing_id, Agreement.organization_hash).where(
        Agreement.pairing_id.in_([one.id for one in pairings]), Agreement.sha256 != "", Agreement.method == ""))
    return {pairing_id: "county" if confirmed else "organization" for pairing_id, confirmed in rows}


def to_answer(side: str, *conditions: sa.ColumnElement[bool], limit: int = 200) -> list[Amendment]:
    """The open amendments of running pairings with these conditions that this side must answer, the oldest first."""
    return list(db.session.scalars(sa.select(Amendment).join(Pairing, Pairing.id == Amendment.pairing_id).where(
        Amendment.status == "proposed", Amendment.side == rules.other_side(side), Pairing.status == "active",
        *conditions).order_by(Amendment.id).limit(limit)))


def facts_of(pairing: Pairing) -> contents.Facts:
    """What the pairing says by itself, as of now."""
    approved = local(pairing.approved_at).date().isoformat() if pairing.approved_at else ""
    return contents.Facts(pairing.code, short_name(pairing.county_code), pairing.need.title, pairing.need.code,
                          pairing.organization.uscc, approved,
                          tuple((one.line.item, one.quantity, one.line.unit) for one in pairing.lines))


def first_content(pairing: Pairing) -> dict[str, Any]:
    """What stands on the page before anybody saved: what pairing, need and offering know."""
    need, offering, county = pairing.need, pairing.offering, short_name(pairing.county_code)
    offices = f"{county}民政局", f"{county}农业农村局"
    is_party = any(word in need.unit for word in ("民政局", "农业农村局"))
    department = "" if is_party else need.unit
    starts_on = max(need.starts_on or today(), today())
    ends_on = need.ends_on if need.ends_on and need.ends_on > starts_on else years_later(starts_on, 1)
    return contents.first_content({
        "civil_office": offices[0], "farm_office": offices[1], "organization": pairing.organization.name,
        "departments": department, "purpose": need.goal or f"解决“{need.title}”的问题。",
        "starts_on": starts_on, "ends_on": ends_on, "funds_fen": pairing.offered_funds_fen,
        "in_kind_fen": pairing.offered_in_kind_fen, "county_contact": need.contact_name,
        "county_phone": need.contact_phone or "",
        "organization_contact": offering.contact_name or pairing.organization.contact_name,
        "organization_phone": offering.contact_phone or pairing.organization.contact_phone or "",
        "copies": 4 if department else 3})


def is_current(agreement: Agreement) -> bool:
    """Does the saved text still say what the pairing says? Its lines or names may have changed since."""
    return bool(agreement.sha256) and text_hash(
        agreement_blocks(agreement.values, facts_of(agreement.pairing))) == agreement.sha256


def drafts_of(agreement: Agreement) -> list[AgreementDraft]:
    """Every saved version, the newest first."""
    return list(db.session.scalars(sa.select(AgreementDraft).where(
        AgreementDraft.agreement_id == agreement.id).order_by(AgreementDraft.number.desc())))


def newest_number(agreement: Agreement | None) -> int:
    """The number of the version saved last, 0 for none."""
    return 0 if agreement is None else db.session.scalar(sa.select(sa.func.max(AgreementDraft.number)).where(
        AgreementDraft.agreement_id == agreement.id)) or 0


def terms_known(pairing: Pairing) -> dict[str, Any]:
    """Dates and amounts of the text, else of the offer, to begin a registration with."""
    agreement = agreement_of(pairing)
    return contents.terms_of(agreement.values if agreement and agreement.sha256 else first_content(pairing))


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What differs, field by field."""
    return differences(contents.FIELDS, before, after, Names())


@dataclass(frozen=True)
class LastChange:
    """Who saved last, and what he changed against the version before."""

    draft: AgreementDraft
    changes: list[Difference]


def last_change(drafts: Sequence[AgreementDraft]) -> LastChange | None:
    """Of the versions, the newest first: the last change; None where nothing was saved."""
    if not drafts:
        return None
    before = drafts[1].values if len(drafts) > 1 else {}
    return LastChange(drafts[0], changes_between(before, drafts[0].values) if before else [])


def open_amendment(pairing: Pairing) -> Amendment | None:
    """The amendment that waits for an answer; there is one at most."""
    return db.session.scalar(sa.select(Amendment).where(
        Amendment.pairing_id == pairing.id, Amendment.status == "proposed"))


def amendments_of(pairing: Pairing) -> list[Amendment]:
    """All of a pairing's amendments, the newest first."""
    return list(db.session.scalars(sa.select(Amendment).where(
        Amendment.pairing_id == pairing.id).order_by(Amendment.id.desc())))


def amendment_of(pairing: Pairing, amendment_id: int) -> Amendment:
    """One of a pairing's amendments. Raises NotFound."""
    found = db.session.scalar(sa.select(Amendment).where(
        Amendment.id == amendment_id, Amendment.pairing_id == pairing.id))
    if found is None:
        raise NotFound
    return found


def next_number(pairing: Pairing) -> int:
    """The number that the next amendment in force gets."""
    return (db.session.scalar(sa.select(sa.func.max(Amendment.number)).where(
        Amendment.pairing_id == pairing.id)) or 0) + 1


def copies_of(pairing: Pairing) -> list[Attachment]:
    """The signed copies that were sent in."""
    return attachments_of("agreement", pairing.code)


def copy_of(pairing: Pairing, file_id: int | None) -> Attachment:
    """One of them. Raises NotFound."""
    found = next((one for one in copies_of(pairing) if one.id == file_id), None)
    if found is None:
        raise NotFound
    return found


def hash_on_disk(attachment: Attachment) -> str:
    """SHA-256 of the file as it lies there now; empty where it is not there."""
    try:
        with open(storage.path_of(attachment.stored_name), "rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        return ""


@dataclass(frozen=True)
class SignedCopy:
    """The file that was registered as the agreement, and what is wrong with it now."""

    attachment: Attachment
    fault: str


def signed_copy(agreement: Agreement) -> SignedCopy | None:
    """The registered copy, looked at on the disk; None for an agreement that was signed otherwise."""
    attachment = db.session.get(Attachment, agreement.file_id) if agreement.file_id else None
    if attachment is None:
        return None
    present = hash_on_disk(attachment)
    if attachment.removed_at is not None:
        fault = "签好的协议文件后来被移除了。"
    elif not present:
        fault = "签好的协议文件现在不在存储里。"
    elif present != agreement.signed_sha256 or attachment.sha256 != agreement.signed_sha256:
        fault = f"签订以后文件被换过：登记时的校验码和现在的不一样。现在的是 {present}。"
    else:
        fault = ""
    return SignedCopy(attachment, fault)


@dataclass(frozen=True)
class Standing:
    """How an agreement stands for one reader. `who` names those who confirmed and signed."""

    agreement: Agreement | None
    side: str
    may_edit: Verdict
    may_confirm: Verdict
    is_signed: bool
    is_current: bool
    has_organization: bool  # the organization's confirmation of this very text is there
    copy: SignedCopy | None
    who: dict[int, str]


def standing_of(pairing: Pairing, mine: set[str]) -> Standing:
    """How the pairing's agreement stands. One that was signed before the pairing was ended and reinstated is open
    again."""
    agreement, side = agreement_of(pairing), rules.side_of(mine)
    may_edit = rules.edit_verdict(pairing.status, mine)
    if agreement is None:
        return Standing(None, side, may_edit, Verdict.no("还没有拟协议。"), False, False, False, None, {})
    signed = agreement.method != "" and pairing.status != "approved"
    stands = agreement.method == ""  # what was confirmed for a former signing counts no more
    current = signed or is_current(agreement)
    asked = {agreement.organization_by, agreement.county_by, agreement.signed_by} - {None}
    may_confirm = may_edit and rules.confirm_verdict(
        agreement if stands else _unconfirmed(agreement), side, agreement.sha256, current)
    return Standing(agreement, side, may_edit, may_confirm, signed, current,
                    stands and agreement.organization_by is not None,
                    signed_copy(agreement) if signed else None, names(asked) if asked else {})


def record_of(standing: Standing) -> list[Block]:
    """Who confirmed the agreement in the platform, to follow its text on paper; nothing before it is signed so."""
    a = standing.agreement
    if a is None or not standing.is_signed or a.organization_at is None or a.county_at is None:
        return []
    return record_blocks([(standing.who[a.organization_by], "乙方", a.organization_at, "确认以上文本"),
                          (standing.who[a.county_by], "甲方", a.county_at, "确认以上文本，协议签订")])


@dataclass(frozen=True)
class _Unconfirmed:
    """A text as if nobody had confirmed it."""

    sha256: str
    method: str = ""
    organization_hash: str = ""
    county_hash: str = ""


def _unconfirmed(agreement: Agreement) -> _Unconfirmed:
    return _Unconfirmed(agreement.sha256)


def incomplete(content: dict[str, Any]) -> list[str]:
    """The labels of what must be filled before anybody confirms."""
    wanted = ("civil_office", "farm_office", "organization", "starts_on", "ends_on", "funds_fen", "in_kind_fen",
              "county_duties", "organization_duties", "county_contact", "county_phone", "organization_contact",
              "organization_phone", "copies")
    return [contents.LABELS[one] for one in wanted if content.get(one) in ("", None)]


def amounts_of(pairing: Pairing) -> dict[str, int | None]:
    """What was offered, against which typed amounts are questioned."""
    return {"funds_fen": pairing.offered_funds_fen, "in_kind_fen": pairing.offered_in_kind_fen}
