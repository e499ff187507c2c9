"""Are the lists as fast at 100,000 records as at 1,000? `python -m benchmarks.lists`.

Two SQLite databases in a temporary folder are filled in bulk with plausible records, each with the audit row of the act
that made it. Pages are asked through the test client of one process, small and large library in turn, so that both
meet the same machine; the ratio is that of the medians. Printed beside it: the SQL statements of each page, the plan of
every different one, how long the columns take to read, how much memory they hold, and what an act costs the next page.
"""

import argparse
import datetime as dt
import random
import re
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks.report import machine
from matchplatform import create_app
from matchplatform.accounts.models import SignIn, User
from matchplatform.accounts.queries import token_hash
from matchplatform.audit.models import AuditRow
from matchplatform.catalog.models import Campaign
from matchplatform.catalog.queries import categories, counties, townships
from matchplatform.catalog.seed import add_key_counties, load_catalog
from matchplatform.columns import keeping
from matchplatform.core.clock import now, today
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.matching import corpus
from matchplatform.needs import column_queries as need_columns
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings import column_queries as offering_columns
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.organizations import column_queries as organization_columns
from matchplatform.organizations.models import Organization

TARGET = 1.3
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
SUBJECTS = (
    "老年食堂缺灶台和冰柜", "独居老人没人照看", "夏秋茶没人采收", "脐橙卖不出好价钱", "教学点缺音乐老师",
    "留守儿童暑期没人带", "村医不会用新药", "高血压病人没人随访", "返乡青年想学电商", "脱贫户想找就近的活",
    "稻虾田闹病害", "茶园缺防虫技术", "村里垃圾没处堆", "厕所改造缺管护", "文化广场缺音响", "篮球场没有灯",
    "村务公开没人会弄", "矛盾调解缺法律顾问", "大病户医药费压垮人", "残疾人缺轮椅", "香菇烘干缺设备", "蜂蜜没有牌子",
    "幼儿园缺教具", "产妇缺育儿指导", "危房户过冬缺棉被", "水渠淤了没人清", "养牛户缺防疫员", "合作社账目理不清",
    "图书室没有新书", "老人看病路太远")
WISHES = (
    "盼着有人来带教，最好住上半个月。", "已经腾出三间房，水电都通。", "村集体能出一半的钱，还差一半。",
    "去年试过一次，因为没人管停了。", "周边四个村也有同样的难处，可以一起办。", "要在入冬以前办成，晚了就错过季节。",
    "请带上设备，村里出人工。", "先办一个点，办好了再推开。", "愿意签协议，年底一起算账。", "有两个大学生村官能配合。")
GIFTS = ("提供设备和首年补贴", "派技术员住村指导", "组织志愿者每月上门", "开展培训并发放教材", "联系企业保底收购",
         "捐赠物资并负责安装")
AREAS = 0.4, 0.65  # shares that serve the province, and up to here a city; the others name counties


