"""Saving, renaming and deleting searches, and telling people what is new in them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.searches import queries, rules
from matchplatform.searches.models import Digest, SavedSearch


def save(actor: Any, library: str, query: str, name: str, rhythm: str) -> tuple[SavedSearch, bool]:
    """Keep a filter; answers the search and whether it is new: the same filter twice is the one that is there.

    Raises Refusal.
    """
    if library not in rules.LIBRARIES or rhythm not in rules.RHYTHMS:
        raise Refusal("没有这样的搜索。", "请从项目库的页面上保存。")
    if len(query) > rules.LONGEST_QUERY:
        raise Refusal("筛选条件太多，存不下。", "请去掉几个条件再保存。")
    wanted = queries.wanted_of(library, query)
    _hold(actor)
    known = queries.saved_as(actor, library, wanted)
    if known is not None:
        return known, False
    demand(rules.name_verdict(name))
    demand(rules.can_save(queries.count_of(actor)))
    kept = queries.canonical(wanted)
    search = SavedSearch(user_id=actor.id, library=library, name=name, query=kept, rhythm=rhythm,
                         fingerprint=queries.fingerprint(kept), seen_at=clock.now(), created_at=clock.now())
    _add(search)
    _log(actor, search, "save", "保存搜索")
    return search, True


def _hold(actor: Any) -> None:
    """Until the commit, so that the second of two simultaneous clicks sees what the first has written."""
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))


def _add(search: SavedSearch) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(search)
            db.session.flush()
    except IntegrityError:
        raise Conflict("这个搜索刚刚已经存过。", "请到“我的搜索”里看。") from None


def change(actor: Any, search: SavedSearch, name: str, rhythm: str) -> bool:
    """Another name or rhythm; answers whether anything changed. Raises Refusal."""
    demand(rules.name_verdict(name))
    if rhythm not in rules.RHYTHMS:
        raise Refusal("没有这种提醒方式。", "请选每天、每周一或者不提醒。")
    if (search.name, search.rhythm) == (name, rhythm):
        return False
    if search.rhythm == "none" != rhythm:  # what came while nobody wanted to hear of it is not told later
        search.seen_at = clock.now()
    search.name, search.rhythm = name, rhythm
    db.session.flush()
    _log(actor, search, "change", "修改搜索")
    return True


def delete(actor: Any, search: SavedSearch) -> None:
    """Take a search away; the act keeps what it was, and on the same day it can be brought back."""
    moments = {name: at.isoformat() for name in ("seen_at", "last_sent_at", "created_at")
               if (at := getattr(search, name)) is not None}
    _log(actor, search, queries.DELETE, "删除搜索", moments)
    db.session.delete(search)
    db.session.flush()


def restore(actor: Any, number: int) -> SavedSearch:
    """Bring back a search that the actor deleted today, under the number that notices name if nobody has that now;
    what came meanwhile is told. Raises Refusal, NotFound."""
    _hold(actor)
    was = queries.deleted_search(actor, number)
    demand(rules.can_save(queries.count_of(actor)))
    free = db.session.get(SavedSearch, was.search_id) is None
    search = SavedSearch(id=was.search_id if free else None, user_id=actor.id, library=was.library, name=was.name,
                         query=was.query, rhythm=was.rhythm, fingerprint=queries.fingerprint(was.query),
                         seen_at=was.seen_at, last_sent_at=was.last_sent_at, created_at=was.created_at)
    _add(search)
    _log(actor, search, "restore", "恢复搜索")
    return search


def send_digest(actor: Any, day: dt.date) -> int:
    """Tell a person once what is new in the searches due on the day; answers how many records, 0 when nothing was
    told: nothing new, or told already. The day's row is what two processes at once meet at."""
    if queries.is_told(actor, day):
        return 0
    fresh = queries.fresh_in(actor, queries.due_searches(actor, day))
    if not fresh:
        return 0
    count = sum(one.count for one in fresh)
    try:
        with db.session.begin_nested():
            db.session.add(Digest(user_id=actor.id, day=day, found=count, at=clock.now()))
            db.session.flush()
    except IntegrityError:
        return 0
    for one in fresh:
        one.search.seen_at, one.search.last_sent_at = one.newest_at, clock.now()
    only = fresh[0].search
    subject = ("search", str(only.id)) if len(fresh) == 1 else ("searches", "")
    tell(None, [actor.id], "told", _title(fresh, count), "\n".join(_line(one) for one in fresh), *subject)
    db.session.flush()
    return count


def _title(fresh: list[queries.Fresh], count: int) -> str:
    if len(fresh) == 1:
        return f"您保存的搜索{rules.quoted(fresh[0].search.name)}有 {count} 条新的"
    return f"您保存的 {len(fresh)} 个搜索里有 {count} 条新的"


def _line(one: queries.Fresh) -> str:
    """“孝昌的养老需求”新增 7 条：甲；乙；丙；丁；戊，等。"""
    rest = "，等" if one.count > len(one.titles) else ""
    return f"{rules.quoted(one.search.name)}新增 {one.count} 条：{'；'.join(one.titles)}{rest}。"



def _log(actor: Any, search: SavedSearch, act: str, label: str, more: dict[str, str] | None = None) -> None:
    record(actor, act, label, "search", object_id=search.id, object_label=search.name,
           detail={"library": search.library, "query": search.query, "rhythm": search.rhythm,
                                                                **(more or {})})
