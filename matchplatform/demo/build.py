"""Builds the whole demonstration in one transaction."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.catalog.models import Campaign
from matchplatform.catalog.queries import current_campaign, forget
from matchplatform.catalog.seed import POLICY_CAMPAIGN, add_key_counties, load_catalog, load_villages
from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.demo import source
from matchplatform.demo.agreements import keep_agreements
from matchplatform.demo.cast import bring_organizations, open_offices, trouble_some
from matchplatform.demo.choosing import make_calls
from matchplatform.demo.history import History
from matchplatform.demo.insiders import bring_list, open_colleagues, remind
from matchplatform.demo.orders import take_orders
from matchplatform.demo.plans import keep_plans
from matchplatform.demo.progress import Progress
from matchplatform.demo.publications import publish_documents
from matchplatform.demo.results import Results
from matchplatform.demo.shelves import fill_offerings
from matchplatform.demo.timeline import Timeline
from matchplatform.demo.words import keep_words
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.needs.seed import load_templates
from matchplatform.notices.models import Notice
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import count_of

DAYS_LEFT = 38
NAME = "社会组织助力乡村振兴三年行动（演示）"


@dataclass(frozen=True)
class Built:
    """What now stands in the database; `fresh` is false when it stood there before."""

    fresh: bool
    organizations: int
    needs: int
    offerings: int
    pairings: int
    counted: int


def _number(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def standing(fresh: bool) -> Built:
    """Counts what is there."""
    campaign = current_campaign()
    return Built(fresh, _number(Organization), _number(Need), _number(Offering), _number(Pairing),
                 count_of(campaign).total if campaign else 0)


def build_demo(now: dt.datetime | None = None) -> Built:
    """The demonstration as of a moment; nothing happens where it stands already.

    Raises Refusal on a database with other data: real records are never mixed with invented ones.
    """
    if db.session.scalar(sa.select(Campaign.id).where(Campaign.is_demo)) is not None:
        return standing(fresh=False)
    others = {"账号": _number(User), "社会组织": _number(Organization), "需求": _number(Need)}
    found = [f"{name} {number} 条" for name, number in others.items() if number]
    if found:
        raise Refusal(f"这个数据库里已有{'、'.join(found)}，不是空的。",
                      "演示数据只放进空数据库；请换一个 DATABASE_URL。")
    line = Timeline(now or clock.now())
    load_catalog()
    load_templates()
    load_villages()
    campaign = _move_campaign(line)
    with clock.frozen(line.start):
        cast = open_offices(line, {text.county_code for text in source.needs()})
    publish_documents(line, cast)
    bring_organizations(line, cast)
    shelves = fill_offerings(line, cast)
    history = History(line, cast, shelves)
    history.signed, history.completed = Progress(line, cast).follow, Results(line, cast).follow
    history.tell()
    trouble_some(line, cast)
    keep_words(line, cast)
    keep_plans(line, cast)
    take_orders(line, cast)
    make_calls(line, cast)
    open_colleagues(line, cast)
    bring_list(line, cast)
    keep_agreements(line, cast)
    line.play()
    remind(line)
    _settle(line, cast.everybody)
    forget()
    db.session.flush()
    if count_of(campaign).total == 0:
        raise RuntimeError("the demonstration came out without a single counted organization")
    return standing(fresh=True)


def _move_campaign(line: Timeline) -> Campaign:
    """The policy's campaign with its dates moved: the deadline lies 38 days ahead; says 演示."""
    campaign = db.session.scalar(sa.select(Campaign).where(Campaign.name == POLICY_CAMPAIGN["name"]))
    if campaign is not None:
        db.session.delete(campaign)
        db.session.flush()
    ends = clock.local(line.now).date() + dt.timedelta(days=DAYS_LEFT)
    length = POLICY_CAMPAIGN["ends_on"] - POLICY_CAMPAIGN["starts_on"]
    demo = Campaign(name=NAME, source=f"{POLICY_CAMPAIGN['source']}；日期为演示而移动", starts_on=ends - length,
                    ends_on=ends, goal=POLICY_CAMPAIGN["goal"], is_demo=True)
    db.session.add(demo)
    db.session.flush()
    add_key_counties(demo)
    forget()
    return demo


def _settle(line: Timeline, everybody: list[User]) -> None:
    """Yesterday's people have read their older notices and have signed in lately."""
    lately = line.now - dt.timedelta(days=3)
    db.session.execute(sa.update(Notice).where(Notice.at < lately).values(read_at=lately))
    for user in everybody:
        user.last_sign_in_at = line.now - dt.timedelta(hours=line.random.randrange(4, 60))
    db.session.flush()
