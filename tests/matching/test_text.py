"""Cutting: domain words stay whole, nothing is printed, a text is cut once."""

import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching import text

pytestmark = pytest.mark.once

ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=200)


@pytest.mark.parametrize("word", ["乡村振兴", "留守儿童", "居家养老", "日间照料", "高标准农田", "直播带货",
                                  "老年食堂", "助餐", "夏秋茶", "村卫生室", "积分超市",
                                  "稻虾共作", "送教上门", "三格化粪池"])
def test_domain_words_stay_whole(word):
    assert word in text.sequence(f"我们村想办{word}的事情")


def test_a_long_word_meets_its_parts():
    assert {"老年食堂", "老年", "食堂"} <= set(text.words("村里想开老年食堂"))


def test_stop_words_digits_and_punctuation_are_left_out():
    assert not {"的", "了", "，", "68", "2026", " "} & set(text.words("村里的老人 68 个，2026 年了"))


def test_full_width_and_upper_case_are_the_same_word():
    assert text.words("ＢＡ球赛") == text.words("ba球赛")


def test_an_unchanged_text_is_not_cut_again():
    text.words("这段文字只切一次：山货滞销")
    before = text.words.cache_info()
    text.words("这段文字只切一次：山货滞销")
    after = text.words.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


@given(ANY_TEXT)
def test_any_text_can_be_cut(original):
    assert "".join(text.sequence(original)) == text.plain(original)
    for token in (*text.words(original), *text.bigrams(original), *text.characters(original)):
        assert token


def test_loading_is_quiet_writes_no_cache_and_many_threads_may_ask_first(tmp_path):
    """A fresh process, warnings as errors, eight threads at once: one answer, no word on either stream, no file."""
    program = ("import threading\n"
               "from matchplatform.matching import text\n"
               "found = []\n"
               "ask = lambda: found.append(text.words('留守儿童要直播带货'))\n"
               "threads = [threading.Thread(target=ask) for _ in range(8)]\n"
               "[t.start() for t in threads]; [t.join() for t in threads]\n"
               "assert len(found) == 8 and len(set(found)) == 1 and '直播带货' in found[0], found\n")
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True,
                          env={"TMPDIR": str(tmp_path), "PATH": ""})
    assert done.stdout + done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_threads_get_the_same_tokens():
    texts = [f"第{n}号需求：老年食堂缺冰箱和消毒柜" for n in range(20)]
    wanted = [text.words(one) for one in texts]
    found = {}

    def ask(number):
        found[number] = [text.words(one) for one in texts]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert all(one == wanted for one in found.values())


def test_the_lexicon_is_small_and_names_its_sources(repository):
    folder = repository / "matchplatform" / "matching" / "lexicon"
    assert sum(one.stat().st_size for one in folder.iterdir()) < 300_000
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    for one in folder.glob("*.txt"):
        assert one.name in sources
    assert "MIT" in sources
    assert "Apache" in sources
