"""What the counties have planned, the text templates, and two needs of which somebody says that they are one.

Nothing is drawn by lot, so that the rest of the story stays as it is.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.catalog.queries import townships
from matchplatform.core import clock
from matchplatform.demo.cast import OWN_COUNTY, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.extensions import db
from matchplatform.needs import merger_operations, merger_rules, operations, plan_operations, plan_rules
from matchplatform.needs.models import Need
from matchplatform.needs.plan_models import PlanRow
from matchplatform.needs.snapshots import columns, plain

# county, quarters from the present one on, title, category, 万元, people, note, has a township
ROWS = (
    (OWN_COUNTY, 0, "给三个村的老年食堂添灶具和冰箱", "elderly_care", 12, 180, "三个村各腾出一间房，水电都通。", True),
    (OWN_COUNTY, 0, "两个教学点请音乐、美术老师", "education", 3, 74, "每周各四节，住教学点宿舍。", True),
    (OWN_COUNTY, 0, "村医跟班学慢性病随访", "health", 2, 36, "十二个村卫生室，每批六人。", False),
    (OWN_COUNTY, 1, "春茶采摘前的修剪和病虫害指导", "agricultural_technology", 4, 230,
     "一千二百亩，二月底以前要教会。", True),
    (OWN_COUNTY, 1, "返乡妇女缝纫技能培训", "employment", 6, 60, "镇上服装厂要四十人。", False),
    (OWN_COUNTY, 2, "暑期留守儿童托管班", "childcare", 5, 90, "社区活动室可以用。", True),
    (OWN_COUNTY, 3, "秋季甜柿上市前的包装和销路", "consumption", 15, 320, "合作社统一收购。", True),
    ("422801", 0, "高山蔬菜冷库分拣设备", "industry", 28, 410, "合作社有厂房，缺分拣线。", False),
    ("422801", 1, "土家寨子的文艺队请老师", "culture_and_sports", 2, 120, "", False),
    ("422801", 1, "易地搬迁社区请人调解邻里纠纷", "governance", 3, 800, "每月坐班两天。", False),
    ("420982", 0, "困难家庭大病后的生活帮扶", "charity_relief", 8, 46, "名单已公示。", False),
    ("420982", 2, "村道装太阳能路灯", "living_environment", 18, 960, "电费由村集体出。", False),
)
KEPT = {"village": "", "goal": "年底前三个食堂开餐，每天午餐不少于 120 人。",
        "beneficiaries": 180, "old_and_young": 170,
        "conditions": "村老年协会管账，水电费从村集体收入里出。",
        "body": "现状：三个村 75 岁以上的老人 180 个，从前年起大多一天只做一顿饭，独居的 52 个。\n"
                "已有条件：三个村各腾出一间 100 平方米左右的房子，水电都通。\n"
                "还差什么：双头灶、蒸饭柜、四门冰箱和桌椅。\n当地能配合什么：每村安排一名炊事员。",
        "lines": [{"item": "双头灶", "quantity": 3, "unit": "台", "unit_price_fen": 380_000},
                  {"item": "四门冰箱", "quantity": 3, "unit": "台", "unit_price_fen": 420_000}]}
TWIN = {"title": "村里的老年食堂缺灶具和冰箱", "category_code": "elderly_care", "aid_mode": "both", "beneficiaries": 64,
        "body": "村里 75 岁以上的老人 64 个，多数一天做一顿饭。老年食堂的房子腾出来了，水电都通，"
                "还差双头灶、冰箱和十几套桌椅。",
        "goal": "春节前开餐，每天午餐不少于 40 人。", "funds_gap_fen": 4_800_000, "unit": "乡人民政府",
        "contact_name": "万国平",
        "lines": [{"item": "双头灶", "quantity": 1, "unit": "台", "unit_price_fen": 380_000},
                  {"item": "餐桌椅", "quantity": 16, "unit": "套", "unit_price_fen": 60_000}]}
NOTE = "我们乡的食堂就是县里写的三个村里的一个，请看看要不要写在一起。"


def keep_plans(line: Timeline, cast: Cast) -> None:
    """The rows six weeks ago; the first of the own county was written a few days ago, and a township says that its
    own draft is the same."""
    kept: dict[str, Any] = {}
    for number, row in enumerate(ROWS):
        line.at(_morning(line, 42, number), _planning(line, cast, row, kept))
    line.at(_morning(line, 6, 1), lambda: _write(cast, kept))
    line.at(_morning(line, 3, 2), lambda: _ask(kept))


def _morning(line: Timeline, days: int, number: int) -> dt.datetime:
    day = clock.local(line.now).date() - dt.timedelta(days=days)
    day -= dt.timedelta(days=max(0, day.weekday() - 4))
    return dt.datetime.combine(day, dt.time(9, 5 + 4 * number), clock.SHANGHAI).astimezone(dt.UTC)


def _planning(line: Timeline, cast: Cast, row: tuple[Any, ...], kept: dict[str, Any]) -> Callable[[], None]:
    county, ahead, title, category, wan, people, note, local = row
    year, quarter = plan_rules.quarter_of(clock.local(line.now).date())
    year, quarter = year + (quarter - 1 + ahead) // 4, (quarter - 1 + ahead) % 4 + 1

    def add() -> None:
        made = plan_operations.add_row(cast.county[county][0], year, {
            "title": title, "category_code": category, "quarter": quarter, "amount_fen": wan * 1_000_000,
            "people": people, "note": note,
            "township_code": townships(county)[1].code if local else None})
        kept.setdefault("row", made)

    return add


def _write(cast: Cast, kept: dict[str, Any]) -> None:
    officer, row = cast.county[OWN_COUNTY][0], kept["row"]
    assert isinstance(row, PlanRow)
    need = plan_operations.write_need(officer, row)
    kept["need"] = operations.edit_need(officer, need, {**KEPT, "contact_name": officer.name})


def _ask(kept: dict[str, Any]) -> None:
    officer = db.session.scalar(sa.select(User).where(User.username == "xiaochang-xiang"))
    need = kept["need"]
    assert isinstance(need, Need)
    twin = operations.create_need(officer, TWIN)
    mine, theirs = plain(columns(need)), plain(columns(twin))
    takes = {one.name: merger_rules.usual(one, mine, theirs) for one in merger_rules.differing(mine, theirs)}
    merger_operations.propose_merger(officer, need, twin, takes, NOTE)
