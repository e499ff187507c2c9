"""What the villagers of one township have ordered: sixteen orders in every state, in two villages. Invented."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.catalog.village_queries import villages_of
from matchplatform.core import clock
from matchplatform.demo.cast import OWN_CITY, OWN_COUNTY, OWN_ORGANIZATION, RECOMMENDED, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings import operations as offerings
from matchplatform.offerings.models import Offering
from matchplatform.orders import desk_operations, operations, rules
from matchplatform.orders.models import Order
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.models import Pairing

MEALS = {"title": "两个村的老人想天天吃上热饭", "category_code": "elderly_care", "aid_mode": "both",
         "beneficiaries": 46,
         "body": "湾里八十上下的老人四十六个，儿女多在外头，中午一碗剩饭对付。\n"
                 "两个村的党员活动室能腾一间出来，水电都有，缺灶具、冰柜和头一年的补贴。",
         "goal": "每天中午开餐，来吃的老人不少于 35 人。", "old_and_young": 46,
         "lines": [{"item": "灶具和冰柜", "quantity": 2, "unit": "套", "unit_price_fen": 1_800_000}]}
LAMPS = {"title": "给独居老人装扶手和夜灯", "category_code": "elderly_care", "aid_mode": "relief", "beneficiaries": 31,
         "body": "独居的老人三十一个，去年夜里起来摔了四个。想在床边、厕所装扶手，过道装感应夜灯。",
         "goal": "三十一户都装上，当面试过。", "old_and_young": 31,
         "lines": [{"item": "扶手和夜灯", "quantity": 31, "unit": "户", "unit_price_fen": 38_000}]}
OFFER = {"title": "老人助餐和居家安全改造", "category_code": "elderly_care", "capacity": 2, "funds_fen": 3_000_000,
         "in_kind_fen": 4_000_000, "person_days": 60, "audience": "60 岁以上老人", "cost_model": "free",
         "body": "给村里的老年食堂配灶具、冰柜，补贴头一年的饭菜；给独居老人装扶手、感应夜灯，装好当面试一遍。",
         "conditions": "村里出场地，安排一名专人联系。", "areas": [OWN_COUNTY]}

# days ago, village, matter, words, called, telephone, what happened (days ago each)
MEAL, LAMP = "meal", "lamp"
ORDERS: tuple[tuple[Any, ...], ...] = (
    (0.1, 0, "health", "村卫生室量血压的机子坏了两个月，我们这些老高血压要走八里路去镇上量。", "周大妈", "13900000101",
     ()),
    (7.2, 1, "living_environment", "湾后头的水塘漫出来淹了路，下雨天小伢上学要绕一里多。", "", "13900000102",
     ()),
    (1.2, 0, "employment", "我们七八个妇女在家带孙子，想学点手工，能在屋里做的那种。", "陈嫂子", "13900000103",
     ((0.2, "take", None),)),
    (3.1, 0, "education", "教学点三十二个伢，两年没有音乐课了，想要个老师教唱歌。", "刘老师", "13900000104",
     ((2.2, "take", None), (2.1, "need", "教学点三十二个孩子想有音乐课"))),
    (2.9, 1, "education", "我孙女在教学点念书，说没有人教唱歌画画，能不能请个老师来。", "", "13900000105",
     ((2.0, "take", None), (1.9, "join", 3))),
    (41.0, 0, "elderly_care", "我们湾里七个老人，都八十上下，中午做不动饭，想有个地方吃口热的。", "李大爷",
     "13900000106", ((39.8, "take", None), (38.5, "put", MEAL))),
    (40.5, 1, "elderly_care", "我妈八十三了一个人住，顿顿吃剩饭，村里能不能办个食堂。", "", "13900000107",
     ((39.7, "take", None), (38.4, "put", MEAL))),
    (43.0, 0, "elderly_care", "夜里起来上厕所摔过一回，想在屋里装个扶手。", "王婆婆", "13900000108",
     ((42.0, "take", None), (38.3, "put", LAMP), (9.0, "confirm", None), (9.0, "rate", (5, "装得牢，夜里不怕了。")))),
    (42.5, 1, "elderly_care", "过道黑，我爹看不清，想装个灯，人走过就亮的那种。", "", "13900000109",
     ((41.5, "take", None), (38.2, "put", LAMP), (8.0, "confirm", None),
      (7.5, "rate", (3, "灯好，就是有一个不太灵。")))),
    (42.2, 1, "elderly_care", "厕所门槛高，老娘跨不过去，想装个扶手。", "张二哥", "13900000110",
     ((41.2, "take", None), (38.1, "put", LAMP), (4.0, "confirm", None))),
    (41.8, 0, "elderly_care", "独居老人怕夜里摔，想把床边也装上扶手。", "", "13900000111",
     ((40.8, "take", None), (38.0, "put", LAMP))),
    (41.5, 1, "elderly_care", "我家厕所和床边都要扶手，老伴腿脚不便。", "赵大爷", "13900000112",
     ((40.6, "take", None), (37.9, "put", LAMP), (1.1, "dispute", "床边的装了，厕所的没有装，说等料，等了十天。"))),
    (12.0, 0, "charity_relief", "屋里房子漏雨，想要点钱翻修。", "", "13900000113",
     ((11.0, "take", None), (10.0, "return", "危房改造归住建部门管，已经带他到镇上交了申请，八号前有人上门看。"))),
    (6.0, 1, "consumption", "三百斤板栗没卖完，想找个销路。", "吴大哥", "13900000114", ((5.1, "withdraw", None),)),
    (0.9, 1, "agricultural_technology", "茶园里起了小绿叶蝉，打了两遍药不见好，想请懂的人来看看。", "孙大叔",
     "0712-4790115", (("proxy",),)),
    (0.4, 0, "childcare", "暑假寒假伢们没人看，想有个地方写作业，哪怕半天也好。", "", "13900000116", ()),
)
PHONE, HOURS = "0712-4790000", "工作日 8:30—17:30，演示号码"


def take_orders(line: Timeline, cast: Cast) -> None:
    """Everything at its day; nothing is drawn by lot, so that the rest of the story stays as it is."""
    teller = _Teller(line, cast)
    line.at(_morning(line, 44, 0), teller.office)
    line.at(_morning(line, 40, 1), teller.needs)
    line.at(_morning(line, 39, 2), teller.release)
    for days, step in ((37, teller.bid), (36, teller.answer), (34, teller.approve), (33, teller.sign)):
        line.at(_morning(line, days, 3), step)
    line.at(_morning(line, 11, 4), teller.complete)
    for number, row in enumerate(ORDERS):
        line.at(_before(line, row[0]), teller.ordering(number, row))


def _morning(line: Timeline, days: int, number: int) -> dt.datetime:
    day = clock.local(line.now).date() - dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(9, 10 + 7 * number), clock.SHANGHAI).astimezone(dt.UTC)


def _before(line: Timeline, days: float) -> dt.datetime:
    """So many days ago, the whole day drawn into office hours, so that what came first still does."""
    moment = line.now - dt.timedelta(days=days)
    local = clock.local(moment)
    begin = clock.start_of_day(local.date())
    drawn = begin + dt.timedelta(hours=8.5) + (moment - begin) * (9 / 24)
    return min(drawn, line.now - dt.timedelta(minutes=5)) if days > 1 else moment


class _Teller:
    """Who does what; the records are kept as they come about."""

    def __init__(self, line: Timeline, cast: Cast) -> None:
        self.line, self.cast = line, cast
        self.officer, self.second = cast.county[OWN_COUNTY]
        self.made: dict[int, Order] = {}
        self.need: dict[str, Need] = {}
        self.paired: dict[str, Pairing] = {}
        self.offering: Offering | None = None

    @property
    def township(self) -> User:
        return db.session.scalars(sa.select(User).where(User.username == "xiaochang-xiang")).one()

    def office(self) -> None:
        desk_operations.set_office(self.township, {"phone": PHONE, "hours": HOURS})

    def needs(self) -> None:
        today = clock.local(self.line.now).date()
        for key, values in ((MEAL, MEALS), (LAMP, LAMPS)):
            need = needs.create_need(self.officer, {
                **values, "township_code": self.township.township_code, "unit": "县农业农村局",
                "funds_secured_fen": 0, "funds_gap_fen": 3_000_000, "households": 20,
                "contact_name": self.officer.name, "contact_phone": "13900000100",
                "starts_on": today - dt.timedelta(days=30), "ends_on": today + dt.timedelta(days=330),
                "closing_at": clock.end_of_day(today + dt.timedelta(days=20))})
            needs.act(self.officer, need, "submit")
            self.need[key] = need

    def release(self) -> None:
        for need in self.need.values():
            needs.act(self.second, need, "publish")

    def bid(self) -> None:
        member = self.cast.members[OWN_ORGANIZATION]
        self.offering = offerings.create_offering(member, {
            **OFFER, "starts_on": clock.today(), "ends_on": clock.today() + dt.timedelta(days=400),
            "contact_name": member.name, "contact_phone": "13900000099"})
        offerings.act(member, self.offering, "publish")
        for key, need in self.need.items():
            self.paired[key] = pairings.bid(member, need, self.offering, {
                "message": "我们去村里看过，两周内可以动手。"})

    def answer(self) -> None:
        for pairing in self.paired.values():
            pairings.act(self.officer, pairing, "accept")

    def approve(self) -> None:
        for pairing in self.paired.values():
            pairings.act(self.cast.city[OWN_CITY], pairing, "recommend", RECOMMENDED)
            pairings.act(self.cast.province[0], pairing, "approve")

    def sign(self) -> None:
        today = clock.today()
        for pairing in self.paired.values():
            pairings.act(self.officer, pairing, "sign", terms={
                "agreement_number": "", "signed_on": today, "starts_on": today,
                "ends_on": today + dt.timedelta(days=330), "funds_fen": 1_500_000, "in_kind_fen": 1_000_000})

    def complete(self) -> None:
        pairings.act(self.officer, self.paired[LAMP], "complete")

    def ordering(self, number: int, row: tuple[Any, ...]) -> Callable[[], None]:
        _, village, category, body, name, phone, acts = row
        by_phone = acts == (("proxy",),)

        def order() -> None:
            officer = self.township
            names = villages_of(officer.township_code)
            one = names[village % len(names)]
            wanted = operations.Wanted(operations.Place(one.township_code, one.name, one.id), category, body, phone,
                                       name, channel="phone" if by_phone else "web")
            self.made[number] = operations.place_order(officer if by_phone else rules.RESIDENT, wanted).order
            for days, verb, said in () if by_phone else acts:
                self.line.at(_before(self.line, days), lambda verb=verb, said=said: self.act(number, verb, said))

        return order

    def act(self, number: int, verb: str, said: Any) -> None:
        order, officer = self.made[number], self.township
        match verb:
            case "take":
                desk_operations.take(officer, order)
            case "need":
                desk_operations.accept_as_need(officer, order, said)
            case "join":
                desk_operations.join(officer, order, self.made[said])
            case "put":
                self.hold(order, officer)
                desk_operations.accept_into_need(officer, order, self.need[said])
            case "return":
                desk_operations.send_back(officer, order, said)
            case "rate":
                operations.speak(rules.RESIDENT, order, verb, stars=said[0], words=said[1])
            case _:
                operations.speak(rules.RESIDENT, order, verb, reason=said or "")

    @staticmethod
    def hold(order: Order, officer: User) -> None:
        """Whoever called days ago has let the time pass, and takes it in hand again."""
        if rules.is_lapsed(order, clock.now()):
            desk_operations.take(officer, order)
