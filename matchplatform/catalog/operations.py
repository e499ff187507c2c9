"""Everything that changes campaigns, their key counties, and categories. The province's officers only."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.catalog import queries, rules
from matchplatform.catalog.models import Campaign, Category, KeyCounty, SpentCode
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db

CAMPAIGN_FIELDS = ("name", "source", "starts_on", "ends_on", "goal", "pending_replies_most",
                   "requires_recommendation", *rules.PRESETS)
_FASTER = ("别人刚刚改动了这个行动，这次没有保存。", "请看最新内容再改。")


def _refuse_others(actor: Any) -> None:
    verdict = rules.can_steer(actor)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


def open_campaign(actor: Any, values: dict[str, Any], model: Campaign | None) -> Campaign:
    """A new campaign; its key counties are copied from `model` with their sources, each to be verified again.

    `values` are CAMPAIGN_FIELDS. Raises Refusal on overlapping dates or a taken name.
    """
    _refuse_others(actor)
    values = {**{name: Campaign.__table__.c[name].default.arg
                 for name in ("pending_replies_most", "requires_recommendation")}, **values}
    _refuse_dates(values, queries.campaigns())
    if any(one.name == values["name"] for one in queries.campaigns()):
        raise Refusal(f"已经有一个叫“{values['name']}”的行动。", "请换一个名称。")
    campaign = Campaign(**{name: values[name] for name in CAMPAIGN_FIELDS}, created_at=clock.now())
    campaign.key_counties = [KeyCounty(county_code=row.county_code, source=row.source, note=row.note,
                                       recorded_on=row.recorded_on, status="unverified")
                             for row in (model.key_counties if model is not None else ())]
    db.session.add(campaign)
    _flush()
    _log(actor, campaign, "open_campaign", "新开行动", "", {
        **_plain(values), "key_counties": len(campaign.key_counties), "copied_from": model.name if model else ""})
    return campaign


def _refuse_dates(values: dict[str, Any], others: list[Campaign]) -> None:
    verdict = rules.dates_verdict(values["starts_on"], values["ends_on"], others)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


def edit_campaign(actor: Any, campaign: Campaign, values: dict[str, Any], reason: str,
                  version: int | None = None) -> None:
    """Change a campaign's settings. Raises Conflict when it is no longer what the actor saw."""
    _refuse_others(actor)
    _want_reason(reason)
    if version is not None and version != campaign.version:
        raise Conflict(*_FASTER)
    values = {"requires_recommendation": campaign.requires_recommendation, **values}
    others = [one for one in queries.campaigns() if one.id != campaign.id]
    if (values["starts_on"], values["ends_on"]) != (campaign.starts_on, campaign.ends_on):
        _refuse_dates(values, others)
    if any(one.name == values["name"] for one in others):
        raise Refusal(f"已经有一个叫“{values['name']}”的行动。", "请换一个名称。")
    changed = {name: [getattr(campaign, name), values[name]] for name in CAMPAIGN_FIELDS
               if getattr(campaign, name) != values[name]}
    if not changed:
        raise Refusal("内容没有变化。", "要改哪一项，请改好再保存。")
    for name, (_, value) in changed.items():
        setattr(campaign, name, value)
    _flush()
    _log(actor, campaign, "edit_campaign", "修改行动", reason, {
        name: [str(before), str(after)] for name, (before, after) in changed.items()})


def add_key_county(actor: Any, campaign: Campaign, county_code: str, source: str, note: str) -> KeyCounty:
    """Put a county on the list; the source says where it is called one."""
    _refuse_others(actor)
    county = queries.regions().get(county_code)
    if county is None or county.level != "county":
        raise Refusal("没有这个县（市、区）。", "请从列表里选。")
    if any(row.county_code == county_code for row in campaign.key_counties):
        raise Refusal(f"{county.name}已经在名单里。", "要改它的来源，请在它那一行改。")
    if not source.strip():
        raise Refusal("还没有写明来源。", "请写文件名称和文号，或者公告的出处。")
    row = KeyCounty(county_code=county_code, source=source.strip(), note=note.strip(), recorded_on=clock.today(),
                    status="unverified")
    campaign.key_counties.append(row)
    _flush()
    _log(actor, campaign, "add_key_county", "增加重点帮扶县", "", {"county": county.name, "source": row.source},
         county_code)
    return row


