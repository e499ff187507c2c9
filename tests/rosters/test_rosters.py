"""Many organizations updated from a list: what is read, what each row would do, confirming, taking back."""

import io
import itertools

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.accounts.queries import members
from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.imports.reading import open_sheet
from matchplatform.imports.records import Context
from matchplatform.imports.sheets import SheetFault
from matchplatform.notices.models import Notice
from matchplatform.organizations import operations as organizations
from matchplatform.rosters import operations, queries, rules
from matchplatform.rosters.models import Roster, RosterRow
from matchplatform.rosters.reading import Said, read
from tests import factories
from tests.imports.sheets_made import workbook
from tests.web.pages import parsed, statements, words

LIST = ["统一社会信用代码", "组织名称"]
RATED = [*LIST, "评估等级", "等级有效期至"]
REPORTED = [*LIST, "年报年度", "年报结论"]


def sheet(header, rows, name="名单.xlsx"):
    return open_sheet(workbook(header, rows), name)


def said(header, rows, topic):
    return read(sheet(header, rows), topic, Context())


def taken(actor, topic, rows, header=None, complete=False, sha="a" * 64):
    """A roster taken in from rows."""
    header = header or {"rating": RATED, "report": REPORTED}.get(topic, LIST)
    roster, is_new = operations.take_in(actor, topic, complete, "名单.xlsx", sha, "省民政厅公告", today(),
                                        said(header, rows, topic))
    db.session.flush()
    return roster if is_new else None


def states(roster):
    return {(one.name, one.state) for one in db.session.scalars(sa.select(RosterRow).where(
        RosterRow.roster_id == roster.id))}


@pytest.fixture
def some(people):
    """Two of the province, one of 孝感, one of 恩施."""
    return {name: factories.make_organization(name=f"{name}（演示）", level=level, authority=authority)
            for name, level, authority in (("甲", "province", "420000"), ("乙", "province", "420000"),
                                           ("丙", "city", "420900"), ("丁", "city", "422800"))}


# ---- reading

def test_what_a_row_says_by_topic(some):
    code = some["甲"].uscc
    assert said(LIST, [[code, "甲（演示）"]], "abnormal") == [Said(2, code, "甲（演示）", {"is_abnormal": True})]
    assert said([*LIST, "活动异常名录"], [[code, "甲（演示）", "否"]], "abnormal")[0].values == {"is_abnormal": False}
    assert said(RATED, [[code, "甲（演示）", "4A", "2029-12-31"]], "rating")[0].values == {
        "rating": "4A", "rating_ends_on": "2029-12-31"}
    assert said(RATED, [[code, "甲（演示）", "未评估", ""]], "rating")[0].values == {
        "rating": "", "rating_ends_on": None}
    assert said(REPORTED, [["", "甲（演示）", 2025, "基本合格"]], "report")[0] == Said(
        2, "", "甲（演示）", {"report_year": 2025, "report_result": "basic"})


@pytest.mark.parametrize(("header", "row", "topic", "fault"), [
    (LIST, ["53420000X", "甲"], "abnormal", "18 位"),
    (LIST, ["914201006666666666", "某公司"], "abnormal", "企业"),
    (LIST, ["", ""], "abnormal", None),
    (RATED, ["", "甲", "6A", "2029-12-31"], "rating", "等级"),
    (RATED, ["", "甲", "4A", ""], "rating", "等级有效期至"),
    (RATED, ["", "甲", "", "2029-12-31"], "rating", "没有填评估等级"),
    (RATED, ["", "甲", "4A", "2029-02-30"], "rating", "有效期"),
    (REPORTED, ["", "甲", "", "合格"], "report", "一起填"),
    (REPORTED, ["", "甲", "去年", "合格"], "report", "年报年度"),
    ([*LIST, "异常名录"], ["", "甲", "也许"], "abnormal", "异常名录"),
    (LIST, ["", "=SUM(A1)"], "abnormal", "公式")])
def test_a_row_that_cannot_be_understood_says_why(header, row, topic, fault):
    rows = said(header, [row, ["", "另一家（演示）", *{"rating": ["5A", "2029-12-31"], "report": [2025, "合格"]}.get(
        topic, [])]], topic)
    if fault is None:
        assert [one.name for one in rows] == ["另一家（演示）"]  # a blank row is none
    else:
        assert fault in rows[0].fault, rows
        assert rows[1].fault == ""


