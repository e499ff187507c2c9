"""On a released need a second person opens what was attached since; until then it is there for those at work on it."""

import datetime as dt
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.files import operations, queries, rules, storage
from matchplatform.needs import operations as needs
from matchplatform.needs import rules as need_rules
from matchplatform.notices.models import Notice
from tests import factories
from tests.files import makers
from tests.web.pages import parsed, words

STAFF = {"county_officer", "second_county_officer", "province_officer", "second_province_officer"}
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


@pytest.fixture
def need(people):
    made = factories.make_need()
    db.session.commit()
    return made


def attach(people, record, who="county_officer", number=0, publicity="public", kind="need"):
    upload = storage.receive("方案.pdf", makers.pdf(b"%d" % number))
    file, _ = operations.attach(getattr(people, who), kind, record.code, upload, publicity=publicity)
    db.session.commit()
    return file


def readers(request, file):
    """Everybody who gets the file at its address."""
    return {name for name in (*factories.PEOPLE, "visitor") if request.getfixturevalue(f"as_{name}").get(
        f"/files/{file.id}/{file.name}", buffered=True).status_code == 200}


def told(head):
    names = dict(db.session.execute(db.select(User.id, User.username)).all())
    return {names[one.user_id]: one for one in db.session.scalars(
        db.select(Notice).where(Notice.title.startswith(head)))}


@pytest.mark.parametrize("publicity", ["public", "signed_in", "own"])
@pytest.mark.parametrize("released", [None, -1, 0, 1])
@pytest.mark.parametrize("restored", [None, -2, 2])
@pytest.mark.parametrize("opened", [False, True])
def test_what_came_or_came_back_since_the_release_waits_until_it_is_opened(publicity, released, restored, opened):
    def at(hours):
        return None if hours is None else NOON + dt.timedelta(hours=hours)

    file = SimpleNamespace(publicity=publicity, at=NOON, restored_at=at(restored), opened_at=NOON if opened else None)
    came = 0 if restored is None else restored
    wanted = released is not None and came >= released and not opened and publicity != "own"
    assert rules.is_waiting(file, at(released)) is wanted


@pytest.mark.parametrize("publicity", ["public", "signed_in"])
def test_one_officer_alone_publishes_no_attachment_of_a_released_need(request, people, need, publicity):
    file = attach(people, need, publicity=publicity)
    assert readers(request, file) == STAFF
    with pytest.raises(Refusal, match="不能由上传或恢复它的人自己放开"):
        operations.open_up(people.county_officer, file, "public")
    operations.open_up(people.second_county_officer, file, "signed_in")
    db.session.commit()
    assert readers(request, file) == set(factories.PEOPLE)


def test_the_second_person_chooses_who_may_see_it(request, people, need):
    for number, (publicity, wanted) in enumerate((("public", {*factories.PEOPLE, "visitor"}), ("own", STAFF))):
        file = attach(people, need, number=number)
        operations.open_up(people.province_officer, file, publicity)
        db.session.commit()
        assert file.publicity == publicity
        assert readers(request, file) == wanted
    with pytest.raises(Refusal, match="没有选清楚谁能看"):
        operations.open_up(people.second_county_officer, attach(people, need, number=5), "everybody")


def test_what_only_those_at_work_may_see_waits_for_nobody(people, need):
    file = attach(people, need, publicity="own")
    assert told("附件待放开") == {}
    with pytest.raises(Conflict, match="不用放开"):
        operations.open_up(people.second_county_officer, file, "public")


@pytest.mark.parametrize("status", need_rules.STATES.values)
def test_who_may_open_by_state(people, status):
    need = SimpleNamespace(status=status, county_code=factories.COUNTY)
    wanted = STAFF if status in need_rules.PUBLIC else set()
    assert {name for name in factories.PEOPLE if need_rules.can_open(getattr(people, name), need)} == wanted


@pytest.mark.parametrize("who", ["other_county_officer", "organization_member", "city_officer", "auditor",
                                 "township_officer", "system_admin"])
def test_others_can_neither_open_nor_read_nor_learn_of_it(request, people, need, who):
    file = attach(people, need)
    browser = request.getfixturevalue(f"as_{who}")
    assert browser.post(f"/files/{file.id}/open", data={"publicity": "public"}).status_code == 404
    for path in (f"/files/{file.id}/{file.name}", f"/files/{file.id}/preview"):
        assert browser.get(path).status_code == 404
    assert "方案.pdf" not in words(browser.get(f"/needs/{need.code}"))
    with pytest.raises(NotFound):
        operations.open_up(getattr(people, who), file, "public")
    assert file.opened_at is None


