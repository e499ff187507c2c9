"""What is released is in the ranking of the next request, in this process and in every other."""

import contextlib

import pytest

from matchplatform.audit.operations import record
from matchplatform.extensions import db
from matchplatform.matching import corpus, queries
from matchplatform.matching.queries import (
    ranked_needs,
    ranked_offerings,
    search_needs,
    search_offerings,
    similar_needs,
)
from matchplatform.needs import operations as needs
from matchplatform.offerings import operations as offerings
from tests import factories
from tests.conftest import make_app
from tests.matching.reader import Reader

SHRIMP = "提供稻虾共作技术指导服务，从清沟、投苗到捕捞全程跟着教，不收费。"


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def test_a_release_is_found_by_the_next_request_here_and_in_another_process(people, url):
    need = factories.make_need(status="submitted", title="夏秋茶没人采",
                               body="鲜叶烂在树上，茶农盼着有人来收购加工，多一份收入。")
    offering = factories.make_offering(factories.first_organization(), status="draft", title="成熟茶叶收购",
                                       body="保底价收购夏秋茶鲜叶，做成茶粉，货款半月一结，不拖欠。")
    db.session.commit()
    number, other = need.id, offering.id
    assert (search_needs("夏秋茶"), search_offerings("夏秋茶")) == ([], [])
    db.session.commit()
    reader = Reader(url)
    with contextlib.closing(reader):
        assert reader.ask("夏秋茶") == ([], [])
        needs.act(people.second_county_officer, need, "publish")
        offerings.act(people.organization_member, offering, "publish")
        db.session.commit()
        assert reader.ask("夏秋茶") == ([number], [other])
        assert (search_needs("夏秋茶"), search_offerings("夏秋茶")) == ([number], [other])
        assert [m.offering.id for m in ranked_offerings(need)] == [other]
        assert [m.need.id for m in ranked_needs(offering)] == [number]
        offerings.act(people.organization_member, offering, "withdraw", "今年不收了")
        db.session.commit()
        assert reader.ask("夏秋茶") == ([number], [])
        assert ranked_offerings(need) == []


def test_closed_needs_however_like_never_crowd_out_an_open_one(people, monkeypatch):
    """What is no longer open stays in the library; a ranking looks past it, stored or fresh, and both ways."""
    monkeypatch.setattr(queries, "LOOKED_AT", 2)
    wish = "盼着有人来收购夏秋茶鲜叶，做成茶粉，货款不拖欠，多一份收入。"
    offering = factories.make_offering(factories.first_organization(), title="成熟茶叶收购",
                                       body="保底价收购夏秋茶鲜叶，做成茶粉，货款半月一结，不拖欠。")
    for _ in range(3):
        factories.make_need(status="closed", title="成熟茶叶收购", body=wish)
    still = factories.make_need(title="茶叶滞销", body="村里的绿茶卖不动，盼着有人来收购，多一份收入。")
    db.session.commit()
    assert [m.need.id for m in ranked_needs(offering)] == [still.id]
    fresh = factories.make_need(status="submitted", title="成熟茶叶收购", body=wish)
    db.session.commit()
    needs.act(people.second_county_officer, fresh, "publish")
    db.session.commit()
    assert [m.need.id for m in ranked_needs(offering)] == [fresh.id, still.id]
    needs.act(people.county_officer, fresh, "close", "已经办好")
    db.session.commit()
    assert [m.need.id for m in ranked_needs(offering)] == [still.id]
    assert [one.id for one in similar_needs(still, True)] == []


def test_a_second_application_on_the_same_database_sees_it_too(people, url):
    db.session.commit()
    other = make_app(url)
    with other.app_context():
        assert search_offerings("稻虾") == []
        db.session.remove()
    offering = factories.make_offering(factories.first_organization(), status="draft", body=SHRIMP)
    db.session.commit()
    offerings.act(people.organization_member, offering, "publish")
    number = offering.id
    db.session.commit()
    with other.app_context():
        assert search_offerings("稻虾") == [number]
        db.session.remove()
        db.engine.dispose()


def test_an_edit_of_a_published_offering_changes_what_it_is_found_by(people):
    offering = factories.make_offering(factories.first_organization(), body=SHRIMP)
    db.session.commit()
    assert search_offerings("稻虾") == [offering.id]
    offerings.edit_offering(people.organization_member, offering, {
        "body": "改为提供乡村医生用药培训，每季度一次，由县医院的医师带教。"})
    db.session.commit()
    assert search_offerings("稻虾") == []
    assert search_offerings("乡村医生") == [offering.id]


def test_what_was_rolled_back_is_forgotten(people):
    """A request that writes builds from its own uncommitted rows; the next act may get the same number."""
    ours = factories.make_need(status="submitted", body="鲜叶烂在树上，夏秋茶没人采，茶农盼着有人来收购加工。")
    others = factories.make_need(status="submitted", body="村医不会用药，高血压糖尿病都管不住，盼着有人来带教。")
    db.session.commit()
    needs.act(people.second_county_officer, ours, "publish")
    assert search_needs("夏秋茶") == [ours.id]
    db.session.rollback()
    needs.act(people.second_county_officer, others, "publish")
    db.session.commit()
    assert search_needs("夏秋茶") == []
    assert search_needs("村医") == [others.id]


def test_nothing_is_built_anew_while_nothing_happened(people):
    factories.make_need()
    db.session.commit()
    first = corpus.needs()
    assert corpus.needs() is first
    record(people.county_officer, "sign_in", "登录", "account")
    db.session.commit()
    assert corpus.needs() is first
    record(people.county_officer, "publish", "发布", "need", object_id="x")
    db.session.commit()
    assert corpus.needs() is not first


def test_similar_needs_are_open_alike_and_never_the_need_itself(people):
    need = factories.make_need()
    alike = factories.make_need(title="想办老年食堂", village="别的村")
    factories.make_need(status="closed")
    factories.make_need(closing_at=factories.now() - factories.dt.timedelta(minutes=1))
    factories.make_need(title="夏秋茶没人采", body="鲜叶烂在树上，盼着有人来收购。", category_code="industry")
    db.session.commit()
    assert [one.id for one in similar_needs(need, True)] == [alike.id]
    draft = factories.Need(title=need.title, body=need.body, category_code="elderly_care",
                           county_code=factories.COUNTY, status="draft")
    assert [one.id for one in similar_needs(draft, True, limit=1)] == [need.id]
    offering = factories.make_offering(factories.first_organization())
    db.session.commit()
    corpus.forget()
    with db.session.no_autoflush:
        match, = ranked_offerings(draft)
    assert match.offering.id == offering.id
    assert "服务全省" in {part.label: part.why for part in match.score.parts}["服务区域"]
    db.session.rollback()
