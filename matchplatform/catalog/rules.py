"""Levels of regions, the categories of help, and what a campaign's dates mean."""

import datetime as dt
from typing import Protocol

from matchplatform.core.rules import Choice, Choices

LEVELS = Choices(Choice("province", "省"), Choice("city", "市（州）"), Choice("county", "县（市、区）"),
                 Choice("township", "乡镇（街道）"))

KEY_COUNTY_STATUS = Choices(Choice("unverified", "待核对", "wait"), Choice("verified", "已核对", "go"))

# value, label, drawing; the first six are named by the policy (measure 9)
CATEGORIES = (
    ("industry", "产业帮扶", "industry"), ("employment", "就业帮扶", "employment"), ("education", "教育帮扶", "education"),
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


def planned(campaign: CampaignDates, today: dt.date) -> int:
    """Organizations that an even pace from start to deadline would have reached by today (0 … goal)."""
    span = (campaign.ends_on - campaign.starts_on).days + 1
    done = (min(today, campaign.ends_on) - campaign.starts_on).days + 1
    return max(0, min(campaign.goal, campaign.goal * done // span))
