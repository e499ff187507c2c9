"""Two processes at once: one succeeds, the other is told in a sentence."""

import datetime as dt

import pytest

from matchplatform.choosing import queries
from matchplatform.choosing.models import Call, Reply
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.choosing import scenes
from tests.choosing.racers import race


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def closed(people):
    """A closed and opened call with two judged replies, and the moment twelve days later."""
    call = scenes.make_call(people)
    replies = [scenes.sent(call, one) for one in (people.organization_member, people.other_organization_member)]
    with scenes.after(call):
        scenes.opened(people, call)
        for one in replies:
            scenes.judged(people, one)
    return call, replies, (call.closing_at + dt.timedelta(days=12)).isoformat()


def test_two_officers_choosing_at_once(url, people, closed):
    call, replies, at = closed
    acts = [{"act": "choose", "actor": officer.id, "need": call.need.code, "reply": reply.code, "at": at,
             "seen": call.version}
            for officer, reply in zip((people.county_officer, people.second_county_officer), replies, strict=True)]
    settled()
    told = race(url, *acts)
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "同事刚刚办理了这次征集" in told[0][1]
    assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == 1
    assert sorted(db.session.scalars(db.select(Reply.status))) == ["chosen", "not_chosen"]


def test_withdrawing_while_the_county_chooses(url, people, closed):
    call, (first, _second), at = closed
    acts = ({"act": "choose", "actor": people.county_officer.id}, {"act": "withdraw",
                                                                   "actor": people.organization_member.id})
    common = {"need": call.need.code, "reply": first.code, "at": at}
    settled()
    told = race(url, *({**common, **one} for one in acts))
    kinds = [kind for kind, _ in told]
    assert kinds in (["Conflict", "success"], ["Refusal", "success"]), told
    status = db.session.scalar(db.select(Reply.status).where(Reply.code == common["reply"]))
    pairings = db.session.scalar(db.select(db.func.count()).select_from(Pairing))
    assert (status, pairings) in (("chosen", 1), ("withdrawn", 0)), told
    assert db.session.scalar(db.select(Call.status)) == ("decided" if pairings else "reviewing")


def test_two_colleagues_sending_in_the_second_of_closing(url, people):
    call = scenes.make_call(people)
    offering = scenes.offering_of(people.organization_member)
    colleague = factories.make_user("organization_member", username="colleague",
                                    organization_id=people.organization_member.organization_id)
    reply = scenes.sent(call, people.organization_member, offering=offering)
    common = {"act": "send", "need": call.need.code, "offering": offering.code, "seen": reply.version,
              "at": call.closing_at.isoformat()}
    acts = [{**common, "actor": one.id} for one in (people.organization_member, colleague)]
    settled()
    told = race(url, *acts)
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "同事刚刚改过这份应征书" in told[0][1]
    assert db.session.scalar(db.select(db.func.count()).select_from(Reply)) == 1


def test_two_replies_at_once_never_exceed_the_most_that_may_wait(url, people):
    most = queries.most_pending()
    calls = [scenes.make_call(people) for _ in range(most + 1)]
    offering = scenes.offering_of(people.organization_member)
    for one in calls[:most - 1]:
        scenes.sent(one, people.organization_member, offering=offering)
    acts = [{"act": "send", "actor": people.organization_member.id, "need": one.need.code, "at": now().isoformat(),
             "offering": offering.code} for one in calls[most - 1:]]
    settled()
    told = race(url, *acts)
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    assert f"最多同时等 {most} 份" in told[0][1]
    assert db.session.scalar(db.select(db.func.count()).select_from(Reply).where(Reply.status == "sent")) == most
