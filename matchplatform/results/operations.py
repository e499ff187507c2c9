"""Everything that changes results: closing reports, evaluations, certificates, cases."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.queries import unit_name
from matchplatform.catalog.queries import place, short_name
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core.clock import local, now
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.money import in_wan
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import parties_of
from matchplatform.publications.models import Publication
from matchplatform.publications.operations import create_publication
from matchplatform.results import messages, queries, rules
from matchplatform.results.models import CaseDraft, Certificate, ClosingReport, Evaluation
from matchplatform.tracking.operations import AGREED, Doubt, log, side_of
from matchplatform.tracking.rules import FIGURES, doubt_sentence, is_doubtful

_FASTER = ("别人刚刚改过这里。", "请看最新内容再办。")
_ATTEMPTS = 5
TEXTS = ("done", "remains", "lessons")


def write_report(actor: Any, pairing: Pairing, values: Mapping[str, Any], version: int | None) -> ClosingReport:
    """Save the closing report as a draft. `values`: done, remains, lessons, FIGURES, `sure`.

    Raises Refusal with the rule, Doubt for an amount to be confirmed, Conflict where somebody else was faster.
    """
    hold(pairing)
    mine, report = parties_of(actor, pairing), queries.report_of(pairing.id)
    demand(rules.author_verdict(mine, pairing.status, report.side if report else None))
    demand(rules.rewrite_verdict(report.status if report else None))
    if (report.version if report else None) != version:
        raise Conflict(*_FASTER)
    for name, called in AGREED.items():
        if values[name] and not values.get("sure") and is_doubtful(values[name], getattr(pairing, name) or 0):
            raise Doubt(name, doubt_sentence(called, values[name], getattr(pairing, name) or 0))
    if report is None:
        report = ClosingReport(pairing_id=pairing.id, side=side_of(mine), status="draft")
        db.session.add(report)
    for name in (*TEXTS, *FIGURES):
        setattr(report, name, values.get(name) or ("" if name in TEXTS else 0))
    report.written_by, report.written_at = actor.id, now()
    _flush()
    log(actor, pairing, "closing_draft", "写结项报告", **{name: getattr(report, name) for name in FIGURES})
    db.session.flush()
    return report


def move_report(actor: Any, pairing: Pairing, verb: str, reason: str = "", version: int | None = None) -> Transition:
    """Submit, confirm, return, recall or reopen the closing report. Raises Refusal, Conflict."""
    hold(pairing)
    report = queries.report_of(pairing.id)
    if report is None:
        raise Refusal("还没有写结项报告。", "请先写好再交。")
    db.session.refresh(report)
    mine = rules.report_parties(parties_of(actor, pairing), report.side)
    row = rules.REPORTS.find(verb, report.status)
    known = any(one.verb == verb and one.parties & mine for one in rules.REPORTS.table)
    if (version is not None and version != report.version) or (row is None and known):
        raise Conflict(*_FASTER)
    reason = reason.strip()
    demand(rules.REPORTS.verdict(verb, report.status, mine, reason))
    if row is None:
        raise RuntimeError(f"{verb} from {report.status} passed the verdict without a row")
    if verb == "submit" and len(report.done) < 20:
        raise Refusal("“办成了什么”至少写 20 个字。", "请写清楚做了什么、谁受益。")
    if verb == "reopen" and queries.certificate_of(pairing.id) is not None:
        raise Refusal("这件结对的证书还有效，不能撤销确认。", "请先作废证书。")
    with db.session.no_autoflush:
        if verb == "submit":
            report.submitted_at = now()
        elif verb in ("confirm", "return"):
            report.decided_by, report.decided_at = actor.id, now()
        report.reason, report.status = reason, row.target
    _flush()
    log(actor, pairing, f"closing_{verb}", f"结项报告：{row.label}", reason)
    messages.report_moved(actor, report, row, reason)
    db.session.flush()
    return row


def evaluate(actor: Any, pairing: Pairing, stars: int | None, words: str) -> Evaluation:
    """Say what one thinks of the other side, or change it while nobody has seen it. Raises Refusal, Conflict."""
    hold(pairing)
    mine = parties_of(actor, pairing)
    demand(rules.can_evaluate(mine, pairing.status))
    demand(rules.stars_verdict(stars))
    if len(words.strip()) < 6:
        raise Refusal("评价写一两句话。", "好在哪里、差在哪里，对方和别人看了有用。")
    side, found = side_of(mine), queries.evaluations_of(pairing.id)
    evaluation = found.get(side)
    if evaluation is None:
        evaluation = Evaluation(pairing_id=pairing.id, side=side, stars=stars, words=words.strip(), by=actor.id,
                                at=now())
        db.session.add(evaluation)
    else:
        demand(rules.can_change(evaluation, len(found) == 2, now()))
        evaluation.stars, evaluation.words, evaluation.changed_at = stars or 0, words.strip(), now()
    _flush()
    log(actor, pairing, "evaluate", "评价", stars=stars, side=side)
    messages.evaluated(actor, pairing, evaluation, len(queries.evaluations_of(pairing.id)) == 2)
    db.session.flush()
    return evaluation


def reply(actor: Any, pairing: Pairing, side: str, words: str) -> Evaluation:
    """Answer, once, what the other side said. Raises Refusal, Conflict."""
    hold(pairing)
    mine = parties_of(actor, pairing)
    evaluation = queries.shown_evaluations(pairing.id).get(side)
    if evaluation is None or side not in rules.OTHER or rules.OTHER[side] not in mine:
        raise Refusal("现在没有可以回复的评价。", "对方写的评价显示以后才能回复。")
    if evaluation.reply_at is not None:
        raise Conflict("这条评价已经回复过了。", "一条评价回复一次。")
    if not 2 <= len(words.strip()) <= rules.LONGEST_REPLY:
        raise Refusal(f"回复写 2 到 {rules.LONGEST_REPLY} 个字。")
    evaluation.reply, evaluation.reply_by, evaluation.reply_at = words.strip(), actor.id, now()
    db.session.flush()
    log(actor, pairing, "evaluation_reply", "回复评价", side=side)
    db.session.flush()
    return evaluation


def issue_certificate(actor: Any, pairing: Pairing) -> Certificate:
    """Issue the certificate of a completed pairing; by its county or by who approved it. Raises Refusal, Conflict."""
    hold(pairing)
    if not parties_of(actor, pairing) & {"county", "approver"}:
        raise Refusal("证书由县里或审批部门发。", "请联系县农业农村局。")
    report = queries.report_of(pairing.id)
    demand(rules.issue_verdict(pairing.status, report.status if report else None,
                               queries.certificate_of(pairing.id) is not None))
    content = _content(actor, pairing, report)
    for _ in range(_ATTEMPTS):
        certificate = Certificate(
            number=queries.next_number(local(now()).year), pairing_id=pairing.id, code=rules.new_code(),
            content_json=json.dumps(content, ensure_ascii=False), digest=rules.digest_of(content),
            issued_by=actor.id, issued_at=now())
        try:
            with db.session.begin_nested():
                db.session.add(certificate)
                db.session.flush()
        except IntegrityError:
            if queries.certificate_of(pairing.id) is not None:
                raise Conflict("别人刚刚发了这件结对的证书。", "请看最新内容。") from None
            continue
        break
    else:
        raise Conflict("同时发证书的人太多，这次没有保存。", "请稍等几秒再试。")
    log(actor, pairing, "certificate_issue", "发贡献证书", number=certificate.number, digest=certificate.digest)
    messages.certificate_issued(actor, certificate)
    db.session.flush()
    return certificate


def _content(actor: Any, pairing: Pairing, report: ClosingReport | None) -> dict[str, Any]:
    """What stands on the paper; nothing of persons."""
    if report is None:
        raise RuntimeError(f"{pairing.code} passed the verdict without a closing report")
    return {"organization": pairing.organization.name, "uscc": pairing.organization.uscc,
            "county": place(pairing.county_code), "need": pairing.need.title, "pairing": pairing.code,
            "starts_on": f"{pairing.starts_on:%Y-%m-%d}",
            "completed_on": f"{local(pairing.completed_at):%Y-%m-%d}",
            "funds": in_wan(report.funds_fen), "in_kind": in_wan(report.in_kind_fen), "people": report.people,
            "issuer": unit_name(actor), "issued_on": f"{local(now()):%Y-%m-%d}"}


def revoke_certificate(actor: Any, pairing: Pairing, reason: str) -> Certificate:
    """Take the valid certificate back, with a reason that its verification page shows. Raises Refusal, Conflict."""
    hold(pairing)
    if not parties_of(actor, pairing) & {"county", "approver"}:
        raise Refusal("证书由县里或审批部门作废。", "请联系县农业农村局。")
    if not reason.strip():
        raise Refusal("作废证书要写明理由。", "查证书的人会看到。")
    certificate = queries.certificate_of(pairing.id)
    if certificate is None:
        raise Conflict("这件结对现在没有有效的证书。", "请看最新内容。")
    certificate.revoked_by, certificate.revoked_at, certificate.revoked_for = actor.id, now(), reason.strip()[:500]
    db.session.flush()
    log(actor, pairing, "certificate_revoke", "作废贡献证书", reason, number=certificate.number)
    messages.certificate_revoked(actor, certificate)
    db.session.flush()
    return certificate


def draft_case(actor: Any, pairing: Pairing) -> Publication:
    """A case for the publications, with figures and course; whoever publishes edits it and has it reviewed as usual.

    Raises Refusal with the rule.
    """
    hold(pairing)
    evaluation = queries.evaluations_of(pairing.id).get("county")
    demand(rules.case_verdict(actor.role, pairing.status, evaluation.stars if evaluation else None,
                              queries.case_of(pairing.id) is not None))
    report = queries.report_of(pairing.id)
    title = f"{pairing.organization.name}与{short_name(pairing.county_code)}结对：{pairing.need.title}"
    publication = create_publication(actor, {
        "channel": "case", "level": "province" if actor.role == "province_officer" else "city",
        "area_code": actor.city_code or PROVINCE, "title": title[:100], "body": _case_body(pairing, report)})
    db.session.add(CaseDraft(pairing_id=pairing.id, publication_id=publication.id, by=actor.id, at=now()))
    db.session.flush()
    log(actor, pairing, "case_draft", "起草案例", publication=publication.code)
    db.session.flush()
    return publication


def _case_body(pairing: Pairing, report: ClosingReport | None) -> str:
    parts = [f"一、原来缺什么\n{pairing.need.body}", f"二、怎么办的\n{pairing.offering.body}"]
    if report is not None and report.status == "confirmed":
        parts.append(f"三、办成了什么\n{report.done}\n到位资金 {in_wan(report.funds_fen)} 万元，物资折价 "
                     f"{in_wan(report.in_kind_fen)} 万元，受益 {report.people:,} 人，培训 {report.trained:,} 人次，"
                     f"带动就业 {report.employed:,} 人。")
        if report.lessons:
            parts.append(f"四、经验\n{report.lessons}")
    course = "\n".join(f"{one.on.year}年{one.on.month}月{one.on.day}日 {one.text}" for one in
                       queries.timeline_of(pairing))
    return "\n\n".join([*parts, f"经过\n{course}"])


def _flush() -> None:
    try:
        db.session.flush()
    except (IntegrityError, StaleDataError) as error:
        raise Conflict(*_FASTER) from error
