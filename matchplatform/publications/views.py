"""What everybody reads: the list, a document, the feeds."""

from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_login import current_user

from matchplatform.core.errors import NotFound
from matchplatform.publications import attachments, feed, filters, list_queries, queries, rules  # noqa: F401
from matchplatform.publications.blueprint import blueprint
from matchplatform.publications.citing import citers
from matchplatform.publications.clauses import clauses, contents
from matchplatform.web.access import public
from matchplatform.web.listing import read_arguments, written
from matchplatform.web.marking import excerpt, marks

MOST_CITING = 12
SUMMARY = 160  # characters of the text in a feed


blueprint.add_app_template_global(lambda value: rules.CHANNELS[value].label, "channel_label")


@blueprint.app_template_global()
def newest_publications(most: int) -> Any:
    """What became public last, for the home page."""
    return list_queries.newest_publications(most)


@blueprint.get("/publications")
@public
def library() -> str:
    """规划政策: filtered, counted, searched by the URL."""
    wanted = read_arguments(filters.LibraryFilter, request.args)
    found = list_queries.Library(wanted)
    return render_template(
        "publications/library.html", library="publications", wanted=wanted, page=found.page(),
        facets=found.facets(), rules=rules, sorts=filters.SORTS, arguments=written(wanted),
        marked=marks(wanted.words), around=lambda text: excerpt(text, wanted.words))


@blueprint.get("/publications/<code>")
@public
def detail(code: str) -> Any:
    """A document with its clauses, versions and who cites it; one that was taken down says so and why."""
    found = queries.public_publication(code)
    if not found.is_public:
        return render_template("publications/withdrawn.html", publication=found, rules=rules), 410
    blocks = found.blocks
    return render_template(
        "publications/detail.html", publication=found, blocks=blocks, rules=rules, versions=queries.chain(found),
        newest=queries.latest_version(found), listed=contents(blocks), all_clauses=clauses(blocks),
        cited=citers.shown(current_user, found.code, MOST_CITING))


@blueprint.get("/publications/feed")
@public
def feed_of_all() -> Response:
    """Everything that becomes public, as Atom."""
    return _feed("", f"规划政策 - {current_app.config['SITE_NAME']}")


@blueprint.get("/publications/feed/<channel>")
@public
def feed_of_channel(channel: str) -> Response:
    """One channel as Atom."""
    if channel not in rules.CHANNELS:
        raise NotFound
    return _feed(channel, f"{rules.CHANNELS[channel].label} - {current_app.config['SITE_NAME']}")


def _feed(channel: str, title: str) -> Response:
    """The feed, or 304 where the reader has it already."""
    site, entries = current_app.config["SITE_NAME"], []
    for one in list_queries.latest_for_feed(channel):
        said = " ".join(one.body.split())
        entries.append(feed.Entry(
            one.code, f"{one.title}（{one.validity.label}）" if one.validity.value != "valid" else one.title,
            url_for("publications.detail", code=one.code, _external=True), one.issuer or site,
            rules.CHANNELS[one.channel].label, said[:SUMMARY] + ("…" if len(said) > SUMMARY else ""),
            one.released_at, one.changed_at))
    own = url_for("publications.feed_of_channel", channel=channel, _external=True) if channel else \
        url_for("publications.feed_of_all", _external=True)
    page = url_for("publications.library", channel=channel or None, _external=True)
    content = feed.written(title, channel or "all", own, page, entries, site)
    answer = make_response(content)
    answer.mimetype = feed.MEDIA_TYPE
    answer.set_etag(feed.mark(content))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer.make_conditional(request)