def test_whoever_guesses_the_address_finds_nothing(as_visitor, people, need):
    file = attach(people, need)
    assert as_visitor.get(f"/files/{file.id}/{file.name}").status_code == 404
    assert as_visitor.post(f"/files/{file.id}/open").location.startswith("/sign-in")
    assert "附件" not in words(as_visitor.get(f"/needs/{need.code}"))


def test_what_came_before_the_release_goes_out_with_it(request, people):
    draft = factories.make_need(status="draft")
    db.session.commit()
    file = attach(people, draft, number=7)
    needs.act(people.county_officer, draft, "submit")
    db.session.commit()
    assert told("附件待放开") == {}
    assert "county_officer" in readers(request, file)
    assert "organization_member" not in readers(request, file)
    page = request.getfixturevalue("as_second_county_officer").get(f"/desk/needs/{draft.code}/preview")
    card = words(page).split("附件", 1)[1]
    for said in ("方案.pdf", "向社会公开", "放行以后，这些附件也按各自写明的“谁能看”一起公开"):
        assert said in card, said
    needs.act(people.second_county_officer, draft, "publish")
    db.session.commit()
    assert readers(request, file) == {*factories.PEOPLE, "visitor"}


def test_a_new_release_covers_what_waited(request, people, need):
    file = attach(people, need)
    needs.act(people.county_officer, need, "withdraw", "不办了")
    needs.act(people.county_officer, need, "reinstate", "又要办")
    with pytest.raises(Conflict, match="不用放开"):
        operations.open_up(people.second_county_officer, file, "public")
    needs.act(people.county_officer, need, "submit")
    needs.act(people.second_county_officer, need, "publish")
    db.session.commit()
    assert readers(request, file) == {*factories.PEOPLE, "visitor"}


def test_what_is_put_back_waits_again_and_neither_who_sent_it_nor_who_put_it_back_opens_it(request, people, need):
    file = attach(people, need)
    operations.open_up(people.second_county_officer, file, "public")
    operations.remove(people.county_officer, file)
    operations.restore(people.second_county_officer, file)
    db.session.commit()
    assert readers(request, file) == STAFF
    for who in ("county_officer", "second_county_officer"):
        with pytest.raises(Refusal, match="上传或恢复它的人"):
            operations.open_up(getattr(people, who), file, "public")
    assert set(told("附件待放开")) >= {"province_officer"}
    operations.open_up(people.province_officer, file, "public")
    db.session.commit()
    assert readers(request, file) == {*factories.PEOPLE, "visitor"}


def test_a_removed_file_or_an_opened_one_is_not_opened(people, need):
    file, other = attach(people, need), attach(people, need, number=1)
    operations.remove(people.county_officer, file)
    with pytest.raises(Conflict, match="已经移除了"):
        operations.open_up(people.second_county_officer, file, "public")
    operations.open_up(people.second_county_officer, other, "public")
    with pytest.raises(Conflict, match="已经放开了"):
        operations.open_up(people.province_officer, other, "own")


def test_an_organization_speaks_for_itself(request, people):
    offering = factories.make_offering(factories.first_organization())
    file = attach(people, offering, "organization_member", kind="offering")
    assert readers(request, file) == {*factories.PEOPLE, "visitor"}
    with pytest.raises(Conflict):
        operations.open_up(people.province_officer, file, "own")


def test_the_database_itself_knows_no_opening_by_whoever_sent_it(people, need):
    file = attach(people, need)
    for values in ({"opened_at": clock.now()}, {"restored_at": clock.now()},
                   {"opened_at": clock.now(), "opened_by": people.county_officer.id},
                   {"opened_at": clock.now(), "opened_by": people.second_county_officer.id,
                    "restored_at": clock.now(), "restored_by": people.second_county_officer.id}):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(db.update(type(file)).where(type(file).id == file.id).values(**values))


def test_colleagues_are_asked_once_for_all_and_the_sender_hears_what_became_of_it(people, need):
    uploads = [storage.receive(f"{name}.pdf", makers.pdf(name.encode())) for name in ("一", "二")]
    operations.attach_all(people.county_officer, "need", need.code, uploads, "", "public")
    assert set(told("附件待放开")) == {"second_county_officer"}
    asked = told("附件待放开")["second_county_officer"]
    assert (asked.kind, asked.subject_kind, asked.subject_code) == ("to_do", "need", need.code)
    assert "“一.pdf”、“二.pdf”" in asked.body
    first, second = queries.attachments_of("need", need.code)
    operations.open_up(people.second_county_officer, first, "signed_in")
    heard = told("附件已放开")
    assert set(heard) == {"county_officer"}
    assert "登录的单位和社会组织可见" in heard["county_officer"].body
    operations.remove(people.county_officer, second)
    assert set(told("附件不用放开了")) == {"second_county_officer"}


