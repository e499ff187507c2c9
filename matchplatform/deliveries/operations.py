"""Everything that changes deliveries: queueing with the notice, taking in hand, what became of it, choices, addresses.

Sent at least once: a process that dies between the server's yes and our note sends again, with the same Message-ID.
"""

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.operations import record
from matchplatform.core.clock import local, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.deliveries import codes, queries, rules
from matchplatform.deliveries.channels import open_channels
from matchplatform.deliveries.models import Delivery, DeliveryChoice, MailAddress
from matchplatform.extensions import db
from matchplatform.jobs.operations import start
from matchplatform.notices import operations as notices
from matchplatform.notices.models import Notice


def enqueue(told: Sequence[Notice]) -> None:
    """Write down, in the transaction of the notices themselves, what is to leave the house; it leaves when that is
    stored."""
    channels = open_channels()
    if not channels or not told:
        return
    ids = {one.user_id for one in told}
    people, addresses, choices = queries.people_with(ids), queries.verified_addresses(ids), queries.choices_of(ids)
    made = []
    for notice in told:
        user = people.get(notice.user_id)
        for channel in channels if user else ():
            way = rules.way_of(channel.name, notice.kind, choices.get((notice.user_id, channel.name, notice.kind)))
            if way != "none" and channel.address_of(user, addresses.get(notice.user_id)):
                made.append(Delivery(notice=notice, user_id=notice.user_id, channel=channel.name, way=way,
                                     next_at=now()))
    db.session.add_all(made)
    if any(one.way == "at_once" for one in made):
        begin_sending()


notices.leaving.append(enqueue)


def begin_sending() -> None:
    """Let a job send what is due, unless one waits for its turn already."""
    db.session.flush()
    if not queries.is_work_waiting("deliver"):
        start(None, "deliver", "")


def begin_digest(user_id: int) -> None:
    """Let a job send somebody's summary that failed before, unless one waits for its turn already."""
    if not queries.is_work_waiting("digest", str(user_id)):
        start(None, "digest", str(user_id))


def take(delivery_id: int) -> Delivery | None:
    """Take a due delivery in hand; None when somebody else was faster. The caller stores this before he sends."""
    moment = now()
    taken = db.session.execute(sa.update(Delivery).where(
        Delivery.id == delivery_id, queries.may_be_taken(moment)).values(
            state="sending", claimed_at=moment, attempts=Delivery.attempts + 1)
        .execution_options(synchronize_session=False)).rowcount
    return queries.delivery_by_id(delivery_id) if taken else None


def mark_sent(ids: Sequence[int]) -> None:
    """They have left."""
    for one in queries.deliveries_of(ids):
        one.state, one.sent_at, one.last_error = "sent", now(), ""
    db.session.flush()


def mark_failed(ids: Sequence[int], error: str, for_good: bool) -> None:
    """They have not left: tried again later, or given up."""
    for one in queries.deliveries_of(ids):
        following = None if for_good else rules.next_try(one.attempts, now())
        one.state = "given_up" if following is None else "failed"
        one.next_at = following or one.next_at
        one.last_error = error[:200]
    db.session.flush()


def retry(actor: Any, delivery: Delivery) -> None:
    """Staff let an unsent one be tried again, from the beginning. Raises Conflict."""
    changed = db.session.execute(sa.update(Delivery).where(
        Delivery.id == delivery.id, Delivery.state.in_(rules.UNSENT)).values(
            state="queued", attempts=0, next_at=now()).execution_options(synchronize_session=False)).rowcount
    if not changed:
        raise Conflict("这一条刚刚已经有人处理，或者发出去了。", "请看最新内容。")
    _log(actor, delivery, "delivery_retry", "重发消息")
    begin_sending()


def give_up(actor: Any, delivery: Delivery) -> None:
    """Staff stop an unsent one from being tried again. Raises Conflict."""
    changed = db.session.execute(sa.update(Delivery).where(
        Delivery.id == delivery.id, Delivery.state == "failed").values(state="given_up")
        .execution_options(synchronize_session=False)).rowcount
    if not changed:
        raise Conflict("这一条刚刚已经有人处理，或者发出去了。", "请看最新内容。")
    _log(actor, delivery, "delivery_give_up", "不再重发消息")


