"""The poster as people see it: one A4 page, its code read by a reader, its words in Chinese."""

import os
import re

import pypdfium2
import pytest
import zxingcpp

from matchplatform.extensions import db
from matchplatform.orders import desk_operations, poster
from tests.orders.making import make_village, township
from tests.web.pages import parsed, words

needs_font = pytest.mark.skipif(poster.font() is None and "CI" not in os.environ,
                                reason="no Chinese font is installed: apt-get install fonts-noto-cjk")
MADE = poster.Poster("孝昌县小悟乡万冲村", "https://dui.example.cn/platform/order?village=28546", "0712-4712306",
                     "工作日 8:30—17:30")


def rendered(pdf):
    return pypdfium2.PdfDocument(pdf)


@needs_font
@pytest.mark.parametrize("scale", [1, 3])
def test_the_code_on_the_page_is_the_address(scale):
    page = rendered(poster.pdf(MADE))[0]
    picture = page.render(scale=scale).to_pil()
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [MADE.address]


@needs_font
def test_it_is_one_a4_page_with_its_words():
    document = rendered(poster.pdf(MADE))
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width * 25.4 / 72), round(height * 25.4 / 72)) == (210, 297)
    text = document[0].get_textpage().get_text_range()
    for said in ("乡亲点单", MADE.place, MADE.phone, *poster.STEPS):
        assert said in text


@needs_font
def test_a_long_place_is_written_smaller_and_stays_on_the_page():
    made = poster.Poster("恩施土家族苗族自治州宣恩县椿木营乡" + "很长的村名" * 6, MADE.address, "待填")
    page = rendered(poster.pdf(made))[0]
    boxes = [page.get_textpage().get_charbox(n) for n in range(page.get_textpage().count_chars())]
    assert max(box[2] for box in boxes) <= page.get_size()[0]
    assert min(box[0] for box in boxes) >= 0


@needs_font
def test_the_downloaded_poster_opens_the_form_of_its_village(as_township_officer, as_visitor, people):
    village = make_village()
    desk_operations.set_office(people.township_officer, {"phone": "0712-4712306", "hours": ""})
    db.session.commit()
    answer = as_township_officer.get(f"/desk/orders/poster.pdf?village={village.id}")
    assert answer.mimetype == "application/pdf"
    (found,) = zxingcpp.read_barcodes(rendered(answer.get_data())[0].render(scale=2).to_pil())
    assert found.text == f"http://localhost/order?village={village.id}"
    page = as_visitor.get(found.text.removeprefix("http://localhost"))
    assert f'value="{village.id}" selected' in page.get_data(as_text=True)
    answer = as_township_officer.get("/desk/orders/poster.pdf")
    (found,) = zxingcpp.read_barcodes(rendered(answer.get_data())[0].render(scale=2).to_pil())
    assert found.text == f"http://localhost/order?township={township()}"


def test_the_printable_page_draws_the_same_code(as_county_officer, as_other_county_officer, people):
    village = make_village()
    db.session.commit()
    parsed(as_county_officer.get("/desk/orders/poster"))
    page = as_county_officer.get(f"/desk/orders/poster?village={village.id}")
    parsed(page)
    text = page.get_data(as_text=True)
    assert "待填" in words(page)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text)}
    modules = poster.modules(f"http://localhost/order?village={village.id}")
    assert dark == {(x + poster.QUIET, y + poster.QUIET) for y, row in enumerate(modules)
                    for x, one in enumerate(row) if one}
    for path in ("poster", "poster.pdf"):
        assert as_other_county_officer.get(f"/desk/orders/{path}?village={village.id}").status_code == 404


def test_without_a_chinese_font_the_page_says_so(as_county_officer, people, monkeypatch):
    village = make_village()
    db.session.commit()
    monkeypatch.setattr("matchplatform.orders.poster.font", lambda: None)
    page = as_county_officer.get(f"/desk/orders/poster?village={village.id}")
    parsed(page)
    assert poster.NO_FONT in words(page)
    assert "poster.pdf" not in page.get_data(as_text=True)
    answer = as_county_officer.get(f"/desk/orders/poster.pdf?village={village.id}", follow_redirects=True)
    assert poster.NO_FONT in words(answer)
