"""Telling an organization's people what of theirs ends: ninety, thirty and seven days before, each once."""

import datetime as dt

import sqlalchemy as sa

from matchplatform.accounts.queries import members
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.organizations.models import Organization
from matchplatform.organizations.radar_rules import CURES, mark_of
from matchplatform.pairings.radar_models import EndingReminder
from matchplatform.pairings.radar_queries import called, endings_of, told_of


def remind_of_endings(organization_id: int, day: dt.date) -> int:
    """Tell the members of every ending whose mark has come; answers how many notices went out. Done twice, it tells
    nobody the second time: each reminder has its row, unique by organization, thing, day and mark."""
    db.session.execute(sa.select(Organization.id).where(Organization.id == organization_id)
                       .with_for_update(key_share=True))
    known, told = told_of(organization_id), 0
    for row in endings_of(organization_id, day):
        mark = mark_of(row.ends_on, day)
        if mark is None or any(one[:3] == (row.thing, row.code, row.ends_on) and one[3] <= mark for one in known):
            continue
        db.session.add(EndingReminder(organization_id=organization_id, thing=row.thing, subject=row.code,
                                      ends_on=row.ends_on, mark=mark, at=now()))
        left = (row.ends_on - day).days
        when = "今天" if left == 0 else f"还剩 {left} 天"
        last = f"{row.ends_on.year}年{row.ends_on.month}月{row.ends_on.day}日"
        subject = ("pairing", row.code) if row.code else ("passport", str(organization_id))
        told += tell(None, members(organization_id), "told", f"{called(row)} {last}到期，{when}", CURES[row.thing],
                     *subject)
    db.session.flush()
    return told
