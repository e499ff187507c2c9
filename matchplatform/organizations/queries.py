"""Reading organizations: the public register, one's own, and the vetting queue of an office."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import directory
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.organizations import rules
from matchplatform.organizations.models import Organization

SORTS = {"name": "按名称", "newest": "新入库的在前", "rating": "评估等级高的在前"}
UNRATED = "none"  # the URL's word for no rating, or one that has run out
CHOICES = {"kind": rules.KINDS.values, "level": rules.LEVELS.values,
           "rating": (*(one for one in rules.RATINGS.values if one), UNRATED)}
VETTING_SORTS = {"due": "先交的在前", "newest": "新交的在前", "name": "按名称"}

_VETTING_ORDER: dict[str, tuple[Any, ...]] = {
    "due": (Organization.submitted_at.is_(None), Organization.submitted_at, Organization.id),
    "newest": (Organization.submitted_at.is_(None), Organization.submitted_at.desc(), Organization.id.desc()),
    "name": (Organization.name, Organization.id),
}


@dataclass(frozen=True)
class OrganizationFilter:
    """Filters of the public register, as they stand in the URL; `category` is of what they offer, `city` where they
    are registered."""

    q: str = ""
    kind: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    rating: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    city: str = ""
    sort: str = "name"
    page: int = 1

    def __post_init__(self) -> None:
        """An order that is not named: by name."""
        if self.sort not in SORTS:
            object.__setattr__(self, "sort", "name")


@dataclass(frozen=True)
class VettingFilter:
    """Filters of the vetting desk; `state` is a status or "all"."""

    q: str = ""
    state: str = "submitted"
    level: tuple[str, ...] = ()
    sort: str = "due"
    page: int = 1


def _reach(actor: Any) -> sa.ColumnElement[bool]:
    """What an office may vet: everything for the province, a city's own city- and county-level registrations.

    The SQL twin of `rules.parties`, without the question who submitted.
    """
    role = getattr(actor, "role", "")
    if role == "province_officer":
        return sa.true()
    if role == "city_officer":
        return sa.and_(Organization.registration_level.in_(("city", "county")), _registered_in(actor.city_code))
    return sa.false()


def within_reach(actor: Any) -> sa.ColumnElement[bool]:
    """Which organizations an office looks after, for lists of features above this one."""
    return _reach(actor)


def _words(q: str) -> sa.ColumnElement[bool]:
    return sa.or_(Organization.name.contains(q, autoescape=True),
                  Organization.uscc.contains(q.upper(), autoescape=True))


def _page(conditions: list[sa.ColumnElement[bool]], order: tuple[Any, ...], number: int,
          size: int) -> Page[Organization]:
    return page_of(sa.select(Organization).where(*conditions), order, number, size)


def _registered_in(city_code: str) -> sa.ColumnElement[bool]:
    """Organizations of a city and its counties; the four direct counties are cities of their own."""
    return (Organization.authority_code == city_code if city_code.startswith("4290")
            else Organization.authority_code.startswith(city_code[:4], autoescape=True))


def visible_organization(actor: Any, organization_id: int) -> Organization:
    """A vetted organization for everybody; another only for its members and its vetters. Raises NotFound."""
    visible = [Organization.status == "vetted", _reach(actor)]
    own = getattr(actor, "organization_id", None)
    if own is not None:
        visible.append(Organization.id == own)
    found = db.session.scalar(sa.select(Organization).where(Organization.id == organization_id, sa.or_(*visible)))
    if found is None:
        raise NotFound
    return found


def public_organization(actor: Any, organization_id: int) -> Organization:
    """As `visible_organization`, and a suspended one for everybody: its page says so, and its pairings stay listed.
    Raises NotFound."""
    found = db.session.get(Organization, organization_id)
    if found is not None and found.status == "suspended":
        return found
    return visible_organization(actor, organization_id)


def organization_of(actor: Any) -> Organization:
    """The member's own organization. Raises NotFound for everybody else."""
    found = db.session.get(Organization, actor.organization_id) if actor.organization_id is not None else None
    if found is None:
        raise NotFound
    return found


def desk_organization(actor: Any, organization_id: int) -> Organization:
    """An organization that the actor belongs to or may vet; anybody else's does not exist for him (NotFound)."""
    mine = Organization.id == actor.organization_id if actor.organization_id is not None else sa.false()
    found = db.session.scalar(sa.select(Organization).where(
        Organization.id == organization_id, sa.or_(_reach(actor), mine)))
    if found is None:
        raise NotFound
    return found