def test_where_the_county_has_no_second_officer_the_province_is_asked(people, need, as_county_officer):
    people.second_county_officer.enabled = False
    db.session.commit()
    attach(people, need)
    assert set(told("附件待放开")) == {"province_officer", "second_province_officer"}
    assert "等省民政厅（本县没有另一位经办人）放开" in words(as_county_officer.get(f"/desk/needs/{need.code}"))


def test_the_sender_reads_for_whom_it_waits_and_the_colleague_is_asked_to_look(
        as_county_officer, as_second_county_officer, as_visitor, people, need):
    body, content_type = makers.form([("方案.pdf", makers.pdf())], publicity="public", back=f"/desk/needs/{need.code}")
    as_county_officer.post(f"/files/need/{need.code}", data=body, content_type=content_type)
    page = as_county_officer.get(f"/desk/needs/{need.code}")
    parsed(page)
    name = people.second_county_officer.name
    for said in (f"已上传 1 个附件。等{name}放开后，别人才看得到", "待同事放开", f"等{name}放开。谁传的、谁恢复的"):
        assert said in words(page), said
    assert "看过了，放开这个附件" not in words(page)
    assert "已经发布了：新放上来的附件先只有经办的人看得到" in words(page)
    page = as_second_county_officer.get(f"/desk/needs/{need.code}")
    parsed(page)
    assert "看过了，放开这个附件" in words(page)
    file = queries.attachments_of("need", need.code)[0]
    answer = as_second_county_officer.post(f"/files/{file.id}/open", data={
        "publicity": "public", "back": f"/desk/needs/{need.code}"})
    assert answer.status_code == 303
    page = words(as_second_county_officer.get(f"/desk/needs/{need.code}"))
    assert "已放开“方案.pdf”，谁能看：向社会公开" in page
    assert "待同事放开" not in page
    assert as_visitor.get(f"/files/{file.id}/方案.pdf", buffered=True).status_code == 200


def test_the_province_opens_on_the_need_s_own_page(as_province_officer, people, need):
    attach(people, need)
    page = as_province_officer.get(f"/desk/needs/{need.code}")
    parsed(page)
    assert "看过了，放开这个附件" in words(page)
    assert "上传附件" not in words(page).split("附件", 1)[0]


# ---- the history

def whole_story(people, record):
    file = attach(people, record)
    operations.open_up(people.second_county_officer, file, "public")
    operations.remove(people.county_officer, file)
    operations.restore(people.county_officer, file)
    db.session.commit()


def test_attaching_opening_removing_and_restoring_stand_in_the_history(
        as_county_officer, as_auditor, people, need):
    whole_story(people, need)
    for browser, path in ((as_county_officer, "/history"), (as_auditor, "/history"), (as_county_officer, "")):
        page = browser.get(f"/desk/needs/{need.code}{path}")
        parsed(page)
        for act in ("上传附件", "放开附件", "移除附件", "恢复附件"):
            assert f"{act}“方案.pdf”" in words(page), (path, act)
        assert "谁能看：向社会公开" in words(page)


def test_the_history_of_an_offering_tells_of_its_attachments(as_organization_member, people):
    offering = factories.make_offering(factories.first_organization())
    attach(people, offering, "organization_member", kind="offering")
    for path in ("/history", ""):
        assert "上传附件“方案.pdf”" in words(as_organization_member.get(f"/desk/offerings/{offering.code}{path}"))


def test_the_history_names_no_file_to_whoever_may_not_read_it(people, need):
    file = attach(people, need)
    assert [one.label for one in queries.acts_of(people.county_officer, "need", need)] == ["上传附件“方案.pdf”"]
    assert queries.acts_of(people.city_officer, "need", need) == []
    operations.open_up(people.second_county_officer, file, "own")
    assert queries.acts_of(people.city_officer, "need", need) == []
    assert len(queries.acts_of(people.auditor, "need", need)) == 2


def test_opening_is_audited_with_the_choice(people, need):
    file = attach(people, need)
    operations.open_up(people.second_county_officer, file, "signed_in")
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "open")).one()
    assert (row.kind, row.object_id, row.actor_id) == ("attachment", str(file.id), people.second_county_officer.id)
    assert '"publicity": "signed_in"' in row.detail
