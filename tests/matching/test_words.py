"""The province keeps the word lists: rules, audited operations, the pages, and a preview that writes nothing."""

from types import SimpleNamespace

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import newest_mark
from matchplatform.audit.rules import KINDS as AUDIT_KINDS
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.matching import operations, rules
from matchplatform.matching.lexicon_preview import preview
from matchplatform.matching.lexicon_queries import current_lexicon
from matchplatform.matching.models import LexiconEntry
from matchplatform.matching.queries import match_of, search_offerings
from tests import factories
from tests.conftest import sign_in_directly
from tests.web.pages import parsed, words

GROUP = ("助餐", "老年食堂")
NEW = "/desk/matching/words/new"
PREVIEW = "/desk/matching/words/preview"


@pytest.fixture
def entry(people):
    made = operations.add_entry(people.province_officer, "synonym", GROUP, "两边叫法不同")
    db.session.commit()
    return made


@pytest.mark.parametrize(("typed", "found"), [
    ("助餐、老年食堂", GROUP), (" 助餐，老年食堂\n助餐 ", GROUP), ("、 、", ()),
    ("ＡＩ/Ai;人工智能", ("ai", "人工智能"))])
def test_words_are_read_as_people_type_them(typed, found):
    assert rules.words_of(typed) == found


OTHERS = (SimpleNamespace(kind="synonym", listed=("红薯", "甘薯")),
          SimpleNamespace(kind="stop_word", listed=("恳请",)))


def so_many(number):
    return tuple(f"词{letter}" for letter in "一二三四五六七八九十甲乙丙"[:number])


@pytest.mark.parametrize(("kind", "listed", "said"), [
    ("synonym", GROUP, ""), ("stop_word", ("望予",), ""), ("synonym", so_many(12), ""),
    ("synonym", ("ai", "人工智能"), ""), ("synonym", ("养老服务", "助老"), ""),
    ("other", GROUP, "没有这一类词"), ("synonym", ("助餐",), "至少要写 2 个"), ("stop_word", (), "至少要写 1 个"),
    ("synonym", so_many(13), "最多 12 个"), ("synonym", ("助餐", "餐"), "只有一个字"),
    ("stop_word", ("的",), "只有一个字"), ("synonym", ("助餐", "长" * 21), "21 个字"),
    ("synonym", ("助餐", "助-餐"), "汉字和字母以外"), ("synonym", ("助餐", "4g"), "汉字和字母以外"),
    ("synonym", ("红薯", "红苕"), "已经在近义词“红薯、甘薯”里"), ("stop_word", ("红薯",), "不能同时停用"),
    ("synonym", ("恳请", "请求"), "现在是停用词"), ("stop_word", ("恳请",), "已经是停用词"),
    ("stop_word", ("养老服务",), "帮扶领域的名称"), ("stop_word", ("我们",), "平台自带"),
    ("synonym", ("我们", "咱们"), "平台自带")])
def test_what_a_group_may_be(kind, listed, said):
    verdict = rules.words_verdict(kind, listed, OTHERS, shipped={"我们"}, categories={"养老服务"})
    assert bool(verdict) is not bool(said)
    assert said in verdict.reason
    assert bool(verdict.remedy) is bool(said)


def test_every_change_is_audited_and_in_the_next_list(people, entry):
    actor = people.province_officer
    assert current_lexicon().synonyms == (GROUP,)
    operations.edit_entry(actor, entry, (*GROUP, "幸福食堂"), "又一种叫法", entry.version)
    assert current_lexicon().synonyms == ((*GROUP, "幸福食堂"),)
    operations.retire_entry(people.second_province_officer, entry, "误中太多", entry.version)
    assert not current_lexicon()
    assert (entry.retired_by, entry.is_active) == (people.second_province_officer.id, False)
    operations.reinstate_entry(actor, entry, entry.version)
    stop = operations.add_entry(actor, "stop_word", ("望予",), "套话")
    assert current_lexicon().stop_words == {"望予"}
    rows = db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "lexicon").order_by(AuditRow.id)).all()
    assert [(row.act, row.object_id) for row in rows] == [
        ("add_words", str(entry.id)), ("edit_words", str(entry.id)), ("retire_words", str(entry.id)),
        ("reinstate_words", str(entry.id)), ("add_words", str(stop.id))]
    assert rows[2].reason == "误中太多"
    assert "幸福食堂" in rows[1].detail