def edit_key_county(actor: Any, campaign: Campaign, row: KeyCounty, *, source: str, note: str,
                    verified: bool) -> None:
    """Change where the row comes from and whether somebody has verified it; the date becomes today's."""
    _refuse_others(actor)
    if not source.strip():
        raise Refusal("还没有写明来源。", "请写文件名称和文号，或者公告的出处。")
    before = {"source": row.source, "note": row.note, "status": row.status}
    row.source, row.note = source.strip(), note.strip()
    row.status, row.recorded_on = "verified" if verified else "unverified", clock.today()
    _flush()
    _log(actor, campaign, "edit_key_county", "核对重点帮扶县", "", {
        "county": row.county.name, "before": before,
        "after": {"source": row.source, "note": row.note, "status": row.status}}, row.county_code)


def remove_key_county(actor: Any, campaign: Campaign, row: KeyCounty, reason: str) -> None:
    """Take a county off the list: its pairings stop counting toward the goal."""
    _refuse_others(actor)
    _want_reason(reason)
    name, code = row.county.name, row.county_code
    campaign.key_counties.remove(row)
    _flush()
    _log(actor, campaign, "remove_key_county", "移出重点帮扶县", reason, {"county": name}, code)


def add_category(actor: Any, name: str, drawing: str) -> Category:
    """A field of help beyond the twelve; it stands after the others."""
    _refuse_others(actor)
    known = queries.categories(active_only=False)
    _refuse_taken(name, known)
    if drawing not in rules.DRAWINGS:
        raise Refusal("没有这个图案。", "请从列表里选。")
    number = 1 + max((int(one.code[6:]) for one in known if one.code.startswith("added_")), default=0)
    row = Category(code=f"added_{number}", name=name, drawing=drawing,
                   position=10 + max((one.position for one in known), default=0))
    db.session.add(row)
    _flush()
    _log_category(actor, row, "add_category", "增加帮扶领域", "", {"name": name})
    return row


def rename_category(actor: Any, row: Category, name: str) -> None:
    """Another word for the same field; records keep pointing to it."""
    _refuse_others(actor)
    _refuse_taken(name, [one for one in queries.categories(active_only=False) if one.code != row.code])
    before, row.name = row.name, name
    _flush()
    _log_category(actor, row, "rename_category", "帮扶领域改名", "", {"before": before, "after": name})


def set_category_active(actor: Any, row: Category, active: bool, reason: str) -> None:
    """Offer a field for new records or no longer; what exists keeps it."""
    _refuse_others(actor)
    _want_reason(reason)
    if row.is_active == active:
        raise Refusal(f"“{row.name}”已经是这个状态。")
    if not active and len(queries.categories()) == 1:
        raise Refusal("至少要留一个帮扶领域。")
    row.is_active = active
    _flush()
    _log_category(actor, row, "enable_category" if active else "disable_category",
                  "启用帮扶领域" if active else "停用帮扶领域", reason, {"name": row.name})


def _refuse_taken(name: str, others: list[Category]) -> None:
    if not name.strip():
        raise Refusal("领域名称还没有填。")
    if any(one.name == name for one in others):
        raise Refusal(f"已经有“{name}”这个领域。", "请换一个名称。")


def _want_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("还没有写明理由。", "请写一句话，审计里会留下。")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] if isinstance(values[name], (bool, int)) else str(values[name])
            for name in CAMPAIGN_FIELDS}


def _flush() -> None:
    """Write, and drop what this request has kept of the old rows."""
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(*_FASTER) from error
    queries.forget()


def _log(actor: Any, campaign: Campaign, act: str, label: str, reason: str, detail: dict[str, Any],
         county_code: str | None = None) -> None:
    record(actor, act, label, "campaign", object_id=campaign.id, object_label=campaign.name,
           county_code=county_code, reason=reason.strip(), detail=detail)


def _log_category(actor: Any, row: Category, act: str, label: str, reason: str, detail: dict[str, Any]) -> None:
    record(actor, act, label, "campaign", object_id=f"category:{row.code}", object_label=row.name,
           reason=reason.strip(), detail=detail)


def spend_codes(codes: Iterable[str]) -> None:
    """Keep the numbers of records that are taken back from being given out again."""
    db.session.add_all([SpentCode(code=code, at=clock.now()) for code in codes])
    db.session.flush()
