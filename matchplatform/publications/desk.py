"""The desk of publications: list, writing, a document with its acts, the second person's review, new versions."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.accounts.queries import unit_name
from matchplatform.catalog.queries import cities, counties, region, short_name
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.files.queries import left_behind
from matchplatform.publications import filters, list_queries, operations, queries, rules
from matchplatform.publications.blueprint import blueprint
from matchplatform.publications.citing import citers
from matchplatform.publications.clauses import clauses, contents
from matchplatform.publications.forms import AbolishForm, PublicationForm, ReleaseForm
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges

WRITERS = ("province_officer", "city_officer")

badges["publications"] = list_queries.review_count


@blueprint.get("/desk/publications")
@requires(*WRITERS)
def list() -> str:
    """Everything that the actor may write or release, filtered by the URL."""
    wanted = read_arguments(filters.DeskFilter, request.args)
    return render_template(
        "publications/list.html", wanted=wanted, page=list_queries.desk_publications(current_user, wanted),
        counts=list_queries.state_counts(current_user, wanted), rules=rules, sorts=filters.DESK_SORTS,
        states=[state for one in rules.STATES
                for state in ((rules.SCHEDULED, one) if one.value == "released" else (one,))])


def _form(publication: Any = None) -> Any:
    """The form with the choices that the actor has; `whole` when it is to be handed in."""
    form = PublicationForm(obj=publication)
    form.whole = request.form.get("save") == "look"
    form.standing_id = publication.id if publication else None
    if current_user.role == "city_officer":
        del form.level, form.area_code
    else:
        form.area_code.choices = [SelectChoice(PROVINCE, "湖北省"), *(
            SelectChoice(one.code, one.name, optgroup="市（州）") for one in cities()), *(
            SelectChoice(one.code, short_name(one.city_code) + short_name(one.code), optgroup="县（市、区）")
            for one in counties() if not one.is_city)]
        if request.method == "GET" and publication is None:
            form.area_code.data = PROVINCE
    return form


def _placed(form: Any) -> bool:
    """Does the area fit the level, and is the 索引号 free? Said beside the fields."""
    if "area_code" in form:
        area = region(form.area_code.data)
        fault = rules.area_fault(form.level.data, area.level, bool(area.is_city))
        form.area_code.errors = [fault] if fault else []
    taken = form.index_number.data and queries.index_taken(form.index_number.data, form.standing_id)
    if taken:
        form.index_number.errors = [f"这个索引号已经用在“{taken}”上了，请核对，换一个。"]
    return not form.errors


def _edit_page(publication: Any, form: Any, fault: Refusal | None) -> Any:
    return render_template(
        "publications/edit.html", publication=publication, form=form, fault=fault, rules=rules,
        stale=isinstance(fault, Conflict), former=publication.revises if publication else None,
        city=region(current_user.city_code) if current_user.role == "city_officer" else None,
    ), 422 if fault or form.errors else 200


@blueprint.route("/desk/publications/new", methods=["GET", "POST"])
@requires(*WRITERS)
def new() -> Any:
    """Write a document; the same words again within a minute lead to the draft that is there."""
    form, fault = _form(), None
    if form.validate_on_submit() and _placed(form):
        try:
            publication = operations.create_publication(current_user, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            return _saved(publication)
    if request.method == "GET":
        form.issuer.data = unit_name(current_user)
        channel = request.args.get("channel", "")
        form.channel.data = channel if channel in rules.CHANNELS else form.channel.data
    return _edit_page(None, form, fault)


def _saved(publication: Any) -> Any:
    flash("草稿已存。请照读的人看到的样子核对一遍。", "go")
    return redirect(url_for("publications.work", code=publication.code), 303)


@blueprint.route("/desk/publications/<code>/edit", methods=["GET", "POST"])
@requires(*WRITERS)
def edit(code: str) -> Any:
    """Change a draft or a returned document; a stale page is told what happened and keeps what was typed."""
    publication = queries.desk_publication(current_user, code)
    verdict = rules.can_edit(current_user, publication)
    if request.method == "GET" and not verdict:
        flash(f"{verdict.reason}{verdict.remedy}", "wait")
        return redirect(url_for("publications.work", code=code))
    form, fault = _form(publication), None
    if form.validate_on_submit() and _placed(form):
        try:
            operations.edit_publication(current_user, publication, form.values,
                                        version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(publication.version)
        else:
            return _saved(publication)
    return _edit_page(publication, form, fault)


def _shown(publication: Any) -> dict[str, Any]:
    """What the desk's pages say of a document: its text, what may be done now, and by whom."""
    mine, blocks = rules.parties(current_user, publication), publication.blocks
    return {
        "publication": publication, "rules": rules, "mine": mine,
        "verbs": rules.open_verbs(publication, mine, now()), "missing": rules.missing(publication),
        "editable": rules.can_edit(current_user, publication),
        "revisable": rules.can_revise(current_user, publication, now()),
        "under_way": queries.revision_under_way(publication), "former": publication.revises,
        "releasers": queries.releasers(publication)[1] if publication.status == "submitted" else "",
        "blocks": blocks, "listed": contents(blocks), "all_clauses": clauses(blocks),
        "suspicions": rules.suspicions(f"{publication.title}\n{publication.body}"),
        "history": queries.history_of(publication), "citing": citers.count(publication.code)}