def test_what_the_rules_refuse_is_not_done(people, entry):
    actor = people.province_officer
    for call in (lambda: operations.add_entry(actor, "synonym", ("助餐", "送餐"), "x"),
                 lambda: operations.edit_entry(actor, entry, GROUP, "两边叫法不同"),
                 lambda: operations.edit_entry(actor, entry, ("助餐",), "x"),
                 lambda: operations.retire_entry(actor, entry, "  "),
                 lambda: operations.reinstate_entry(actor, entry)):
        with pytest.raises(Refusal):
            call()
    operations.retire_entry(actor, entry, "先停")
    with pytest.raises(Refusal, match="已经停用"):
        operations.edit_entry(actor, entry, ("助餐", "送餐"), "x")
    operations.add_entry(actor, "synonym", ("助餐", "送餐"), "另一组")
    with pytest.raises(Refusal, match="已经在近义词“助餐、送餐”里"):
        operations.reinstate_entry(actor, entry)


@pytest.mark.parametrize("name", ["county_officer", "township_officer", "organization_member", "city_officer",
                                  "system_admin", "security_admin", "auditor"])
def test_only_the_province_keeps_words(app, people, entry, name):
    actor, before = getattr(people, name), newest_mark(AUDIT_KINDS.values)
    for call in (lambda: operations.add_entry(actor, "synonym", ("红薯", "甘薯"), "x"),
                 lambda: operations.edit_entry(actor, entry, ("红薯", "甘薯"), "x"),
                 lambda: operations.retire_entry(actor, entry, "x"), lambda: operations.reinstate_entry(actor, entry)):
        with pytest.raises(Refusal, match="省民政厅"):
            call()
    browser = sign_in_directly(app, actor)
    for path in ("/desk/matching/words", NEW, PREVIEW, f"/desk/matching/words/{entry.id}"):
        assert browser.get(path).status_code == 403
    for path in (NEW, PREVIEW, f"/desk/matching/words/{entry.id}", f"/desk/matching/words/{entry.id}/retire"):
        assert browser.post(path, data={"reason": "x"}).status_code == 403
    assert newest_mark(AUDIT_KINDS.values) == before


def test_the_slower_of_two_officers_is_told(people, entry):
    seen = entry.version
    operations.edit_entry(people.province_officer, entry, ("助餐", "送餐"), "改", seen)
    for call in (lambda: operations.edit_entry(people.second_province_officer, entry, ("助餐", "饭堂"), "改", seen),
                 lambda: operations.retire_entry(people.second_province_officer, entry, "停", seen)):
        with pytest.raises(Conflict):
            call()


def test_a_stale_page_keeps_what_was_typed(people, entry, as_province_officer):
    stale = entry.version
    operations.edit_entry(people.second_province_officer, entry, ("助餐", "送餐"), "改", stale)
    db.session.commit()
    path = f"/desk/matching/words/{entry.id}"
    typed = {"words": "助餐、饭堂", "note": "第二个人", "version": str(stale)}
    answer = as_province_officer.post(path, data=typed)
    tree = parsed(answer, 422)
    assert "别人刚刚改动了这一条" in words(answer)
    assert "助餐、饭堂" in words(answer)
    version = next(e.get("value") for e in tree.iter() if isinstance(e.tag, str) and e.get("name") == "version")
    assert as_province_officer.post(path, data={**typed, "version": version}).status_code == 303
    db.session.expire_all()
    assert entry.words == "助餐、饭堂"