def fill(app: Flask, size: int, dice: random.Random) -> None:
    """So many needs and offerings, and a fiftieth as many organizations."""
    with app.app_context():
        db.create_all()
        load_catalog()
        campaign = Campaign(name="测速行动", starts_on=today() - dt.timedelta(days=300),
                            ends_on=today() + dt.timedelta(days=300), goal=160, source="测速")
        db.session.add(campaign)
        db.session.flush()
        add_key_counties(campaign)
        places, kinds = counties(), [one.code for one in categories()]
        towns = {one.code: [town.code for town in townships(one.code)] for one in places}
        organizations = max(20, size // 50)
        _put(Organization, [_organization(n, dice) for n in range(1, organizations + 1)])
        users = {"author": User(role="county_officer", county_code=places[0].code),
                 "province": User(role="province_officer"), "county": User(role="county_officer", county_code="420921"),
                 "city": User(role="city_officer", city_code="420900"),
                 "township": User(role="township_officer", township_code=towns["420921"][0]),
                 "member": User(role="organization_member", organization_id=1)}
        for name, user in users.items():
            user.username, user.name, user.password_hash = name, name, "x"
            user.must_change_password = False
        db.session.add_all(users.values())
        db.session.flush()
        author, releaser = users["author"].id, users["province"].id
        db.session.execute(sa.update(Organization).values(status="vetted", submitted_by=author, vetted_by=releaser,
                                                          vetted_at=now()))
        # A county's and a township's desk have full pages in the small library, too.
        needs = [_need(n, dice, "420921" if n <= 80 else dice.choice(places).code, kinds,
                       towns if n > 80 else {"420921": towns["420921"][:1]}, (author, releaser))
                 for n in range(1, size + 1)]
        _put(Need, needs)
        _put(NeedLine, [{"need_id": n, "position": p, "item": dice.choice(("餐桌椅", "电子琴", "烘干机", "棉被")),
                         "quantity": 10, "unit": "套", "unit_price_fen": 60_000, "committed": dice.choice((0, 5, 10)),
                         "delivered": 0} for n in range(1, size + 1) for p in (1, 2)])
        offerings = [_offering(n, dice, kinds, organizations) for n in range(1, size + 1)]
        _put(Offering, offerings)
        _put(OfferingArea, [{"offering_id": n, "region_code": code} for n in range(1, size + 1)
                            for code in _areas(dice, places)])
        _put(AuditRow, [_act(n, *one) for n, one in enumerate(
            [*((kind, row["code"]) for kind, rows in (("need", needs), ("offering", offerings)) for row in rows),
             *(("account", "1") for _ in range(size // 5))], 1)])
        db.session.commit()


def _put(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 5_000):
        db.session.execute(sa.insert(model), rows[start:start + 5_000])


def _organization(n: int, dice: random.Random) -> dict[str, Any]:
    return {"id": n, "uscc": make_uscc("53", "420000", f"{10_000_000 + n:08d}"), "name": f"湖北第{n}公益基金会（测速）",
            "kind": dice.choice(("51", "52", "53")), "authority_code": "420000", "registration_level": "province",
            "rating": dice.choice(("5A", "4A", "3A", "")), "status": "draft",
            "rating_ends_on": today() + dt.timedelta(days=dice.randint(-200, 900))}


def _need(n: int, dice: random.Random, county: str, kinds: list[str], towns: dict[str, list[str]],
          people: tuple[int, int]) -> dict[str, Any]:
    at = now() - dt.timedelta(minutes=dice.randint(1, 900_000))
    status = dice.choices(("published", "matched", "fulfilled", "closed", "draft", "submitted"),
                          (45, 20, 15, 10, 6, 4))[0]
    subject = dice.randrange(len(SUBJECTS))
    starts = today() + dt.timedelta(days=dice.randint(-300, 300))
    return {"id": n, "code": f"XQ{county}-2026-{n:06d}", "title": f"{SUBJECTS[subject]}，{n % 997}组盼帮手",
            "category_code": kinds[subject % len(kinds)], "county_code": county,
            "township_code": dice.choice(towns[county]) if towns[county] else None, "village": f"第{n % 311}村",
            "aid_mode": dice.choice(("relief", "capacity", "both")),
            "urgency": dice.choice(("normal", "soon", "urgent")),
            "body": f"{SUBJECTS[subject]}。" + "".join(dice.sample(WISHES, 3)), "goal": "办成", "unit": "测速单位",
            "publicity": dice.choices(("public", "signed_in"), (95, 5))[0],
            "funds_gap_fen": dice.randint(0, 900) * 100_000,
            "funds_secured_fen": dice.randint(0, 500) * 100_000, "beneficiaries": dice.randint(3, 3_000),
            "starts_on": starts, "ends_on": starts + dt.timedelta(days=dice.randint(20, 400)), "status": status,
            "closing_at": now() + dt.timedelta(hours=dice.randint(-2_000, 5_000)), "created_by": people[0],
            "submitted_by": people[0], "released_by": people[1], "submitted_at": at, "released_at": at,
            "created_at": at, "updated_at": at + dt.timedelta(hours=1)}


def _offering(n: int, dice: random.Random, kinds: list[str], organizations: int) -> dict[str, Any]:
    at, capacity = now() - dt.timedelta(minutes=dice.randint(1, 900_000)), dice.randint(1, 12)
    subject = dice.randrange(len(SUBJECTS))
    return {"id": n, "code": f"GJ2026-{n:06d}", "organization_id": 1 + n % organizations,
            "title": f"{dice.choice(GIFTS)}：{SUBJECTS[subject]}", "category_code": kinds[subject % len(kinds)],
            "body": f"针对{SUBJECTS[subject]}，{'，'.join(dice.sample(GIFTS, 3))}。", "capacity": capacity,
            "capacity_taken": dice.randint(0, capacity), "funds_fen": dice.randint(0, 300) * 100_000,
            "in_kind_fen": dice.randint(0, 300) * 100_000, "cost_model": dice.choice(("free", "low", "paid")),
            "ends_on": dice.choice((None, today() + dt.timedelta(days=dice.randint(-60, 700)))),
            "status": dice.choices(("published", "paused", "draft"), (90, 5, 5))[0], "published_at": at,
            "created_at": at, "updated_at": at + dt.timedelta(hours=1)}


def _areas(dice: random.Random, places: list[Any]) -> set[str]:
    share = dice.random()
    if share < AREAS[0]:
        return {"420000"}
    one = dice.choice(places)
    if share < AREAS[1]:
        return {one.city_code}
    return {one.code, *(other.code for other in dice.sample(places, dice.randint(0, 2)))}


def _act(n: int, kind: str, code: str) -> dict[str, Any]:
    return {"id": n, "at": now(), "actor_name": "测速", "actor_role": "", "address": "", "act": "create",
            "label": "新建", "kind": kind, "object_id": code, "previous_hash": f"{n - 1:064x}", "hash": f"{n:064x}"}


NEEDS = {
    "list": "/needs", "filtered list": "/needs?state=open&aid_mode=relief&urgency=urgent",
    "a county": "/needs?city=420900&county=420921", "money, dates, people":
    "/needs?gap_min=2%E4%B8%87&people=100&from_on=2026-01-01&to_on=2026-12-31&residual=1",
    "search": "/needs?q=%E8%80%81%E5%B9%B4%E9%A3%9F%E5%A0%82", "search, filtered":
    "/needs?q=%E6%B2%A1%E4%BA%BA&state=open&sort=gap",
    "common word": "/needs?q=%E6%B2%A1%E4%BA%BA", "cards": "/needs?view=cards", "map": "/needs?view=map",
    "map, filtered": "/needs?view=map&state=open&key=1", "closing first": "/needs?sort=closing",
    "last page but one": "/needs?page={}"}
OFFERINGS = {
    "list": "/offerings", "filtered list": "/offerings?rating=4A&rating=5A&state=open&kind=53",
    "a county": "/offerings?city=420900&county=420921", "money, dates":
    "/offerings?funds_min=10&from_on=2026-01-01&to_on=2026-12-31&free=1",
    "search": "/offerings?q=%E8%80%81%E5%B9%B4%E9%A3%9F%E5%A0%82", "search by name":
    "/offerings?q=%E7%AC%AC7%E5%85%AC%E7%9B%8A", "cards": "/offerings?view=cards", "map": "/offerings?view=map",
    "last page but one": "/offerings?page={}"}
ORGANIZATIONS = {  # the small library has a page of them: what is asked for is what all of them are
    "list": "/organizations", "filtered list": "/organizations?level=province&category=elderly_care",
    "words": "/organizations?q=%E5%9F%BA%E9%87%91%E4%BC%9A", "best rated": "/organizations?sort=rating",
    "last page but one": "/organizations?page={}"}
DESKS = {
    ("county", "county desk"): "/desk/needs", ("township", "township desk"): "/desk/needs",
    ("city", "city desk"): "/desk/needs", ("province", "province desk"): "/desk/needs",
    ("province", "province desk, last page but one"): "/desk/needs?page={}",
    ("province", "province desk, a state"): "/desk/needs?state=submitted&sort=closing",
    ("county", "county desk, words"): "/desk/needs?q=%E9%A3%9F%E5%A0%82",
    ("province", "province desk, words"): "/desk/needs?q=%E9%A3%9F%E5%A0%82",
    ("member", "organization's desk"): "/desk/offerings", ("province", "offerings' province desk"): "/desk/offerings",
    ("province", "offerings, last page but one"): "/desk/offerings?page={}"}


class Site:
    """One library and its clients. `clock` says what is measured."""

    clock = "wall"

    def __init__(self, folder: Path, size: int, seed: int, searched: bool = True) -> None:
        self.size = size
        self.app = create_app({
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/{size}.db", "TESTING": True, "WTF_CSRF_ENABLED": False,
            "SECRET_KEY": "benchmark", "MATCH_INDEX_FOLDER": "", "MATCH_ENCODER": "off", "MATCH_COMPACTION": "never",
            "JOBS": "immediate"})
        if not (folder / f"{size}.db").exists():
            fill(self.app, size, random.Random(seed))
        with self.app.app_context():
            start = time.perf_counter()
            tables = need_columns.table(), offering_columns.table(), organization_columns.table()
            self.read = time.perf_counter() - start
            self.held = [_bytes(one) for one in tables]
            start = time.perf_counter()
            if searched:
                corpus.needs(), corpus.offerings()
            self.indexed = time.perf_counter() - start
            self.clients = {None: self.app.test_client(), **{
                user.username: self._signed_in(user) for user in db.session.scalars(sa.select(User)).all()}}
        self._deep: dict[str, int] = {}

    def _signed_in(self, user: User) -> Any:
        token = secrets.token_urlsafe(16)
        db.session.add(SignIn(token_hash=token_hash(token), user_id=user.id, started_at=now(),
                              ends_at=now() + dt.timedelta(hours=8)))
        db.session.commit()
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["seen"] = token, True, time.time()
            session.permanent = True
        return client

    def _pages(self, path: str, who: str | None = None) -> int:
        answer = self.clients[who].get(f"{path}?page=999999")
        text = answer.get_data(as_text=True)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} as {who}: {answer.status_code} {answer.headers.get('Location')} {text[:300]}")
        pages = [int(one) for one in re.findall(r"page=(\d+)", text)]
        return max(max(pages), 1)  # the last page names the one before it

    def _filled(self, path: str) -> str:
        """The path with the number of the last page but one in the place of {}."""
        if "{}" not in path:
            return path
        if path not in self._deep:
            self._deep[path] = self._pages(path.partition("?")[0], "province" if "/desk" in path else None)
        return path.format(self._deep[path])

    def ask(self, who: str | None, path: str) -> float:
        """Seconds until the page is there."""
        address = self._filled(path)
        start = CLOCKS[self.clock]()
        answer = self.clients[who].get(address)
        taken = CLOCKS[self.clock]() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
        return taken

    def statements(self, who: str | None, path: str) -> list[tuple[str, Any]]:
        """The SQL of a page."""
        seen: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            seen.append((statement, parameters))

        with self.app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            self.ask(who, path)
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return seen

    def plan(self, statement: str, parameters: Any) -> list[str]:
        """How SQLite goes about a statement."""
        with self.app.app_context(), db.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [row[3] for row in rows]


def _bytes(table: Any) -> int:
    arrays = [table.ids, table.codes, *table.choices.values(), *table.numbers.values()]
    texts = {id(text): sys.getsizeof(text) for column in table.texts.values() for text in column.tolist()}
    return sum(one.nbytes for one in arrays) + sum(texts.values()) + 8 * sum(map(len, table.texts.values()))


def pages() -> list[tuple[str, str | None, str]]:
    """(name, who asks, path)."""
    return [*((f"needs: {name}", None, path) for name, path in NEEDS.items()),
            ("needs: signed in", "county", "/needs"),
            *((f"offerings: {name}", None, path) for name, path in OFFERINGS.items()),
            *((name, who, path) for (who, name), path in DESKS.items()),
            *((f"organizations: {name}", None, path) for name, path in ORGANIZATIONS.items())]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    options.add_argument("--rounds", type=int, default=31)
    options.add_argument("--clock", choices=CLOCKS, default="wall",
                         help="the processor's time instead of the wall's: for a machine that others use, too")
    options.add_argument("--only", default="", help="pages whose name holds this")
    options.add_argument("--plans", action="store_true", help="print the plan of every different statement")
    options.add_argument("--folder", type=Path, help="keep the databases here for another run")
    asked = options.parse_args()
    Site.clock = asked.clock
    chosen = [one for one in pages() if asked.only in one[0]]
    with tempfile.TemporaryDirectory() as folder:
        sites = [Site(asked.folder or Path(folder), size, 7, any("q=" in one[2] for one in chosen))
                 for size in asked.sizes]
        small, large = sites
        print(f"{machine()}; {asked.clock} clock, medians of {asked.rounds}\n")
        for one in sites:
            print(f"{one.size:,} records: the lists' columns read in {one.read:.2f} s, hold "
                  f"{' + '.join(f'{held / 1e6:.1f}' for held in one.held)} MB; "
                  f"the words' index took {one.indexed:.1f} s")
        print(f"\n| page | SQL | {small.size:,} (ms) | {large.size:,} (ms) | ratio |\n|---|---|---|---|---|")
        worst, seen = 0.0, {}
        for name, who, path in chosen:
            for one in sites:
                one.ask(who, path)
            times: tuple[list[float], list[float]] = ([], [])
            for turn in range(asked.rounds):
                for n in (0, 1) if turn % 2 else (1, 0):
                    times[n].append(sites[n].ask(who, path))
            counts = [one.statements(who, path) for one in sites]
            first, second = (statistics.median(one) * 1000 for one in times)
            worst = max(worst, second / first)
            number = str(len(counts[1])) if len(counts[0]) == len(counts[1]) else f"{len(counts[0])} → {len(counts[1])}"
            print(f"| {name} | {number} | {first:.1f} | {second:.1f} | {second / first:.2f} |"
                  f"{'' if second / first <= TARGET else ' **above 1.3**'}", flush=True)
            seen |= {statement: (name, parameters) for statement, parameters in counts[1] if statement not in seen}
        print(f"\nworst ratio {worst:.2f}")
        _after_an_act(large)
        if asked.plans:
            for statement, (name, parameters) in seen.items():
                if not statement.startswith("BEGIN"):
                    print(f"\n{name}: {' '.join(statement.split())[:300]}")
                    print("\n".join(f"    {line}" for line in large.plan(statement, parameters)))


def _after_an_act(site: Site) -> None:
    """What the first page after an act pays for following it, and reading everything anew."""
    times: dict[str, list[float]] = {"nothing happened": [], "an act on a need": [], "read anew": []}
    with site.app.app_context():
        highest = db.session.scalar(sa.select(sa.func.max(AuditRow.id)))
        code = db.session.scalar(sa.select(Need.code).where(Need.id == site.size // 2))
    for n in range(1, 12):
        times["nothing happened"].append(site.ask(None, "/needs"))
        with site.app.app_context():
            _put(AuditRow, [_act(highest + n, "need", code)])
            db.session.commit()
        times["an act on a need"].append(site.ask(None, "/needs"))
        if n < 4:
            keeping.forget()
            times["read anew"].append(site.ask(None, "/needs"))
    print("first page of needs after: " + ", ".join(
        f"{name} {statistics.median(one) * 1000:.0f} ms" for name, one in times.items()))


if __name__ == "__main__":
    main()
