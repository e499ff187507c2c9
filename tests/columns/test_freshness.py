"""What an act changes stands in the next answer of every process; what was undone stands in none."""

import contextlib
import datetime as dt

from matchplatform.audit.operations import record
from matchplatform.columns import keeping
from matchplatform.core.clock import frozen, now, today
from matchplatform.core.uscc import make_uscc, parse_uscc
from matchplatform.extensions import db
from matchplatform.matching.finding import find_organizations
from matchplatform.needs import bulk_operations as bulk_needs
from matchplatform.needs import merger_operations as mergers
from matchplatform.needs import operations as needs
from matchplatform.needs.column_queries import table as need_table
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.list_queries import NeedList
from matchplatform.needs.models import Need
from matchplatform.offerings import bulk_operations as bulk_offerings
from matchplatform.offerings import operations as offerings
from matchplatform.offerings.column_queries import table as offering_table
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.offerings.list_queries import OfferingList
from matchplatform.offerings.models import Offering
from matchplatform.organizations import bulk_operations as bulk_organizations
from matchplatform.organizations import operations as organizations
from matchplatform.organizations.column_queries import table as organization_table
from matchplatform.organizations.queries import OrganizationFilter
from matchplatform.pairings import operations as pairings
from tests import factories
from tests.columns.reader import ListReader
from tests.needs.merging import proposed, two_drafts

LISTED = (parse_uscc(make_uscc("51", "420900", "70000001")), {"name": "孝感市养老服务协会（名册）"})


def open_needs(**wanted):
    return NeedList(NeedFilter(state=("open",), **wanted)).ids


def offered(**wanted):
    return OfferingList(OfferingFilter(**wanted)).ids


def as_read_anew():
    """The tables that are carried on are those that reading everything gives."""
    for table in (need_table, offering_table, organization_table):
        carried = table()
        keeping.forget()
        fresh = table()
        assert carried.ids.tolist() == fresh.ids.tolist()
        assert carried.codes.tolist() == fresh.codes.tolist()
        for name in carried.choices:
            assert [carried.words[name][n] for n in carried.choices[name]] == [
                fresh.words[name][n] for n in fresh.choices[name]], name
        for name in carried.numbers:
            assert carried.numbers[name].tolist() == fresh.numbers[name].tolist(), name
        for name in carried.texts:
            assert carried.texts[name].tolist() == fresh.texts[name].tolist()


def test_acts_here_stand_in_another_process_s_next_list(app, people):
    need = factories.make_need(status="submitted", category_code="health")
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    db.session.commit()
    number, offered_number = need.id, offering.id
    reader = ListReader(app.config["SQLALCHEMY_DATABASE_URI"])
    with contextlib.closing(reader):
        assert reader.ask({"state": ("open",)}, {"state": ("open",)}) == ([], [offered_number])
        needs.act(people.second_county_officer, need, "publish")
        db.session.commit()
        assert reader.ask({"category": ("health",)}, {"free": True}) == ([number], [offered_number])
        pairing = pairings.bid(people.organization_member, need, offering, {})
        pairings.act(people.county_officer, pairing, "accept")
        db.session.commit()
        assert reader.ask({"state": ("open",)}, {"free": True}) == ([number], [])
        assert reader.ask({}, {"state": ("full",)}) == ([number], [offered_number])
        organizations.record_registry(people.province_officer, offering.organization, {
            "rating": "3A", "rating_ends_on": today() + dt.timedelta(days=30)}, "登记管理机关公告")
        db.session.commit()
        assert reader.ask({}, {"rating": ("3A",)}) == ([number], [offered_number])
        assert reader.ask({}, {"rating": ("4A",)}) == ([number], [])
        needs.act(people.county_officer, need, "close", "自己办好了")
        offerings.act(people.organization_member, offering, "pause")
        db.session.commit()
        assert reader.ask({"state": ("closed",)}) == ([number], [])
        assert reader.ask({"state": ("open",)}) == ([], [])


def test_what_a_transaction_has_changed_is_seen_by_it_and_forgotten_with_it(people):
    ours, others = factories.make_need(status="submitted"), factories.make_need(status="submitted")
    db.session.commit()
    assert open_needs() == []
    needs.act(people.second_county_officer, ours, "publish")
    assert open_needs() == [ours.id]
    db.session.rollback()
    assert open_needs() == []
    needs.act(people.second_county_officer, others, "publish")  # the act gets the number of the one that was undone
    db.session.commit()
    assert open_needs() == [others.id]


def test_a_table_is_carried_on_and_not_read_anew_for_every_act(people, monkeypatch):
    rows = [factories.make_need() for _ in range(3)]
    db.session.commit()
    need_table()
    anew = []
    read = keeping.Kept._anew
    monkeypatch.setattr(keeping.Kept, "_anew", lambda kept, mark: anew.append(mark) or read(kept, mark))
    needs.act(people.county_officer, rows[0], "close", "自己办好了")
    db.session.commit()
    assert len(open_needs()) == 2
    kept = need_table()
    for kind in ("account", "import", "merger", "attachment"):  # the records' own acts say what became of them
        record(people.county_officer, "undo", "撤销", kind)
    db.session.commit()
    assert need_table() is kept
    assert anew == []


def test_a_need_that_is_gone_leaves_the_lists(people):
    draft = factories.make_need(status="draft", lines=False)
    db.session.commit()
    assert draft.id in need_table().ids
    record(people.county_officer, "delete", "删除草稿", "need", object_id=draft.code)
    db.session.delete(draft)
    db.session.commit()
    assert len(need_table()) == 0


