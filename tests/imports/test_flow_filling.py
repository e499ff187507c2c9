"""What no row of a sheet says is given to all its drafts at once: only where it is empty, and without tying them."""

import datetime as dt
from threading import Barrier, Thread

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.core.clock import local
from matchplatform.core.errors import Conflict
from matchplatform.extensions import db
from matchplatform.imports import queries, submit_operations, submit_queries
from matchplatform.needs.models import Need
from matchplatform.needs.operations import edit_need
from matchplatform.offerings.models import Offering
from matchplatform.revisions.models import Revision
from matchplatform.web.transaction import commit_or_conflict
from tests.imports.sheets_made import HEADER, need_row, workbook
from tests.imports.steps import imported, item_now, number_in, rows_of, states, upload
from tests.imports.test_flow_races import settled
from tests.imports.test_flow_scope import OFFERINGS, offering_row
from tests.web.pages import parsed

BARE = {"接单截止": "", "怎样算办成": "", "联系人": ""}


def bare_sheet(count, *more):
    """Needs that say neither a closing time nor a result nor a person."""
    return workbook(HEADER, [*(need_row(n, **BARE) for n in range(1, count + 1)), *more])


GIVEN = {"fill-closing_at": "2027-02-20", "fill-goal": "每天 60 位老人吃上热饭", "fill-contact_name": "李明"}


def fill(client, number, do="fill", **more):
    return client.post(f"/desk/imports/{number}/submit", data={"do": do, **GIVEN, **more})


def page_of(client, number):
    return client.get(f"/desk/imports/{number}/submit").get_data(as_text=True)


def needs():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(db.select(Need).order_by(Need.code)).all()


def acts(act, kind="need"):
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).where(AuditRow.act == act, AuditRow.kind == kind))


def test_what_several_drafts_lack_is_typed_once_looked_at_and_filled_in(as_county_officer):
    number = imported(as_county_officer, bare_sheet(3, need_row(4)))
    page = page_of(as_county_officer, number)
    assert "给这 3 条一起填" in page
    assert page.count("3 条没有填") == 3  # each of the three fields
    assert 'name="fill-unit"' not in page  # every row says it
    answer = fill(as_county_officer, number, "look")
    parsed(answer)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "要改 3 条草稿" in page, "填到这 3 条" in page) == (200, True, True)
    assert "2027-02-20 17:00" in page  # as it was understood
    assert {one.goal for one in needs()[:3]} == {""}
    answer = fill(as_county_officer, number, **{"expected-goal": "3"})
    assert answer.status_code == 303
    page = as_county_officer.get(answer.headers["Location"]).get_data(as_text=True)
    assert "填好了：接单截止 3 条、联系人 3 条、怎样算办成 3 条。" in page.replace("\n", "")
    assert "这期间" not in page
    assert "提交审核这 4 条" in page
    found = needs()
    assert {one.goal for one in found} == {"每天 60 位老人吃上热饭"}
    assert {f"{local(one.closing_at):%Y-%m-%d %H:%M}" for one in found} == {"2027-02-20 17:00"}
    as_county_officer.post(f"/desk/imports/{number}/submit")
    assert {one.status for one in needs()} == {"submitted"}


def test_what_a_draft_says_already_is_not_touched(as_county_officer):
    number = imported(as_county_officer, bare_sheet(2, need_row(3, 接单截止="", 联系人="王芳")))
    fill(as_county_officer, number)
    assert [one.contact_name for one in needs()] == ["李明", "李明", "王芳"]
    assert acts("fill") == 3
    fill(as_county_officer, number, **{"fill-contact_name": "赵刚"})
    assert [one.contact_name for one in needs()] == ["李明", "李明", "王芳"]
    assert acts("fill") == 3


def test_filling_leaves_the_way_back_open_and_is_taken_back_with_the_import(as_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    codes = [one.record_code for one in rows_of(number)]
    fill(as_county_officer, number)
    kept = db.session.scalars(db.select(Revision.act).where(Revision.code == codes[0]).order_by(Revision.number)).all()
    assert kept == ["create", "fill"]
    page = as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)
    assert "撤销这 2 条" in page
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert (item_now(number).status, states(number), needs()) == ("undone", ["undone"] * 2, [])
    assert first_break()[1] is None


