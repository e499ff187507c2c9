"""Reminding a silent county once, and then its city; each reminder is recorded, so nobody is told twice."""

import datetime as dt

from matchplatform.audit.operations import record
from matchplatform.choosing import messages, rules
from matchplatform.choosing.models import SilenceReminder
from matchplatform.choosing.silence_queries import Waiting, steps_told, waiting_bid, waiting_call
from matchplatform.extensions import db


def remind_of_call(number: int, day: dt.date) -> int:
    """The county of a call that nobody chose from; answers how many people were told."""
    one = waiting_call(number)
    return _remind(one, day, "征集截止后一直没有选定") if one is not None else 0


def remind_of_bid(number: int, day: dt.date) -> int:
    """The county of a bid that nobody answered."""
    one = waiting_bid(number)
    return _remind(one, day, "接单一直没有答复") if one is not None else 0


def _remind(one: Waiting, day: dt.date, what: str) -> int:
    due, told = rules.step_due(one.since, day), steps_told(one)
    if not due or due in told:
        return 0
    step = due if "county" in told else "county"  # the county hears of it first, however late we are
    label = rules.STEPS[step].label
    db.session.add(SilenceReminder(subject=one.code, since=one.since, step=step))
    db.session.flush()
    record(None, "remind_silence", label, "pairing" if one.kind == "pairing" else "need", object_id=one.code,
           object_label=one.title, county_code=one.county_code, reason=f"{what}。",
           detail={"need": one.code if one.kind == "call" else "", "offering": "", "step": step})
    head = f"{what}：{one.title}"
    body = {"county": f"已过 {rules.SILENT_DAYS} 个工作日，请尽快办理；再过 {rules.CITY_DAYS} 个工作日会告知市里。",
            "city": f"县里收到提醒后 {rules.CITY_DAYS} 个工作日仍没有办理，请督促。"}[step]
    return messages.silent(one.county_code, step, one.kind, one.code, head, body)
