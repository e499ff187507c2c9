"""The pages: what everybody reads, what the desk writes, and what is refused keeps what was typed."""

import datetime as dt
import json

import pytest

from matchplatform.audit.queries import history
from matchplatform.core import clock
from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.publications import operations, rules
from matchplatform.publications.models import Publication
from tests import factories
from tests.exports.shelf import export, rows
from tests.web.pages import links, parsed, statements, words

FORM = {"title": "关于办好老年食堂的通知（演示）", "channel": "notice", "topic": "elderly", "level": "province",
        "area_code": "420000", "issuer": "湖北省民政厅", "issued_on": "2026年1月5日",
        "document_number": "鄂民政发〔2026〕3号", "index_number": "", "implements_on": "", "ends_on": "",
        "body": factories.CLAUSES, "source_name": "", "source_url": "", "save": "look"}
TICKED = {"checks": [*rules.CHECKS.values], "when": "now", "at": ""}


def given(**values):
    """A document that every request sees."""
    made = factories.make_publication(**values)
    db.session.commit()
    return made


def only():
    return db.session.scalars(db.select(Publication)).one()


# ---- the public side

def test_the_list_counts_filters_and_marks(as_visitor, people):
    given(title="老年食堂管理办法（演示）", issued_on=dt.date(2026, 1, 9))
    given(title="村医培训计划（演示）", channel="plan", issued_on=dt.date(2024, 5, 5),
          body="第一条 村医每年培训两次，地点在县医院，费用由县里承担，参加的人签到。")
    given(title="看不到的草稿（演示）", status="draft")
    given(title="还没到时间（演示）", released_at=now() + dt.timedelta(days=1))
    answer = as_visitor.get("/publications")
    parsed(answer)
    page = words(answer)
    assert "共 2 份" in page
    assert "看不到的草稿" not in page
    assert "还没到时间" not in page
    found = as_visitor.get("/publications?q=老年食堂 设备").get_data(as_text=True)
    assert "<mark>老年食堂</mark>管理办法" in found
    assert "社会组织出<mark>设备</mark>" in found
    assert "村医培训" not in found
    assert "村医培训" in words(as_visitor.get("/publications?channel=plan&year=2024&level=province&validity=valid"))
    assert "没有找到符合的文件" in words(as_visitor.get("/publications?channel=plan&year=2026"))
    assert "没有找到" in words(as_visitor.get("/publications?q=老年食堂&year=x"))
    facets = parsed(as_visitor.get("/publications?channel=plan"))
    assert "/publications/feed/plan" in links(facets)


@pytest.mark.parametrize("sort", ["newest", "issued", "title", "best", "nonsense"])
def test_every_order_answers(as_visitor, people, sort):
    given()
    assert "共 1 份" in words(as_visitor.get(f"/publications?sort={sort}"))
    assert "找到 1 份" in words(as_visitor.get(f"/publications?sort={sort}&q=食堂"))


def test_the_number_of_statements_does_not_grow_with_the_list(as_visitor, people):
    given()
    db.session.commit()
    as_visitor.get("/publications")
    few = statements(lambda: as_visitor.get("/publications"))
    for number in range(12):
        given(channel="plan", index_number=f"01104{number:03d}")
    db.session.commit()
    assert statements(lambda: as_visitor.get("/publications")) <= few


@pytest.mark.parametrize(("who", "desk"), [("visitor", False), ("province_officer", True)])
def test_nor_do_those_of_the_desk_and_of_a_cited_document(request, people, who, desk):
    browser, code = request.getfixturevalue(f"as_{who}"), given().code
    path = "/desk/publications" if desk else f"/publications/{code}"

    def more(count):
        for _ in range(count):
            factories.make_need(basis_code=code, basis_clause="tiao-1")
            factories.make_publication(status="submitted", level="city", area_code="420900")
        db.session.commit()

    more(1)
    browser.get(path)
    few = statements(lambda: browser.get(path))
    more(6)
    assert statements(lambda: browser.get(path)) <= few


