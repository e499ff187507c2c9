"""The law of deliveries: who wants what when, when a failed one is tried again, what an address looks like."""

import datetime as dt
import re

from matchplatform.core.rules import Choice, Choices, Verdict

CHANNELS = Choices(Choice("mail", "电子邮件"), Choice("message", "短信或微信"))
WAYS = Choices(Choice("at_once", "立即"), Choice("daily", "每天汇总一次"), Choice("none", "不要"))
STATES = Choices(Choice("queued", "等着发", "wait"), Choice("sending", "正在发", "wait"), Choice("sent", "已发", "go"),
                 Choice("failed", "没发出去，还会再试", "wait"), Choice("given_up", "没发出去，不再试", "no"))
UNSENT = ("failed", "given_up")
OPEN = ("queued", "failed")  # may be taken in hand

# What may be chosen for each kind of notice. A decision on what somebody asked for is always sent at once; what he has
# to do by a day is sent at least once a day: both may have legal effect.
ALLOWED = {"refused": ("at_once",), "to_do": ("at_once", "daily"), "told": ("at_once", "daily", "none"),
           "good": ("at_once", "daily", "none")}
USUAL = {"mail": {"refused": "at_once", "to_do": "at_once", "told": "daily", "good": "daily"},
         "message": {"refused": "at_once", "to_do": "daily", "told": "none", "good": "none"}}

BACK_OFF = (1, 5, 30, 120, 720)  # minutes after the first, second, … failure; then it is given up
STALE = dt.timedelta(minutes=10)  # a process that has one in hand so long is gone
CODE_MINUTES, CODE_TRIES, CODES_A_DAY = 30, 5, 5
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
                   r"[A-Za-z]{2,24}")


def way_verdict(kind: str, way: str) -> Verdict:
    """May this way be chosen for this kind?"""
    if kind not in ALLOWED or way not in WAYS:
        return Verdict.no("没有这个选项。", "请从列表里选。")
    if way not in ALLOWED[kind]:
        return Verdict.no("这一类关系到办理期限或结果，不能不发。", "请选列出的方式。")
    return Verdict.yes()


def way_of(channel: str, kind: str, chosen: str | None) -> str:
    """The way that holds: what was chosen where that is still allowed, else the usual one."""
    return chosen if chosen in ALLOWED[kind] else USUAL[channel][kind]


def next_try(attempts: int, moment: dt.datetime) -> dt.datetime | None:
    """When a delivery that has failed so often is tried again; None: it is given up."""
    if attempts > len(BACK_OFF):
        return None
    return moment + dt.timedelta(minutes=BACK_OFF[attempts - 1])


def parse_mail(text: str) -> str:
    """An address as it is kept. Raises ValueError with what is wrong."""
    clean = text.strip().replace("＠", "@").replace("。", ".")
    if not clean:
        raise ValueError("邮箱还没有填。")
    if len(clean) > 120 or not _MAIL.fullmatch(clean):
        raise ValueError("邮箱写得不对。应当像 name@example.com，请核对。")
    local, _, host = clean.rpartition("@")
    return f"{local}@{host.lower()}"


def masked(address: str) -> str:
    """l***@example.com, 138****0001: enough to know whose, not enough to use."""
    if "@" in address:
        local, _, host = address.rpartition("@")
        return f"{local[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 8 else "****"


def one_line(text: str) -> str:
    """A subject: no line ends, so that nobody writes headers of his own."""
    return re.sub(r"\s+", " ", "".join(one for one in text if one.isprintable() or one.isspace())).strip()[:150]
