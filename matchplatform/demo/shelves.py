"""What stands on the shelves: offerings and needs, with figures drawn around their texts."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matchplatform.core import clock
from matchplatform.core.money import FEN_PER_WAN
from matchplatform.demo import source
from matchplatform.demo.cast import SUFFIX, Cast, county_name
from matchplatform.demo.publications import citation
from matchplatform.demo.timeline import Timeline
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings import operations as offerings
from matchplatform.offerings.models import Offering
from matchplatform.offerings.rules import can_publish
from matchplatform.organizations.queries import organization_of

# What is asked for by category: (item, unit, how many at least, at most, price in 元 or 0).
LINES: dict[str, tuple[tuple[str, str, int, int, int], ...]] = {
    "industry": (("技术人员驻点指导", "人·天", 20, 90, 300), ("加工或保鲜设备", "台", 1, 6, 26_000),
                 ("收购与销售对接", "场", 1, 4, 8_000)),
    "employment": (("技能培训", "人次", 30, 160, 380), ("岗位对接", "个", 20, 120, 0), ("跟踪回访", "次", 4, 12, 500)),
    "education": (("教师或志愿者驻点", "人·月", 4, 24, 1_800), ("教具与图书", "套", 20, 120, 260),
                  ("助学金", "人", 10, 60, 1_500)),
    "elderly_care": (("厨房与助餐设备", "套", 1, 2, 38_000), ("餐桌椅", "套", 10, 24, 600),
                     ("开办后运营补贴", "月", 6, 24, 3_200)),
    "childcare": (("活动室设备", "套", 1, 3, 18_000), ("保育员培训", "人次", 6, 30, 420), ("志愿者陪伴", "人·天", 30,
                                                                              120, 80)),
    "consumption": (("产品包装与设计", "款", 2, 8, 3_600), ("直播带货", "场", 4, 20, 2_500), ("集中采购", "吨", 5, 60,
                                                                                 4_200)),
    "health": (("义诊与筛查", "人次", 100, 600, 35), ("村医培训", "人次", 10, 60, 450), ("常用设备", "台", 2, 10,
                                                                            3_800)),
    "agricultural_technology": (("专家下田指导", "次", 6, 30, 1_200), ("种苗与农资", "亩", 50, 400, 120),
                                ("检测与记录", "批", 4, 20, 600)),
    "culture_and_sports": (("文体器材", "套", 2, 12, 4_500), ("老师驻点教学", "人·天", 20, 80, 260),
                           ("活动组织", "场", 3, 12, 3_000)),
    "living_environment": (("规划与设计", "处", 2, 10, 6_000), ("设施改造", "户", 20, 160, 1_100),
                           ("管护培训", "人次", 10, 60, 220)),
    "governance": (("驻村社工", "人·月", 3, 18, 4_000), ("培训与辅导", "场", 4, 16, 1_800), ("软件与台账整理", "项",
                                                                                 1, 4, 6_500)),
    "charity_relief": (("救助金", "人", 10, 80, 2_000), ("生活物资", "份", 40, 300, 160), ("入户探访", "次", 40, 240,
                                                                                  40)),
}
AID = {"industry": "capacity", "employment": "capacity", "education": "both", "elderly_care": "both",
       "childcare": "both", "consumption": "capacity", "health": "both", "agricultural_technology": "capacity",
       "culture_and_sports": "both", "living_environment": "both", "governance": "capacity",
       "charity_relief": "relief"}
AUDIENCE = {"elderly_care": "60 岁以上老人", "childcare": "0—6 岁儿童和家长", "education": "乡村学校师生",
            "employment": "脱贫劳动力、监测户劳动力", "health": "村民、村医", "charity_relief": "困难群众"}
CONDITIONS = ("村里提供场地和水电，安排一名联系人。", "县里协调场地，乡镇组织群众参加。",
              "请提前两周商定时间，由村里组织人员。",
              "路费由我们承担，食宿请村里安排。", "")


@dataclass
class Shelf:
    """An offering or a need with its text; `record` is there once the story has reached it."""

    text: Any
    record: Any = None


def fill_offerings(line: Timeline, cast: Cast) -> list[Shelf]:
    """Two thirds in the first months, the rest by and by; some are drafts, paused or taken down by now."""
    shelves = [Shelf(text) for text in source.offerings()]
    order = list(range(len(shelves)))
    line.random.shuffle(order)
    fates = dict.fromkeys(order[:5], "draft") | dict.fromkeys(order[5:11], "pause") | dict.fromkeys(
        order[11:14], "withdraw")
    for number, shelf in enumerate(shelves):
        days = line.random.uniform(SPAN_DAYS - 60, SPAN_DAYS - 4) if line.random.random() < 0.66 \
            else line.random.uniform(1, SPAN_DAYS - 60)
        fate = fates.get(number, "publish")
        if shelf.text.organization not in cast.vetted:
            days, fate = line.random.uniform(0.1, 0.4), "draft"  # its organization has only just come
        line.at(line.office_hour(days), _posting(line, cast, shelf, fate))
    return shelves


SPAN_DAYS = 548


def _posting(line: Timeline, cast: Cast, shelf: Shelf, fate: str) -> Callable[[], None]:
    def post() -> None:
        text: source.OfferingText = shelf.text
        member = cast.members.get(text.organization)
        if member is None:  # registers later than this draft would have been written
            return
        if fate != "draft" and not can_publish(organization_of(member), clock.today()):
            line.at(line.after(clock.now(), 2, 6), post)  # vetting has kept it waiting
            return
        moment = clock.now()
        capacity = line.random.choices([1, 2, 3, 4, 6, 8, 10], [3, 12, 24, 25, 18, 10, 8])[0]
        values = {
            "title": text.title, "category_code": text.category, "body": text.body,
            "audience": AUDIENCE.get(text.category, "村集体、合作社和农户"),
            "conditions": line.random.choice(CONDITIONS),
            "capacity": capacity, "funds_fen": line.random.choice([0, 0, 2, 3, 5, 8, 12]) * FEN_PER_WAN,
            "in_kind_fen": line.random.choice([0, 1, 2, 4, 6]) * FEN_PER_WAN,
            "person_days": line.random.randrange(6, 120),
            "cost_model": line.random.choices(["free", "low", "paid"], [78, 17, 5])[0],
            "starts_on": clock.local(moment).date(),
            "ends_on": clock.local(line.now).date() + dt.timedelta(days=line.random.randrange(60, 500)),
            "areas": list(text.areas), "contact_name": member.name, "contact_phone": _phone_of(line)}
        offering = offerings.create_offering(member, values)
        if fate == "draft":
            return
        offerings.act(member, offering, "publish")
        shelf.record = offering
        if fate != "publish":
            reason = "人手调整，暂时不做这一项。" if fate == "withdraw" else ""
            line.at(line.office_hour(line.random.uniform(2, 20)), lambda: _close(member, offering, fate, reason))

    return post


def _close(member: Any, offering: Offering, verb: str, reason: str) -> None:
    offerings.act(member, offering, verb, reason)


def _phone_of(line: Timeline) -> str:
    return f"1{line.random.choice('35789')}{line.random.randrange(10 ** 8, 10 ** 9)}"


def need_values(line: Timeline, text: source.NeedText, closing_at: dt.datetime, moment: dt.datetime) -> dict[str, Any]:
    """Everything that a county fills in around the text."""
    rows = [(item, line.random.randint(low, high), unit, price)
            for item, unit, low, high, price in LINES[text.category]]
    rows = rows[:line.random.choice([2, 3, 3])]
    total = sum(quantity * price for _, quantity, _, price in rows) // 1000 * 1000
    secured = int(total * line.random.choice([0, 0.1, 0.2, 0.3])) // 1000 * 1000
    households = max(1, round(text.beneficiaries / line.random.uniform(2.2, 3.4)))
    starts = clock.local(closing_at).date() + dt.timedelta(days=line.random.randrange(10, 40))
    where = county_name(text.county_code)
    return {
        "title": text.title, "category_code": text.category, "aid_mode": AID[text.category],
        "urgency": line.random.choices(["normal", "soon", "urgent"], [62, 28, 10])[0],
        "township_code": text.township_code, "village": text.village, "body": text.body,
        "goal": f"{starts.year + 1}年底前办成；受益群众不少于 {text.beneficiaries} 人；群众满意率不低于九成。",
        "conditions": line.random.choice(("场地和水电由村集体负责，安排一名专人联系。",
                                          "县里协调部门，乡镇组织群众参加。",
                                          "村里出场地和劳力，缺的是技术和人手。")),
        "supplies": line.random.choice(("", "", "", "懂行的人来教一段时间，吃住由村里安排。",
                                        "会用电脑的志愿者两名，每周来一天。")),
        "publicity": "signed_in" if text.category == "charity_relief" and line.random.random() < 0.4 else "public",
        "basis": "", "funds_secured_fen": secured * 100, "funds_gap_fen": (total - secured) * 100,
        "beneficiaries": text.beneficiaries, "households": households, "lifted_households": households // 5,
        "monitored_households": households // 25,
        "old_and_young": text.beneficiaries * (9 if text.category in ("elderly_care", "childcare") else 3) // 10,
        "starts_on": starts, "ends_on": starts + dt.timedelta(days=line.random.choice([365, 540, 730])),
        "closing_at": closing_at, "unit": f"{where}农业农村局",
        "contact_name": f"{line.random.choice('万周李陈张王')}主任", "contact_phone": _phone_of(line),
        "lines": [{"item": item, "quantity": quantity, "unit": unit, "unit_price_fen": price * 100}
                  for item, quantity, unit, price in rows]}


def write_need(line: Timeline, cast: Cast, shelf: Shelf, written: dt.datetime, closing: dt.datetime, fate: str,
               then: Callable[[Need, dt.datetime], None]) -> None:
    """Let a county write it, hand it in and release it; `then` goes on from the release.

    `fate` "draft" ends with the draft, "submitted" and "returned" at the desk, everything else is released.
    """
    def write() -> None:
        author, releaser = cast.county[shelf.text.county_code]
        cited = citation(cast, shelf.text.category, shelf.text.beneficiaries)
        need = needs.create_need(author, need_values(line, shelf.text, closing, written) | cited)
        shelf.record = need
        if fate == "draft":
            return
        line.at(line.after(written, 0.02, 0.3), lambda: submit(author, releaser, need))

    def submit(author: Any, releaser: Any, need: Need) -> None:
        needs.act(author, need, "submit")
        moment = clock.now()
        if fate == "submitted":
            return
        if fate == "returned":
            line.at(line.after(moment, 0.2, 1), lambda: needs.act(
                releaser, need, "return", "受益人数和户数对不上，请和村里再核一遍；资金缺口请附测算。"))
            return
        line.at(line.after(moment, 0.1, 1.5), lambda: release(releaser, need))

    def release(releaser: Any, need: Need) -> None:
        needs.act(releaser, need, "publish")
        then(need, clock.now())

    line.at(written, write)


__all__ = ["SUFFIX", "Shelf", "fill_offerings", "need_values", "write_need"]
