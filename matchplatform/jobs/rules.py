"""The law of background work on one screen."""

import datetime as dt

from matchplatform.core.rules import Choice, Choices, Lifecycle, transitions

STATES = Choices(Choice("queued", "排队中", "wait"), Choice("running", "正在办", "info"),
                 Choice("done", "已办完", "go"), Choice("failed", "没办成", "no"))
OPEN = ("queued", "running")

LIFECYCLE = Lifecycle(STATES, "queued", (
    *transitions("claim", "开始", "runner", [("queued", "running")]),
    *transitions("finish", "办完", "runner", [("running", "done")]),
    *transitions("requeue", "重新排队", "runner", [("running", "queued")]),
    *transitions("fail", "停下", "runner", [("running", "failed"), ("queued", "failed")]),
))

STALE = dt.timedelta(seconds=60)   # a job that gave no sign of life for so long has lost its process
MOST_TRIES = 3
DAILY_FROM = dt.time(7, 30)        # Shanghai; a consumer that was away at that time catches up later in the day
MOST_DAILY = 3                     # jobs for a day's work, the next one only after the one before has failed
DAILY_PAUSE = dt.timedelta(hours=1)
NOTE_LIMIT = 200
GAVE_UP = f"试了 {MOST_TRIES} 次都没有办完。已经办好的都留着，没有丢；请重新开始，还不行就请管理员查看运行日志。"
DAILY_GAVE_UP = f"试了 {MOST_TRIES} 次都没有办完，已经办好的都留着，原因在运行日志里。"


def percent(done: int, total: int) -> int:
    """Progress as a whole number, 100 only when all is done."""
    if total <= 0:
        return 0
    return 100 if done >= total else min(99, done * 100 // total)


def is_stale(heartbeat_at: dt.datetime, moment: dt.datetime) -> bool:
    """Has a running job been silent for too long?"""
    return moment - heartbeat_at > STALE


def may_try_again(tries: int) -> bool:
    """Is another try allowed after so many?"""
    return tries < MOST_TRIES


def daily_word(name: str, day: dt.date, attempt: int = 1) -> str:
    """What no two jobs for the same work of the same day may carry: daily:searches:2026-11-25, from the second on with
    its number, …:2."""
    return f"daily:{name}:{day:%Y-%m-%d}" + (f":{attempt}" if attempt > 1 else "")


def daily_attempt(word: str) -> int:
    """The number of a day's job by its word."""
    last = word.rsplit(":", 1)[-1]
    return int(last) if word.count(":") == 3 else 1


def may_begin_again(status: str, ended_at: dt.datetime | None, attempt: int, moment: dt.datetime) -> bool:
    """May a day's work be begun once more after its latest job? Only when that failed, an hour later, and not often."""
    return status == "failed" and attempt < MOST_DAILY and ended_at is not None and moment >= ended_at + DAILY_PAUSE


def what_follows(attempt: int, here: dt.datetime) -> str:
    """What the administrators are told of a day's work that failed at this moment of Shanghai."""
    if attempt < MOST_DAILY and (here + DAILY_PAUSE).date() == here.date():
        return "一小时后平台自己再办一次，只办没有办好的。"
    return "今天不再自动办，明天早上照常；请查看运行日志，排除原因。"
