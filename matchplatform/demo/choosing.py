"""How the own county chooses: a call in review with three replies, one open with two and with questions, and an order
that the organization answered with other terms. Invented."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.choosing import call_operations, choice_operations, counter_operations, operations, queries
from matchplatform.choosing.models import Call, Reply
from matchplatform.core import clock
from matchplatform.demo.cast import OWN_COUNTY, OWN_ORGANIZATION, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.offerings.queries import open_offerings_of
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.checks import checks_of, failures
from matchplatform.pairings.models import Pairing

KITCHEN = {"title": "五个村的老年食堂要请一家来办", "category_code": "elderly_care", "aid_mode": "both",
           "beneficiaries": 214, "goal": "六个月内五个村都开餐，每天来吃的老人不少于 180 人。", "old_and_young": 214,
           "body": "五个村七十五岁以上的老人二百一十四个，村里把房子腾出来了，水电都通。\n"
                   "缺灶具、冰柜、头一年的补贴，还缺懂管理的人来带。几家组织都来问过，想请大家把打算写清楚再选。",
           "lines": [{"item": "厨房设备", "quantity": 5, "unit": "套", "unit_price_fen": 3_800_000}]}
SCHOOL = {"title": "三个教学点的孩子想有周末课", "category_code": "education", "aid_mode": "relief",
          "beneficiaries": 96, "goal": "一个学期，每个教学点每周两次课，不断课。",
          "body": "三个教学点九十六个孩子，父母多在外头。周末没有地方去，想请老师来上音乐、美术和体育课。",
          "lines": [{"item": "周末课", "quantity": 90, "unit": "次", "unit_price_fen": 30_000}]}
LAUNDRY = {"title": "养老院的被褥靠手洗，冬天晾不干", "category_code": "elderly_care", "aid_mode": "relief",
           "beneficiaries": 58, "goal": "入冬前装好，每个老人的被褥半个月洗一次。", "old_and_young": 58,
           "body": "镇养老院住着五十八个老人，三个护理员手洗被褥，入冬以后晾不干，有潮气。\n"
                   "洗衣房腾出来了，水电和排水都改好了，缺洗衣机和烘干机。",
           "lines": [{"item": "洗衣机", "quantity": 6, "unit": "台", "unit_price_fen": 280_000},
                     {"item": "烘干机", "quantity": 3, "unit": "台", "unit_price_fen": 420_000}]}
OTHER_TERMS = "手上的钱先够四台洗衣机、两台烘干机，元旦前装好；剩下的明年春天再看。"
REQUIREMENTS = ("近三年办过同类的事，有据可查", "在县内有固定的联系人")
CRITERIA = (("打算怎么办", 40), ("资金、物资和人力", 30), ("同类经验", 30))
PLANS = ("先跑五个点看场地，再分两批进设备，每个点带一个本地的人，带到能自己办为止。",
         "头一个月把两个点办起来，别的点照着学；每月底把账和人数贴出来。",
         "请县里先定好点上的负责人，我们出设备、出培训，三个月以后交给村里。")
QUESTIONS = (("设备可以分两批进吗？", "可以，第一批在签协议后一个月内到就行。"), ("点上有没有现成的联系人？", ""))
SEED = 20261127


def make_calls(line: Timeline, cast: Cast) -> None:
    """Everything at its day; what is drawn by lot is drawn from an own lot, so the rest of the story stays as it is."""
    teller = _Teller(line, cast)
    review, still_open = _Story(KITCHEN, 20, -2), _Story(SCHOOL, 6, 8)
    for story in (review, still_open):
        for days, step in ((story.since + 3, teller.write), (story.since + 2, teller.release),
                           (story.since, teller.declare)):
            line.at(_noon(line, days), teller.told(step, story))
    ordered = _Story(LAUNDRY, 0, 0)
    for days, minutes, step in ((12, 0, teller.write), (11, 0, teller.release), (1, 60, teller.order),
                                (1, 200, teller.counter)):
        line.at(_noon(line, days, minutes), teller.told(step, ordered))
    for number, days in enumerate((14, 9, 4)):
        line.at(_noon(line, days, number), teller.replying(review, number))
    for number, days in enumerate((4, 1)):
        line.at(_noon(line, days, 10 + number), teller.replying(still_open, number))
    line.at(_noon(line, 3), teller.told(teller.question, still_open))
    line.at(_noon(line, 1, 30), teller.told(teller.open, review))


class _Story:
    """A call with its need, begun so many days ago and closing so many days from now."""

    def __init__(self, values: dict[str, Any], since: int, closing: int) -> None:
        self.values, self.since, self.closing = values, since, closing
        self.need: Need | None = None
        self.pairing: Pairing | None = None
        self.call: Call | None = None


def _noon(line: Timeline, days: int, minutes: int = 0) -> dt.datetime:
    day = clock.local(line.now).date() - dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(11, 0), clock.SHANGHAI).astimezone(dt.UTC) + dt.timedelta(minutes=minutes)


class _Teller:
    """Who does what."""

    def __init__(self, line: Timeline, cast: Cast) -> None:
        self.line, self.cast, self.random = line, cast, random.Random(SEED)
        self.officer, self.second = cast.county[OWN_COUNTY]

    def told(self, step: Callable[[_Story], None], story: _Story) -> Callable[[], None]:
        return lambda: step(story)

    def replying(self, story: _Story, number: int) -> Callable[[], None]:
        return lambda: self.reply(story, number)

    def write(self, story: _Story) -> None:
        day = clock.local(self.line.now).date()
        story.need = needs.create_need(self.officer, {
            **story.values, "unit": "县农业农村局", "funds_secured_fen": 0, "funds_gap_fen": 9_000_000,
            "households": 60, "contact_name": self.officer.name, "contact_phone": "13900000100",
            "starts_on": day + dt.timedelta(days=40), "ends_on": day + dt.timedelta(days=400),
            "closing_at": clock.end_of_day(day + dt.timedelta(days=25))})
        needs.act(self.officer, story.need, "submit")

    def release(self, story: _Story) -> None:
        needs.act(self.second, story.need, "publish")

    def declare(self, story: _Story) -> None:
        day = clock.local(self.line.now).date() + dt.timedelta(days=story.closing)
        closing = dt.datetime.combine(day, dt.time(17, 0), clock.SHANGHAI).astimezone(dt.UTC)
        story.call = call_operations.declare(self.officer, story.need, call_operations.Terms(
            closing, closing - dt.timedelta(days=2), 1, REQUIREMENTS, CRITERIA, "看场地请先打联系人电话。"))

    def reply(self, story: _Story, number: int) -> None:
        """An organization that may: the own one first, then who is drawn."""
        found = self._able(story, number)
        if found is None:
            return
        member, offering = found
        day, call = clock.today(), story.call
        operations.send(member, call, {
            "offering": offering, "lines": {one.id: one.quantity for one in call.need.lines}, "plan": PLANS[number],
            "people": f"负责人{member.name}，另有 {3 + number} 人常驻，都做过同类的事。",
            "starts_on": day + dt.timedelta(days=45), "ends_on": day + dt.timedelta(days=300 + 20 * number),
            "funds_fen": self.random.randrange(2, 9) * 1_000_000,
            "in_kind_fen": self.random.randrange(3, 12) * 1_000_000,
            "person_days": self.random.randrange(40, 160),
            "evidence": {one.id: f"2024年在邻县做过，{one.text}：有协议、照片和村里的证明。" for one in call.items}})

    def _able(self, story: _Story, number: int) -> tuple[User, Offering] | None:
        replied = set(db.session.scalars(sa.select(Reply.organization_id).where(Reply.call_id == story.call.id)))
        names = sorted(self.cast.members)
        self.random.shuffle(names)
        if number == 0:
            names.insert(0, OWN_ORGANIZATION)
        found = [(self.cast.members[name], one) for name in names
                 if self.cast.members[name].organization_id not in replied
                 for one in open_offerings_of(self.cast.members[name].organization_id)
                 if not failures(checks_of(story.need, one))]
        # of the field where there is one, else whoever may
        return next((row for row in found if row[1].category_code == story.need.category_code), next(iter(found), None))

    def question(self, story: _Story) -> None:
        member = self.cast.members[OWN_ORGANIZATION]
        for body, answer in QUESTIONS:
            asked = call_operations.ask(member, story.call, body)
            if answer:
                call_operations.answer(self.officer, story.call, asked, answer)

    def open(self, story: _Story) -> None:
        """The county begins the review and has judged the first reply."""
        call_operations.act(self.officer, story.call, "open")
        replies = queries.replies_of(self.officer, story.call)
        if replies:
            choice_operations.judge(self.officer, replies[0], {one.id: True for one in story.call.requirements},
                                    {one.id: 70 + 5 * n for n, one in enumerate(story.call.criteria)})

    def order(self, story: _Story) -> None:
        """The county orders from the own organization what that may do."""
        organization = self.cast.members[OWN_ORGANIZATION].organization_id
        offering = next(one for one in open_offerings_of(organization)
                        if one.category_code == story.need.category_code and not failures(checks_of(story.need, one)))
        story.pairing = pairings.order(self.officer, offering, story.need, {
            "message": "水电和排水都改好了，机器到了就能装。盼元旦前能用上。",
            "lines": {one.id: one.quantity for one in story.need.lines}, "offered_funds_fen": 0,
            "offered_in_kind_fen": 2_940_000})

    def counter(self, story: _Story) -> None:
        """It can do a part, and says so in figures."""
        day = clock.local(clock.now()).date()
        counter_operations.propose(self.cast.members[OWN_ORGANIZATION], story.pairing, {
            "message": OTHER_TERMS, "lines": {one.id: n for one, n in zip(story.need.lines, (4, 2), strict=True)},
            "funds_fen": 0, "in_kind_fen": 1_960_000, "starts_on": day + dt.timedelta(days=14),
            "ends_on": day + dt.timedelta(days=200)})