@pytest.mark.parametrize(("header", "topic", "fault"), [
    (["联系人", "联系电话", "地址"], "abnormal", "统一社会信用代码"), (LIST, "rating", "评估等级"),
    ([*LIST, "评估等级"], "rating", "等级有效期至"), (LIST, "report", "年报年度")])
def test_a_list_without_the_columns_says_which(header, topic, fault):
    with pytest.raises(SheetFault) as found:
        said(header, [["x"] * len(header)] * 3, topic)
    assert fault in found.value.sentence


def test_twice_the_same_is_said_once_and_twice_otherwise_is_a_fault(some):
    code = some["甲"].uscc
    rows = said(RATED, [[code, "甲", "4A", "2029-12-31"], [code, "甲", "4A", "2029-12-31"],
                        [code, "甲", "3A", "2029-12-31"]], "rating")
    assert [(one.number, bool(one.fault)) for one in rows] == [(2, False), (4, True)]
    assert "第 2 行" in rows[1].fault


@given(st.lists(st.lists(st.text(max_size=12), min_size=4, max_size=4), min_size=1, max_size=5),
       st.sampled_from(rules.TOPICS.values))
def test_reading_answers_rows_or_a_sentence_whatever_stands_in_the_cells(cells, topic):
    from matchplatform.imports.sheets import Sheet, Workbook

    header = {"rating": RATED, "report": REPORTED}.get(topic, [*LIST, "活动异常名录", "严重违法失信名单"])
    try:
        rows = read(Workbook("xlsx", [Sheet("表", [header, *cells], [])], []), topic, Context())
    except SheetFault:
        return
    for one in rows:
        assert one.fault or set(one.values) == set(rules.FIELDS[topic])


# ---- what would be done

def test_every_row_is_one_of_six(people, some):
    some["乙"].is_abnormal = True
    db.session.flush()
    unknown = make_uscc("52", "420000", "77777777")
    roster = taken(people.city_officer, "abnormal", [
        [some["丙"].uscc, "丙（演示）"], [some["甲"].uscc, "甲（演示）"], [unknown, "没听说过"], ["123", "写错了"],
        ["", "丁（演示）"]])
    assert states(roster) == {("丙（演示）", "change"), ("甲（演示）", "outside"), ("没听说过", "unknown"),
                              ("写错了", "faulty"), ("丁（演示）", "outside")}
    roster = taken(people.province_officer, "abnormal", [[some["乙"].uscc, "乙（演示）"], ["", "丁（演示）"]])
    assert states(roster) == {("乙（演示）", "same"), ("丁（演示）", "change")}


def test_a_name_that_two_have_is_asked_back_and_a_wrong_name_beside_a_code_is_noted(people, some):
    factories.make_organization(name="甲（演示）")
    roster = taken(people.province_officer, "abnormal", [["", "甲（演示）"], [some["乙"].uscc, "别的名字"]])
    found = {one.number: one for one in db.session.scalars(sa.select(RosterRow))}
    assert (found[2].state, "信用代码" in found[2].note) == ("faulty", True)
    assert (found[3].state, "乙（演示）" in found[3].note) == ("change", True)
    assert roster.status == "preview"


def test_only_a_complete_list_takes_anybody_off_and_only_within_reach(people, some):
    for one in some.values():
        one.is_abnormal = True
    db.session.flush()
    rows = [["", "丙（演示）"]]
    assert states(taken(people.province_officer, "abnormal", rows)) == {("丙（演示）", "same")}
    whole = taken(people.province_officer, "abnormal", rows, complete=True)
    assert states(whole) == {("丙（演示）", "same"), *((f"{one}（演示）", "removal") for one in "甲乙丁")}
    other = taken(people.city_officer, "abnormal", [["", "甲（演示）"]], complete=True)
    assert states(other) == {("甲（演示）", "outside"), ("丙（演示）", "removal")}
    operations.apply(people.province_officer, whole, None)
    assert [one.is_abnormal for one in some.values()] == [False, False, True, False]


@pytest.mark.parametrize(("topic", "complete", "basis", "said_of"), [
    ("rating", True, "公告", "没有“移出”"), ("members", False, "公告", "哪一份名单"), ("abnormal", False, " ", "依据"),
    ("abnormal", False, "长" * 121, "最多 120 字")])
def test_what_stands_beside_the_file_is_asked(topic, complete, basis, said_of):
    verdict = rules.asked_verdict(topic, complete, basis)
    assert not verdict
    assert said_of in verdict.reason + verdict.remedy


