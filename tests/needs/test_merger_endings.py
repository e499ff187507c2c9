"""What comes after two needs were put together: undoing, old links, bids in between, two people at once."""

import threading

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import merger_operations as operations
from matchplatform.needs import merger_queries as queries
from matchplatform.needs import operations as needs
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import columns
from matchplatform.pairings import operations as pairings
from matchplatform.web.transaction import commit_or_conflict
from tests import factories
from tests.needs.merging import proposed, takes_of, two_drafts


@pytest.fixture
def pair(people):
    return two_drafts()


# ---- undo

@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "published"])
def test_undoing_brings_both_back_as_they_were(people, state):
    kept = factories.make_need(status="published")
    other = factories.make_need(status=state, author="second_county_officer", releaser="county_officer",
                                title="万冲村老年食堂", beneficiaries=90, contact_phone="13871239999")
    before = [columns(one) for one in (kept, other)]
    merger = proposed(people.county_officer, (kept, other), contact="merged", beneficiaries="merged")
    operations.act(people.second_county_officer, merger, "agree")
    assert (kept.beneficiaries, kept.contact_phone) == (90, "13871239999")
    db.session.commit()
    with pytest.raises(Refusal, match="要写明理由"):
        operations.act(people.county_officer, merger, "undo")
    operations.act(people.county_officer, merger, "undo", "不是同一个村")
    db.session.commit()
    assert [columns(one) for one in (kept, other)] == before
    assert (merger.status, kept.status, other.status, other.merged_into_code) == ("undone", "published", state, None)


def test_what_was_touched_since_is_not_undone(people, pair):
    merger = proposed(people.county_officer, pair)
    operations.act(people.second_county_officer, merger, "agree")
    needs.edit_need(people.county_officer, pair[0], {"village": "白沙村"})
    with pytest.raises(Refusal, match="又改过或办过"):
        operations.act(people.second_county_officer, merger, "undo", "并错了")
    assert pair[1].status == "merged"


def test_strangers_undo_nothing(people, pair):
    merger = proposed(people.county_officer, pair)
    operations.act(people.second_county_officer, merger, "agree")
    for name in ("other_county_officer", "township_officer", "province_officer", "organization_member"):
        with pytest.raises(Refusal):
            operations.act(getattr(people, name), merger, "undo", "并错了")


def test_the_telephone_of_the_former_content_is_not_kept_in_clear(people, pair):
    merger = proposed(people.county_officer, pair)
    operations.act(people.second_county_officer, merger, "agree")
    stored = db.session.execute(db.text("SELECT former, takes_text FROM need_mergers")).one()
    assert pair[0].contact_phone not in f"{stored}"


# ---- bids

def test_with_a_live_bid_on_either_nothing_is_merged(people):
    kept, other = (factories.make_need(status="published", title=title, author=author, releaser=releaser)
                   for title, author, releaser in (("甲", "county_officer", "second_county_officer"),
                                                   ("乙", "second_county_officer", "county_officer")))
    merger = proposed(people.county_officer, (kept, other))
    offering = factories.make_offering(factories.first_organization())
    bid = pairings.bid(people.organization_member, other, offering, {})
    with pytest.raises(Refusal, match="接单或点单在办") as refused:
        operations.act(people.second_county_officer, merger, "agree")
    assert "请先答复" in refused.value.remedy
    pairings.act(people.county_officer, bid, "decline", "另有安排")
    operations.act(people.second_county_officer, merger, "agree")
    assert other.status == "merged"
    with pytest.raises(Refusal, match="不再接单"):
        pairings.bid(people.organization_member, other, offering, {})


def test_the_public_follows_a_released_need_to_where_it_went(people, as_visitor):
    kept, other, last = (factories.make_need(status="published", title=title, author=author, releaser=releaser)
                         for title, author, releaser in (("甲", "county_officer", "second_county_officer"),
                                                         ("乙", "second_county_officer", "county_officer"),
                                                         ("丙", "second_county_officer", "county_officer")))
    for pair in ((kept, other), (last, kept)):
        merger = proposed(people.county_officer, pair)
        operations.act(people.second_county_officer, merger, "agree")
        db.session.commit()
    answer = as_visitor.get(f"/needs/{other.code}")
    assert answer.location == f"/needs/{last.code}"
    assert "已经并入这条" in as_visitor.get(answer.location).get_data(as_text=True)
    assert queries.successor("XQ000000-2026-001") is None


