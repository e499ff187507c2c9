"""Two needs that say the same, and the proposal to put them together."""

from matchplatform.extensions import db
from matchplatform.needs import merger_operations as operations
from matchplatform.needs import merger_rules as rules
from matchplatform.needs.snapshots import columns, plain
from tests import factories


def takes_of(kept, merged, **changes):
    """What the form would post untouched, with some takes changed."""
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    found = {one.name: rules.usual(one, mine, theirs) for one in rules.differing(mine, theirs)}
    return {**found, **{name: rules.Take(*take) if isinstance(take, tuple) else rules.Take(take)
                        for name, take in changes.items()}}


def two_drafts():
    """By two officers of one county."""
    kept = factories.make_need(status="draft", beneficiaries=68)
    merged = factories.make_need(
        status="draft", author="second_county_officer", title="万冲村老年食堂", beneficiaries=80, goal="年底开餐",
        funds_gap_fen=5_000_000, body="万冲村想办老年食堂，房子有了，差灶台和冰箱，还要几套桌椅。")
    merged.lines[0].quantity = 20
    db.session.commit()
    return kept, merged


def proposed(actor, pair, **changes):
    merger = operations.propose_merger(actor, *pair, takes_of(*pair, **changes), "都是老村委会那间食堂")
    db.session.commit()
    return merger
