"""Taking a whole import back: while nothing hangs on it, with the reason for each row where something does."""

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.catalog.models import SpentCode
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.imports import rules
from matchplatform.imports.rules import Made
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from tests.imports.sheets_made import needs_sheet
from tests.imports.steps import imported, item_now, number_in, rows_of, states, upload
from tests.imports.test_flow_scope import offerings_sheet, organizations_sheet

_NEED = {"kind": "need", "status": "draft", "status_label": "草稿", "acts": ("create",)}


@pytest.mark.parametrize(("changes", "allowed", "said"), [
    ({}, True, ""),
    ({"acts": ("create", "submit", "recall")}, True, ""),
    ({"status": "", "acts": ("create", "discard")}, True, "已经不在了"),
    ({"status": "submitted", "status_label": "待放行", "acts": ("create", "submit")}, False, "待放行"),
    ({"status": "returned", "status_label": "退回修改", "acts": ("create", "submit", "return")}, False, "退回修改"),
    ({"status": "published", "status_label": "可接单", "acts": ("create", "submit", "publish")}, False, "可接单"),
    ({"status": "withdrawn", "status_label": "已撤回"}, False, "已撤回"),
    ({"status": "merged", "status_label": "已并入"}, False, "已并入"),
    ({"acts": ("create", "edit")}, False, "又改过"),
    ({"acts": ("create", "submit", "publish", "withdraw", "reinstate")}, False, "办理过"),
    ({"tied": ("附件",)}, False, "附件"),
    ({"kind": "offering"}, True, ""),
    ({"kind": "offering", "status": "published", "status_label": "可点单"}, False, "可点单"),
    ({"kind": "offering", "acts": ("create", "publish", "withdraw", "reinstate")}, False, "办理过"),
    ({"kind": "organization", "status_label": "待完善", "acts": ("import_organization",)}, True, ""),
    ({"kind": "organization", "acts": ("import_organization", "register_organization")}, False, "登记入驻"),
    ({"kind": "organization", "acts": ("import_organization", "record_registry")}, False, "又改过"),
    ({"kind": "organization", "status": "submitted", "status_label": "待审核"}, False, "待审核")])
def test_a_record_goes_with_its_import_only_as_it_came(changes, allowed, said):
    verdict = rules.undo_verdict(Made(**(_NEED | changes)))
    assert verdict.allowed is allowed
    assert said in verdict.reason
    assert allowed or verdict.remedy


@pytest.mark.parametrize(("status", "rows", "allowed", "said"), [
    ("done", (True, True), True, ""), ("done", (True, False), False, "有 1 条已经往下办了"),
    ("done", (), False, "没有建过"),
    ("preview", (True,), False, "待导入"), ("undone", (), False, "已撤销"), ("running", (True,), False, "正在导入"),
    ("undoing", (True,), True, "")])
def test_an_import_goes_as_a_whole_or_not_at_all(status, rows, allowed, said):
    verdict = rules.whole_undo_verdict(status, [Verdict.yes() if one else Verdict.no("已经提交。") for one in rows])
    assert verdict.allowed is allowed
    assert said in verdict.reason


def acts_on(code):
    db.session.expire_all()
    return list(db.session.scalars(db.select(AuditRow.act).where(AuditRow.object_id == code).order_by(AuditRow.id)))


def test_the_whole_import_is_taken_back_after_its_count_was_told(as_county_officer):
    number = imported(as_county_officer, needs_sheet(3))
    codes = [one.record_code for one in rows_of(number)]
    page = as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)
    assert "撤销这 3 条" in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 3
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert item_now(number).status == "undone"
    assert states(number) == ["undone"] * 3
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 0
    assert acts_on(codes[0]) == ["create", "discard"]
    assert first_break()[1] is None
    page = as_county_officer.get(f"/desk/imports/{number}/result").get_data(as_text=True)
    assert "撤销了 3 条" in page


def test_a_number_that_was_given_out_is_never_given_out_again(as_county_officer):
    number = imported(as_county_officer, needs_sheet(2))
    codes = {one.record_code for one in rows_of(number)}
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert set(db.session.scalars(db.select(SpentCode.code))) == codes
    again = imported(as_county_officer, needs_sheet(2))
    assert again != number
    assert not codes & {one.record_code for one in rows_of(again)}
    assert states(again) == ["created"] * 2


