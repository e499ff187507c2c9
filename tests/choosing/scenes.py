"""A need with its call and organizations that reply, made through the operations."""

import datetime as dt
from typing import Any

from matchplatform.choosing import call_operations, choice_operations, operations
from matchplatform.choosing.call_operations import Terms
from matchplatform.choosing.models import Call, Reply
from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from tests import factories

ITEMS = (("有食品经营备案经验", "在县内有固定联系人"), (("服务方案", 60), ("资金和物资", 40)))


def terms(**values: Any) -> Terms:
    """What a call declares unless told otherwise: ten days, questions until the eighth."""
    given = {"closing_at": (now() + dt.timedelta(days=10)).replace(microsecond=0),
             "questions_until": now() + dt.timedelta(days=8), "may_choose": 1, "requirements": ITEMS[0],
             "criteria": ITEMS[1], **values}
    return Terms(**given)


def make_call(people: Any, **values: Any) -> Call:
    """An open call on a published need of the county officer."""
    need = values.pop("need", None) or factories.make_need()
    call = call_operations.declare(people.county_officer, need, terms(**values))
    db.session.commit()
    return call


def make_short_call(people: Any, **values: Any) -> Call:
    """One that closes in two hours, so that who has signed in still is afterwards."""
    return make_call(people, closing_at=(now() + dt.timedelta(hours=2)).replace(microsecond=0),
                     questions_until=now() + dt.timedelta(hours=1), **values)


def member_of(name: str, **values: Any) -> Any:
    """A new vetted organization's owner."""
    organization = factories.make_organization(**values)
    return factories.make_user("organization_member", username=name, name=f"成员{name}",
                               organization_id=organization.id)


def offering_of(member: Any, **values: Any) -> Any:
    from matchplatform.organizations.queries import organization_of

    return factories.make_offering(organization_of(member), **values)


def words(call: Call, offering: Any, **values: Any) -> dict[str, Any]:
    """A whole reply."""
    return {"offering": offering, "lines": {one.id: one.quantity for one in call.need.lines},
            "plan": "先看场地，再进设备，一个月内开餐。", "people": "项目主管一人，厨师两人，都做过老年食堂。",
            "starts_on": today() + dt.timedelta(days=30), "ends_on": today() + dt.timedelta(days=300),
            "funds_fen": 3_000_000, "in_kind_fen": 5_000_000, "person_days": 60,
            "evidence": {one.id: f"2024年在邻县做过，{one.text}有材料。" for one in call.items}, **values}


def sent(call: Call, member: Any, **values: Any) -> Reply:
    """A reply sent."""
    reply = operations.send(member, call, words(call, values.pop("offering", None) or offering_of(member), **values))
    db.session.commit()
    return reply


def after(call: Call, **delta: Any) -> Any:
    """The clock so long after the closing moment."""
    return frozen(call.closing_at + dt.timedelta(**(delta or {"seconds": 1})))


def opened(people: Any, call: Call) -> None:
    """The county opens the replies; inside `after`."""
    call_operations.act(people.county_officer, call, "open")
    db.session.commit()


def judged(people: Any, reply: Reply, points: int = 80, passed: bool = True) -> None:
    """Every requirement and criterion at once."""
    choice_operations.judge(people.county_officer, reply,
                            {one.id: passed for one in reply.call.requirements},
                            {one.id: points for one in reply.call.criteria})
    db.session.commit()


