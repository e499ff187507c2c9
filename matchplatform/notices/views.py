"""The inbox."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.notices import operations, queries, rules
from matchplatform.notices.models import Notice
from matchplatform.web.access import may_enter, signed_in
from matchplatform.web.forms import version_of
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

# Where a notice leads, by its subject; the first page that the reader may enter. Names only: the pages belong to
# features above this one.
PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "need": (("needs.detail", "code"), ("portal.need", "code")),
    "merger": (("mergers.detail", "merger_id"),),
    "offering": (("offerings.detail", "code"), ("portal.offering", "code")),
    "pairing": (("pairings.detail", "code"),),
    "delegation": (("pairings.delegation", ""),),
    "call": (("calls.desk", "code"), ("calls.call", "code")),
    "reply": (("calls.reply", "code"), ("calls.call", "code")),
    "order": (("orders.detail", "code"),),
    "organization": (("organizations.review", "organization_id"), ("organizations.profile", "")),
    "publication": (("publications.work", "code"), ("publications.detail", "code")),
    "members": (("organizations.members", ""),), "passport": (("organizations.passport_own", ""),),
    "import": (("imports.detail", "import_id"),),
    # a job that failed tells of itself under its own kind
    **{f"import-{verb}": (("imports.detail", "import_id"),) for verb in ("check", "run", "undo", "submit")},
    "mine": (("portal.mine", ""),),
    "export": (("exports.list", ""),), "search": (("searches.run", "search_id"),), "searches": (("searches.list", ""),),
}


@blueprint.app_template_global()
def unread_count() -> int:
    """How many of the reader's notices are unread; 0 for visitors."""
    return queries.unread_count(current_user) if current_user.is_authenticated else 0


@blueprint.app_template_global("notice_link")
def link(notice: Notice) -> str | None:
    """The page of the notice's subject for the present reader."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for endpoint, argument in PAGES.get(notice.subject_kind, ()):
        if may_enter(app, endpoint, current_user):
            return url_for(endpoint, **({argument: notice.subject_code} if argument else {}))
    return None


@blueprint.get("")
@signed_in
def inbox() -> str:
    """What concerned me, newest first."""
    wanted = read_arguments(queries.InboxFilter, request.args)
    return render_template("notices/inbox.html", page=queries.inbox(current_user, wanted), wanted=wanted,
                           kinds=rules.KINDS, link=link)


@blueprint.post("/read")
@signed_in
def read() -> Any:
    """Mark one or all as read."""
    changed = operations.mark_read(current_user, version_of(request.form.get("notice")))
    flash(f"{changed} 条消息已标为看过。" if changed else "没有未看的消息。", "go")
    return redirect(url_for("notices.inbox"), 303)
