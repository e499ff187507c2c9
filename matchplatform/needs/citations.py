"""The document and clause that a need cites: what may be cited, how it is told, and who cites a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import county_officers
from matchplatform.catalog.queries import place
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.needs import rules
from matchplatform.needs.change_rules import CHANGEABLE
from matchplatform.needs.models import Need
from matchplatform.publications import queries as publications
from matchplatform.publications.citing import Cited, Citing, citers
from matchplatform.publications.clauses import Block, clause
from matchplatform.publications.models import Publication


@dataclass(frozen=True)
class Citation:
    """What a need cites. `clause` is None for the document as a whole; `newer` is the version that replaced it."""

    document: Publication
    clause: Block | None
    newer: Publication | None


def split(citation: str) -> tuple[str | None, str]:
    """FB420000-2026-003#tiao-8 as (code, anchor)."""
    code, _, anchor = citation.partition("#")
    return code.strip() or None, anchor.strip()


def citation_verdict(need: Need, values: Mapping[str, Any]) -> Verdict:
    """May the need cite what `values` names? What it cites already may stay, whatever became of it; what was taken
    down may still come along with a copied or merged text, for it has been public."""
    code = values.get("basis_code", need.basis_code)
    anchor = values.get("basis_clause", need.basis_clause) or ""
    if (code or None, anchor) == (need.basis_code, need.basis_clause or ""):
        return Verdict.yes()
    if not code:
        return Verdict.yes() if not anchor else Verdict.no("选了条款，没有选文件。", "请从查到的文件里选。")
    found = document(code)
    if found is None or not (found.is_public or found.withdrawn_at):
        return Verdict.no("没有公开的这份文件，不能引用。", "请从查到的文件里选一份，或者只写名称。")
    if anchor and clause(found.body, anchor) is None:
        return Verdict.no(f"“{found.title}”里没有这一条。", "请重新选条款，或者引用整份文件。")
    return Verdict.yes()


def document(code: str | None) -> Publication | None:
    """The document with this code, in whatever state; None where there is none."""
    if not code:
        return None
    try:
        return publications.publication_by_code(code)
    except NotFound:
        return None


def citation_of(need: Need) -> Citation | None:
    """What the need cites, as its page tells it; None where it cites nothing."""
    found = document(need.basis_code)
    if found is None:
        return None
    part = clause(found.body, need.basis_clause) if need.basis_clause else None
    return Citation(found, part, publications.latest_version(found))


def _seen(actor: Any) -> list[sa.ColumnElement[bool]]:
    """The released needs that the reader may see: what is hidden from him is not counted for him either."""
    where = [Need.status.in_(rules.PUBLIC)]
    return where if getattr(actor, "is_authenticated", False) else [*where, Need.publicity == "public"]


def shown(actor: Any, code: str, most: int) -> Cited:
    """The newest needs that cite a document, as far as the reader may see them, and how many there are."""
    where = [Need.basis_code == code, *_seen(actor)]
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Need).where(*where)) or 0
    rows = db.session.scalars(sa.select(Need).where(*where).order_by(
        Need.released_at.desc(), Need.id.desc()).limit(most)) if total else ()
    return Cited(tuple(Citing(one.title, one.code, place(one.county_code), ("portal.need", {"code": one.code}),
                              one.state, one.basis_clause, one.released_at) for one in rows), total)


def count(code: str) -> int:
    """How many released needs cite a document, whoever may see them: for the desk."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Need).where(
        Need.basis_code == code, Need.status.in_(rules.PUBLIC))) or 0


def concerned(code: str) -> set[int]:
    """The officers of the counties whose needs under way cite a document."""
    places = db.session.scalars(sa.select(Need.county_code).where(
        Need.basis_code == code, Need.status.in_(CHANGEABLE)).distinct())
    return {one for county in places for one in county_officers(county)}


citers.shown, citers.count, citers.concerned = shown, count, concerned