def test_an_edit_by_hand_still_keeps_the_import_after_filling(people, as_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    fill(as_county_officer, number)
    edit_need(people.county_officer, needs()[0], {"village": "另一个村"})
    commit_or_conflict()
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["created"] * 2


@pytest.mark.parametrize(("typed", "said"), [
    ({"fill-closing_at": "2020-01-01"}, "接单截止已经过去"), ({"fill-contact_name": "<李明>"}, "不能有"),
    ({"fill-closing_at": "2020-01-01", "do": "look"}, "接单截止已经过去")])
def test_a_fault_stands_at_its_field_and_everything_typed_stays(as_county_officer, typed, said):
    number = imported(as_county_officer, bare_sheet(2))
    answer = fill(as_county_officer, number, **({"do": "fill"} | typed))
    page = answer.get_data(as_text=True)
    name = next(one for one in typed if one != "do")
    parsed(answer, 422)
    assert f'id="{name}-error"' in page
    assert said in page
    assert "每天 60 位老人吃上热饭" in page
    assert acts("fill") == 0
    assert {one.goal for one in needs()} == {""}


def test_nothing_typed_is_told_and_nothing_changes(as_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    answer = as_county_officer.post(f"/desk/imports/{number}/submit", data={"do": "look", "fill-goal": " "})
    assert answer.status_code == 422
    assert "还没有填。请至少填一项" in answer.get_data(as_text=True)


def test_going_back_from_the_counts_keeps_what_was_typed(as_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    answer = fill(as_county_officer, number, "change")
    assert answer.status_code == 200
    assert 'value="2027-02-20"' in answer.get_data(as_text=True)
    assert acts("fill") == 0


def test_a_choice_that_the_sheet_never_made_is_made_for_all_and_stays_made(people, as_county_officer):
    """The drafts hold the default from the start, so what counts is whether anybody said it."""
    number = imported(as_county_officer, bare_sheet(3))
    edit_need(people.second_county_officer, needs()[0], {"village": "看过的村"})  # somebody went over this one
    commit_or_conflict()
    fill(as_county_officer, number, **{"fill-aid_mode": "造血"})
    assert [one.aid_mode for one in needs()] == ["relief", "capacity", "capacity"]
    assert 'name="fill-aid_mode"' not in page_of(as_county_officer, number)
    fill(as_county_officer, number, **{"fill-aid_mode": "输血与造血并用"})
    assert [one.aid_mode for one in needs()] == ["relief", "capacity", "capacity"]


def test_a_choice_that_the_sheet_has_a_column_for_is_not_offered(as_county_officer):
    number = imported(as_county_officer, workbook([*HEADER, "帮扶方式"], [[*need_row(1, **BARE), ""]]))
    assert 'name="fill-aid_mode"' not in page_of(as_county_officer, number)
    fill(as_county_officer, number, **{"fill-aid_mode": "造血"})
    assert needs()[0].aid_mode == "relief"


def test_a_date_that_would_stand_against_the_drafts_other_one_is_left_out_and_told(as_county_officer):
    number = imported(as_county_officer, workbook(HEADER, [
        need_row(1, 开始日期=""), need_row(2, 开始日期="", 结束日期="2027-02-28")]))
    typed = {"fill-starts_on": "2027-03-01"}
    answer = as_county_officer.post(f"/desk/imports/{number}/submit", data={"do": "look", **typed})
    assert "另有 1 条不填" in answer.get_data(as_text=True)
    as_county_officer.post(f"/desk/imports/{number}/submit", data={"do": "fill", **typed})
    assert [one.starts_on for one in needs()] == [dt.date(2027, 3, 1), None]


def test_offerings_get_their_areas_and_persons_the_same_way(as_organization_member):
    rows = [offering_row(n, 可服务区域="", 联系人="", 联系电话="") for n in (1, 2)]
    number = imported(as_organization_member, workbook(OFFERINGS, rows), "供给.xlsx")
    page = page_of(as_organization_member, number)
    assert "给这 2 项一起填" in page
    typed = {"do": "fill", "fill-areas": "孝感市、随州市", "fill-contact_name": "李明",
             "fill-contact_phone": "13871230001"}
    as_organization_member.post(f"/desk/imports/{number}/submit", data=typed)
    found = db.session.scalars(db.select(Offering).order_by(Offering.id)).all()
    assert [one.area_codes for one in found] == [["420900", "421300"]] * 2
    assert {(one.contact_name, one.contact_phone) for one in found} == {("李明", "13871230001")}
    assert acts("fill", "offering") == 2
    assert "撤销这 2 项" in as_organization_member.get(f"/desk/imports/{number}/undo").get_data(as_text=True)
    as_organization_member.post(f"/desk/imports/{number}/submit")
    db.session.expire_all()
    assert {one.status for one in found} == {"published"}


def test_nobody_elses_drafts_are_filled(as_county_officer, as_other_county_officer, as_township_officer,
                                        as_organization_member):
    number = imported(as_county_officer, bare_sheet(1))
    for client in (as_other_county_officer, as_township_officer, as_organization_member):
        assert fill(client, number).status_code == 404
    assert acts("fill") == 0


def test_the_colleagues_fill_is_seen_and_told_not_overwritten(as_county_officer, as_second_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    fill(as_county_officer, number, "look")
    fill(as_second_county_officer, number, **{"fill-contact_name": "赵刚"})
    answer = fill(as_county_officer, number, **{"expected-contact_name": "2"})
    page = as_county_officer.get(answer.headers["Location"]).get_data(as_text=True)
    assert "联系人原来要填 2 条，其中 2 条这期间有人填过" in page
    assert {one.contact_name for one in needs()} == {"赵刚"}


def test_a_draft_that_was_edited_or_handed_in_meanwhile_keeps_what_it_says(people, as_county_officer):
    number = imported(as_county_officer, bare_sheet(3))
    fill(as_county_officer, number, "look")
    edit_need(people.second_county_officer, needs()[0], {"contact_name": "王芳", "goal": "自己写的"})
    commit_or_conflict()
    edit_need(people.second_county_officer, needs()[1], {"contact_name": "孙立", "goal": "也写了", "closing_at":
              dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)})
    commit_or_conflict()
    as_county_officer.post(f"/desk/needs/{needs()[1].code}/submit")
    answer = fill(as_county_officer, number, **{"expected-goal": "3", "expected-closing_at": "3"})
    page = as_county_officer.get(answer.headers["Location"]).get_data(as_text=True)
    assert "怎样算办成原来要填 3 条，其中 2 条这期间有人填过、交上去了或删去了，没有动。" in page
    assert "接单截止原来要填 3 条，其中 1 条" in page
    assert [(one.contact_name, one.goal) for one in needs()] == [
        ("王芳", "自己写的"), ("孙立", "也写了"), ("李明", "每天 60 位老人吃上热饭")]


def test_drafts_that_were_taken_back_meanwhile_are_told(as_county_officer, as_second_county_officer):
    number = imported(as_county_officer, bare_sheet(2))
    as_second_county_officer.post(f"/desk/imports/{number}/undo")
    answer = fill(as_county_officer, number)
    assert answer.status_code == 303
    page = as_county_officer.get("/desk/imports").get_data(as_text=True)
    assert "这次导入现在是“已撤销”，没有草稿可填" in page
    assert acts("fill") == 0


def test_two_who_fill_at_once_fill_each_draft_once(app, people, as_county_officer):
    number = imported(as_county_officer, bare_sheet(20))
    pairs = [(people.county_officer.id, "李明"), (people.second_county_officer.id, "赵刚")]
    settled()
    gate, answers = Barrier(2), []

    def run(user, name):
        from matchplatform.accounts.queries import user_by_id

        with app.app_context():
            gate.wait(20)
            try:
                item, actor = queries.import_by_id(number), user_by_id(user)
                given = submit_queries.typed(actor, item, {"contact_name": name})
                answers.append(submit_operations.begin_fill(actor, item, given, {"contact_name": 20})[0])
                commit_or_conflict()
            except Conflict as conflict:  # told, and nothing of his is written
                db.session.rollback()
                answers.append(conflict.sentence)
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=one) for one in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 2
    assert all(answers)
    assert len({one.contact_name for one in needs()}) == 1
    assert needs()[0].contact_name in ("李明", "赵刚")
    assert acts("fill") == 20
    assert first_break()[1] is None


def test_the_columns_page_opens_what_handing_in_will_ask_for(as_county_officer):
    wanted = ["编号", "项目名称", "帮扶领域", "要办的事"]
    number = number_in(upload(as_county_officer, workbook(wanted, [
        [value for label, value in zip(HEADER, need_row(1), strict=True) if label in wanted]])))
    page = as_county_officer.get(f"/desk/imports/{number}/columns").get_data(as_text=True)
    assert '<details class="card pad-s" open>' in page
    wanted = "接单截止、开始日期、结束日期、怎样算办成、责任单位、联系人、联系电话"
    assert f"提交审核前要有<b>{wanted}</b>，表里没有这几列" in page
    for name in ("goal", "starts_on", "ends_on", "aid_mode", "urgency"):
        assert f'name="constant-{name}"' in page
    full = number_in(upload(as_county_officer, workbook(HEADER, [need_row(2)]), "全的.xlsx"))
    page = as_county_officer.get(f"/desk/imports/{full}/columns").get_data(as_text=True)
    assert '<details class="card pad-s">' in page
    assert "提交审核前要有" not in page
