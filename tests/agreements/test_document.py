"""The .docx, opened again: parties, table, amounts, layout; the same text is the same file."""

import hashlib
import io
import os
import re
import shutil
import subprocess

import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn

from matchplatform.agreements import queries
from matchplatform.agreements.document import docx_bytes
from matchplatform.agreements.wording import agreement_blocks, plain_text, text_hash
from tests.agreements.making import approved, content_of


@pytest.fixture
def blocks(people):
    pairing = approved()
    content = queries.contents.plain(content_of(pairing, departments="县教育局\n县文化和旅游局", funds_fen=3_840_050))
    return agreement_blocks(content, queries.facts_of(pairing))


def opened(blocks):
    return Document(io.BytesIO(docx_bytes(blocks, "结对协议", "脚")))


def test_parties_table_amounts_and_signatures_stand_in_it(blocks):
    document = opened(blocks)
    text = "\n".join(one.text for one in document.paragraphs)
    for said in ("甲方：孝昌县民政局", "孝昌县农业农村局", "乙方：湖北社区公益基金会（演示）（统一社会信用代码 ",
                 "行业部门：县教育局", "县文化和旅游局", "资金：38,400.50 元（大写：人民币叁万捌仟肆佰元伍角整）。",
                 "物资折价：60,000 元（大写：人民币陆万元整）。", "一、帮扶内容", "十、其他"):
        assert said in text, said
    assert text.count("代表（签字）：") == text.count("日期：") == 5  # 2 + 1 + N
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "事项", "数量", "单位"], ["1", "餐桌椅", "10", "套"]]


def test_the_layout_is_that_of_an_official_paper(blocks):
    document = opened(blocks)
    section = document.sections[0]
    measured = [round(one.mm) for one in (section.page_width, section.page_height, section.top_margin,
                                          section.bottom_margin, section.left_margin, section.right_margin)]
    assert measured == [210, 297, 37, 35, 28, 26]

    def looks(start):
        paragraph = next(one for one in document.paragraphs if one.text.startswith(start))
        run = paragraph.runs[0]
        return (run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt,
                paragraph.paragraph_format.line_spacing.pt)

    assert looks("结对帮扶协议")[:2] == ("方正小标宋简体", 22)
    assert looks("一、帮扶内容") == ("黑体", 16, 28)
    assert looks("（一）甲方的责任") == ("楷体", 16, 28)
    assert looks("资金：") == ("仿宋", 16, 28)


def test_the_same_text_is_the_same_file_and_another_text_another(blocks):
    digest = hashlib.sha256(docx_bytes(blocks, "结对协议", "脚")).hexdigest()
    assert hashlib.sha256(docx_bytes(blocks, "结对协议", "脚")).hexdigest() == digest
    other = [["text", "另一句"] if one[0] == "text" else one for one in blocks]
    assert hashlib.sha256(docx_bytes(other, "结对协议", "脚")).hexdigest() != digest


def test_the_hash_is_of_every_word(blocks):
    assert text_hash(blocks) == hashlib.sha256(plain_text(blocks).encode()).hexdigest()
    moved = [["table", [one[1][0], ["1", "餐桌椅", "11", "套"]]] if one[0] == "table" else one for one in blocks]
    assert text_hash(moved) != text_hash(blocks)


@pytest.mark.once
def test_an_office_program_reads_it_and_prints_every_line(blocks, tmp_path):
    office = shutil.which("soffice")
    if office is None and "CI" not in os.environ:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-writer-nogui")
    (tmp_path / "a.docx").write_bytes(docx_bytes(blocks, "结对协议", "脚"))
    subprocess.run([office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf",
                    "--outdir", str(tmp_path), str(tmp_path / "a.docx")], check=True, capture_output=True, timeout=240)
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    # a line may end within a code, at its hyphen
    bare = lambda text: re.sub(r"[^\w，。：、；（）]", "", text)  # noqa: E731
    printed = bare("".join(page.get_textpage().get_text_range() for page in document))
    for row in next(block[1] for block in blocks if block[0] == "table"):
        for cell in row:
            assert bare(cell) in printed
    for block in blocks:
        assert block[0] != "text" or bare(block[1]) in printed, block[1]
    picture = document[0].render(scale=0.5).to_pil().convert("L")
    assert 0.01 < sum(picture.histogram()[:128]) / (picture.width * picture.height) < 0.3