def test_a_draft_that_was_merged_is_no_public_matter(people, pair, as_visitor):
    merger = proposed(people.county_officer, pair)
    operations.act(people.second_county_officer, merger, "agree")
    db.session.commit()
    assert as_visitor.get(f"/needs/{pair[1].code}").status_code == 404


# ---- two at once

def race(app, *acts):
    """Run acts (each in its own thread, session and transaction) at the same moment; answers what each was told,
    sorted."""
    settled()
    gate, told = threading.Barrier(len(acts)), []

    def run(act):
        with app.app_context():
            gate.wait(30)
            try:
                said = act()
                commit_or_conflict()
                told.append(f"done {said}")
            except (Refusal, Conflict) as refusal:
                db.session.rollback()
                told.append(f"refused {refusal.sentence}")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    db.engine.dispose()
    return sorted(told)


def agreeing(merger_id, actor_id):
    from matchplatform.accounts.queries import user_by_id

    return lambda: operations.act(user_by_id(actor_id), db.session.get(NeedMerger, merger_id), "agree")


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def test_both_authors_agree_at_once_and_it_is_merged_once(app, people, pair):
    third = factories.make_user("county_officer", username="third", county_code=factories.COUNTY)
    merger = proposed(third, pair).id
    ids, codes = (people.county_officer.id, people.second_county_officer.id), [one.code for one in pair]
    told = race(app, *(agreeing(merger, one) for one in ids))
    assert [one.split(" ")[0] for one in told] == ["done", "done"]
    assert sum("已并入" in one for one in told) == 1
    found = db.session.get(NeedMerger, merger)
    assert (found.status, {found.kept_consent_by, found.merged_consent_by}) == ("done", set(ids))
    acts = [row.act for row in db.session.scalars(db.select(AuditRow).where(AuditRow.object_id.in_(codes)))]
    assert (acts.count("take_in"), acts.count("merge")) == (1, 1)


def test_a_double_click_merges_once(app, people, pair):
    merger, asked = proposed(people.county_officer, pair).id, people.second_county_officer.id
    told = race(app, agreeing(merger, asked), agreeing(merger, asked))
    assert [one.split(" ")[0] for one in told] == ["done", "refused"]
    assert "已合并" in told[1]


def test_a_bid_and_the_last_consent_at_once_end_as_one_of_the_two(app, people):
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.offerings.models import Offering

    kept, other = (factories.make_need(status="published", title=title, author=author, releaser=releaser)
                   for title, author, releaser in (("甲", "county_officer", "second_county_officer"),
                                                   ("乙", "second_county_officer", "county_officer")))
    merger = proposed(people.county_officer, (kept, other)).id
    offering = factories.make_offering(factories.first_organization()).id
    member, asked, number = people.organization_member.id, people.second_county_officer.id, other.id

    def bid():
        return pairings.bid(user_by_id(member), db.session.get(Need, number), db.session.get(Offering, offering),
                            {}).code

    told = race(app, bid, agreeing(merger, asked))
    assert [one.split(" ")[0] for one in told] == ["done", "refused"]
    merged = db.session.get(Need, number).status == "merged"
    assert ("不再接单" in told[1]) is merged
    assert ("接单或点单在办" in told[1]) is not merged


def test_nobody_proposes_the_same_pair_twice_at_once(app, people, pair):
    from matchplatform.accounts.queries import user_by_id

    third = factories.make_user("county_officer", username="third", county_code=factories.COUNTY).id
    ids = [one.id for one in pair]

    def propose():
        found = [db.session.get(Need, one) for one in ids]
        return operations.propose_merger(user_by_id(third), *found, takes_of(*found)).id

    told = race(app, propose, propose)
    assert [one.split(" ")[0] for one in told] == ["done", "refused"]
    assert "已经有人提了合并" in told[1]