def test_a_document_shows_its_head_clauses_and_files(as_visitor, people):
    document = given(source_url="https://mzt.hubei.gov.cn/a?b=1&c=2", source_name="省民政厅网站",
                     body=factories.CLAUSES + "\n<script>alert(1)</script>")
    answer = as_visitor.get(f"/publications/{document.code}")
    tree, page = parsed(answer), words(answer)
    for said in (document.index_number, "鄂民政发〔2026〕3号", "湖北省民政厅", "现行有效", "省民政厅网站"):
        assert said in page
    text = answer.get_data(as_text=True)
    assert 'id="tiao-2-xiang-1"' in text
    assert "&lt;script&gt;alert(1)" in text
    assert "#tiao-3" in links(tree)
    assert "https://mzt.hubei.gov.cn/a?b=1&c=2" in links(tree)


def test_versions_point_to_each_other(as_visitor, people):
    former = given(document_number="鄂民政发〔2024〕1号")
    new = given(revises_id=former.id, document_number="鄂民政发〔2026〕8号")
    former.superseded_at = new.released_at
    db.session.commit()
    old_page, new_page = (as_visitor.get(f"/publications/{one.code}") for one in (former, new))
    assert "这一版已修订" in words(old_page)
    assert f"/publications/{new.code}" in links(parsed(old_page))
    assert f"/publications/{former.code}" in links(parsed(new_page))


def test_what_was_taken_down_says_so_and_shows_nothing(as_visitor, people):
    document = given(status="withdrawn")
    answer = as_visitor.get(f"/publications/{document.code}")
    parsed(answer, 410)
    assert "文号写错了" in words(answer)
    assert "老年食堂由村集体" not in words(answer)


def test_an_abolished_and_an_ended_document_say_so(as_visitor, people):
    document = given(status="abolished", status_reason="由新办法代替")
    assert "由新办法代替" in words(as_visitor.get(f"/publications/{document.code}"))
    ended = given(ends_on=today() - dt.timedelta(days=1))
    assert "已经到期" in words(as_visitor.get(f"/publications/{ended.code}"))


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "discarded"])
def test_what_is_not_released_is_not_there(as_visitor, as_county_officer, people, status):
    document = given(status=status)
    for browser in (as_visitor, as_county_officer):
        assert browser.get(f"/publications/{document.code}").status_code == 404


def test_a_scheduled_document_is_there_from_its_moment_on(as_visitor, people):
    moment = now() + dt.timedelta(hours=1)
    document = given(released_at=moment)
    db.session.commit()
    assert as_visitor.get(f"/publications/{document.code}").status_code == 404
    with clock.frozen(moment):
        assert as_visitor.get(f"/publications/{document.code}").status_code == 200


def test_the_home_page_and_the_footer_lead_there(as_visitor, people):
    document = given()
    tree = parsed(as_visitor.get("/"))
    assert f"/publications/{document.code}" in links(tree)
    assert "/publications" in links(tree)


# ---- the desk

def test_from_the_form_to_the_public(as_province_officer, as_second_province_officer, as_visitor, people):
    parsed(as_province_officer.get("/desk/publications/new"))
    answer = as_province_officer.post("/desk/publications/new", data=FORM)
    document = only()
    assert answer.headers["Location"].endswith(f"/desk/publications/{document.code}")
    parsed(as_province_officer.get(f"/desk/publications/{document.code}"))
    as_province_officer.post(f"/desk/publications/{document.code}/submit", data={"version": document.version})
    assert as_province_officer.get(f"/desk/publications/{document.code}/review").status_code == 302
    parsed(as_second_province_officer.get(f"/desk/publications/{document.code}/review"))
    as_second_province_officer.post(f"/desk/publications/{document.code}/review", data=TICKED)
    assert as_visitor.get(f"/publications/{document.code}").status_code == 200
    assert len(json.loads(history("publication", document.code)[-1].detail)["checked"]) == 4