def test_the_pages_say_what_is_wrong_and_what_was_done(as_province_officer, people):
    answer = as_province_officer.post(NEW, data={"kind": "synonym", "words": "助餐", "note": "叫法"})
    parsed(answer, 422)
    assert "近义词至少要写 2 个不同的词" in words(answer)
    answer = as_province_officer.post(NEW, data={"kind": "synonym", "words": "", "note": ""})
    assert "词还没有填" in words(answer)
    typed = {"kind": "synonym", "words": "助餐、食堂", "note": "叫法"}
    assert as_province_officer.post(NEW, data=typed).status_code == 303
    made = db.session.scalar(db.select(LexiconEntry))
    shown = words(as_province_officer.get("/desk/matching/words"))
    assert "食堂" in shown
    assert "叫法" in shown
    path = f"/desk/matching/words/{made.id}"
    assert as_province_officer.post(f"{path}/retire", data={"reason": ""}, headers={
        "Referer": "http://localhost/desk/matching/words"}).status_code == 303
    assert "还没有写停用的理由" in words(as_province_officer.get("/desk/matching/words"))
    as_province_officer.post(f"{path}/retire", data={"reason": "太宽", "version": made.version})
    assert "太宽" not in words(as_province_officer.get("/desk/matching/words"))
    assert "恢复使用" in words(as_province_officer.get("/desk/matching/words?state=retired"))
    assert as_province_officer.post(f"{path}/reinstate").status_code == 303
    assert as_province_officer.post(f"{path}/burn").status_code == 404
    assert as_province_officer.get("/desk/matching/words/999").status_code == 404
    assert "词表里没有" in words(as_province_officer.get("/desk/matching/words?q=没有的词&kind=x&state=y"))


@pytest.fixture
def libraries(people):
    """A need that says 老年食堂 and, among others, an offering that says 助餐."""
    need = factories.make_need(lines=False, title="想办老年食堂", body="老年食堂没有灶台，老人吃饭难。")
    meals = factories.make_offering(factories.first_organization(), title="助餐进村", category_code="industry",
                                    body="派厨师驻点，提供助餐。")
    for n in range(3):
        factories.make_offering(factories.first_organization(), title=f"茶叶加工第{n}期", category_code="industry",
                                body="投建萎凋、发酵机组，收购夏秋鲜叶。")
    db.session.commit()
    return SimpleNamespace(need=need, meals=meals)


def test_the_preview_says_what_would_change_and_which_word_is_nowhere(libraries):
    shown = preview("synonym", (*GROUP, "幸福食唐"))
    assert (shown.looked_at, shown.changed) == (1, 1)
    shift, = shown.shifts
    assert shift.need.id == libraries.need.id
    first = shift.moves[0]
    assert (first[0].after, first[1].id) == (1, libraries.meals.id)
    assert [(one.word, one.needs, one.offerings) for one in shown.words] == [
        ("助餐", 0, 1), ("老年食堂", 1, 0), ("幸福食唐", 0, 0)]
    assert shown.nowhere == ["幸福食唐"]
    assert preview("synonym", ("红薯", "甘薯")).changed == 0


def test_the_preview_of_an_edit_compares_with_what_is_in_use(people, libraries, entry):
    assert preview("synonym", GROUP, entry).changed == 0
    assert preview("synonym", ("红薯", "甘薯"), entry).changed == 1


def test_the_preview_page_keeps_what_was_typed_and_writes_nothing(app, as_province_officer, libraries):
    written = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE") or "IMMEDIATE" in statement:
            written.append(statement)

    db.event.listen(db.engine, "before_cursor_execute", note)
    typed = {"kind": "synonym", "words": "助餐、老年食堂", "note": "叫法不同"}
    try:
        answer = as_province_officer.post(PREVIEW, data=typed)
    finally:
        db.event.remove(db.engine, "before_cursor_execute", note)
    parsed(answer)
    assert written == []
    shown = words(answer)
    assert "1 条的前十项供给会变" in shown.replace("  ", " ")
    assert "助餐、老年食堂" in shown
    assert 'value="叫法不同"' in answer.get_data(as_text=True)
    assert not current_lexicon()
    refused = as_province_officer.post(PREVIEW, data={"kind": "synonym", "words": "助餐", "note": "叫法不同"})
    assert refused.status_code == 422
    assert as_province_officer.post(PREVIEW, data={"words": "a", "note": "b", "entry": "999"}).status_code == 404
    assert as_province_officer.get(PREVIEW).status_code == 302


def test_what_is_saved_moves_scores_reasons_and_the_search_at_once(people, libraries):
    before = match_of(libraries.need, libraries.meals)
    assert libraries.meals.id not in search_offerings("老年食堂")
    operations.add_entry(people.province_officer, "synonym", GROUP, "叫法不同")
    db.session.commit()
    after = match_of(libraries.need, libraries.meals)
    assert after.score.exact > before.score.exact
    assert any("老年食堂 ≈ 助餐" in part.why for part in after.score.parts)
    assert not any("≈" in part.why for part in before.score.parts)
    assert libraries.meals.id in search_offerings("老年食堂")
