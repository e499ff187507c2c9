"""The province's desk for the word lists: what is in use, writing with a look at what changes, retiring."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.matching import lexicon_queries as queries
from matchplatform.matching import operations, rules
from matchplatform.matching.forms import WordsForm
from matchplatform.matching.lexicon import WAYS
from matchplatform.matching.lexicon_preview import Preview, preview
from matchplatform.matching.models import LexiconEntry
from matchplatform.matching.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import only_asks


@blueprint.get("/desk/matching/words")
@requires("province_officer")
def words() -> str:
    """What is in use, or what was retired, by kind."""
    wanted = read_arguments(queries.WordFilter, request.args)
    page = queries.entries(wanted)
    return render_template("matching/words.html", page=page, wanted=wanted, kinds=rules.KINDS, states=rules.STATES,
                           counts=queries.counts(), people=names({one.created_by for one in page.items}))


def _page(form: WordsForm, entry: LexiconEntry | None, fault: Refusal | None = None,
          shown: Preview | None = None) -> Any:
    if entry is not None:
        form.kind.data, form.entry.data = entry.kind, str(entry.id)
    return (render_template("matching/words_edit.html", form=form, entry=entry, fault=fault, shown=shown,
                            kinds=rules.KINDS, law=rules, ways=WAYS, stale=isinstance(fault, Conflict)),
            422 if fault or form.errors else 200)


@blueprint.route("/desk/matching/words/new", methods=["GET", "POST"])
@requires("province_officer")
def words_new() -> Any:
    """Write an entry; it moves every ranking from the next request on."""
    form, fault = WordsForm(), None
    if form.validate_on_submit():
        try:
            entry = operations.add_entry(current_user, form.kind.data, form.listed, form.note.data)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已加入{rules.KINDS[entry.kind].label}“{entry.words}”，下一次匹配就按它算。", "go")
            return redirect(url_for("matching.words", kind=entry.kind), 303)
    return _page(form, None, fault)


@blueprint.route("/desk/matching/words/<int:entry_id>", methods=["GET", "POST"])
@requires("province_officer")
def words_edit(entry_id: int) -> Any:
    """Change an entry that is in use; a stale page is told and keeps what was typed."""
    entry = queries.entry_by_id(entry_id)
    form, fault = WordsForm(obj=entry if request.method == "GET" else None), None
    if form.validate_on_submit():
        try:
            operations.edit_entry(current_user, entry, form.listed, form.note.data, version_of(form.version.data))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(entry.version)
        else:
            flash(f"已保存“{entry.words}”，下一次匹配就按它算。", "go")
            return redirect(url_for("matching.words", kind=entry.kind), 303)
    return _page(form, entry, fault)


@blueprint.route("/desk/matching/words/preview", methods=["GET", "POST"])
@requires("province_officer")
@only_asks
def words_preview() -> Any:
    """What saving would change; the form keeps what was typed and nothing is written."""
    if request.method == "GET":  # where signing in again leads back to
        return redirect(url_for("matching.words_new"))
    form, number = WordsForm(), version_of(request.form.get("entry"))
    entry = queries.entry_by_id(number) if number is not None else None
    if entry is not None:
        form.kind.data = entry.kind
    if not form.validate():
        return _page(form, entry)
    try:
        operations.refuse_words(form.kind.data, form.listed, entry)
    except Refusal as refusal:
        return _page(form, entry, refusal)
    return _page(form, entry, shown=preview(form.kind.data, form.listed, entry))


@blueprint.post("/desk/matching/words/<int:entry_id>/<verb>")
@requires("province_officer")
def words_act(entry_id: int, verb: str) -> Any:
    """Retire an entry with a reason, or bring it back."""
    entry, version = queries.entry_by_id(entry_id), version_of(request.form.get("version"))
    if verb == "retire":
        operations.retire_entry(current_user, entry, clean_text(request.form.get("reason"))[:500], version)
        flash(f"已停用“{entry.words}”。", "go")
    elif verb == "reinstate":
        operations.reinstate_entry(current_user, entry, version)
        flash(f"已恢复使用“{entry.words}”。", "go")
    else:
        raise NotFound
    return redirect(url_for("matching.words", kind=entry.kind), 303)