@blueprint.get("/desk/publications/<code>")
@requires(*WRITERS)
def work(code: str) -> str:
    """One document as it will be read, what happened to it, and what may be done now."""
    publication = queries.desk_publication(current_user, code)
    return render_template("publications/work.html", abolishing=AbolishForm(), **_shown(publication))


@blueprint.route("/desk/publications/<code>/review", methods=["GET", "POST"])
@requires(*WRITERS)
def review(code: str) -> Any:
    """The second person reads it, ticks the list, and releases it at once or for a moment to come."""
    publication = queries.desk_publication(current_user, code)
    form, fault = ReleaseForm(), None
    if request.method == "GET" and (
            publication.status != "submitted" or "releaser" not in rules.parties(current_user, publication)):
        return redirect(url_for("publications.work", code=code))
    if form.validate_on_submit():
        try:
            done = operations.release(current_user, publication, form.checks.data or (), form.moment,
                                      version_of(request.form.get("version")))
        except Conflict:
            raise  # somebody was faster: show the document as it is now, not this form
        except Refusal as refusal:
            fault = refusal
        else:
            flash(done.done if publication.is_public else "已排期，到时间自动公开，不用再办。", "go")
            return redirect(url_for("publications.work", code=code), 303)
    return render_template("publications/review.html", form=form, fault=fault, **_shown(publication)), \
        422 if fault or form.errors else 200


@blueprint.post("/desk/publications/<code>/revise")
@requires(*WRITERS)
def revise(code: str) -> Any:
    """Begin the new version of a public document, or go on with the one under way."""
    publication = queries.desk_publication(current_user, code)
    new_version = operations.begin_revision(current_user, publication)
    flash(f"修订版的草稿编号 {new_version.code}，正文照原来的一版。请改掉不一样的地方，填新的成文日期和文号。"
          + left_behind("publication", code), "go")
    verb = "edit" if rules.can_edit(current_user, new_version) else "work"
    return redirect(url_for(f"publications.{verb}", code=new_version.code), 303)


@blueprint.post("/desk/publications/<code>/abolish")
@requires(*WRITERS)
def abolish(code: str) -> Any:
    """Say from which day it no longer holds, and why."""
    publication = queries.desk_publication(current_user, code)
    form = AbolishForm()
    if not form.validate_on_submit():
        return render_template("publications/work.html", abolishing=form, **_shown(publication)), 422
    try:
        done = operations.abolish(current_user, publication, form.day.data, form.reason.data or "",
                                  version_of(request.form.get("version")))
    except Conflict:
        raise
    except Refusal as refusal:
        form.day.errors = [refusal.sentence]
        return render_template("publications/work.html", abolishing=form, **_shown(publication)), 422
    flash(done.done, "go")
    return redirect(url_for("publications.work", code=code), 303)


@blueprint.post("/desk/publications/<code>/<verb>")
@requires(*WRITERS)
def act(code: str, verb: str) -> Any:
    """One move; the version tells a stale page."""
    publication = queries.desk_publication(current_user, code)
    done = operations.act(current_user, publication, verb, clean_text(request.form.get("reason"))[:1000],
                          version_of(request.form.get("version")))
    said = done.done
    if verb == "submit":
        said = f"已提交，等{queries.releasers(publication)[1]}审核。"
    flash(said, "go")
    return redirect(url_for("publications.work", code=code), 303)


# ---- the picker in forms that cite a document

@blueprint.get("/desk/publications/pick")
@requires("county_officer", "township_officer")
def pick() -> str:
    """The rows of the picker for the words typed so far."""
    words = clean_text(request.args.get("basis_q"))[:100]
    return render_template("publications/_picked.html", rows=picks(words, request.args.get("citation", "")[:110]),
                           chosen=request.args.get("citation", "")[:110], words=words)


@blueprint.app_template_global()
def picks(words: str, chosen: str) -> Any:
    """(document, the clauses to choose from) for the picker; see list_queries.pickable."""
    return list_queries.pickable(words.split()[:filters.MOST_WORDS], chosen)
