"""Putting two needs together: asking for it, answering, and what other pages say about it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.core.errors import NotFound, Refusal
from matchplatform.needs import merger_operations as operations
from matchplatform.needs import merger_queries as queries
from matchplatform.needs import merger_rules as rules
from matchplatform.needs import queries as need_queries
from matchplatform.needs.rules import KEEPABLE, MERGEABLE
from matchplatform.needs.snapshots import columns, plain
from matchplatform.needs.views import WRITERS
from matchplatform.revisions.reading import spoken
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of

blueprint = Blueprint("mergers", __name__, url_prefix="/desk")
blueprint.add_app_template_global(queries.mergers_of, "mergers_of")

MOST_NOTE = 300


@blueprint.route("/needs/<code>/merge", methods=["GET", "POST"])
@requires(*WRITERS)
def propose(code: str) -> Any:
    """Choose the other need, then part by part whose words stay; the one in the address stays."""
    kept = need_queries.own_need(current_user, code)
    named = clean_text(request.values.get("with"))[:40]
    other = queries.other_need(current_user, named)
    fault, typed = None, {name: clean_text(value) for name, value in request.form.items()}
    if named and other is None:
        fault = Refusal(f"没有找到编号 {named.upper()} 的需求。", "请核对编号；别的乡镇没发布的需求，请县里来提。")
    elif other is not None or kept.status not in KEEPABLE:
        fault = _refused(kept, other)
    if request.method == "POST" and fault is None and other is not None:
        try:
            takes = rules.chosen(typed, plain(columns(kept)), plain(columns(other)))
            merger = operations.propose_merger(current_user, kept, other, takes, typed.get("note", "")[:MOST_NOTE])
        except ValueError as error:
            fault = Refusal(str(error))
        except Refusal as refusal:
            fault = refusal
        else:
            done = merger.status == "done"
            flash(f"{other.code} 已并入 {kept.code}。" if done else "已提出，等另一位填报人答复。", "go")
            return redirect(url_for("mergers.detail", merger_id=merger.id), 303)
    rows = queries.compared(kept, other, None, spoken()) if other is not None else []
    return (render_template("needs/merge.html", kept=kept, other=other, rows=rows, fault=fault, typed=typed,
                            named=named, ways=rules.TAKES, open=queries.open_merger_of(kept), keepable=KEEPABLE,
                            mergeable=MERGEABLE),
            422 if fault and request.method == "POST" else 200)


def _refused(kept: Any, other: Any | None) -> Refusal | None:
    """What stands against this pair from the start, told before anybody chooses anything; without another, what
    stands against keeping this one."""
    if other is None:
        verdict = rules.kept_verdict(queries.side_of(kept))
        return None if verdict else Refusal(verdict.reason, verdict.remedy)
    sides = queries.side_of(kept), queries.side_of(other)
    for verdict in (rules.pair_verdict(kept.county_code, other.county_code, *sides),
                    rules.can_propose(current_user, kept.county_code, sides),
                    queries.foreseen_people(current_user.id, kept.county_code, *sides)):
        if not verdict:
            return Refusal(verdict.reason, verdict.remedy)
    return None


@blueprint.get("/mergers/<int:merger_id>")
@requires(*WRITERS)
def detail(merger_id: int) -> str:
    """Both needs side by side with what would come out, who must agree, and the verbs."""
    merger = queries.merger_by_id(current_user, merger_id)
    mine = rules.parties(current_user, merger, queries.side_of(merger.kept), queries.side_of(merger.merged))
    waiting = merger.status == "proposed"
    return render_template(
        "needs/merger.html", merger=merger, mine=mine, ways=rules.TAKES, consents=queries.consents_of(merger),
        rows=queries.compared(merger.kept, merger.merged, merger.takes, spoken()) if waiting else [],
        verbs=rules.LIFECYCLE.open_to(mine, merger.status), proposer=queries.proposer_name(merger),
        may_undo=merger.status == "done" and merger.kept.version == merger.kept_version)


@blueprint.post("/mergers/<int:merger_id>/<verb>")
@requires(*WRITERS)
def act(merger_id: int, verb: str) -> Any:
    """Agree, refuse, withdraw, undo."""
    merger = queries.merger_by_id(current_user, merger_id)
    if verb not in rules.LIFECYCLE.verbs:
        raise NotFound
    done = operations.act(current_user, merger, verb, clean_text(request.form.get("reason"))[:1000],
                          version_of(request.form.get("version")))
    flash(done, "go")
    return redirect(url_for("mergers.detail", merger_id=merger.id), 303)
