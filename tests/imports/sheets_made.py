"""Small workbooks for the tests of the import flow."""

import io
from typing import Any

from openpyxl import Workbook

HEADER = ["编号", "项目名称", "帮扶领域", "乡镇", "村", "要办的事", "资金缺口（万元）", "已落实资金（万元）",
          "受益人数", "开始日期", "结束日期", "接单截止", "怎样算办成", "责任单位", "联系人", "联系电话"]
BODY = "村里 68 位老人中午没人做饭，食堂房子已经腾出来，还差炊事设备。"


def need_row(number: int, town: str = "", **changes: Any) -> list[Any]:
    """A complete need by column; `changes` by label."""
    values = dict(zip(HEADER, [
        f"XC-{number:05}", f"第{number}村老年食堂缺设备", "养老服务", town, f"第{number}村", BODY, 5.5, 3, 68,
        "2027-03-01", "2027-12-31", "2027-02-20",
        "每天 60 位老人吃上热饭", "白沙镇人民政府", "李明", "13871230001"], strict=True))
    unknown = set(changes) - set(values)
    if unknown:
        raise KeyError(unknown)
    return list((values | changes).values())


def workbook(header: list[str], rows: list[list[Any]]) -> bytes:
    """An .xlsx with one sheet."""
    book = Workbook()
    book.active.append(header)
    for row in rows:
        book.active.append(row)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def needs_sheet(count: int, *more: list[Any], first: int = 1) -> bytes:
    """Complete needs, then rows of the test's own."""
    return workbook(HEADER, [*(need_row(n) for n in range(first, first + count)), *more])
