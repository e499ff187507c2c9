"""The approval desk: the queue, one case beside it, and several at once with the list shown first."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names
from matchplatform.catalog.queries import categories, cities, current_campaign, short_name
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.pairings import approval_queries, operations, queries
from matchplatform.pairings.approval_queries import HANDS, QUEUE_SORTS, STEPS, QueueFilter
from matchplatform.pairings.cases import case_of
from matchplatform.pairings.checks import case_checks, failures, flag_of
from matchplatform.pairings.rules import DECIDERS, LIFECYCLE
from matchplatform.pairings.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges

MOST_AT_ONCE = 50

badges["approvals"] = approval_queries.desk_count

# Sentences that a click puts into the opinion; they may be changed afterwards.
OPINIONS = ("材料齐全，同意结对。", "请补充资金来源说明。", "区域与条件不符。")


@blueprint.get("/desk/approvals")
@requires(*DECIDERS)
def approvals() -> str:
    """The queue, and the chosen case or the first one."""
    wanted = read_arguments(QueueFilter, request.args)
    if wanted.step not in STEPS:
        wanted = replace(wanted, step="")
    page = approval_queries.queue(current_user, wanted)
    chosen = queries.desk_pairing(current_user, wanted.case) if wanted.case else next(iter(page.items), None)
    flags = {one.id: [flag_of(check) for check in failures(case_checks(one))] for one in page.items}
    handlers = names({one.handler_id for one in page.items if one.handler_id})
    return render_template(
        "pairings/approvals.html", page=page, wanted=wanted, flags=flags, sorts=QUEUE_SORTS, hands=HANDS, steps=STEPS,
        unrecommended=approval_queries.unrecommended_count(current_user), handlers=handlers,
        case=case_of(current_user, chosen) if chosen else None, total=approval_queries.awaiting_count(current_user),
        due_today=approval_queries.due_today(current_user), decided=approval_queries.decided_by_today(current_user),
        categories=categories(), cities=cities() if current_user.role == "province_officer" else [],
        opinions=OPINIONS, short=short_name)


@blueprint.route("/desk/approvals/bulk", methods=["GET", "POST"])
@requires(*DECIDERS)
def bulk() -> Any:
    """Several at once: GET shows the list first, POST approves and shows what became of each."""
    return _approve_listed() if request.method == "POST" else _list_first()


def _list_first() -> Any:
    """What would be approved, what is left out and why, what the count becomes."""
    codes = tuple(dict.fromkeys(request.args.getlist("case")))[:MOST_AT_ONCE]
    if not codes:
        flash("还没有选。请先在左边勾选要一起批准的结对。", "wait")
        return redirect(url_for("pairings.approvals"))
    found = approval_queries.chosen_for_review(current_user, codes)
    if not found:
        raise NotFound
    return render_template("pairings/bulk.html", outcomes=None, opinion="", **_sorted_out(found))


def _sorted_out(found: Any) -> dict[str, Any]:
    """Split into what can be approved and what cannot, with sums and the count's change."""
    able, left_out = [], []
    for one in found:
        verdict = LIFECYCLE.verdict("approve", one.status, queries.parties_of(current_user, one))
        failed = failures(case_checks(one)) if verdict else []
        if verdict and not failed:
            able.append(one)
        else:
            left_out.append((one, failed[0].verdict if failed else verdict))
    campaign = current_campaign()
    change = queries.count_change(campaign, able)
    return {"short": short_name, "able": able, "left_out": left_out, "change": change,
            "words": queries.change_words(change, able, campaign), "campaign": campaign,
            "funds": sum(one.offered_funds_fen for one in able),
            "in_kind": sum(one.offered_in_kind_fen for one in able)}


def _approve_listed() -> Any:
    """Approve the listed ones; each stands or falls alone, and the outcome is shown item by item."""
    items = [value.rpartition(":") for value in request.form.getlist("case")][:MOST_AT_ONCE]
    versions = {code or version: version_of(version) if code else None for code, _, version in items}
    found = approval_queries.chosen_for_review(current_user, tuple(versions))
    if not found:
        raise Refusal("没有选中要批准的结对。", "请回到审批台勾选。")
    opinion = clean_text(request.form.get("opinion"))
    if len(opinion) > 1000:
        return render_template("pairings/bulk.html", outcomes=None, opinion=opinion,
                               fault=f"审批意见最多 1000 字，现在是 {len(opinion)} 字。",
                               **_sorted_out(found)), 422
    outcomes = operations.approve_many(current_user, [(one, versions[one.code]) for one in found], opinion)
    campaign = current_campaign()
    return render_template("pairings/bulk.html", outcomes=outcomes, opinion=opinion,
                           total=queries.count_of(campaign).total if campaign else None, campaign=campaign,
                           short=short_name)
