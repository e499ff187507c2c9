"""Meaning on the pages: compared where an encoder is at work, and said where it is not."""

import logging
import re
import threading

import numpy as np
import pytest

from matchplatform.audit.operations import record
from matchplatform.extensions import db
from matchplatform.matching import corpus, meaning
from matchplatform.matching.document import Document
from matchplatform.matching.encoders import EncoderUnavailable, Meaning
from matchplatform.matching.finding import find_needs
from matchplatform.matching.queries import match_of, ranked_needs, ranked_offerings
from matchplatform.needs.filters import NeedFilter
from tests import factories

SUBJECTS = ("吃饭 助餐 食堂", "茶 鲜叶", "村医 慢病")


class Subjects:
    """An encoder of three dimensions: how much a text speaks of each subject; it counts the texts it is given."""

    name, dimensions = "subjects-1", 3

    def __init__(self):
        self.seen, self.broken = 0, False

    def encode(self, texts):
        self.seen += len(texts)
        if self.broken:
            raise RuntimeError("the model is gone")
        rows = np.array([[0.1 + sum(text.count(word) for word in subject.split()) for subject in SUBJECTS]
                         for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def subjects(app, monkeypatch):
    """The application with that encoder at work."""
    encoder = Subjects()
    model = Meaning("subjects", "意思相近", encoder, encoder, weight=3.0, mean=0.5, deviation=0.2)
    monkeypatch.setitem(app.config, "MATCH_ENCODER", "subjects")
    monkeypatch.setattr(meaning, "_loaded", lambda setting: (model,))
    for cached in (meaning._combination, corpus._engine):
        cached.cache_clear()
    monkeypatch.setattr(meaning, "_failed_at", float("-inf"))
    monkeypatch.setattr(meaning, "_caches", {})
    yield encoder
    for cached in (meaning._combination, corpus._engine):
        cached.cache_clear()
    corpus.forget()


@pytest.fixture
def pair(people):
    """A need and an offering of one subject without a common word, and one offering of another."""
    need = factories.make_need(title="老人吃饭没人管", body="村里老人一日三餐没有着落，子女都在外头。",
                               lines=False)
    organization = factories.first_organization()
    meals = factories.make_offering(organization, title="长者助餐", body="助餐点运营，送到门口。",
                                    category_code="industry")
    tea = factories.make_offering(organization, title="茶叶收购", body="鲜叶保底价收购，货款半月一结。",
                                  category_code="industry")
    db.session.commit()
    return need, meals, tea


def parts(match):
    return {part.label: part for part in match.score.parts}


def test_meaning_brings_together_what_shares_no_word(pair, subjects):
    need, meals, tea = pair
    found = ranked_offerings(need)
    assert found[0].offering.id == meals.id
    told = parts(found[0])["意思相近"]
    assert told.points > parts(found[0])["对应词句"].points
    other = match_of(need, tea)
    assert other.score.text < found[0].score.text
    assert found[0].score.total == sum(part.points for part in found[0].score.parts)


def test_a_pair_has_one_score_from_both_sides(pair, subjects):
    need, meals, _ = pair
    scores = [ranked_needs(meals)[0].score, ranked_offerings(need)[0].score, match_of(need, meals).score]
    assert scores[0].parts == scores[1].parts == scores[2].parts
    assert [one.exact for one in scores] == pytest.approx([scores[0].exact] * 3, abs=1e-3)


def test_a_text_is_encoded_once_and_a_changed_one_again(pair, subjects):
    need, meals, _ = pair
    ranked_offerings(need)
    seen = subjects.seen
    ranked_offerings(need)
    ranked_needs(meals)
    assert subjects.seen <= seen + 1  # the need library may be built for the other direction
    again = subjects.seen
    need.body = "村里老人一日三餐没有着落，想办食堂。"
    ranked_offerings(need)
    assert subjects.seen == again + 1


def test_an_encoder_that_fails_is_told_and_words_rank_alone(pair, subjects, as_county_officer, caplog):
    need, *_ = pair
    subjects.broken = True
    with caplog.at_level(logging.WARNING):
        page = as_county_officer.get(f"/desk/needs/{need.code}/matches")
    assert page.status_code == 200
    assert "先按字词排序" in page.get_data(as_text=True)
    assert "意思相近" not in page.get_data(as_text=True)
    assert "the model is gone" in caplog.text
    assert meaning.failed_lately()
    subjects.broken = False
    corpus.forget()
    assert "意思相近" in parts(ranked_offerings(need)[0])


def test_too_many_new_texts_for_a_request_wait_for_the_background(pair, subjects, as_county_officer, app, monkeypatch):
    need, *_ = pair
    monkeypatch.setattr(meaning, "MOST_A_REQUEST", 2)
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    assert "意思比对正在准备" in page
    assert subjects.seen <= 2
    corpus.offerings()  # outside of a request everything is encoded
    corpus.forget()
    assert corpus.offerings().index.meanings == ["subjects"]
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    assert "意思相近" in page
    assert int(re.search(r"为什么是 (\d+) 分", page)[1]) > 0


def test_a_building_in_the_background_brings_the_meaning(pair, subjects, as_county_officer, app, monkeypatch, tmp_path):
    need, *_ = pair
    monkeypatch.setattr(meaning, "MOST_A_REQUEST", 0)
    monkeypatch.setitem(app.config, "MATCH_INDEX_FOLDER", str(tmp_path / "index"))
    monkeypatch.setitem(app.config, "MATCH_COMPACTION", "background")
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    assert "意思比对正在准备" in page
    for thread in threading.enumerate():
        if thread.name.endswith(" index"):
            thread.join(30)
    assert subjects.seen > 0
    monkeypatch.setattr(meaning, "MOST_A_REQUEST", 1)  # the question itself; all else was encoded meanwhile
    monkeypatch.setitem(app.config, "MATCH_COMPACTION", "never")
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    assert "意思比对正在准备" not in page
    assert "<span>意思相近</span>" in page


def test_a_blank_text_counts_as_an_arbitrary_one_and_does_not_silence_the_others(pair, subjects):
    index = corpus.offerings().index
    index = index.fork()
    index.put(Document("9999", "", ""))
    assert index.meanings == ["subjects"]
    draft = factories.Need(title="", body="", status="draft", county_code=factories.COUNTY)
    with db.session.no_autoflush:
        assert ranked_offerings(draft) == []


def test_a_model_that_could_not_be_loaded_is_tried_again_after_a_while(app, monkeypatch):
    tried = []

    def load(setting):
        tried.append(setting)
        if len(tried) == 1:
            raise EncoderUnavailable("内存不够，请稍后再试。")
        return ("the model",)

    monkeypatch.setattr(meaning, "load", load)
    monkeypatch.setattr(meaning, "_models", {})
    monkeypatch.setitem(app.config, "MATCH_ENCODER", "default")
    assert meaning.meanings() == meaning.meanings() == ()
    assert "暂时不可用" in meaning.state(False).reason
    assert len(tried) == 1
    monkeypatch.setattr(meaning, "AGAIN", 0.0)
    assert meaning.meanings() == ("the model",)
    assert meaning.meanings() == ("the model",)
    assert len(tried) == 2


def test_a_model_of_the_operators_own_is_measured_on_the_libraries(pair, subjects, monkeypatch):
    encoder = subjects
    model = Meaning("subjects", "意思相近", encoder, encoder, weight=1.5)
    monkeypatch.setattr(meaning, "_loaded", lambda setting: (model,))
    made = corpus.combination()
    assert made.meanings[0].deviation > 0
    assert ranked_offerings(pair[0])[0].offering.id == pair[1].id


@pytest.mark.parametrize("text", ["", "茶", "Elderly canteen", "老人喫飯沒人管", "🍵🍵", "\u200b", "茶园" * 50_000])
def test_every_draft_is_answered_however_odd(pair, subjects, text):
    draft = factories.Need(title=text[:60], body=text, status="draft", county_code=factories.COUNTY,
                           category_code="industry")
    with db.session.no_autoflush:
        for match in ranked_offerings(draft):
            assert 0 <= match.score.total <= 100


@pytest.fixture
def shelf(people):
    """Many needs about tea and one about meals, none of which says 食堂."""
    tea = [factories.make_need(title=f"茶园{n}号缺人", body="鲜叶没人采，茶厂收不上来。", lines=False)
           for n in range(19)]
    meals = factories.make_need(title="老人吃饭没人管", body="村里老人吃饭没有着落，子女都在外头。", lines=False)
    db.session.commit()
    return tea, meals


def test_a_search_finds_what_means_it_without_saying_it_after_what_says_it(people, shelf, subjects):
    tea, meals = shelf
    found = find_needs(NeedFilter(q="食堂"))
    assert [one.id for one in found.page.items] == [meals.id]
    assert (found.hits, found.meant) == (0, 1)
    saying = factories.make_need(title="食堂", body="食堂屋顶漏雨，想修一修再开张。", lines=False)
    record(people.county_officer, "publish", "放行发布", "need", object_id=saying.code)
    db.session.commit()
    found = find_needs(NeedFilter(q="食堂"))
    assert [one.id for one in found.page.items] == [saying.id, meals.id]
    assert (found.hits, found.meant) == (1, 1)
    assert not {one.id for one in tea} & {one.id for one in found.page.items}


@pytest.mark.parametrize("words", ["饭", "XQ420921-2026-001", "gj2026-0001"])
def test_a_code_or_a_single_character_is_looked_for_as_it_stands(shelf, subjects, words):
    assert find_needs(NeedFilter(q=words)).meant == 0


def test_without_an_encoder_a_search_goes_by_words_alone(shelf):
    found = find_needs(NeedFilter(q="食堂"))
    assert (found.total, found.meant) == (0, 0)
