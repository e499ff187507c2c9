"""What runs out, and when its people are told: ratings, certificates, tax years, penalties, agreements."""

import datetime as dt
from typing import Any

from matchplatform.core.rules import Choice, Choices

AHEAD = 90                 # days before its end something comes onto the radar
MARKS = (90, 30, 7)        # days before its end its people are told
THINGS = Choices(Choice("rating", "评估等级"), Choice("certificate", "登记证书"), Choice("tax", "税前扣除资格"),
                 Choice("penalty", "行政处罚"), Choice("agreement", "结对协议"))
TOLD = ("rating", "certificate", "tax", "agreement")  # a penalty that ends is nothing to hurry about

CURES = {
    "rating": "要保持等级，请向登记管理机关申请复评；结果公布后由民政部门更新。",
    "certificate": "请到登记管理机关换证，再把新证传到“本组织”的证明材料里。",
    "tax": "请在到期前照公告的要求重新申请资格。",
    "penalty": "期满后自动恢复，不用办手续。",
    "agreement": "还要接着办的，和县里商量续签；办好了的，请县里登记办成。",
}


def mark_of(ends_on: dt.date, today: dt.date) -> int | None:
    """Which reminder is due: the nearest mark that the days left have reached; None before the first and after the
    end. Whoever comes onto the radar late gets the one that fits, not all of them."""
    left = (ends_on - today).days
    reached = [mark for mark in MARKS if 0 <= left <= mark]
    return min(reached) if reached else None


def end_of_year(year: int) -> dt.date:
    """The last day of a calendar year: tax periods are years."""
    return dt.date(year, 12, 31)


def endings(organization: Any) -> list[tuple[str, str, dt.date]]:
    """(thing, what it is called, last day) of everything of an organization's own that has an end."""
    o = organization
    found = [("rating", f"评估等级 {o.rating}", o.rating_ends_on if o.rating else None),
             ("certificate", "登记证书", o.certificate_ends_on),
             ("tax", "税前扣除资格", end_of_year(o.tax_to_year) if o.tax_to_year else None),
             ("penalty", "行政处罚", o.penalty_until)]
    return sorted([(thing, called, day) for thing, called, day in found if day is not None], key=lambda one: one[2])