@pytest.mark.parametrize(("values", "said"), [
    ({"title": ""}, "标题还没有填"), ({"title": "=1+1"}, "不能用 = 开头"), ({"issuer": ""}, "发文机关还没有填"),
    ({"issued_on": "2999-01-01"}, "年份要在"),
    ({"issued_on": f"{today() + dt.timedelta(days=1)}"}, "成文日期在今天以后"),
    ({"implements_on": "2026-05-01", "ends_on": "2026-04-01"}, "早于实施日期"),
    ({"ends_on": "2025-04-01"}, "早于成文日期"), ({"document_number": "鄂民政发[2026]3号"}, "鄂民政发〔2026〕3号"),
    ({"source_url": "http://a.cn/"}, "https:// 开头"), ({"index_number": "<b>"}, "索引号要 4—40 位"),
    ({"area_code": "420921"}, "省级文件的适用地区选“湖北省”"), ({"area_code": "1"}, "没有这个地区"),
    ({"channel": "x"}, "没有这个栏目"), ({"body": "太短"}, "正文至少写 30 个字"),
    ({"body": factories.CLAUSES + "42092119900101123X"}, "像身份证号"), ({"body": "长" * 60_001}, "最多 60000 字")])
def test_a_fault_is_told_beside_its_field_and_nothing_is_lost(as_province_officer, people, values, said):
    answer = as_province_officer.post("/desk/publications/new", data={**FORM, "source_name": "省厅网站", **values})
    parsed(answer, 422)
    assert said in words(answer)
    assert "省厅网站" in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(Publication)) == 0


def test_a_draft_wants_only_a_title(as_province_officer, people):
    empty = dict.fromkeys(FORM, "") | {"title": "只有标题（演示）", "channel": "plan", "topic": "general",
                                           "level": "province", "area_code": "420000", "save": "draft"}
    assert as_province_officer.post("/desk/publications/new", data=empty).status_code == 303
    page = words(as_province_officer.get(f"/desk/publications/{only().code}"))
    assert "补齐就能提交" in page


def test_a_taken_index_number_is_told_beside_the_field(as_province_officer, people):
    given(index_number="01104316/2026-1", title="先用的（演示）")
    db.session.commit()
    answer = as_province_officer.post("/desk/publications/new", data={**FORM, "index_number": "01104316/2026-1"})
    parsed(answer, 422)
    assert "已经用在“先用的（演示）”上了" in words(answer)


def test_who_saves_over_a_colleague_is_told_and_keeps_his_words(as_province_officer, as_second_province_officer,
                                                               people):
    document = given(status="draft")
    db.session.commit()
    seen = document.version
    as_second_province_officer.post(f"/desk/publications/{document.code}/edit", data={
        **FORM, "title": "何平改的（演示）", "version": seen})
    answer = as_province_officer.post(f"/desk/publications/{document.code}/edit", data={
        **FORM, "title": "周正改的（演示）", "version": seen})
    parsed(answer, 422)
    assert "已经办了“修改文件”" in words(answer)
    assert "周正改的（演示）" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert only().title == "何平改的（演示）"
    assert as_province_officer.post(f"/desk/publications/{document.code}/edit", data={
        **FORM, "title": "周正改的（演示）", "version": only().version}).status_code == 303


@pytest.mark.parametrize(("values", "said"), [
    ({"checks": ["secrecy"]}, "还有 3 项没有勾"), ({"checks": []}, "还有 4 项没有勾"),
    ({"when": "later", "at": ""}, "公开时间没有填"), ({"when": "later", "at": "2020-01-01 9:00"}, "已经过去"),
    ({"when": "later", "at": "后天"}, "填写日期"), ({"when": "never"}, "请选马上公开")])
def test_a_release_that_lacks_something_keeps_the_ticks(as_second_province_officer, people, values, said):
    document = given(status="submitted")
    db.session.commit()
    answer = as_second_province_officer.post(f"/desk/publications/{document.code}/review", data={**TICKED, **values})
    parsed(answer, 422)
    assert said in words(answer)
    ticked = {**TICKED, **values}["checks"]
    assert answer.get_data(as_text=True).count(' checked') == len(ticked) + (
        1 if {**TICKED, **values}["when"] in ("now", "later") else 0)
    db.session.expire_all()
    assert only().status == "submitted"


