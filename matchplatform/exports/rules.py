"""The law of exports: formats, how much at once, and for whom."""

import datetime as dt

from matchplatform.core.rules import Choice, Choices, Verdict

FORMATS = Choices(Choice("xlsx", "Excel"), Choice("csv", "CSV"), Choice("ledger", "台账打印"),
                  Choice("ledger-xlsx", "台账 Excel"), Choice("wechat", "微信群文字"))
WORKBOOKS = ("xlsx", "ledger-xlsx")

AT_ONCE = 5_000           # records that a workbook is made of while the person waits; more is a job
MOST_EXCEL = 100_000
MOST_PRINTED = 2_000      # records of a ledger that a browser lays out in pages without getting stuck
MOST_TOLD = 100           # records of a list for a group chat: nobody there reads more
PER_HOUR = 20             # exports of one network address without an account
HOUR = dt.timedelta(hours=1)
KEPT = dt.timedelta(hours=24)

STATES = Choices(Choice("making", "正在做", "wait"), Choice("ready", "可以下载", "go"))


def can_export(wanted: str, count: int, signed_in: bool) -> Verdict:
    """May so many records be had in this format; if not, how else."""
    if wanted not in FORMATS:
        return Verdict.no("没有这种导出格式。", "请从“导出”菜单里选一种。")
    if count == 0:
        return Verdict.no("这些条件下没有可以导出的内容。", "去掉一两个条件再导出。")
    if wanted == "ledger" and count > MOST_PRINTED:
        return Verdict.no(f"台账打印一次最多 {MOST_PRINTED:,} 条，现在选中 {count:,} 条。",
                          "请加条件缩小范围，或者导出“台账 Excel”再打印。")
    if wanted in WORKBOOKS and count > MOST_EXCEL:
        return Verdict.no(f"Excel 一次最多 {MOST_EXCEL:,} 条，现在选中 {count:,} 条。",
                          "请加条件缩小范围，或者改选 CSV，CSV 不限条数。")
    if wanted in WORKBOOKS and count > AT_ONCE and not signed_in:
        return Verdict.no(f"没有登录时，Excel 一次最多 {AT_ONCE:,} 条，现在选中 {count:,} 条。",
                          "请加条件缩小范围，或者改选 CSV，CSV 不限条数。")
    return Verdict.yes()


def is_job(wanted: str, count: int) -> bool:
    """Is it made in the background, and told when it is ready?"""
    return wanted in WORKBOOKS and count > AT_ONCE


def within_rate(earlier: int) -> Verdict:
    """How often one network address may export without an account; `earlier` is what it had in the last hour."""
    if earlier < PER_HOUR:
        return Verdict.yes()
    return Verdict.no(f"从这个网络地址一小时内已经导出 {PER_HOUR} 次。", "请过一会儿再导，或者登录后再导。")
