"""Sending: what is due now, the day's summaries, codes that verify addresses.

What is sent is read first and the transaction ended: a mail server may take its time, and nobody shall wait for our
lock meanwhile. What became of it is stored before anything else is done.
"""

import datetime as dt
import logging
from dataclasses import dataclass

from flask import current_app

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.clock import local, now
from matchplatform.core.errors import Refusal
from matchplatform.deliveries import channels, codes, operations, queries, rules
from matchplatform.deliveries.models import Delivery
from matchplatform.jobs.models import Job
from matchplatform.jobs.work import daily, every_minute, one_by_one, only_reading, save, sign_of_life, task

logger = logging.getLogger("matchplatform.deliveries")
_MINUTE = dt.timedelta(minutes=1)
_END = "这封信由平台自动发出，请不要回复。要改多久发一次，请在“消息”页的“邮件和短信设置”里改。"


@dataclass(frozen=True)
class Letter:
    """What is sent as one thing: the deliveries in it, the way out, where to, what."""

    ids: tuple[int, ...]
    channel: channels.Channel
    address: str | None
    subject: str
    text: str
    identity: str


def text_of(notice_title: str, notice_body: str) -> str:
    """The mail of one notice."""
    link = f"打开平台：{current_app.config['SITE_ADDRESS']}/notices" if current_app.config["SITE_ADDRESS"] else ""
    return "\n\n".join(part for part in (notice_title, notice_body, link, _END) if part)


def _letter(ids: list[int]) -> Letter:
    """Read everything that is needed to send these, which are all for one person over one channel."""
    rows = queries.deliveries_of(ids)
    first, channel, user = rows[0], channels.CHANNELS[rows[0].channel], user_by_id(rows[0].user_id)
    verified = queries.verified_addresses([first.user_id]).get(first.user_id)
    address = channel.address_of(user, verified) if user.enabled else None
    identity = f"notice-{first.id}-{first.notice_id}"
    if first.way == "at_once":
        subject, text = first.notice.title, text_of(first.notice.title, first.notice.body)
    else:
        identity += f"-{len(rows)}"
        subject, text = f"今天的 {len(rows)} 条消息", text_of(f"有 {len(rows)} 条消息：", _listed(rows))
    return Letter(tuple(one.id for one in rows), channel, address, subject, text, identity)


def _listed(rows: list[Delivery]) -> str:
    return "\n\n".join(f"{local(one.notice.at):%m-%d %H:%M} {one.notice.title}\n{one.notice.body}".strip()
                       for one in rows)


def _send(ids: list[int]) -> bool:
    """Send what was taken in hand as one thing and store what became of it; False when the way out is closed."""
    with only_reading():
        letter = _letter(ids)
    if letter.address is None:
        operations.mark_failed(letter.ids, "这个人没有可用的地址。", for_good=True)
        save()
        return True
    is_open = True
    try:
        letter.channel.send(letter.address, letter.subject, letter.text, letter.identity)
    except channels.Unreachable as error:
        operations.mark_failed(letter.ids, f"对方服务器说没有这个地址（{error}）。", for_good=True)
    except channels.Away as error:
        operations.mark_failed(letter.ids, f"连不上服务器：{error}", for_good=False)
        is_open = False
    except Exception as error:  # whatever a server or the net does; the next try may pass
        logger.warning("delivery %s over %s failed: %s", letter.ids[0], letter.channel.name, type(error).__name__)
        operations.mark_failed(letter.ids, f"发不出去：{type(error).__name__}", for_good=False)
    else:
        operations.mark_sent(letter.ids)
    save()
    return is_open


@task("deliver", "发送消息")
def deliver(_job: Job) -> None:
    """Send what is due, as far as MAILS_PER_MINUTE allows; the minute's sweep begins the next round. A round ends when
    the way out is closed: the others would only wait for the same."""
    ids = queries.due_ids(now(), max(0, current_app.config["MAILS_PER_MINUTE"] - queries.sent_since(now() - _MINUTE)))
    for n, number in enumerate(ids, 1):
        taken = operations.take(number) is not None
        save()
        if taken and not _send([number]):
            return
        sign_of_life(n, len(ids))
        save()


@every_minute
def look_after_the_rest(moment: dt.datetime) -> None:
    """What failed before, or was left in hand by a process that is gone, has its turn."""
    if queries.due_ids(moment, 1):
        operations.begin_sending()
    for user_id in queries.people_with_digests(moment, failed_only=True):
        operations.begin_digest(user_id)


@task("mail_code", "发送验证码")
def send_code(job: Job) -> None:
    """The code that verifies an address. Raises Refusal where mail is not set up."""
    with only_reading():
        found = queries.address_of(int(job.subject_code))
        if found is None or found.verified_at is not None:
            return
        address, code = found.address, codes.code_of(found)
        identity = f"code-{found.user_id}-{int(found.asked_at.timestamp())}"
    mail = channels.CHANNELS["mail"]
    if not mail.is_on():
        raise Refusal("邮件没有开通，验证码发不出去。")
    mail.send(address, "验证您的邮箱", f"您的验证码是 {code}，{rules.CODE_MINUTES} 分钟里有效。"
              "在平台的“邮件和短信设置”里填上。\n\n不是您本人填的邮箱，请不用理会这封信。", identity)


def send_digest(user_id: int) -> int:
    """One summary a channel to one person; answers how many notices were taken up. What fails is tried again like any
    other delivery."""
    went, moment = 0, now()
    for channel in channels.open_channels():
        ids = [number for number in queries.digest_of(user_id, channel.name, moment)
               if operations.take(number) is not None]
        save()
        if ids:
            _send(ids)
            went += len(ids)
    return went


@task("digest", "消息汇总")
def send_digest_again(job: Job) -> None:
    """Somebody's summary that did not get through."""
    send_digest(int(job.subject_code))


@daily("deliveries", "每天的消息汇总")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    _went, failed = one_by_one(queries.people_with_digests(moment), send_digest, "the summary of user %s failed")
    if failed:
        raise Refusal(f"每天的消息汇总：有 {failed} 人没有发出去，原因在运行日志里。")
