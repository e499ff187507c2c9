"""Writing, releasing, revising: what the operations keep, tell and refuse."""

import datetime as dt
import json

import pytest

from matchplatform.audit.queries import history
from matchplatform.core import clock
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.publications import operations, queries, rules
from matchplatform.publications.list_queries import latest_for_feed, newest_publications
from tests import factories

ALL = set(rules.CHECKS.values)
VALUES = {"title": "关于办好老年食堂的通知（演示）", "channel": "notice", "topic": "elderly", "level": "province",
          "area_code": "420000", "issuer": "湖北省民政厅", "issued_on": dt.date(2026, 1, 5),
          "document_number": "鄂民政发〔2026〕3号", "body": factories.CLAUSES}


def told(user):
    return [one.title for one in db.session.scalars(db.select(Notice).where(Notice.user_id == user.id))]


def test_from_the_draft_to_the_public(people):
    first, second = people.province_officer, people.second_province_officer
    document = operations.create_publication(first, VALUES)
    assert document.code == document.index_number == f"FB420000-{today().year}-001"
    with pytest.raises(NotFound):
        queries.public_publication(document.code)
    operations.act(first, document, "submit")
    assert told(second) == [f"待审核：{document.title}"]
    operations.release(second, document, ALL)
    assert document.is_public
    assert queries.public_publication(document.code) is document
    assert told(first) == [f"审核通过：{document.title}"]
    last = history("publication", document.code)[-1]
    assert json.loads(last.detail)["checked"] == [one.label for one in rules.CHECKS]
    assert (last.act, last.actor_id) == ("release", second.id)


def test_a_second_click_makes_no_second_document(people):
    first = operations.create_publication(people.province_officer, VALUES)
    assert operations.create_publication(people.province_officer, VALUES) is first
    assert operations.create_publication(people.second_province_officer, VALUES) is not first


@pytest.mark.parametrize("missing", rules.CHECKS.values)
def test_every_box_must_be_ticked(people, missing):
    document = factories.make_publication(status="submitted")
    with pytest.raises(Refusal, match="还有 1 项没有勾") as refused:
        operations.release(people.second_province_officer, document, ALL - {missing})
    assert rules.CHECKS[missing].label in refused.value.sentence
    assert document.status == "submitted"


def test_who_handed_it_in_does_not_release_it(people):
    document = factories.make_publication(status="submitted")
    with pytest.raises(Refusal, match="自己提交的要由另一个人办"):
        operations.release(people.province_officer, document, ALL)


def test_a_scheduled_document_becomes_public_by_itself(people):
    document = factories.make_publication(status="submitted", issued_on=today())
    moment = now() + dt.timedelta(hours=2)
    operations.release(people.second_province_officer, document, ALL, moment)
    assert document.state.value == "scheduled"
    with pytest.raises(NotFound):
        queries.public_publication(document.code)
    assert document not in newest_publications(5)
    assert latest_for_feed() == []
    with clock.frozen(moment):
        assert queries.public_publication(document.code) is document
        assert newest_publications(5) == [document]
        assert document.state.value == "released"


@pytest.mark.parametrize(("hours", "said"), [(-1, "已经过去"), (24 * 400, "不能晚于一年以后")])
def test_a_release_lies_neither_in_the_past_nor_beyond_a_year(people, hours, said):
    document = factories.make_publication(status="submitted")
    with pytest.raises(Refusal, match=said):
        operations.release(people.second_province_officer, document, ALL, now() + dt.timedelta(hours=hours))


def test_an_unscheduled_document_wants_another_review(people):
    document = factories.make_publication(released_at=now() + dt.timedelta(days=2))
    operations.act(people.province_officer, document, "unschedule", "还要再改")
    assert (document.status, document.released_at, document.released_by) == ("draft", None, None)


@pytest.mark.parametrize(("values", "said"), [
    ({"issuer": ""}, "还没有填全：发文机关"), ({"body": "太短"}, "至少 30 个字"), ({"issued_on": None}, "成文日期"),
    ({"body": factories.CLAUSES + "\n联系人身份证42092119900101123X"}, "像身份证号的数字")])
def test_what_is_not_complete_is_not_handed_in(people, values, said):
    document = operations.create_publication(people.province_officer, {**VALUES, **values})
    with pytest.raises(Refusal, match=said):
        operations.act(people.province_officer, document, "submit")


def test_two_who_edit_at_once_lose_nothing(people):
    document = operations.create_publication(people.province_officer, VALUES)
    seen = document.version
    operations.edit_publication(people.second_province_officer, document, {"title": "何平改的标题（演示）"}, seen)
    with pytest.raises(Conflict, match=r"何平 .*已经办了“修改文件”"):
        operations.edit_publication(people.province_officer, document, {"title": "周正改的标题（演示）"}, seen)
    assert document.title == "何平改的标题（演示）"
    operations.edit_publication(people.province_officer, document, {"title": "周正改的标题（演示）"}, document.version)
    assert document.title == "周正改的标题（演示）"


