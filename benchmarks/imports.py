"""A sheet of 10,000 needs: how fast it is read and checked, how fast saved, and how much memory that takes.

    .venv/bin/python -m benchmarks.imports [--rows 10000] [--profile]

Everything happens on a temporary SQLite file with the catalogue in it, through the same operations as on the pages:
every draft gets its number, its row in the audit's chain and its first version. At the end the chain is walked.
"""

import argparse
import cProfile
import io
import pstats
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

BODY = "村里 {n} 位老人中午没人做饭，食堂房子已经腾出来，还差炊事设备和第一年的运行费，请社会组织帮忙配齐。"
HEADER = ("编号", "项目名称", "帮扶领域", "乡镇（街道）", "村（社区）", "要办的事", "要的东西",
          "已落实资金（万元）", "资金缺口（万元）", "受益人数", "开始日期", "结束日期", "接单截止",
          "怎样算办成", "责任单位", "联系人", "联系电话")


def sheet(rows: int, township: str) -> bytes:
    """A workbook as a county would send it, every row complete."""
    book = Workbook(write_only=True)
    page = book.create_sheet("需求")
    page.append(["孝昌县帮扶需求汇总表"])
    page.append(list(HEADER))
    for n in range(1, rows + 1):
        page.append([f"XC-{n:05}", f"第{n}村老年食堂缺炊事设备", "养老服务", township, f"第{n}村",
                     BODY.format(n=n),
                     "炉灶2台×3500元；冰箱1台×2800元", 3, f"{n % 40 + 1}.5万元", n % 300 + 1, "2027年3月1日",
                     "2027-12-31", "2027-02-20", "每天 60 位老人吃上热饭", "白沙镇人民政府", "李明", "13871230001"])
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=10_000)
    asked.add_argument("--profile", action="store_true", help="say where the time of saving goes")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), wanted.rows, wanted.profile)


def run(folder: Path, rows: int, profile: bool) -> None:
    """Once through."""
    from matchplatform import create_app
    from matchplatform.accounts.operations import open_account
    from matchplatform.audit.queries import first_break
    from matchplatform.catalog.queries import townships
    from matchplatform.catalog.seed import load_catalog
    from matchplatform.extensions import db
    from matchplatform.jobs import work as jobs
    from matchplatform.web.transaction import commit_or_conflict

    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'bench.db'}", "JOBS": "external",
                      "JOBS_DATABASE": str(folder / "jobs.db"), "MATCH_INDEX_FOLDER": "", "MATCH_ENCODER": "off"})
    with app.app_context():
        db.create_all()
        load_catalog()
        officer = open_account(None, username="bench", name="测量", role="county_officer", password="Measure-2026-rows",
                               county_code="420921").id
        town = townships("420921")[0].name
        commit_or_conflict()
        data = sheet(rows, town)
        print(f"{rows:,} rows, {len(data) / 1e6:.1f} MB, {len(HEADER)} columns; {peak():.0f} MB before")
        number, spent = brought_in(officer, data)
        say("reading and proposing columns", rows, spent)
        spent = timed(lambda: jobs.run_job(app, started(officer, number, "check")))
        say("checking every row", rows, spent)
        job = started(officer, number, "run")
        profiler = cProfile.Profile() if profile else None
        if profiler:
            profiler.enable()
        spent = timed(lambda: jobs.run_job(app, job))
        if profiler:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)
        say("saving", rows, spent)
        told(number, rows)
        start = time.perf_counter()
        links, broken = first_break()
        print(f"audit chain: {links:,} rows, {'unbroken' if broken is None else f'BROKEN at {broken}'}, "
              f"{time.perf_counter() - start:.1f} s")
        spent = timed(lambda: jobs.run_job(app, started(officer, number, "undo")))
        say("taking the whole import back", rows, spent)


Spent = tuple[float, float]


def say(what: str, rows: int, spent: Spent) -> None:
    """By the clock on the wall, and by the processor's: on a busy machine only the second one says anything."""
    wall, processor = spent
    print(f"{what:30} {wall:6.1f} s {rows / wall:7,.0f} rows/s   processor {processor:6.1f} s "
          f"{rows / processor:7,.0f} rows/s   peak {peak():.0f} MB", flush=True)


def timed(call: Any) -> Spent:
    """Seconds on the wall and of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start, time.process_time() - busy


def brought_in(officer: int, data: bytes) -> tuple[int, Spent]:
    """The import of the file, as the upload makes it."""
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.imports import operations, reading
    from matchplatform.imports.layout import choose_sheet
    from matchplatform.web.transaction import commit_or_conflict

    start, busy = time.perf_counter(), time.process_time()
    workbook = reading.open_sheet(data, "bench.xlsx")
    item, _ = operations.take_in(user_by_id(officer), "need", "bench.xlsx", data, workbook,
                                 choose_sheet(workbook, "need"))
    number = item.id
    commit_or_conflict()
    return number, (time.perf_counter() - start, time.process_time() - busy)


def started(officer: int, number: int, what: str) -> int:
    """The job that a page would start."""
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.imports import operations, queries, rules, run_operations
    from matchplatform.web.transaction import commit_or_conflict

    actor, item = user_by_id(officer), queries.import_by_id(number)
    rules.AT_ONCE = rules.CHECKED_AT_ONCE = 0  # however few they are
    begin = {"check": operations.check_now_or_later, "run": run_operations.begin_run, "undo": run_operations.begin_undo}
    job = begin[what](actor, item)
    if job is None:
        raise RuntimeError(f"{what} was done at once")
    found = job.id
    commit_or_conflict()
    return found


def told(number: int, rows: int) -> None:
    """What became of the rows; a measurement of something else is none."""
    from matchplatform.extensions import db
    from matchplatform.imports import queries

    found = queries.counts(queries.import_by_id(number))
    print(f"rows: {found}")
    if found != {"created": rows}:
        raise RuntimeError(f"not every row became a draft: {found}")
    db.session.rollback()


if __name__ == "__main__":
    main()
