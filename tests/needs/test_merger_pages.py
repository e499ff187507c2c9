"""Merging two needs over HTTP: choosing, comparing, answering; who may look."""

import pytest

from matchplatform.extensions import db
from matchplatform.needs import merger_operations as operations
from matchplatform.needs import merger_rules as rules
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.snapshots import columns, plain
from tests import factories
from tests.needs.test_pages import Strict
from tests.pairings.test_pages import text_of


@pytest.fixture
def pair(people):
    kept = factories.make_need(status="draft", contact_phone="13871230000")
    merged = factories.make_need(status="draft", author="second_county_officer", title="万冲村老年食堂",
                                 beneficiaries=80, contact_phone="13871239999")
    db.session.commit()
    return kept, merged


def strict(answer):
    parser = Strict()
    parser.feed(answer.get_data(as_text=True))
    assert parser.faults == []
    return text_of(answer)


def posted(kept, merged, **changes):
    """The form as it stands untouched, with some fields changed."""
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    takes = {f"take-{one.name}": rules.usual(one, mine, theirs).way for one in rules.differing(mine, theirs)}
    return {"with": merged.code, "note": "都是万冲村那间食堂", **takes, **changes}


def only():
    return db.session.scalars(db.select(NeedMerger)).one()


def test_from_choosing_to_undoing(as_county_officer, as_second_county_officer, pair):
    kept, merged = pair
    start = f"/desk/needs/{kept.code}/merge"
    assert "和另一条是同一件事" in strict(as_county_officer.get(f"/desk/needs/{kept.code}"))
    assert "可能说同一件事的" in strict(as_county_officer.get(start))
    page = strict(as_county_officer.get(f"{start}?with={merged.code.lower()}"))
    assert "每一处选用哪一条的" in page
    assert "不替您相加" in page
    assert "13871239999" not in page
    answer = as_county_officer.post(start, data=posted(kept, merged, **{
        "take-beneficiaries": "typed", "number-beneficiaries": "86"}), follow_redirects=True)
    assert "等另一位填报人答复" in strict(answer)
    number = only().id
    assert f"刘敏提出把“{merged.title}”并入“{kept.title}”，等您答复" in text_of(as_second_county_officer.get("/mine"))
    page = as_second_county_officer.get(f"/desk/mergers/{number}")
    assert "都是万冲村那间食堂" in strict(page)
    assert "同意合并" in text_of(page)
    answer = as_second_county_officer.post(f"/desk/mergers/{number}/agree", follow_redirects=True)
    assert f"{merged.code} 已并入 {kept.code}" in strict(answer)
    assert "已经并入另一条需求" in strict(as_second_county_officer.get(f"/desk/needs/{merged.code}"))
    assert "不能改" in text_of(as_second_county_officer.get(f"/desk/needs/{merged.code}/edit", follow_redirects=True))
    answer = as_county_officer.post(f"/desk/mergers/{number}/undo", data={"reason": "不是同一个村"},
                                    follow_redirects=True)
    assert "两条需求回到合并前" in strict(answer)


def test_what_is_alike_can_still_be_merged_after_the_panel_was_asked_for_again(as_county_officer, pair):
    kept, merged = pair
    typed = {"title": kept.title, "body": kept.body, "category_code": kept.category_code}
    for code, offered in ((kept.code, True), ("", False), ("XQ999999-2026-001", False)):
        page = as_county_officer.post("/desk/needs/similar", data={**typed, "code": code}).get_data(as_text=True)
        assert (f"/desk/needs/{merged.code}/merge?with={kept.code}" in page) == offered


def test_what_stands_against_it_is_told_before_anything_is_chosen(as_county_officer, pair):
    kept, _ = pair
    busy = factories.make_need(status="matched", title="已经结对的")
    far = factories.make_need(status="published", county=factories.OTHER_COUNTY, author="other_county_officer",
                              releaser="province_officer")
    db.session.commit()
    for named, said in ((busy.code, "不能合并"), (kept.code, "同一条需求"), (far.code, "不在一个县"),
                        ("XQ000", "没有找到编号"), ("%00", "没有找到编号")):
        page = strict(as_county_officer.get(f"/desk/needs/{kept.code}/merge", query_string={"with": named}))
        assert said in page, named
        assert "提出合并" not in page