# ---- confirming and taking back

def test_confirming_changes_each_with_its_own_record_and_tells_its_people(people, some):
    own = factories.first_organization()
    roster = taken(people.province_officer, "rating", [
        [own.uscc, own.name, "5A", "2030-01-31"], ["", "乙（演示）", "4A", f"{some['乙'].rating_ends_on}"]])
    assert operations.apply(people.province_officer, roster, roster.version) == 1
    assert (own.rating, str(own.rating_ends_on), roster.status) == ("5A", "2030-01-31", "applied")
    logged = db.session.scalars(sa.select(AuditRow).where(AuditRow.act == "record_registry")).one()
    assert (logged.organization_id, "省民政厅公告" in logged.reason) == (own.id, True)
    told = db.session.scalars(sa.select(Notice.user_id).where(Notice.title == "登记信息有更新")).all()
    assert sorted(told) == sorted(members(own.id))


def test_the_same_file_twice_is_one_roster_and_another_with_the_same_words_changes_nothing(people, some):
    rows = [["", "甲（演示）"]]
    first = taken(people.province_officer, "abnormal", rows)
    assert taken(people.province_officer, "abnormal", rows) is None
    operations.apply(people.province_officer, first, None)
    assert taken(people.province_officer, "abnormal", rows) is None
    version = some["甲"].version
    again = taken(people.province_officer, "abnormal", rows, sha="b" * 64)
    assert states(again) == {("甲（演示）", "same")}
    with pytest.raises(Refusal, match="没有要更新的"):
        operations.apply(people.province_officer, again, None)
    assert some["甲"].version == version


def test_what_moved_since_the_preview_is_shown_again_before_anything_is_done(people, some):
    roster = taken(people.province_officer, "abnormal", [["", "甲（演示）"], ["", "乙（演示）"]])
    organizations.record_registry(people.province_officer, some["甲"], {"is_abnormal": True}, "另一份公告")
    assert operations.apply(people.province_officer, roster, None) == 0
    assert (roster.status, states(roster)) == ("preview", {("甲（演示）", "same"), ("乙（演示）", "change")})
    assert operations.apply(people.province_officer, roster, None) == 1


def test_the_whole_comes_back_while_nobody_has_touched_it(people, some):
    roster = taken(people.province_officer, "report", [
        ["", "甲（演示）", 2024, "不合格"], ["", "乙（演示）", 2024, "未报送"]])
    before = [(one.report_year, one.report_result) for one in some.values()]
    operations.apply(people.province_officer, roster, None)
    with pytest.raises(Refusal, match="理由"):
        operations.undo(people.province_officer, roster, " ", None)
    assert operations.undo(people.second_province_officer, roster, "传错了文件", None) == 2
    assert [(one.report_year, one.report_result) for one in some.values()] == before
    with pytest.raises(Conflict):
        operations.undo(people.province_officer, roster, "再来一次", None)
    assert taken(people.province_officer, "report", [["", "甲（演示）", 2024, "不合格"]]) is not None


def test_one_that_was_changed_since_keeps_the_whole(people, some):
    roster = taken(people.province_officer, "abnormal", [["", "甲（演示）"], ["", "乙（演示）"]])
    operations.apply(people.province_officer, roster, None)
    organizations.record_registry(people.province_officer, some["乙"], {"full_time_staff": 3}, "年报")
    with pytest.raises(Refusal, match="乙（演示）"):
        operations.undo(people.province_officer, roster, "传错了", None)
    assert some["甲"].is_abnormal


@pytest.mark.parametrize(("verb", "status"), [
    *itertools.product(("apply", "discard", "undo"), rules.STATES.values)])
def test_a_roster_moves_only_along_its_table(people, some, verb, status):
    roster = taken(people.province_officer, "abnormal", [["", "甲（演示）"]])
    if status in ("applied", "undone"):
        operations.apply(people.province_officer, roster, None)
    if status == "undone":
        operations.undo(people.province_officer, roster, "错了", None)
    if status == "discarded":
        operations.discard(people.province_officer, roster, None)
    allowed = (verb, status) in {("apply", "preview"), ("discard", "preview"), ("undo", "applied")}
    act = {"apply": lambda: operations.apply(people.province_officer, roster, None),
           "discard": lambda: operations.discard(people.province_officer, roster, None),
           "undo": lambda: operations.undo(people.province_officer, roster, "错了", None)}[verb]
    if allowed:
        act()
    else:
        with pytest.raises(Conflict):
            act()


