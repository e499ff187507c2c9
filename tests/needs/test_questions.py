"""What a reader would still ask: found by plain rules on any text whatever, and never more than advice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.needs.questions import MOST_SHOWN, Draft, questions
from matchplatform.needs.template_rules import (
    HEADINGS,
    Hint,
    empty_headings,
    fitting,
    parse_hints,
    without_prompts,
    written_hints,
)

pytestmark = pytest.mark.once

FULL = Draft(title="老人一天只做一顿饭，想办食堂",
             body="万冲村 75 岁以上的老人 68 个，从 2023 年起大多早上煮一锅吃一天。"
                  "村里腾出 120 平方米的房子，水电都通。",
             goal="春节前开餐，每天午餐不少于 50 人", conditions="由村老年协会管理", has_people=True, has_deadline=True,
             contact_name="万主任", contact_phone="13871236021")


def keys(draft, hints=()):
    return [one.key for one in questions(draft, hints)]


def test_a_whole_story_raises_no_question():
    assert keys(FULL) == []


@pytest.mark.parametrize(("change", "asked"), [
    ({"has_people": False, "body": "万冲村从去年起没有食堂，腾出的房子水电都通。"}, "people"),
    ({"title": "老人吃饭难，想办食堂", "body": "有老人 68 个，从去年起一天一顿，腾出的房子水电都通。"}, "where"),
    ({"body": "万冲村有老人 68 个一天只吃一顿，腾出的房子水电都通。"}, "since"),
    ({"body": "万冲村有老人 68 个，从去年起一天只吃一顿。"}, "existing"),
    ({"conditions": ""}, "afterwards"),
    ({"has_deadline": False, "goal": "每天午餐不少于 50 人"}, "deadline"),
    ({"goal": "老人吃得好"}, "result"),
    ({"contact_phone": ""}, "contact"), ({"contact_name": ""}, "contact"),
    ({"body": "现状：\n\n已有条件：\n水电都通\n" + FULL.body}, "outline"),
    ({"title": "某村某个老人吃饭难"}, "unnamed"),
])
def test_what_is_missing_is_asked_for_and_nothing_else(change, asked):
    assert keys(Draft(**{**vars(FULL), **change})) == [asked]


@pytest.mark.parametrize("said", ["老人有 68 个", "68 位老人", "二十三户人家", "学生约 120 名", "共有居民 300 多户"])
def test_people_are_counted_in_many_ways(said):
    assert "people" not in keys(Draft(title="请求支持食堂建设", body=said))


@pytest.mark.parametrize("said", ["1月20日前开餐", "春节前要用上", "年底前办成", "开学以前到位", "三季度完成"])
def test_a_deadline_is_told_in_many_ways(said):
    assert "deadline" not in keys(Draft(title="请求支持食堂建设", body=f"村里要办食堂，{said}。"))


def test_the_headings_of_an_outline_answer_nothing():
    outline = "现状：\n（多少人、现在怎么样）\n已有条件：\n（水电、房子）\n还差什么：\n当地能配合什么："
    assert {"outline", "people", "since", "existing"} <= set(keys(Draft(title="请求支持食堂建设", body=outline)))


def test_hardly_anything_written_raises_no_question():
    assert questions(Draft(title="食堂", body="老人吃饭")) == []


def test_a_templates_hint_is_asked_until_one_of_its_words_is_said():
    hint = Hint(("送餐", "上门"), "走不动的老人怎么吃上饭？", "例如：志愿者送。")
    assert keys(FULL, [hint]) == ["hint-0"]
    assert keys(Draft(**{**vars(FULL), "goal": FULL.goal + "，给 8 位老人送餐"}), [hint]) == []


def test_every_question_is_friendly_and_has_an_example():
    found = questions(Draft(title="某村想请人来帮忙做些事", body="现状：\n已有条件："))
    assert len(found) > MOST_SHOWN
    assert all(one.question[-1] in "？。" and len(one.example) > 8 and one.field for one in found)


texts = st.text(max_size=300)


@given(st.builds(Draft, title=texts, body=texts, goal=texts, conditions=texts, supplies=texts, village=texts,
                 has_people=st.booleans(), has_deadline=st.booleans(), contact_name=texts, contact_phone=texts))
def test_any_text_gives_a_list_of_different_questions(draft):
    found = [one.key for one in questions(draft)]
    assert len(found) == len(set(found)) <= 10


@given(st.text(alphabet="现状已有条件：:（()）\n 一2某村人年月前"))
def test_outlines_of_any_shape_are_read(text):
    assert set(empty_headings(text, HEADINGS)) <= set(HEADINGS)
    assert len(without_prompts(text)) <= len(text)


plain = st.text(alphabet="老人送餐村校abc12", min_size=1, max_size=8)


@given(st.lists(st.builds(Hint, st.tuples(plain, plain), plain, plain), max_size=12))
def test_hints_survive_writing_and_reading(hints):
    assert parse_hints(written_hints(hints)) == hints


@pytest.mark.parametrize(("text", "said"), [
    ("送餐｜怎么吃", "第 1 行要写成"), ("送餐｜｜例句", "第 1 行要写成"), ("\n、，｜问｜例", "第 2 行竖线前没有词"),
    ("\n".join(f"词{n}｜问｜例" for n in range(13)), "最多 12 条")])
def test_a_hint_that_cannot_be_read_is_named_by_its_line(text, said):
    with pytest.raises(ValueError, match=said):
        parse_hints(text)


def test_the_nearest_template_is_chosen_and_none_when_none_is_near():
    names = ["老年食堂", "养老护理员培训"]
    assert fitting(names, "想办一个老年人食堂，老年食堂最好") == 0
    assert fitting(names, "护理员要培训，养老护理") == 1
    assert fitting(names, "修一条路") is None
    assert fitting([], "修一条路") is None