def test_what_waits_for_its_release_is_offered_only_the_other_way_round(as_county_officer, people):
    kept = factories.make_need(status="submitted", author="second_county_officer")
    draft, other = (factories.make_need(status=state, title="万冲村老人一天只做一顿饭", author="second_county_officer")
                    for state in ("draft", "submitted"))
    db.session.commit()
    answer = as_county_officer.get(f"/desk/needs/{kept.code}/merge")
    said, page = strict(answer), answer.get_data(as_text=True)
    assert "撤回来改" in said
    assert f"/desk/needs/{draft.code}/merge?with={kept.code}" in page
    assert other.code not in page
    assert f"并入 {kept.code}" not in said
    answer = as_county_officer.get(f"/desk/needs/{kept.code}/merge?with={draft.code}")
    assert "提出合并" not in strict(answer)
    assert f"倒过来：留下 {draft.code}" in text_of(answer)
    typed = {"title": kept.title, "body": kept.body, "category_code": kept.category_code, "code": draft.code}
    page = as_county_officer.post("/desk/needs/similar", data=typed).get_data(as_text=True)
    assert f"/desk/needs/{draft.code}/merge?with={kept.code}" in page


def test_a_busy_need_says_what_it_is_and_not_that_it_is_the_same(as_county_officer, people):
    busy = factories.make_need(status="matched")
    db.session.commit()
    page = strict(as_county_officer.get(f"/desk/needs/{busy.code}/merge"))
    assert "现在是“已结对”，不能合并" in page
    assert "这是同一条需求" not in page


def test_a_number_that_is_none_keeps_what_was_typed(as_county_officer, pair):
    answer = as_county_officer.post(f"/desk/needs/{pair[0].code}/merge", data=posted(*pair, **{
        "take-beneficiaries": "typed", "number-beneficiaries": "八十多", "note": "我写的话"}))
    assert answer.status_code == 422
    assert "请填一个整数" in strict(answer)
    assert 'value="八十多"' in answer.get_data(as_text=True)
    assert "我写的话" in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(NeedMerger)) == 0


def test_a_refused_proposal_leaves_nothing(as_county_officer, people):
    kept = factories.make_need(status="published")
    own = factories.make_need(status="draft", title="自己写的另一条")
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{kept.code}/merge", data=posted(kept, own))
    assert answer.status_code == 422
    assert "一个人不能自己改自己放行" in strict(answer)
    assert "已经在一次合并里" not in text_of(answer)
    assert db.session.scalar(db.select(db.func.count()).select_from(NeedMerger)) == 0


def test_a_refusal_with_its_reason_is_read_by_the_proposer(as_county_officer, as_second_county_officer, pair):
    as_county_officer.post(f"/desk/needs/{pair[0].code}/merge", data=posted(*pair))
    number = only().id
    answer = as_second_county_officer.post(f"/desk/mergers/{number}/refuse", data={"reason": ""},
                                           follow_redirects=True)
    assert "要写明理由" in text_of(answer)
    as_second_county_officer.post(f"/desk/mergers/{number}/refuse", data={"reason": "一个在村东，一个在村西"})
    assert "一个在村东" in strict(as_county_officer.get(f"/desk/mergers/{number}"))
    assert "合并不同意" in text_of(as_county_officer.get("/notices"))


@pytest.mark.parametrize("name", ["other_county_officer", "organization_member", "city_officer", "province_officer",
                                  "township_officer", "auditor", "visitor"])
def test_strangers_neither_see_nor_answer(request, people, pair, name):
    takes = {one.name: rules.usual(one, plain(columns(pair[0])), plain(columns(pair[1])))
             for one in rules.differing(plain(columns(pair[0])), plain(columns(pair[1])))}
    number = operations.propose_merger(people.county_officer, *pair, takes).id
    db.session.commit()
    browser = request.getfixturevalue(f"as_{name}")
    assert browser.get(f"/desk/mergers/{number}").status_code in ((302,) if name == "visitor" else (403, 404))
    for verb in ("agree", "refuse", "withdraw", "undo", "burn"):
        answer = browser.post(f"/desk/mergers/{number}/{verb}", data={"reason": "试一试"})
        assert answer.status_code in ((303,) if name == "visitor" else (403, 404))
    assert only().status == "proposed"


def test_the_township_of_one_of_the_two_may_look(as_township_officer, people):
    own = factories.make_need(status="draft", author="township_officer", title="乡里写的",
                              township_code=people.township_officer.township_code)
    other = factories.make_need(status="draft", title="县里写的")
    takes = {one.name: rules.usual(one, plain(columns(other)), plain(columns(own)))
             for one in rules.differing(plain(columns(other)), plain(columns(own)))}
    number = operations.propose_merger(people.county_officer, other, own, takes).id
    db.session.commit()
    page = strict(as_township_officer.get(f"/desk/mergers/{number}"))
    assert "县里写的" in page
    assert f"/desk/needs/{other.code}" not in as_township_officer.get(f"/desk/mergers/{number}").get_data(as_text=True)
    answer = as_township_officer.post(f"/desk/mergers/{number}/agree", follow_redirects=True)
    assert "已并入" in text_of(answer)
