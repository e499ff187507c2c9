"""The drop-downs county, township, village of the two forms, and what an address preselects."""

from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import cities, counties, region, townships
from matchplatform.catalog.village_queries import village_now, villages_of
from matchplatform.orders.forms import OrderFields


@dataclass(frozen=True)
class Chosen:
    """Where somebody lives as far as he has said; `note` tells that a village is no more and what stands there now."""

    county: str = ""
    township: str = ""
    village: int | None = None
    note: str = ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def understood(county: str | None, township: str | None, village: str | None) -> Chosen:
    """What fits together of the three: a village brings its township, a township its county; what does not fit is
    dropped. A village that was merged away is replaced by its successor, and that is said."""
    found, note = village_now(_number(village)), ""
    if found.village is not None and found.former is not None:
        note = f"“{found.former.name}”已经并入“{found.village.name}”，替您改选了“{found.village.name}”。"
    if found.is_gone:
        note = f"“{found.former.name}”已经撤销了，请重新选村。"
    where = region(found.village.township_code if found.village is not None else township)
    if where is None or where.level != "township":
        one = region(county)
        return Chosen(one.code if one is not None and one.level == "county" else "", note=note)
    if found.village is None and county and where.parent_code != county:  # another county was chosen afterwards
        return Chosen(county if region(county) is not None else "", note=note)
    return Chosen(where.parent_code, where.code, found.village.id if found.village else None, note)


def chosen_in(form: OrderFields) -> Chosen:
    """What the form says; a village that lies elsewhere than the township chosen afterwards is dropped."""
    found = village_now(form.village_number).village
    county, township = form.county_code.data, form.township_code.data
    one = region(township)
    if one is not None and one.level == "township" and county and one.parent_code != county:
        township, found = "", None
    stale = found is not None and township and found.township_code != township and not _merged(form.village_number)
    moved = found is not None and county and region(found.township_code).parent_code != county
    return understood(county, township, None if stale or moved or not township else form.village_id.data)


def _merged(village_id: int | None) -> bool:
    return village_now(village_id).former is not None


def kept(asked: int | None, chosen: int | None) -> int | None:
    """The village to write down: as it was asked for where it was merged or given up, so that the trace stays."""
    found = village_now(asked)
    return asked if found.former is not None and (found.is_gone or found.village.id == chosen) else chosen


def offer(form: OrderFields, chosen: Chosen) -> dict[str, Any]:
    """Fill the lists and select; answers what the template shows beside them."""
    grouped = [(one, counties(one.code)) for one in cities()]
    here = villages_of(chosen.township) if chosen.township else []
    form.offer(county_code=[(one.code, one.name) for _, rows in grouped for one in rows],
               township_code=[(one.code, one.name) for one in townships(chosen.county)] if chosen.county else [],
               village_id=[(str(one.id), one.name) for one in here])
    form.county_code.data, form.township_code.data = chosen.county, chosen.township
    form.village_id.data = str(chosen.village) if chosen.village else ""
    return {"grouped": grouped, "chosen": chosen, "villages": here}
