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
NOTE_LIMIT = 200
GAVE_UP = f"试了 {MOST_TRIES} 次都没有办完。已经办好的都留着，没有丢；请重新开始，还不行就请管理员查看运行日志。"


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