def _log(actor: Any, delivery: Delivery, act: str, label: str) -> None:
    record(actor, act, label, "system", object_id=delivery.id, object_label=delivery.notice.title,
           detail={"user": delivery.user_id, "channel": delivery.channel})


def choose(actor: Any, chosen: Mapping[tuple[str, str], str]) -> None:
    """Set how the actor wants his notices: (channel, kind) -> way. Raises Refusal."""
    for (channel, kind), way in chosen.items():
        verdict = rules.way_verdict(kind, way)
        if channel not in rules.CHANNELS or not verdict:
            raise Refusal(verdict.reason or "没有这个渠道。", verdict.remedy)
    db.session.execute(sa.delete(DeliveryChoice).where(DeliveryChoice.user_id == actor.id))
    db.session.add_all([DeliveryChoice(user_id=actor.id, channel=channel, kind=kind, way=way)
                        for (channel, kind), way in chosen.items()])
    db.session.flush()
    record(actor, "delivery_choices", "改消息设置", "account", object_id=actor.id, object_label=actor.name,
           detail={f"{channel}:{kind}": way for (channel, kind), way in chosen.items()})


def set_address(actor: Any, text: str) -> MailAddress:
    """Note the actor's address and send a code to it; a new one is not used before it is verified. Raises Refusal."""
    try:
        wanted = rules.parse_mail(text)
    except ValueError as error:
        raise Refusal(str(error)) from error
    found, moment = queries.address_of(actor.id), now()
    if found is not None and found.address == wanted and found.verified_at is not None:
        raise Refusal("这个邮箱已经验证过了。")
    today = found is not None and local(found.asked_at).date() == local(moment).date()
    if found is not None and today and found.codes >= rules.CODES_A_DAY:
        raise Refusal(f"一天最多发 {rules.CODES_A_DAY} 次验证码。", "请明天再试，或先用收到的最后一个。")
    if found is None:
        found = MailAddress(user_id=actor.id, address=wanted)
        db.session.add(found)
    found.codes = found.codes + 1 if today and found.codes else 1
    found.address, found.verified_at, found.asked_at, found.tries = wanted, None, moment, 0
    db.session.flush()
    record(actor, "mail_address", "填邮箱", "account", object_id=actor.id, object_label=actor.name)
    start(None, "mail_code", str(actor.id))
    return found


def verify_address(actor: Any, code: str) -> None:
    """The code from the mail. Raises Refusal; each wrong one counts."""
    found = queries.address_of(actor.id)
    if found is None or found.verified_at is not None:
        raise Refusal("没有等着验证的邮箱。", "请先填邮箱。")
    if now() - found.asked_at > dt.timedelta(minutes=rules.CODE_MINUTES):
        raise Refusal("验证码过期了。", "请重新发一次。")
    if found.tries >= rules.CODE_TRIES:
        raise Refusal("填错的次数太多，这个验证码作废了。", "请重新发一次。")
    if not hmac.compare_digest(code.strip(), codes.code_of(found)):
        found.tries += 1
        db.session.flush()
        raise Refusal(f"验证码不对，还可以试 {rules.CODE_TRIES - found.tries} 次。", "请看最新收到的那封邮件。")
    found.verified_at = now()
    db.session.flush()
    record(actor, "mail_verified", "验证邮箱", "account", object_id=actor.id, object_label=actor.name)


def remove_address(actor: Any) -> None:
    """Nothing is sent to the actor's address any more. Raises Conflict."""
    found = queries.address_of(actor.id)
    if found is None:
        raise Conflict("邮箱已经去掉了。")
    db.session.delete(found)
    db.session.flush()
    record(actor, "mail_removed", "去掉邮箱", "account", object_id=actor.id, object_label=actor.name)