def test_a_scheduled_release_from_the_form(as_second_province_officer, people):
    document = given(status="submitted")
    db.session.commit()
    at = clock.local(now() + dt.timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    as_second_province_officer.post(f"/desk/publications/{document.code}/review", data={
        **TICKED, "when": "later", "at": f"{at:%Y年%m月%d日 %H:%M}"})
    db.session.expire_all()
    assert (only().state.value, only().released_at) == ("scheduled", at.astimezone(dt.UTC))
    assert "自动公开" in words(as_second_province_officer.get(f"/desk/publications/{document.code}"))


def test_the_second_of_two_reviewers_is_told_who_was_first(as_second_province_officer, people):
    document = given(status="submitted")
    third = factories.make_user("province_officer", username="third.province", name="郑三")
    seen = document.version
    operations.act(third, document, "return", "文号不对")
    db.session.commit()
    answer = as_second_province_officer.post(f"/desk/publications/{document.code}/review",
                                             data={**TICKED, "version": seen}, follow_redirects=True)
    assert "郑三" in words(answer)
    assert only().status == "returned"


def test_revise_abolish_and_take_down_from_the_page(as_province_officer, as_visitor, people):
    document = given()
    db.session.commit()
    first = as_province_officer.post(f"/desk/publications/{document.code}/revise")
    again = as_province_officer.post(f"/desk/publications/{document.code}/revise")
    assert first.headers["Location"] == again.headers["Location"]
    parsed(as_province_officer.get(first.headers["Location"]))
    faulty = as_province_officer.post(f"/desk/publications/{document.code}/abolish",
                                      data={"day": "x", "reason": "有新的"})
    parsed(faulty, 422)
    assert "有新的" in faulty.get_data(as_text=True)
    late = as_province_officer.post(f"/desk/publications/{document.code}/abolish",
                                    data={"day": "2099-01-01", "reason": "有新的"})
    assert "在今天以后" in words(late)
    as_province_officer.post(f"/desk/publications/{document.code}/abolish",
                             data={"day": f"{today()}", "reason": "有新的规定"})
    assert "有新的规定" in words(as_visitor.get(f"/publications/{document.code}"))
    as_province_officer.post(f"/desk/publications/{document.code}/withdraw", data={"reason": "附件错了"})
    assert "附件错了" in words(as_visitor.get(f"/publications/{document.code}"))


def test_the_desk_shows_each_office_its_own(as_province_officer, as_city_officer, people):
    given(title="省里的（演示）")
    own = given(title="孝感的（演示）", level="city", area_code="420900", status="submitted")
    for browser, seen in ((as_province_officer, 2), (as_city_officer, 1)):
        answer = browser.get("/desk/publications")
        parsed(answer)
        assert f"共 {seen} 份" in words(answer)
    assert "孝感的" in words(as_city_officer.get("/desk/publications?state=submitted&channel=policy&q=孝感&sort=title"))
    assert "没有符合这些条件" in words(as_city_officer.get("/desk/publications?state=scheduled"))
    parsed(as_city_officer.get("/desk/publications/new"))
    assert "审核文件：孝感的" in words(as_city_officer.get("/mine"))
    assert "审核文件：孝感的" not in words(as_province_officer.get("/mine"))  # he handed it in himself
    assert "等" in words(as_province_officer.get(f"/desk/publications/{own.code}"))


def test_what_came_back_is_on_its_writer_s_page(as_province_officer, people):
    given(status="returned", title="退回来的（演示）", status_reason="请补文号")
    page = words(as_province_officer.get("/mine"))
    assert "文件退回：退回来的" in page
    assert "请补文号" in page


def test_the_list_is_taken_out_as_it_is_filtered(as_visitor, people):
    given(title="老年食堂办法（演示）", ends_on=today() - dt.timedelta(days=1))
    given(title="规划（演示）", channel="plan")
    given(title="草稿（演示）", status="draft")
    found = rows(export(as_visitor, "publications", query="channel=policy&sort=title"))
    assert [(row["标题"], row["有效性"], row["级别"]) for row in found] == [("老年食堂办法（演示）", "已到期", "省")]
    assert len(rows(export(as_visitor, "publications"))) == 2