def test_of_two_clicks_on_one_page_the_second_is_told(people, some):
    roster = taken(people.province_officer, "abnormal", [["", "甲（演示）"]])
    version = roster.version
    operations.apply(people.province_officer, roster, version)
    with pytest.raises(Conflict, match="已更新"):
        operations.apply(people.second_province_officer, roster, version)


# ---- the pages

def upload(browser, rows, header=None, **fields):
    return browser.post("/desk/rosters", content_type="multipart/form-data", data={
        "topic": "abnormal", "basis": "省民政厅公告", "looked_on": f"{today()}",
        "file": (io.BytesIO(workbook(header or LIST, rows)), "名单.xlsx"), **fields})


def test_the_way_over_http_with_the_pairings_of_whoever_comes_onto_the_list(as_province_officer, people):
    pairing = factories.make_pairing(status="active")
    db.session.commit()
    parsed(as_province_officer.get("/desk/rosters"))
    answer = upload(as_province_officer, [[pairing.organization.uscc, pairing.organization.name]])
    assert answer.status_code == 303
    path = answer.headers["Location"]
    shown = as_province_officer.get(path)
    parsed(shown)
    assert pairing.code in words(shown)
    assert "更新 1 家" in words(shown)
    assert as_province_officer.post(f"{path}/apply").status_code == 303
    db.session.expire_all()
    assert (pairing.organization.is_abnormal, pairing.status) == (True, "active")
    parsed(as_province_officer.get(path))
    refused = upload(as_province_officer, [["", "x（演示）"]], file=(io.BytesIO(b"%PDF-1.4"), "名单.xlsx"))
    assert refused.status_code == 422
    parsed(as_province_officer.get("/desk/rosters"))


@pytest.mark.parametrize(("fields", "told"), [
    ({"basis": ""}, "依据"), ({"looked_on": "前天"}, "查询日期"), ({"looked_on": "2099-01-01"}, "还没有到"),
    ({"topic": "x"}, "哪一份名单"), ({"file": (io.BytesIO(b""), "")}, "还没有选文件"),
    ({"topic": "report", "complete": "1"}, "没有“移出”")])
def test_a_bad_upload_is_told_and_what_was_typed_stays(as_province_officer, people, fields, told):
    answer = upload(as_province_officer, [["", "甲（演示）"]], **{"basis": "一份公告", **fields})
    assert answer.status_code == 422
    assert told in words(answer)
    if "basis" not in fields:
        assert "一份公告" in answer.get_data(as_text=True)
    assert db.session.scalars(sa.select(Roster)).all() == []


def test_another_offices_roster_is_not_found(as_province_officer, as_city_officer, as_county_officer, people, some):
    roster = taken(people.province_officer, "abnormal", [["", "丙（演示）"]])
    db.session.commit()
    for method, path in (("get", ""), ("post", "/apply"), ("post", "/undo"), ("post", "/discard")):
        assert getattr(as_city_officer, method)(f"/desk/rosters/{roster.id}{path}").status_code == 404
        assert getattr(as_county_officer, method)(f"/desk/rosters/{roster.id}{path}").status_code == 403
    assert as_province_officer.post(f"/desk/rosters/{roster.id}/x").status_code == 404
    db.session.expire_all()
    assert some["丙"].is_abnormal is False


def test_the_statements_of_a_preview_do_not_grow_with_its_rows(as_province_officer, people, some):
    few = taken(people.province_officer, "abnormal", [["", "甲（演示）"]])
    many = taken(people.province_officer, "abnormal", [["", f"{one}（演示）"] for one in "甲乙丙丁"] + [
        ["", f"没有这家{n}"] for n in range(40)], sha="c" * 64)
    db.session.commit()
    counts = []
    for one in (few, few, many):
        counts.append(statements(lambda one=one: as_province_officer.get(f"/desk/rosters/{one.id}?state=change")))
    assert counts[1] == counts[2]


def test_every_word_of_a_row_is_chinese():
    assert [queries.worded(topic, values) for topic, values in (
        ("abnormal", {"is_abnormal": True}), ("dishonest", {"is_dishonest": False}), ("rating", {"rating": ""}),
        ("rating", {"rating": "4A", "rating_ends_on": "2029-12-31"}),
        ("report", {"report_year": 2025, "report_result": "basic"}), ("report", {}))] == [
            "在名单里", "不在名单里", "未评估", "4A，有效期至 2029-12-31", "2025 基本合格", ""]
