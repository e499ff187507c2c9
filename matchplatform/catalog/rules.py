"""Levels of regions, the categories of help, and what a campaign's dates mean."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Verdict

LEVELS = Choices(Choice("province", "省"), Choice("city", "市（州）"), Choice("county", "县（市、区）"),
                 Choice("township", "乡镇（街道）"))

KEY_COUNTY_STATUS = Choices(Choice("unverified", "待核对", "wait"), Choice("verified", "已核对", "go"))

# value, label, drawing; the first six are named by the policy (measure 9)
CATEGORIES = (
    ("industry", "产业帮扶", "industry"), ("employment", "就业帮扶", "employment"),
    ("education", "教育帮扶", "education"),
    ("elderly_care", "养老服务", "elderly"), ("childcare", "托幼服务", "childcare"),
    ("consumption", "消费帮扶", "consumption"), ("health", "医疗健康", "health"),
    ("agricultural_technology", "农业科技", "agritech"), ("culture_and_sports", "文化体育", "culture"),
    ("living_environment", "人居环境", "environment"), ("governance", "基层治理", "governance"),
    ("charity_relief", "慈善救助", "charity"),
)
POLICY_NAMED = 6

PROVINCE = "420000"


class CampaignDates(Protocol):
    """What the functions below need of a campaign."""

    starts_on: dt.date
    ends_on: dt.date
    goal: int


def has_ended(campaign: CampaignDates, today: dt.date) -> bool:
    """The deadline day itself still counts."""
    return today > campaign.ends_on


def figure_day_verdict(campaign: CampaignDates, day: dt.date, today: dt.date) -> Verdict:
    """May a campaign's figure be asked for as of this day: from its start to today, and to its deadline?"""
    if day < campaign.starts_on:
        return Verdict.no(f"行动从 {campaign.starts_on:%Y-%m-%d} 开始，请选那天或以后的日子。")
    if day > today:
        return Verdict.no("那一天还没有到，请选今天或以前的日子。")
    if has_ended(campaign, day):
        return Verdict.no(f"行动在 {campaign.ends_on:%Y-%m-%d} 截止，数字停在那一天。")
    return Verdict.yes()


def planned(campaign: CampaignDates, today: dt.date) -> int:
    """Organizations that an even pace from start to deadline would have reached by today (0 … goal)."""
    span = (campaign.ends_on - campaign.starts_on).days + 1
    done = (min(today, campaign.ends_on) - campaign.starts_on).days + 1
    return max(0, min(campaign.goal, campaign.goal * done // span))


def can_keep_villages(actor: Any, township_code: str, county_code: str) -> Verdict:
    """The township keeps its own villages, the county those of its townships."""
    if actor.role == "township_officer" and actor.township_code == township_code:
        return Verdict.yes()
    if actor.role == "county_officer" and actor.county_code == county_code:
        return Verdict.yes()
    return Verdict.no("村名由本乡镇和本县维护。")


CAMPAIGN_STATES = Choices(Choice("coming", "还没开始"), Choice("running", "进行中", "go"),
                          Choice("ended", "已结束", "info"))
PRESETS = {"requires_rating": "评估等级 3A 以上且在有效期内", "requires_three_years": "登记满 3 年",
           "requires_three_staff": "专职人员 3 人以上"}
# The drawings that the stylesheet has; a new category borrows one.
DRAWINGS = tuple(dict.fromkeys(drawing for _, _, drawing in CATEGORIES))


def campaign_state(campaign: CampaignDates, today: dt.date) -> Choice:
    """Coming, running or ended."""
    if has_ended(campaign, today):
        return CAMPAIGN_STATES["ended"]
    return CAMPAIGN_STATES["running" if campaign.starts_on <= today else "coming"]


def can_steer(actor: Any) -> Verdict:
    """Campaigns, key counties and categories are the province's."""
    if getattr(actor, "role", "") == "province_officer":
        return Verdict.yes()
    return Verdict.no("行动和目录由省民政厅维护。", "有问题请告诉省民政厅。")


def dates_verdict(starts_on: dt.date, ends_on: dt.date, others: Iterable[Any]) -> Verdict:
    """A campaign runs forward, at most ten years, and never at the same time as another: one goal at a time."""
    if ends_on <= starts_on:
        return Verdict.no("截止日期要晚于开始日期。", "请核对起止日期。")
    if (ends_on - starts_on).days > 3653:
        return Verdict.no("行动超过十年。", "请核对年份。")
    for other in others:
        if starts_on <= other.ends_on and other.starts_on <= ends_on:
            free = other.ends_on + dt.timedelta(days=1)
            return Verdict.no(f"和“{other.name}”（{other.starts_on:%Y-%m-%d} 至 {other.ends_on:%Y-%m-%d}）的日期重叠。",
                              f"同一时间只有一个行动；可以从 {free:%Y-%m-%d} 开始。")
    return Verdict.yes()
