"""Receipt numbers and what people write: hypothesis looks for what we did not think of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.orders import receipts, wording

pytestmark = pytest.mark.once
DIGITS = st.text("0123456789", min_size=19, max_size=19)


def test_a_number_has_more_than_sixty_bits_and_no_two_are_alike():
    numbers = {receipts.new_receipt() for _ in range(2000)}
    assert len(numbers) == 2000
    assert all(len(one) == 20 and one.isdigit() for one in numbers)
    assert len({one[0] for one in numbers}) == 10
    assert 10 ** 19 > 2 ** 60


@given(DIGITS)
def test_what_is_shown_is_read_again(body):
    receipt = body + receipts.check_digit(body)
    assert receipts.parse_receipt(receipts.grouped(receipt)) == receipt
    assert receipts.parse_receipt("".join("零一二三四五六七八九"[int(one)] for one in receipt)) == receipt
    assert receipts.parse_receipt(f" {'－'.join(receipt)} ".replace("－", "-")) == receipt


@given(DIGITS, st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(body, place, shift):
    receipt = body + receipts.check_digit(body)
    wrong = receipt[:place] + str((int(receipt[place]) + shift) % 10) + receipt[place + 1:]
    with pytest.raises(ValueError, match="抄错"):
        receipts.parse_receipt(wrong)


def test_the_check_digit_is_that_of_iso_7064():
    assert receipts.check_digit("0794") == "5"  # the standard's own example


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_numbers(text):
    try:
        said = receipts.parse_receipt(text)
    except ValueError as fault:
        said = str(fault)
    assert said.endswith("。") or (said.isdigit() and len(said) == 20)


@given(st.text(max_size=600))
def test_no_text_breaks_what_is_said_of_a_text(text):
    fault = wording.body_fault(text)
    assert not fault or fault.endswith("。")
    assert len(wording.title_of(text)) <= wording.TITLE
    if not fault:
        assert len(text) <= wording.MOST


@given(st.from_regex(r"\A[1-9][0-9]{16}[0-9Xx]\Z"), st.sampled_from(["", " ", "-", "　", "－"]), st.booleans())
def test_an_identity_number_is_seen_however_it_is_written(number, between, full):
    text = between.join((number[:6], number[6:14], number[14:]))
    if full:
        text = text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert wording.has_identity_number(f"我叫李大爷，号码是{text}，请帮忙")
    assert "身份证号" in wording.body_fault(f"我叫李大爷，号码是{text}，请帮忙办低保")


@pytest.mark.parametrize("text", ["我的电话13871296021，老人7个", "0712-4712306 白天打，晚上打 13871296021",
                                  "2026年11月26日到2026年12月31日", "一共要 1200 斤，1500 块钱"])
def test_telephones_dates_and_amounts_are_no_identity_numbers(text):
    assert not wording.has_identity_number(text)


@pytest.mark.parametrize(("text", "said"), [
    ("打13871296021找我", "打（号码略）找我"), ("座机 0712-4712306，白天在", "座机 （号码略），白天在"),
    ("138 7129 6021", "（号码略）"), ("老人 68 个，每天 120 人次", "老人 68 个，每天 120 人次")])
def test_a_draft_for_others_holds_no_telephone(text, said):
    assert wording.without_numbers(text) == said


@pytest.mark.parametrize(("text", "title"), [
    ("老人没饭吃。想办食堂", "老人没饭吃"), ("=1+1 老人没饭吃", "1+1 老人没饭吃"), ("老" * 90, "老" * 39 + "…"),
    ("\n\n修路\n谢谢", "修路"), ("<b>修路</b>！", "b修路/b")])
def test_a_title_is_the_first_sentence(text, title):
    assert wording.title_of(text) == title
