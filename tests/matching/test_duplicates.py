"""Near duplicates: a floor on the measured pairs, and what the panel shows to whom while a need is written."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import duplicates as benchmark
from matchplatform.audit.queries import newest_mark
from matchplatform.audit.rules import KINDS
from matchplatform.catalog.queries import townships
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.matching.duplicates import NEAR, SAME, Everyday, Purpose, likeness_of_needs, verdict_of
from matchplatform.matching.earlier import like_typed, needs_like
from matchplatform.matching.lexicon import Lexicon
from tests import factories
from tests.conftest import sign_in_directly
from tests.web.pages import parsed, words

PATH = "/desk/needs/similar"
TYPED = {"title": "村里想开老年食堂",
         "body": "75岁以上老人70个，一天煮一锅吃剩菜。"
                 "房子120平方已腾好，水电通，就差灶台、冰箱、消毒柜和桌椅板凳。"}


@pytest.fixture(scope="module")
def pairs():
    return benchmark.judged()


@pytest.mark.once
def test_the_measured_pairs_stay_above_the_floor(pairs):
    held_out, chosen = benchmark.cross_validated(pairs)
    assert held_out.f1 >= benchmark.FLOOR
    assert held_out.precision >= 0.95
    assert held_out.recall >= 0.92
    assert min(chosen) - benchmark.MARGIN <= SAME <= max(chosen) + benchmark.MARGIN
    assert sum(one.same for one in pairs) == 80


@pytest.mark.once
def test_most_traps_are_not_taken_for_the_same(pairs):
    traps = {one.text for one in pairs if one.kind == "other"}
    taken = {one.text for one in pairs if one.kind == "other" and one.similarity >= SAME}
    assert (len(traps), len(taken)) == (20, 2)


@pytest.mark.once
@pytest.mark.parametrize(("similarity", "county", "here", "there", "verdict"), [
    (SAME, "a", "", "", "same"), (SAME, "a", "t", "", "same"), (SAME, "a", "t", "t", "same"),
    (0.99, "a", "t", "u", "near"), (0.99, "b", "", "", ""), (SAME - 0.001, "a", "", "", "near"),
    (NEAR, "a", "", "", "near"), (NEAR - 0.001, "a", "t", "t", ""), (0.0, "a", "", "", "")])
def test_what_a_similarity_means_depends_on_the_place(similarity, county, here, there, verdict):
    found = verdict_of(similarity, Purpose("", "", "a", here), Purpose("", "", county, there))
    assert (found.verdict, found.is_same) == (verdict, verdict == "same")


texts = st.text(st.sampled_from("老年食堂茶叶修路a 。\U0001f33e"), max_size=30)


@pytest.mark.once
@given(texts, texts, texts, texts)
def test_likeness_is_symmetric_and_whole_for_the_same_text(title, body, other_title, other_body):
    everyday = Everyday([(title, body), ("修路", "路坏了")])
    one, other = Purpose(title, body, "a"), Purpose(other_title, other_body, "a")
    there, = everyday.similarities(one, [other])
    back, = everyday.similarities(other, [one])
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    if len("".join(c for c in title if "㐀" <= c <= "鿿")) >= 2:
        assert everyday.similarities(one, [one])[0] == pytest.approx(1, abs=0.6)
        assert likeness_of_needs(one, [one], everyday)[0].score in (0.0, everyday.similarities(one, [one])[0])


@pytest.mark.once
def test_too_little_text_is_like_nothing_and_word_lists_count():
    known = Purpose("老年食堂", "老人吃饭难", "a")
    assert likeness_of_needs(Purpose("食堂", "", "a"), [known], Everyday([])) == [verdict_of(0, known, known)]
    typed = Purpose("想要助餐点", "村里没有", "a")
    before, = Everyday([]).similarities(typed, [known])
    after, = Everyday([], Lexicon((("老年食堂", "助餐点"),))).similarities(typed, [known])
    assert after > before


def test_the_panel_names_the_countys_earlier_needs_whatever_became_of_them(people, as_county_officer):
    for status in ("published", "closed", "matched", "draft"):
        factories.make_need(status=status, village=f"{status}村")
    factories.make_need(status="withdrawn", village="撤回村")
    factories.make_need(county=factories.OTHER_COUNTY, village="别县村")
    old = factories.make_need(village="三年前村")
    old.created_at = now() - dt.timedelta(days=1095)
    db.session.commit()
    answer = as_county_officer.post(PATH, data=TYPED)
    assert answer.status_code == 200
    shown = words(answer)
    for name in ("published", "closed", "matched", "draft"):
        assert f"{name}村" in shown
    for name in ("撤回", "别县", "三年前"):
        assert f"{name}村" not in shown
    for said in ("很可能是同一件事", "可接单", "已关闭", "已结对", "草稿"):
        assert said in shown
    assert "<html" not in answer.get_data(as_text=True)


def test_a_need_is_never_like_itself_and_another_purpose_is_not_listed(people, as_county_officer):
    need = factories.make_need(status="draft")
    factories.make_need(title="春茶没人采", body="十一个村差采茶工六百人，旧学校能住人，盼着有人从外地组织队伍。")
    db.session.commit()
    assert needs_like(people.county_officer, need) == []
    assert need.title in words(as_county_officer.post(PATH, data=TYPED))
    assert "没有说同一件事" in words(as_county_officer.post(PATH, data={**TYPED, "code": need.code}))
    assert "写了名称和要办的事" in words(as_county_officer.post(PATH, data={}))


def test_nobody_sees_drafts_beyond_his_own_list(app, people):
    draft = factories.make_need(status="draft", title="只有本县看得到的老年食堂")
    town, other_town = (one.code for one in townships(factories.COUNTY)[:2])
    factories.make_need(status="draft", title="只有那个乡看得到的老年食堂", township_code=other_town)
    public = factories.make_need(township_code=other_town)
    db.session.commit()
    typed = TYPED["title"], TYPED["body"], "", ""
    assert like_typed(people.other_county_officer, *typed) == []
    seen = like_typed(people.township_officer, *typed)
    assert [(one.need.id, one.likeness.verdict) for one in seen] == [(public.id, "near")]
    assert people.township_officer.township_code == town
    assert draft.id in {one.need.id for one in like_typed(people.second_county_officer, *typed)}
    browser = sign_in_directly(app, people.other_county_officer)
    assert "只有" not in words(browser.post(PATH, data=TYPED))
    for name in ("organization_member", "city_officer", "province_officer", "auditor", "system_admin"):
        assert sign_in_directly(app, getattr(people, name)).post(PATH, data=TYPED).status_code == 403


def test_asking_writes_nothing_and_takes_no_lock(app, people, as_county_officer):
    factories.make_need()
    db.session.commit()
    before, written = newest_mark(KINDS.values), []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE") or "IMMEDIATE" in statement:
            written.append(statement)

    db.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert as_county_officer.post(PATH, data=TYPED).status_code == 200
    finally:
        db.event.remove(db.engine, "before_cursor_execute", note)
    assert written == []
    db.session.rollback()
    assert newest_mark(KINDS.values) == before


def test_an_ended_session_is_told_once_and_not_for_every_pause(app, as_visitor):
    assert as_visitor.post(PATH, data=TYPED, headers={"HX-Request": "true"}).status_code == 401
    assert "请先登录" not in words(as_visitor.get("/sign-in"))
    assert as_visitor.post(PATH, data=TYPED).status_code == 303
    assert "登录已过期" in words(as_visitor.get("/sign-in"))


def test_the_pages_around_it_work_without_a_script(people, as_county_officer):
    factories.make_need(title="以前那条老年食堂")
    draft = factories.make_need(status="draft")
    db.session.commit()
    for path in (f"/desk/needs/{draft.code}/edit", f"/desk/needs/{draft.code}/preview"):
        answer = as_county_officer.get(path)
        assert "可能已经有同样的需求" in words(answer)
        assert "以前那条老年食堂" in words(answer)
    parsed(as_county_officer.get(f"/desk/needs/{draft.code}/preview"))
    answer = as_county_officer.get("/desk/needs/new")
    assert f'hx-post="{PATH}"' in answer.get_data(as_text=True)
