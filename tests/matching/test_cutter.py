"""The cutter cuts as jieba does, to the letter, and its keys are those of text.words, text.bigrams, text.characters."""

import json
import math
import subprocess
import sys
import threading
import unicodedata
from collections import Counter

import jieba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.matching import compiling, cutter_kernels, dictionary, row_kernels, text
from matchplatform.matching.cutter import BIGRAMS, CHARACTERS, WORDS, Cutter, cutter
from matchplatform.matching.dictionary_kernels import IS_WORD
from matchplatform.matching.folding import LONGEST, fold_table, plain

pytestmark = pytest.mark.once

VIEWS = {WORDS: text.words, BIGRAMS: text.bigrams, CHARACTERS: text.characters}
# What splits, joins and confuses: numbers, dates, symbols inside and outside of blocks, spaces, rare, foreign, folded.
HARD = "0129.%-_@+#&:/aZ \r\n\t年月日的了一二三老村食堂·，。…龘㐀鿖鿿😀𠮷é\u3000\x1c\x85\u2028ｗ①㈠ﬁΣİがｶﾞ가\u0301한ᄀ"
COMMON = ("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方"
          "后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应"
          "开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道"
          "想老服务食堂养殖茶叶山货滞销")
# Characters that the model has seen in some states only: where every path is impossible, ties decide.
RARE = "丂丄丕丟乂亓亟伋佴円婨嬿揶苠蒺癫瞨懨絕竗龑種羴酮亠雳鏰氛疋恹醐痪阕奜繕鼴餶鳡舢"
MIXED = st.lists(st.one_of(
    st.text(alphabet=HARD, max_size=8),
    st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=6),
    st.text(alphabet=COMMON, max_size=12),
    st.text(alphabet=RARE, max_size=6),
    st.sampled_from(["老年食堂", "2026年3月8日", "3.14%", "a_b-c@d.com", "B超", "AT&T", "卡尔·马克思", "c++", "\r\n"]),
    st.text(max_size=5)), max_size=8).map("".join)


def reference(words=()):
    """jieba with its own dictionary and these words, added as its manual says."""
    made = jieba.Tokenizer()
    with open(f"{jieba.__path__[0]}/dict.txt", "rb") as file:
        made.FREQ, made.total = made.gen_pfdict(file)
    made.initialized = True
    for word in words:
        made.add_word(word.lower())
    return made


@pytest.fixture(scope="module")
def by_jieba():
    return reference(word for name in ("selected.txt", "domain.txt") for word in dictionary.lexicon(name))


def assert_same(ours, theirs, original):
    assert ours.cut(original) == list(theirs.cut(original))
    assert ours.cut_for_search(original) == list(theirs.cut_for_search(original))


def weight_in(ours, word):
    """The logarithm of a word's share in a cutter's tree."""
    tables = ours._tables
    node = int(tables.root[ord(word[0])])
    for character in word[1:]:
        node = int(cutter_kernels._child(tables.slots, node >> 2, ord(character)))
    return tables.weights[node >> 2] if node & IS_WORD else None


def row(rows, number):
    part = slice(rows.starts[number], rows.starts[number + 1])
    return rows.keys[part], rows.counts[part]


def assert_rows_are_of(texts, stops=None, views=(WORDS, BIGRAMS, CHARACTERS)):
    stops = text.stop_words() if stops is None else stops
    rows = cutter().rows(texts, stops, views)
    assert (rows.keys.dtype, rows.counts.dtype, rows.starts.dtype) == (np.uint64, np.float32, np.int64)
    assert len(rows.starts) == len(texts) * len(views) + 1
    for number, original in enumerate(texts):
        for place, view in enumerate(views):
            keys, counts = row(rows, number * len(views) + place)
            wanted = Counter(Cutter.key(token, view) for token in VIEWS[view](original))
            assert keys.tolist() == sorted(wanted)
            assert counts.tolist() == [wanted[key] for key in sorted(wanted)]


