"""PDFs that run something or carry files are found also when they hide it; ordinary ones are taken."""

import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.core.errors import Refusal
from matchplatform.files import pdf, rules
from matchplatform.files.inspection import inspect
from tests.files import makers

pytestmark = pytest.mark.once

SCRIPT = b"<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
QUIET = b"<</Type/Catalog/OpenAction[3 0 R/Fit]/Pages 2 0 R>>"


def made(*objects):
    return makers.pdf(b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, one) for n, one in enumerate(objects, 2)))


def packed(text, more=b"", filters=b"/Filter/FlateDecode", kind=b"/Type/ObjStm", squeeze=zlib.compress):
    """An object stream with one object in it."""
    body = squeeze(b"5 0 " + text)
    return b"<<%b/N 1/First 4%b%b/Length %d>>\nstream\n%b\nendstream" % (kind, filters, more, len(body), body)


def stream(body, more=b""):
    return b"<<%b/Length %d>>stream\r\n%b\r\nendstream" % (more, len(body), body)


def fault_of(data):
    try:
        pdf.demand_quiet(data)
    except pdf.Fault as fault:
        return fault.args[0]
    return ""


def escaped(name, chosen=lambda n: True):
    return b"".join(b"#%02x" % one if chosen(n) else bytes([one]) for n, one in enumerate(name))


RUNNING = {
    "a script that opens with it": SCRIPT,
    "escaped": b"<</OpenAction<</S/J#61v#61Script/J#53(1)>>>>",
    "escaped in capitals": b"<</S/#4AavaScript>>",
    "only the short name, escaped": b"<</S 4 0 R/#4a#53 9 0 R>>",
    "additional actions": b"<</AA<</O 9 0 R>>>>",
    "a program": b"<</S/L#61unch/Win<</F(cmd.exe)>>>>",
    "an embedded file": b"<</Type/#45mbeddedFile>>",
    "a file in a file": b"<</Type/Filespec/#45F<</F 9 0 R>>>>",
    "a list of files": b"<</Names<</EmbeddedFiles 9 0 R>>>>",
    "a note with a file": b"<</Subtype/FileAttachment>>",
    "forms with scripts": b"<</AcroForm<</XFA 9 0 R>>>>",
    "sending a form": b"<</S/SubmitForm/F(http://a.b)>>", "films": b"<</Subtype/RichMedia>>",
    "behind a comment": b"<</S 4 0 R %(\n/JS 9 0 R>>", "behind a string": b"<</T(\\(()/AA)/JS 9 0 R>>",
    "behind a hex string with a bracket": b"<</T<(>/JS 9 0 R>>",
    "behind a false end": b"<</A endobj/B stream/JS 9 0 R>>",
    "in an object stream": packed(SCRIPT), "in one without its type": packed(SCRIPT, kind=b""),
    "in one, escaped": packed(b"<</S 4 0 R/#4AS 9 0 R>>"),
    "in one with escaped keys": packed(SCRIPT).replace(b"/N ", b"/#4e ").replace(b"/ObjStm", b"/Obj#53tm"),
    "in one whose filter stands in a list": packed(SCRIPT, filters=b"/Filter [ /FlateDecode ]"),
    "in one behind a bracket": packed(b"( " + SCRIPT),
    "in the body of another stream": stream(b"9 0 obj<</S 4 0 R/JS 9 0 R>>endobj"),
    "in a stream in a string": b"<</T(stream\n)/JS 9 0 R>>stream\nx\nendstream",
    "an object right behind its number": stream(b"9 0obj<</JS 9 0 R>>"),
    "an object behind a comment": stream(b"9 0 %x\nobj%y\n<</JS 9 0 R>>"),
}


@pytest.mark.parametrize("how", RUNNING)
def test_what_runs_or_carries_files_is_found(how):
    assert fault_of(made(QUIET, RUNNING[how])) == pdf.RUNS
    with pytest.raises(Refusal, match="自动运行的内容或夹带了别的文件") as told:
        inspect("方案.pdf", made(RUNNING[how]))
    assert "打印成 PDF" in told.value.remedy


ORDINARY = {
    "a page to begin with": QUIET, "a link": b"<</Subtype/Link/A<</S/URI/URI(https://a.b)>>>>",
    "names in strings": b"<</Title(/JS and \\(/AA\\) (/EF))/Author<2F4A53>>>",
    "names in comments": b"<</Title(x) % /JS /AA\n>>", "longer names": b"<</JSON 1/AAA 2/EFX 3/XFAB 4>>",
    "short names in pictures": stream(b"\x00/JS /AA \xff(/EF", b"/Subtype/Image"),
    "an object stream": packed(QUIET), "a page's text": stream(zlib.compress(b"(/JS) Tj"), b"/Filter/FlateDecode"),
    "a list of destinations": b"<</Type/Outlines/First 3 0 R/N 2>>",
    "a scanned page": stream(b"\xff\xd8" + bytes(range(256)) * 40, b"/Filter/DCTDecode"),
}