def test_states_follow_the_clock_without_any_act(people):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization(), ends_on=today())
    db.session.commit()
    assert (open_needs(), offered(state=("open",))) == ([need.id], [offering.id])
    with frozen(need.closing_at + dt.timedelta(seconds=1)):
        assert (open_needs(), offered(state=("open",))) == ([], [])
        assert (NeedList(NeedFilter(state=("expired",))).ids, offered(state=("expired",))) == ([need.id], [offering.id])


def test_after_many_different_acts_the_tables_are_those_read_anew(people):
    first = factories.make_need(status="submitted", title="缺老师")
    offering = factories.make_offering(factories.first_organization(), areas=("420900", "422801"))
    db.session.commit()
    need_table(), offering_table()
    needs.act(people.second_county_officer, first, "publish")
    db.session.commit()
    need_table()
    draft = needs.create_need(people.county_officer, {"title": "新的一件", "category_code": "health", "body": "缺药",
                                                      "lines": [{"item": "药", "quantity": 3, "unit": "盒"}]})
    needs.edit_need(people.county_officer, draft, {"title": "改过的一件", "closing_at": now() + dt.timedelta(days=9)})
    offerings.edit_offering(people.organization_member, offering, {"areas": ["420921"], "capacity": 5})
    db.session.commit()
    assert offered(county="422801") == []
    pairing = pairings.bid(people.organization_member, first, offering, {})
    pairings.act(people.county_officer, pairing, "accept")
    db.session.commit()
    assert offering_table().numbers["capacity_left"].tolist() == [4]
    as_read_anew()


def test_what_imports_and_mergers_do_is_followed_by_the_acts_of_each_record(people, monkeypatch):
    """Writing, filling in and taking back many at once; merging two and taking that back."""
    member, officer = people.organization_member, people.county_officer
    wanted = {"title": "导入的一件", "category_code": "health", "body": "缺药，缺得厉害", "areas": ["420000"]}
    anew, read = [], keeping.Kept._anew
    monkeypatch.setattr(keeping.Kept, "_anew", lambda kept, mark: anew.append(mark) or read(kept, mark))

    def followed():
        db.session.commit()
        anew.clear()
        assert (len(need_table()), len(offering_table())) == tuple(
            db.session.scalar(db.select(db.func.count()).select_from(model)) for model in (Need, Offering))
        assert anew == []
        as_read_anew()
        need_table(), offering_table()

    pair = two_drafts()
    need_table(), offering_table()
    drafts = bulk_needs.create_needs(officer, [wanted, wanted], [{}, {}])
    offered_now = bulk_offerings.create_offerings(member, [wanted, wanted], [{}, {}])
    listed = bulk_organizations.import_organizations(people.province_officer, [LISTED], [{}], "名册")
    followed()
    other = {"category_code": "education"}
    bulk_needs.fill_drafts(officer, [drafts[0].code], lambda need: other, {}, "一起填")
    bulk_offerings.fill_drafts(member, [offered_now[0].code], lambda offering: other, {}, "一起填")
    merger = proposed(officer, pair)
    mergers.act(people.second_county_officer, merger, "agree")
    assert pair[1].status == "merged"
    followed()
    mergers.act(officer, merger, "undo", "不是一件事")
    bulk_needs.remove_drafts(officer, [drafts[1].code], "撤销导入")
    bulk_offerings.remove_drafts(member, [offered_now[1].code], "撤销导入")
    bulk_organizations.remove_imported(people.province_officer, [listed[0].id], "撤销导入")
    followed()


def test_a_database_brought_back_from_a_copy_is_read_anew(people, monkeypatch):
    need = factories.make_need()
    db.session.commit()
    record(people.county_officer, "publish", "放行发布", "need", object_id=need.code)
    db.session.commit()
    assert open_needs() == [need.id]
    kept = need_table()
    monkeypatch.setattr("matchplatform.columns.keeping.newest_mark", lambda kinds: (0, ""))
    assert need_table() is kept  # this request's snapshot may just be older
    monkeypatch.setattr(keeping, "SNAPSHOT", -1.0)
    assert need_table() is not kept


def test_the_register_hears_of_every_act_on_an_organization(people):
    def registered(**wanted):
        return find_organizations(OrganizationFilter(q="山里人", **wanted)).page.total

    one = factories.make_organization(name="山里人互助会", vetted=False, rating="3A")
    db.session.commit()
    assert registered() == 0
    factories.vet(one)
    record(people.province_officer, "vet_organization", "通过入库", "organization", object_id=one.id,
           organization_id=one.id)
    db.session.commit()
    assert registered(rating=("3A",)) == 1
    organizations.record_registry(people.province_officer, one, {"rating": "5A"}, "登记管理机关公告")
    assert registered(rating=("5A",)) == 1
    db.session.rollback()
    assert registered(rating=("3A",)) == 1
    organizations.act(people.province_officer, one, "suspend", "投诉待查")
    db.session.commit()
    assert registered() == 0
    as_read_anew()


def test_an_organization_that_is_gone_leaves_the_register(people):
    one = factories.make_organization(name="山里人互助会", vetted=False)
    db.session.commit()
    assert one.id in organization_table().ids
    record(people.province_officer, "discard", "撤销导入，删去名册行", "organization", object_id=one.id,
           organization_id=one.id, detail={"uscc": one.uscc})
    db.session.delete(one)
    db.session.commit()
    assert one.id not in organization_table().ids
    as_read_anew()