def test_the_demonstrations_texts_are_cut_as_jieba_cuts_them(repository, by_jieba):
    ours, seen = cutter(), 0
    for file in sorted((repository / "matchplatform" / "demo").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            for original in json.loads(line).values():
                if isinstance(original, str):
                    assert_same(ours, by_jieba, original)
                    seen += 1
    assert seen > 1_000


@settings(max_examples=400)
@given(MIXED)
def test_any_text_is_cut_as_jieba_cuts_it(by_jieba, original):
    assert_same(cutter(), by_jieba, original)


@pytest.mark.parametrize("original", [
    "", " ", "龘", "a", "\r\n", "\r\r\n\n", "3.5.7%%", "3.", ".5", "abc.12def", "--1-2__3", "１２３",
    "😀👨‍👩‍👧", "𠮷野家", "卡尔·马克思", "鄉村振興與老年食堂", "\ud800老年", "的" * 3_000, "龘靐齉" * 500, "9" * 3_000,
    "B超和T恤，AT&T", "\x00老年\x00"])
def test_degenerate_texts_are_cut_as_jieba_cuts_them(by_jieba, original):
    assert_same(cutter(), by_jieba, original)


@pytest.mark.parametrize("original", ["丁税政", "义国公", "争过圆", "争长圆", "仪化铅", "休怪样", "倡仪陇"])
def test_of_two_equal_paths_the_one_with_the_longer_first_word_is_taken(by_jieba, original):
    """A|BC is exactly as likely as AB|C: the words count alike, and so do the characters."""
    a, ab, bc, c = (by_jieba.FREQ[word] for word in (original[0], original[:2], original[1:], original[2]))
    assert (a, ab) == (c, bc)
    assert cutter().cut(original) == list(by_jieba.cut(original)) == [original[:2], original[2]]


@pytest.mark.parametrize("original", ["癫瞨懨", "絕竗龑", "種羴揶", "酮亠雳", "鏰氛疋恹", "醐痪揶阕", "餶鳡舢懨"])
def test_where_the_model_knows_no_path_ties_fall_as_in_jieba(by_jieba, original):
    assert_same(cutter(), by_jieba, original)


@pytest.mark.parametrize("original", ["B超级稻", "B超频版", "B超越性", "B超音鼠"])
def test_a_character_that_only_begins_words_is_no_word_where_one_is_there(by_jieba, original):
    assert by_jieba.FREQ["B"] == 0
    assert_same(cutter(), by_jieba, original)


def test_a_hundred_thousand_characters_are_cut_as_jieba_cuts_them(by_jieba):
    assert_same(cutter(), by_jieba, ("村里的老人想在2026年办一个老年食堂，龘靐缺资金3.5万元" * 4_000)[:100_000])
    assert_same(cutter(), by_jieba, ("村里的老人想办一个老年食堂龘靐缺资金" * 6_000)[:100_000])  # a single block


def test_extra_words_weigh_what_jieba_would_have_them_weigh():
    """Letters, symbols, parts that are unknown or known, the same word twice: each changes what comes after."""
    words = ["老年食堂", "a·b", "X光片室", "abc12", "龘靐", "老年食堂", "的的的", "村级e站", "12345热线",
             "卡尔·", "c++班", "乡村振兴"]
    theirs, ours = reference(words), Cutter(words)
    weight = {word: math.log(count or 1) - math.log(theirs.total) for word, count in theirs.FREQ.items()}
    for word in [*map(str.lower, words[:1] + words[2:9] + words[10:]), "食堂", "村", "中华人民共和国", "的"]:
        assert weight_in(ours, word) == weight[word], word
    for original in ("x光片室在老年食堂旁边龘靐abc12", "村级e站12345热线c++班的的的a·b"):
        assert_same(ours, theirs, original)


def test_jiebas_words_are_the_dictionarys(by_jieba):
    assert text.dictionary_words() == {word for word, count in reference().FREQ.items() if count}


def test_keys_are_what_the_engine_was_promised():
    assert Cutter.key("") == 0xCBF29CE484222325 ^ 0xCBF29CE4
    one = (0xCBF29CE484222325 ^ 0x8001) * 0x100000001B3 % 2**64
    assert Cutter.key("老") == one ^ one >> 32
    assert Cutter.key("老", BIGRAMS) != Cutter.key("老", CHARACTERS) != Cutter.key("老")
    for view in VIEWS:
        assert Cutter.key("老年食堂𠮷", view) == int(row_kernels.key_of(dictionary.code_points("老年食堂𠮷"), view))


@settings(max_examples=200)
@given(st.lists(MIXED, max_size=6))
def test_rows_are_the_tokens_with_their_counts(texts):
    assert_rows_are_of(texts)


def test_rows_of_a_view_alone_are_its_part_of_all(repository):
    lines = (repository / "matchplatform" / "demo" / "needs.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["body"] for line in lines]
    assert_rows_are_of(texts)
    together = cutter().rows(texts, text.stop_words(), (CHARACTERS, WORDS))
    for place, view in enumerate((CHARACTERS, WORDS)):
        alone = cutter().rows(texts, text.stop_words(), (view,))
        for number in range(len(texts)):
            for one, other in zip(row(together, 2 * number + place), row(alone, number), strict=True):
                np.testing.assert_array_equal(one, other)


def test_rows_of_degenerate_texts():
    assert_rows_are_of(["", " ", "😀", "𠮷", "abc", "123", "老", "é\u0301老年", "…①㈠", "\ud800", "老" * 1_000,
                        "ﷺ" * 50, "村里的老人想办老年食堂，Ａ１" * 3_000])
    for texts in ([], [""], ["", ""]):
        rows = cutter().rows(texts)
        assert len(rows.keys) == len(rows.counts) == 0
        assert rows.starts.tolist() == [0] * (len(texts) + 1)


def test_rows_without_stop_words_and_with_others():
    assert_rows_are_of(["老年食堂的茶叶"], stops=text.stop_words())
    whole, part = (cutter().rows(["老年食堂的茶叶"], frozenset(stops)) for stops in ((), ("的", "老年", "没有")))
    gone = {Cutter.key("的"), Cutter.key("老年")}
    assert set(whole.keys.tolist()) - set(part.keys.tolist()) == gone


def test_rows_look_at_no_more_of_a_text_than_words_do():
    assert_rows_are_of(["茶" * (LONGEST - 1) + "叶滞销"])


def test_rows_do_not_depend_on_how_texts_lie_together():
    texts = [f"第{n}号需求：老年食堂缺冰箱和消毒柜{'，山货滞销' * (n % 7)}" for n in range(4_000)]
    rows = cutter().rows(texts, text.stop_words())
    for number in (0, 1, 777, 1_500, 2_999, 3_999):
        keys, counts = row(rows, number)
        alone = cutter().rows([texts[number]], text.stop_words())
        assert (keys.tolist(), counts.tolist()) == (alone.keys.tolist(), alone.counts.tolist())


@pytest.mark.parametrize("views", [(3,), (-1,), ()])
def test_a_view_that_is_none_is_refused(views):
    with pytest.raises(ValueError, match="views"):
        cutter().rows(["老年"], views=views)


def test_threads_get_the_same_rows():
    batches = [[f"第{n}号：{k}位老人想办老年食堂" for n in range(300)] for k in range(4)]
    wanted = [cutter().rows(batch, text.stop_words()) for batch in batches]
    found = {}

    def ask(number):
        found[number] = [cutter().rows(batches[number], text.stop_words()) for _ in range(5)]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [0, 1, 2, 3]
    for number, rows in found.items():
        for one in rows:
            for ours, other in zip(one, wanted[number], strict=True):
                np.testing.assert_array_equal(ours, other)


def test_the_fold_table_is_plain():
    """Every character by itself, and between two others that might join with it."""
    single, edges, many = fold_table()
    tabled = np.flatnonzero(single != -1)
    assert len(tabled) > 28_000
    for point in tabled.tolist():
        to = int(single[point])
        folded = chr(to) if to >= 0 else "".join(map(chr, many[edges[-2 - to]:edges[-1 - to]]))
        for around in ("", "a", "가", "が", "老"):
            assert plain(around + chr(point) + around) == plain(around) + folded + plain(around), hex(point)


def test_ideographs_fold_to_themselves():
    assert all(unicodedata.normalize("NFKC", chr(c)).lower() == chr(c) for c in range(0x3400, 0xA000))


def test_code_is_compiled_in_memory_where_no_folder_may_be_written(monkeypatch):
    def doubled(number):
        return number * 2

    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])
    with pytest.raises(RuntimeError, match="cannot cache"):
        compiling.njit(cache=True)(doubled)
    assert compiling.compiled(doubled)(21) == 42


@pytest.mark.parametrize("content", [b"", "老年 x n\n".encode(), "老年\n".encode(), b" 3 n\n",
                                     "老年 3 n\n\n食堂 4 n\n".encode(), "老年 3 n\n".encode() + b"\xff"])
def test_a_damaged_dictionary_is_refused(tmp_path, monkeypatch, content):
    (tmp_path / "dict.txt").write_bytes(content)
    monkeypatch.setattr(dictionary, "_folder", lambda: tmp_path)
    with pytest.raises(dictionary.BrokenDictionary, match=r"dict\.txt"):
        Cutter()


def test_jieba_is_data_only():
    """Cutting imports nothing of jieba: that would take half a second and warn."""
    program = ("import sys\nfrom matchplatform.matching import text\nassert text.words('老年食堂')\n"
               "assert not [name for name in sys.modules if name.split('.')[0] == 'jieba']\n")
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
