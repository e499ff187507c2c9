"""What calls ask somebody to do, for the page "我的待办"."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.choosing import rules
from matchplatform.choosing.models import Call, CallQuestion, Reply
from matchplatform.core.clock import now
from matchplatform.extensions import db

_MOST = 100


@dataclass(frozen=True)
class Duty:
    """One thing to do: what, why, on which page, and by when."""

    title: str
    text: str
    endpoint: str
    need_code: str
    label: str
    due: dt.datetime | dt.date | None


def duties_of(actor: Any) -> list[Duty]:
    """Of a county: what is closed and not decided, and questions without answer; of an organization: faults to mend and
    drafts that close soon."""
    if actor.role == "county_officer":
        return [*_to_choose(actor), *_to_answer(actor)]
    return _to_send(actor) if actor.role == "organization_member" else []


def _to_choose(actor: Any) -> list[Duty]:
    over = Call.closing_at <= now() - dt.timedelta(seconds=1)
    found = db.session.scalars(sa.select(Call).where(
        Call.county_code == actor.county_code, Call.status.in_(rules.RUNNING), over)
        .order_by(Call.closing_at).limit(_MOST))
    return [Duty(f"{'开启应征书' if one.status == 'open' else '评审、选定'}：{one.need.title}",
                 "征集已经截止，组织在等结果。", "calls.desk", one.need.code,
                 "去开启" if one.status == "open" else "去评审", rules.silent_since(one.closing_at)) for one in found]


def _to_answer(actor: Any) -> list[Duty]:
    asked = sa.select(CallQuestion.id).where(CallQuestion.call_id == Call.id,
                                             CallQuestion.answered_by.is_(None)).exists()
    found = db.session.scalars(sa.select(Call).where(
        Call.county_code == actor.county_code, Call.status == "open", Call.closing_at >= now(), asked)
        .order_by(Call.closing_at).limit(_MOST))
    return [Duty(f"答复提问：{one.need.title}", "有组织在等答复，问和答都会公开。", "calls.desk", one.need.code,
                 "去答复", one.closing_at) for one in found]


def _to_send(actor: Any) -> list[Duty]:
    mine = Reply.organization_id == actor.organization_id
    faulty = db.session.scalars(sa.select(Reply).where(mine, Reply.status == "faulty", Reply.mend_until >= now())
                                .order_by(Reply.mend_until).limit(_MOST))
    drafts = db.session.scalars(sa.select(Reply).join(Call, Call.id == Reply.call_id).where(
        mine, Reply.status == "draft", Call.status == "open", Call.closing_at >= now()).order_by(Call.closing_at)
        .limit(_MOST))
    return [*(Duty(f"改正应征书：{one.call.need.title}", one.fault, "calls.reply", one.call.need.code, "去改正",
                   one.mend_until) for one in faulty),
            *(Duty(f"应征书还没有送出：{one.call.need.title}", "草稿已存，检查通过后送出。", "calls.reply",
                   one.call.need.code, "接着填", one.call.closing_at) for one in drafts)]