def test_an_index_number_is_used_once(people):
    operations.create_publication(people.province_officer, {**VALUES, "index_number": "01104316/2026-001"})
    with pytest.raises(Refusal, match="01104316/2026-001 已经用在“关于办好老年食堂的通知（演示）”上了"):
        operations.create_publication(people.second_province_officer, {**VALUES, "index_number": "01104316/2026-001"})
    other = operations.create_publication(people.second_province_officer, {**VALUES, "body": "另一份"})
    with pytest.raises(Refusal, match="已经用在"):
        operations.edit_publication(people.second_province_officer, other, {"index_number": "01104316/2026-001"})


@pytest.mark.parametrize(("level", "area", "said"), [
    ("province", "420900", "选“湖北省”"), ("city", "420000", "选一个市"), ("city", "420921", "选一个市"),
    ("county", "420900", "选一个县"), ("county", "999999", "选一个县"), ("", "420000", "先选级别")])
def test_the_area_fits_the_level(people, level, area, said):
    with pytest.raises(Refusal, match=said):
        operations.create_publication(people.province_officer, {**VALUES, "level": level, "area_code": area})


def test_a_city_writes_for_itself_only(people):
    document = operations.create_publication(people.city_officer, {**VALUES, "level": "nation"})
    assert (document.level, document.area_code) == ("city", "420900")
    assert queries.desk_publication(people.city_officer, document.code) is document
    far = factories.make_user("city_officer", username="far.city", city_code="422800")
    with pytest.raises(NotFound):
        queries.desk_publication(far, document.code)
    with pytest.raises(Refusal, match="不归您起草"):
        operations.edit_publication(far, document, {"title": "别的"})
    with pytest.raises(Refusal, match="发布由省民政厅和市"):
        operations.create_publication(people.county_officer, VALUES)


# ---- versions

def revised(people, former, at=None):
    new = operations.begin_revision(people.province_officer, former)
    operations.edit_publication(people.province_officer, new, {
        "issued_on": today(), "document_number": "鄂民政发〔2026〕9号",
        "body": factories.CLAUSES + "\n第四条 新加一条。"})
    operations.act(people.province_officer, new, "submit")
    operations.release(people.second_province_officer, new, ALL, at)
    return new


def test_a_new_version_replaces_the_former_which_stays(people):
    former = factories.make_publication()
    new = revised(people, former)
    assert (former.validity.value, new.validity.value) == ("revised", "valid")
    assert former.is_public
    assert queries.chain(new) == queries.chain(former) == [former, new]
    assert queries.latest_version(former) is new
    third = revised(people, new)
    assert queries.chain(new) == [former, new, third]
    assert queries.latest_version(former) is third
    assert newest_publications(9) == [third]
    with pytest.raises(Refusal, match="已经有修订版了"):
        operations.begin_revision(people.province_officer, former)


def test_the_former_version_holds_until_a_scheduled_one_is_public(people):
    former, moment = factories.make_publication(), now() + dt.timedelta(days=1)
    new = revised(people, former, moment)
    assert former.validity.value == "valid"
    assert queries.latest_version(former) is None
    assert queries.chain(former) == [former]
    with clock.frozen(moment):
        assert former.validity.value == "revised"
        assert queries.latest_version(former) is new


def test_what_becomes_of_the_new_version_becomes_of_the_former_s_validity(people):
    former = factories.make_publication()
    new = revised(people, former)
    operations.act(people.province_officer, new, "withdraw", "正文贴错了")
    assert former.validity.value == "valid"
    again = operations.begin_revision(people.province_officer, former)
    assert again is not new
    with pytest.raises(Refusal, match="已经有另一份修订版"):
        operations.act(people.province_officer, new, "reinstate", "改好了")
    operations.act(people.province_officer, again, "discard")
    operations.act(people.province_officer, new, "reinstate", "改好了")
    assert new.status == "draft"


def test_a_revision_is_begun_once(people):
    former = factories.make_publication()
    first = operations.begin_revision(people.province_officer, former)
    assert operations.begin_revision(people.second_province_officer, former) is first
    assert (first.title, first.body, first.document_number, first.issued_on) == (
        former.title, former.body, "", None)


# ---- endings

def test_an_abolished_document_stays_to_be_read(people):
    document = factories.make_publication()
    operations.abolish(people.province_officer, document, today(), "由新办法代替", document.version)
    assert (document.validity.value, document.is_public) == ("abolished", True)
    operations.act(people.province_officer, document, "restore", "登记错了")
    assert (document.validity.value, document.abolished_on) == ("valid", None)


@pytest.mark.parametrize(("day", "said"), [(None, "没有填"), (today() + dt.timedelta(days=1), "在今天以后"),
                                           (dt.date(1990, 1, 1), "早于成文日期")])
def test_the_day_of_the_abolition_makes_sense(people, day, said):
    with pytest.raises(Refusal, match=said):
        operations.abolish(people.province_officer, factories.make_publication(), day, "有新的")


def test_what_was_taken_down_says_so_until_it_is_released_again(people):
    document = factories.make_publication()
    operations.act(people.province_officer, document, "withdraw", "名单里有群众电话")
    shown = queries.public_publication(document.code)
    assert (shown.is_public, shown.withdrawn_reason) == (False, "名单里有群众电话")
    operations.act(people.province_officer, document, "reinstate", "电话已去掉")
    assert queries.public_publication(document.code).withdrawn_reason == "名单里有群众电话"
    operations.act(people.second_province_officer, document, "submit")
    operations.release(people.province_officer, document, ALL)
    assert (document.is_public, document.withdrawn_at) == (True, None)
