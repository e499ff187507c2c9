"""May this organization take this need with this offering: every rule, passed or failed, with its cure."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from matchplatform.catalog.queries import city_of, covers, short_name
from matchplatform.core.rules import Check, Verdict
from matchplatform.needs import rules as need_rules
from matchplatform.offerings import rules as offering_rules
from matchplatform.organizations import rules as organization_rules

REACH = {"county": "直接服务{county}", "city": "服务{city}，含{county}", "province": "服务全省，含{county}"}


def area_text(level: str, county_code: str) -> str:
    """服务孝感市，含孝昌县."""
    city = city_of(county_code)
    return REACH[level].format(county=short_name(county_code), city=short_name(city.code if city else None))


def checks(need: Any, offering: Any, campaign: Any, key_codes: Collection[str], today: dt.date,
           moment: dt.datetime) -> list[Check]:
    """The registry's rules, then area, capacity, the offering's and the need's own openness.

    `key_codes` are the campaign's key counties; `today` is the Shanghai date, `moment` the same instant in UTC.
    """
    rows = organization_rules.registry_checks(offering.organization, campaign, today,
                                              needs_province=need.county_code in key_codes)
    level = covers(offering.area_codes, need.county_code)
    county = short_name(need.county_code)
    city = city_of(need.county_code)
    wider = f"{short_name(city.code)}或" if city is not None and city.code != need.county_code else ""
    served = "、".join(short_name(code) for code in offering.area_codes) or "待填"
    rows.append(Check("area", f"可服务区域覆盖{county}",
                      Verdict.yes(area_text(level, need.county_code)) if level else Verdict.no(
                          f"可服务区域只有{served}。",
                          f"在这项供给的“可服务区域”里加上{wider}{county}，保存后马上可以办。")))
    rows.append(Check("capacity", "还有容量", offering_rules.has_capacity(offering)))
    rows.append(Check("offering_open", "供给在架且在有效期内", offering_rules.is_open(offering, today)))
    still_open = need_rules.is_open(need, moment)
    rows.append(Check("need_open", "需求还在接单", need_rules.has_residual(need) if still_open else still_open))
    return rows


def verdict_of(rows: list[Check]) -> Verdict:
    """The first failure, or yes."""
    return next((row.verdict for row in rows if not row.allowed), Verdict.yes())