def test_an_organization_number_does_not_come_again(as_province_officer):
    """The audit and the history name organizations by number."""
    number = imported(as_province_officer, organizations_sheet(2), "名册.xlsx")
    ids = {one.record_code for one in rows_of(number)}
    as_province_officer.post(f"/desk/imports/{number}/undo")
    assert item_now(number).status == "undone"
    again = imported(as_province_officer, organizations_sheet(2), "名册.xlsx")
    assert not ids & {one.record_code for one in rows_of(again)}
    assert db.session.scalar(db.select(db.func.count()).select_from(Organization)
                             .where(Organization.imported_by.is_not(None))) == 2


def test_offerings_are_taken_back_too(as_organization_member):
    number = imported(as_organization_member, offerings_sheet(2), "供给.xlsx")
    as_organization_member.post(f"/desk/imports/{number}/undo")
    assert item_now(number).status == "undone"
    assert db.session.scalar(db.select(db.func.count()).select_from(Offering)) == 0


def test_one_that_was_handed_in_keeps_the_whole_and_is_named(as_county_officer):
    number = imported(as_county_officer, needs_sheet(3))
    code = rows_of(number)[1].record_code
    as_county_officer.post(f"/desk/needs/{code}/submit")
    page = as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)
    assert "有 1 条已经往下办了" in page
    assert code in page
    assert "撤回来改" in page
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["created"] * 3
    as_county_officer.post(f"/desk/needs/{code}/recall")
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["undone"] * 3


def test_one_that_was_changed_later_keeps_the_whole(people, as_county_officer):
    from matchplatform.needs.operations import edit_need
    from matchplatform.web.transaction import commit_or_conflict

    number = imported(as_county_officer, needs_sheet(2))
    need = db.session.scalars(db.select(Need)).first()
    edit_need(people.county_officer, need, {"village": "另一个村"})
    commit_or_conflict()
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["created"] * 2
    assert "导入以后又改过" in as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)


def test_one_with_an_attachment_keeps_the_whole(people, as_county_officer):
    number = imported(as_county_officer, needs_sheet(1))
    db.session.add(Attachment(owner_kind="need", owner_code=rows_of(number)[0].record_code, position=1, name="图.png",
                              media_type="image/png", size=10, sha256="0" * 64, source_sha256="0" * 64,
                              stored_name="x" * 32, uploaded_by=people.county_officer.id, uploader_name="刘敏"))
    db.session.commit()
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["created"]
    assert "上面还有附件" in as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)


def test_one_that_is_proposed_for_a_merger_keeps_the_whole(people, as_county_officer):
    number = imported(as_county_officer, needs_sheet(2))
    first, second = db.session.scalars(db.select(Need).order_by(Need.id)).all()
    db.session.add(NeedMerger(county_code="420921", kept_id=first.id, merged_id=second.id, kept_print="x",
                              merged_print="y", proposed_by=people.second_county_officer.id))
    db.session.commit()
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert states(number) == ["created"] * 2
    assert "合并的提议" in as_county_officer.get(f"/desk/imports/{number}/undo").get_data(as_text=True)


def test_the_same_file_may_come_again_after_it_was_taken_back(as_county_officer):
    data = needs_sheet(2)
    number = imported(as_county_officer, data)
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert number_in(upload(as_county_officer, data)) != number


def test_every_act_on_an_import_is_in_the_audit(as_county_officer):
    number = imported(as_county_officer, needs_sheet(2))
    as_county_officer.post(f"/desk/imports/{number}/submit")
    rows = db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "import").order_by(AuditRow.id)).all()
    assert [(one.act, one.object_id) for one in rows] == [
        ("upload", str(number)), ("run", str(number)), ("submit_all", str(number))]
    assert '"created": 2' in rows[1].detail
    assert rows[0].county_code == "420921"
    created = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "create", AuditRow.kind == "need")).all()
    assert [f'"import": {number}' in one.detail for one in created] == [True, True]
    assert first_break()[1] is None
