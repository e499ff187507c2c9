"""Whatever a file is called, it is kept under a name that every disk and every page can bear."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matchplatform.files.naming import LONGEST, LONGEST_BYTES, briefly, clean, ending_of, with_ending

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("sent", "kept"), [
    ("现场照片.JPG", "现场照片.JPG"), ("../../etc/passwd.pdf", "passwd.pdf"), ("C:\\用户\\我\\方案.docx", "方案.docx"),
    ("..\\..\\x.png", "x.png"), ("....pdf", "pdf"), ("", "附件"), (None, "附件"), ("/", "附件"), ("  .jpg ", "jpg"),
    ('他说"好".jpg', "他说”好”.jpg"), ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie： x=1.pdf"), ("a\x00.jpg", "a.jpg"),
    ("方案\u202egpj.exe", "方案gpj.exe"),
    ("\u200b\ufeff表\u2066.xlsx", "表.xlsx"), ("a<b>|c?*.png", "a＜b＞｜c？＊.png"),
    ("他说%22好%22%0D%0A.pdf", "他说”好” .pdf"), ("50%.pdf", "50%.pdf"),
    ("con.pdf", "_con.pdf"), ("NUL", "_NUL"), ("a \t  b.jpg", "a b.jpg"), ("预算表.xlsx...", "预算表.xlsx"),
    ("e\u0301t\u00e9.jpg", "\u00e9t\u00e9.jpg"), ("a'b;c#d%e&f.jpg", "a'b;c#d%e&f.jpg")])
def test_a_name_loses_what_does_harm(sent, kept):
    assert clean(sent).text == kept


def test_a_plain_name_stays_and_nothing_is_told():
    name = clean("万冲村 现场照片（1）.jpg")
    assert (name.text, name.shortened, name.mended) == ("万冲村 现场照片（1）.jpg", False, False)
    assert clean("a/b.jpg").mended


@pytest.mark.parametrize("ending", ["jpg", "docx"])
def test_a_name_of_two_hundred_characters_is_cut_and_keeps_its_ending(ending):
    name = clean("长" * 200 + "." + ending)
    assert name.shortened
    assert len(name.text) <= LONGEST
    assert name.text.endswith("长." + ending)
    assert name.ending == ending


@given(st.text(max_size=300))
@example("😀" * 100 + ".jpg")
@example("%0%0AA%%0D22%2%222")
@example("." * 200 + "x")
@example("a" * 79 + " .pdf")
@example("\u202e/\x00\\..")
def test_any_name_comes_out_harmless_and_stays_so(sent):
    name = clean(sent)
    assert 0 < len(name.text) <= LONGEST
    assert len(name.text.encode()) <= LONGEST_BYTES
    assert not set(name.text) & set('/\\<>:"|?*\r\n\t\x00')
    assert not {unicodedata.category(one) for one in name.text} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert name.text.strip(" .") == name.text
    assert clean(name.text).text == name.text


@given(st.text(alphabet="村照片a ", min_size=1, max_size=200).filter(str.strip),
       st.sampled_from(["jpg", "JPEG", "pdf", "xlsx"]))
def test_the_ending_is_never_lost(stem, ending):
    assert clean(f"{stem}.{ending}").ending == ending.lower()


def test_an_ending_is_put_in_place_of_another():
    assert with_ending("照片.jpg", "png") == "照片.png"
    assert with_ending("照片", "png") == "照片.png"
    assert len(with_ending("长" * 80, "png")) <= LONGEST
    assert ending_of(".jpg") == ending_of("a.说明") == ending_of("a.verylongending") == ""


def test_a_sentence_names_a_file_by_both_its_ends():
    assert briefly("短.jpg") == "短.jpg"
    assert briefly("长" * 60 + "预算表.xlsx") == "长" * 15 + "…预算表.xlsx"