def organization_with_history(actor: Any, organization_id: int) -> Organization:
    """An organization whose former versions the actor may read: as `desk_organization`, to the auditor any. Raises
    NotFound."""
    if actor.role != "auditor":
        return desk_organization(actor, organization_id)
    found = db.session.get(Organization, organization_id)
    if found is None:
        raise NotFound
    return found


def reviewable_organization(actor: Any, organization_id: int) -> Organization:
    """An organization within the office's reach. Raises NotFound."""
    found = db.session.scalar(sa.select(Organization).where(Organization.id == organization_id, _reach(actor)))
    if found is None:
        raise NotFound
    return found


def organization_by_id(organization_id: int) -> Organization | None:
    """By number, or None; whoever asks looks at its reach himself."""
    return db.session.get(Organization, organization_id)


def organization_by_uscc(code: str) -> Organization | None:
    """By its checked code, or None."""
    return db.session.scalar(sa.select(Organization).where(Organization.uscc == code))


def has_account(organization_id: int) -> bool:
    """Does anybody belong to it, or did anybody whose account is closed now?"""
    return db.session.scalar(sa.select(User.id).where(User.organization_id == organization_id).limit(1)) is not None


def organizations_by_uscc(codes: Iterable[str]) -> dict[str, int]:
    """The ids of those that are there, by code."""
    wanted = list(codes)
    return dict(db.session.execute(sa.select(Organization.uscc, Organization.id).where(
        Organization.uscc.in_(wanted))).tuples().all()) if wanted else {}


def _awaiting(actor: Any) -> list[sa.ColumnElement[bool]]:
    """What waits for this very person: nobody vets what he submitted."""
    return [Organization.status == "submitted", _reach(actor), Organization.submitted_by != actor.id]


def vetting_queue_for(actor: Any, limit: int) -> list[tuple[Organization, dt.datetime]]:
    """(organization, due) waiting for the actor, the longest waiting first."""
    rows = db.session.scalars(sa.select(Organization).where(*_awaiting(actor)).order_by(*_VETTING_ORDER["due"])
                              .limit(limit))
    return [(one, rules.due_at(one.submitted_at)) for one in rows]


def vetting_count(actor: Any) -> int:
    """How many wait for the actor."""
    return db.session.scalar(sa.select(sa.func.count(Organization.id)).where(*_awaiting(actor))) or 0


def _narrowed(actor: Any, wanted: VettingFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [_reach(actor)]
    if wanted.q:
        conditions.append(_words(wanted.q))
    if wanted.level:
        conditions.append(Organization.registration_level.in_(wanted.level))
    return conditions


def _in_state(actor: Any, wanted: VettingFilter) -> list[sa.ColumnElement[bool]]:
    conditions = _narrowed(actor, wanted)
    return [*conditions, Organization.status == wanted.state] if wanted.state in rules.STATES else conditions


def desk_organizations(actor: Any, wanted: VettingFilter, size: int = 20) -> Page[Organization]:
    """The vetting desk's list."""
    return _page(_in_state(actor, wanted), _VETTING_ORDER.get(wanted.sort, _VETTING_ORDER["due"]), wanted.page, size)


def desk_organization_ids(actor: Any, wanted: VettingFilter) -> list[int]:
    """Ids of the whole list, in its order; the page number is left aside."""
    return list(db.session.scalars(sa.select(Organization.id).where(*_in_state(actor, wanted)).order_by(
        *_VETTING_ORDER.get(wanted.sort, _VETTING_ORDER["due"]))))


def state_counts(actor: Any, wanted: VettingFilter) -> dict[str, int]:
    """Status -> how many the list would show, the chosen status left aside."""
    return dict(db.session.execute(sa.select(Organization.status, sa.func.count()).where(
        *_narrowed(actor, wanted)).group_by(Organization.status)).all())


def organization_names(ids: Iterable[int]) -> dict[int, str]:
    """Names of several organizations in one statement."""
    wanted = set(ids)
    rows = db.session.execute(sa.select(Organization.id, Organization.name).where(
        Organization.id.in_(wanted))) if wanted else []
    return {row.id: row.name for row in rows}


def find_organization(text: str) -> int | None:
    """The id of the one organization with this code or this exact name; None when there is none or several."""
    found = db.session.scalars(sa.select(Organization.id).where(sa.or_(
        Organization.uscc == text.strip().upper(), Organization.name == text.strip())).limit(2)).all()
    return found[0] if len(found) == 1 else None


# Accounts lie a tier below and may not ask us; they look here for an organization's name and number.
directory.names, directory.find = organization_names, find_organization