@pytest.mark.parametrize("how", ORDINARY)
def test_what_ordinary_files_hold_is_taken(how):
    assert fault_of(made(ORDINARY[how])) == ""
    assert inspect("方案.pdf", made(ORDINARY[how])).media_type == rules.PDF


@pytest.mark.parametrize(("how", "body"), [
    ("another filter", packed(QUIET, filters=b"/Filter/LZWDecode")),
    ("two filters", packed(QUIET, filters=b"/Filter[/ASCIIHexDecode/FlateDecode]")),
    ("a filter named elsewhere", packed(QUIET, filters=b"/Filter 9 0 R/X/FlateDecode")),
    ("a filter in a comment", packed(QUIET, filters=b"/Filter 9 0 R%/Filter\n/FlateDecode")),
    ("two words for the filter", packed(QUIET, filters=b"/Filter/FlateDecode/Filter/X")),
    ("no filter", packed(QUIET, filters=b"", squeeze=bytes)),
    ("a predictor", packed(QUIET, b"/DecodeParms<</Predictor 12>>")),
    ("what does not unpack", packed(QUIET, squeeze=bytes)),
    ("what is cut short", packed(QUIET, squeeze=lambda text: zlib.compress(text)[:-6])),
    ("an end within", packed(QUIET, squeeze=lambda text: zlib.compress(text + b"endstream", 0)))])
def test_an_object_stream_that_cannot_be_read_is_refused(how, body):
    assert fault_of(made(body)) == pdf.CLOSED, how
    with pytest.raises(Refusal, match="看不清的部分"):
        inspect("方案.pdf", made(body))


@pytest.mark.parametrize("word", [b"/Encrypt 9 0 R", b"/#45ncrypt 9 0 R"])
def test_an_encrypted_file_is_refused_because_nobody_can_look_into_it(word):
    with pytest.raises(Refusal, match="加了密码或限制，看不清里面有什么") as told:
        inspect("方案.pdf", made(QUIET).replace(b"/Root", word + b"/Root"))
    assert "去掉密码" in told.value.remedy


def test_a_bomb_stops_at_the_bound_of_all_object_streams_together(monkeypatch):
    bombs = [packed(b"0" * 1_000_000) for _ in range(4)]
    assert len(made(*bombs)) < 10_000
    assert fault_of(made(*bombs)) == ""
    monkeypatch.setattr(pdf, "MOST_UNPACKED", 3_000_000)
    assert fault_of(made(*bombs)) == pdf.BOMB
    assert fault_of(made(*bombs[:2])) == ""
    with pytest.raises(Refusal, match="压缩炸弹"):
        inspect("方案.pdf", made(*bombs))


@pytest.mark.parametrize(("bound", "most"), [("MOST_OBJECT_STREAMS", 2), ("MOST_PARTS", 5), ("MOST_NAMES", 2)])
def test_what_is_too_tangled_to_be_read_is_refused(monkeypatch, bound, most):
    monkeypatch.setattr(pdf, bound, most)
    assert fault_of(made(*[packed(QUIET)] * 3)) == pdf.TANGLED


@pytest.mark.parametrize("text", [b"1 0 obj(", b"1 0 obj ", b"obj<<>> %>>", b"(", b"\\", b">", b"<", b"o", b">>%\n",
                                  b"/", b"1 0 obj<<" + b"/a" * 9, b"(x)", b"%", b">> "])
def test_no_arrangement_takes_the_machine_down(text):
    started = time.process_time()
    fault_of(b"1 0 obj\n" + text * (1_000_000 // len(text)))
    assert time.process_time() - started < 5


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(pdf._LONG | pdf._SHORT)), st.data())
def test_any_escaping_of_any_name_is_seen_through(name, data):
    chosen = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    said = b"/" + escaped(name, lambda n: chosen[n])
    after = data.draw(st.sampled_from([b" 1", b"(x)", b"<<>>", b"[1]", b"/X", b"\r\n1", b"\x00 1", b"%c\n1"]))
    for body in (b"<<" + said + after + b">>", packed(b"<<" + said + after + b">>")):
        assert fault_of(made(body)) == pdf.RUNS


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_whatever_stands_before_and_within_streams_hides_nothing_behind_them(noise):
    body = noise.replace(b"/", b"_")
    assert fault_of(made(stream(body), RUNNING["additional actions"])) == pdf.RUNS


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=600))
def test_any_bytes_get_an_answer(noise):
    assert fault_of(makers.pdf(noise)) in ("", pdf.RUNS, pdf.LOCKED, pdf.CLOSED, pdf.BOMB, pdf.TANGLED)
