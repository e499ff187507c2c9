"""Everything that changes an organization: registering, editing, the registry's facts, the verbs of vetting."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.models import User
from matchplatform.accounts.operations import open_account
from matchplatform.accounts.queries import city_officers, members, province_officers
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Transition
from matchplatform.core.uscc import Uscc
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.organizations import queries, rules, vetting_rules
from matchplatform.organizations.models import Organization
from matchplatform.organizations.snapshots import snapshot
from matchplatform.organizations.vetting_models import Vetting
from matchplatform.organizations.vetting_queries import missing_to_submit
from matchplatform.organizations.vetting_rules import Checklist
from matchplatform.revisions.operations import begin, keep

_TAKEN = ("这个代码已经入驻过。", "请找本组织原来的经办人登录；忘了密码或换了人，请带登记证书联系省民政厅重设账号。")
_FASTER = "别人刚刚改动了这家组织的资料，这次没有保存。"
_LOOK = "请看最新内容再办。"


def register(actor: Any, code: Uscc, values: dict[str, Any], consent_version: str) -> User:
    """An organization (draft) and its first account in one go; answers the account.

    `actor` is None: whoever registers has no account yet, and from here on acts as the one that is made. `values`:
    name, contact_name, contact_phone, username, password. An organization that an office brought in from its
    register and that has no account yet is claimed: it keeps what the register says. Raises Refusal, with what to do,
    on a code that is registered already, a taken account name or a weak password; Conflict when somebody was faster
    by a moment.
    """
    verdict = rules.authority_verdict(code.authority)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    if consent_version != rules.CONSENT_VERSION:
        raise Refusal("个人信息说明更新了，或者还没有勾选同意。", "请看过新的说明再勾选。")
    claimed = queries.organization_by_uscc(code.code)
    moment = clock.now()
    if claimed is None:
        organization = Organization(
            uscc=code.code, kind=code.kind, authority_code=code.authority, registration_level=code.level,
            status="draft", name=values["name"], created_at=moment, updated_at=moment)
    else:
        organization = _claimed(claimed)
    organization.contact_name, organization.contact_phone = values["contact_name"], values["contact_phone"]
    try:
        with db.session.begin_nested():
            db.session.add(organization)
            db.session.flush()
            user = open_account(actor, username=values["username"], name=values["contact_name"],
                                role="organization_member", password=values["password"], must_change=False,
                                organization_id=organization.id)
    except IntegrityError as error:
        raise Conflict("刚刚有人用同一个代码或账号名入驻，这次没有保存。",
                       "请换一个账号名，或核对代码后再交一次。") from error
    _keep(user, organization, "register_organization", "入驻登记")
    record(user, "register_organization", "入驻登记", "organization", object_id=organization.id,
           object_label=organization.name, organization_id=organization.id,
           detail={"uscc": organization.uscc, "level": organization.registration_level,
                   "consent_version": consent_version, "consented_at": moment.isoformat(),
                   "claimed": claimed is not None})
    return user


def _claimed(organization: Organization) -> Organization:
    """The imported organization, held so that of two who claim it one comes second. Raises Refusal."""
    _lock(organization)
    verdict = rules.can_be_claimed(organization, queries.has_account(organization.id))
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    return organization


def note_refused_registration(code: Uscc, refusal: Refusal) -> None:
    """Keep a trace of a registration that was turned down: who tries names and codes out is counted by address."""
    record(None, "register_organization", "入驻登记", "organization", object_label=code.code, result="refused",
           reason=refusal.reason)


def edit_organization(actor: Any, organization: Organization, values: dict[str, Any],
                      version: int | None = None) -> list[str]:
    """A member changes his organization's data; answers the names of the changed fields.

    Fields that the state keeps shut are refused, not dropped. `values["uscc"]`, where given, is a checked Uscc.
    """
    _lock(organization)
    if version is not None and version != organization.version:
        raise Conflict(_FASTER, _LOOK)
    allowed = rules.editable_fields(actor, organization)
    if not allowed:
        raise Refusal(f"现在是“{organization.state.label}”，资料不能改。",
                      "要改，请先“撤回修改”。" if organization.status == "submitted" else "只有本组织的经办人能改。")
    shut = [rules.FIELD_NAMES.get(name, name) for name in values if name not in allowed]
    if shut:
        raise Refusal(f"入库以后不能改{'、'.join(shut)}。", "登记证书变了，请联系省民政厅更正。")
    values = dict(values)
    code = values.pop("uscc", None)
    if code is not None:
        values |= _recoded(organization, code)
    changed = _apply(organization, values)
    if not changed:
        return []
    _flush()
    _keep(actor, organization, "edit_organization", "修改资料")
    record(actor, "edit_organization", "修改资料", "organization", object_id=organization.id,
           object_label=organization.name, organization_id=organization.id, detail={"changed": changed})
    db.session.flush()
    return _said(changed)


def _recoded(organization: Organization, code: Uscc) -> dict[str, Any]:
    """The columns that follow from another code."""
    if code.code == organization.uscc:
        return {}
    verdict = rules.authority_verdict(code.authority)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    if queries.organization_by_uscc(code.code) is not None:
        raise Refusal(*_TAKEN)
    return {"uscc": code.code, "kind": code.kind, "authority_code": code.authority,
            "registration_level": code.level}


def record_registry(actor: Any, organization: Organization, values: dict[str, Any], basis: str,
                    version: int | None = None) -> list[str]:
    """Staff enter what the registry says; `basis` is where they looked. Answers the names of the changed fields."""
    _lock(organization)
    if version is not None and version != organization.version:
        raise Conflict(_FASTER, _LOOK)
    if "vetter" not in rules.parties(actor, organization):
        raise Refusal("登记信息由审核的民政部门填写。", "自己提交的要由另一个人核对。")
    if not basis.strip():
        raise Refusal("还没有写明依据。", "请写从哪里查到的，例如“中国社会组织政务服务平台，当天查询”。")
    unknown = set(values) - set(rules.REGISTRY_FIELDS)
    if unknown:
        raise ValueError(f"no registry fields: {sorted(unknown)}")
    verdict = rules.registry_verdict(values)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    changed = _apply(organization, values)
    if not changed:
        return []
    _flush()
    names = _said(changed)
    _keep(actor, organization, "record_registry", "登记信息核对", basis.strip())
    record(actor, "record_registry", "登记信息核对", "organization", object_id=organization.id,
           object_label=organization.name, organization_id=organization.id, reason=basis.strip(),
           detail={"changed": changed})
    tell(actor, members(organization.id), "told", "登记信息有更新",
         f"审核人员更新了{'、'.join(names)}。依据：{basis.strip()}。有出入请联系审核部门。", "organization",
         str(organization.id))
    db.session.flush()
    return names


def act(actor: Any, organization: Organization, verb: str, reason: str = "", version: int | None = None,
        checklist: Checklist | None = None) -> Transition:
    """Make one move of the lifecycle; answers the table's row. Raises Refusal, or Conflict on a stale page.

    Passing and returning are decided by what was compared with the certificate; a return may also be given in words
    alone (`reason`).
    """
    _lock(organization)
    mine = rules.parties(actor, organization)
    could = any(one.verb == verb and one.parties & mine for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, organization.status) is None
    if passed or (version is not None and version != organization.version):
        raise Conflict("别人刚刚办理了这家组织，或者页面开得太久。", f"现在是“{organization.state.label}”，{_LOOK}")
    reason = reason.strip()
    if verb in vetting_rules.VERBS and rules.LIFECYCLE.verdict(verb, organization.status, mine, "?"):
        checklist = checklist or Checklist(words=reason)
        found = vetting_rules.verdict(verb, checklist)
        if not found:
            raise Refusal(found.reason, found.remedy)
        reason = vetting_rules.spoken(checklist) if verb == "return" else ""
    verdict = rules.LIFECYCLE.verdict(verb, organization.status, mine, reason)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    row = rules.LIFECYCLE.find(verb, organization.status)
    if row is None:
        raise RuntimeError(f"{verb} from {organization.status} passed the verdict without a row")
    if verb == "submit":
        missing = missing_to_submit(organization)
        if missing:
            raise Refusal(f"资料还不齐，缺{'、'.join(missing)}。", "资料在“修改资料”里补，证书在“证明材料”里传。")
    source = organization.status
    with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
        if verb == "submit":
            organization.submitted_by, organization.submitted_at = actor.id, clock.now()
        elif verb == "vet":
            organization.vetted_by, organization.vetted_at = actor.id, clock.now()
        organization.status, organization.status_reason = row.target, reason
    if checklist is not None and verb in vetting_rules.VERBS:
        db.session.add(Vetting(organization_id=organization.id, submitted_at=organization.submitted_at,
                               at=clock.now(), decided_by=actor.id, verb=verb,
                               found=json.dumps(checklist.as_data(), ensure_ascii=False)))
    _flush()
    _keep(actor, organization, f"{verb}_organization", row.label, reason)
    record(actor, f"{verb}_organization", row.label, "organization", object_id=organization.id,
           object_label=organization.name, organization_id=organization.id, reason=reason,
           detail={"from": source, "to": row.target,
                   **({"checked": checklist.as_data()} if checklist is not None else {})})
    _tell_of(actor, organization, row, reason)
    db.session.flush()
    return row


def vetters(organization: Organization) -> list[int]:
    """Ids of those whose office vets it; the province stands in where a city has nobody."""
    if organization.registration_level in ("city", "county"):
        found = city_officers(rules.city_of_authority(organization.authority_code))
        if found:
            return found
    return province_officers()


_TOLD = {"vet": ("good", "已通过入库审核", "现在可以上架供给、接单了。"),
         "return": ("refused", "入库资料退回补正", "请照理由补正，再交一次。"),
         "suspend": ("refused", "资格已暂停", "暂停期间不能接单、上架；已有的结对照常。"),
         "reinstate": ("good", "资格已恢复", "可以继续上架供给、接单。")}


def _tell_of(actor: Any, organization: Organization, row: Transition, reason: str) -> None:
    name, code = organization.name, str(organization.id)
    if row.verb == "submit":
        due = clock.local(rules.due_at(organization.submitted_at))
        tell(actor, vetters(organization), "to_do", f"{name}提交了入库资料",
             f"请在 {due.month}月{due.day}日 {due:%H:%M} 前答复。", "organization", code)
    elif row.verb == "recall":
        tell(actor, vetters(organization), "told", f"{name}撤回了入库资料", "对方要修改，暂时不用审。",
             "organization", code)
    else:
        kind, head, body = _TOLD[row.verb]
        tell(actor, members(organization.id), kind, f"{name}：{head}",
             f"{f'理由：{reason} ' if reason else ''}{body}", "organization", code)


def hold(organization: Organization) -> None:
    """Hold the row for somebody who changes what hangs on it."""
    _lock(organization)


def _lock(organization: Organization) -> None:
    """Hold the row and read it anew: the second of two writers sees what the first did."""
    db.session.execute(sa.select(Organization.id).where(Organization.id == organization.id)
                       .with_for_update(key_share=True))
    db.session.refresh(organization)
    begin("organization", str(organization.id), organization.status, lambda: snapshot(organization))


def _keep(actor: Any, organization: Organization, act: str, label: str, reason: str = "") -> None:
    """The version after an act, under the organization's own number: its credit code may be corrected."""
    keep(actor, "organization", str(organization.id), act, label, snapshot(organization), reason,
         status=organization.status)


def _flush() -> None:
    try:
        db.session.flush()
    except StaleDataError as error:
        raise Conflict(_FASTER, _LOOK) from error


def _apply(organization: Organization, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set what differs; answers {column: [before, after]}, the telephone number masked by absence."""
    changed: dict[str, list[Any]] = {}
    for name, value in values.items():
        before = getattr(organization, name)
        if before == value:
            continue
        setattr(organization, name, value)
        # The audit is kept for good and in clear: no telephone numbers in it.
        changed[name] = ["…", "…"] if name == "contact_phone" else [_plain(before), _plain(value)]
    return changed


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _said(changed: dict[str, Any]) -> list[str]:
    return [rules.FIELD_NAMES[name] for name in changed if name in rules.FIELD_NAMES]
