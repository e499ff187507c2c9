"""Certificates: issued once, revoked with a reason, checked by anybody, and a changed one is seen."""

import itertools
import json

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.orders import poster
from matchplatform.publications.models import Publication
from matchplatform.results import certificate as paper
from matchplatform.results import operations, queries, rules
from matchplatform.results.models import Certificate
from tests import factories
from tests.results.making import completed, confirmed
from tests.tracking.making import under_way


@pytest.fixture
def pairing(people):
    return confirmed(people, completed())


@given(st.text(alphabet=rules.ALPHABET, min_size=12, max_size=12), st.integers(0, 2**12 - 1))
def test_a_code_is_read_however_it_is_typed(code, flips):
    typed = "".join(char.lower() if flips >> n & 1 else char for n, char in enumerate(rules.grouped(code)))
    assert rules.parse_code(f" {typed} ") == code
    alike = code.translate(str.maketrans("10", "IO"))
    assert rules.parse_code(alike) == code


@pytest.mark.parametrize("typed", ["", "   ", "ABC", "7K3M-9QXT-20B", "7K3M-9QXT-20BCX", "7K3M-9QXT-20B!",
                                   "一二三四五六七八九十甲乙"])
def test_what_is_no_code_is_told_so(typed):
    with pytest.raises(ValueError, match="验证码"):
        rules.parse_code(typed)


def test_codes_are_drawn_from_the_whole_space():
    drawn = {rules.new_code() for _ in range(500)}
    assert len(drawn) == 500
    assert set("".join(drawn)) == set(rules.ALPHABET)


ISSUERS = {"county_officer", "second_county_officer", "province_officer", "second_province_officer"}


def test_who_issues_and_who_revokes(people, pairing):
    db.session.commit()
    wrong = []
    for name, act in itertools.product(factories.PEOPLE, ("issue", "revoke")):
        if act == "revoke":
            operations.issue_certificate(people.county_officer, pairing)
        try:
            if act == "issue":
                operations.issue_certificate(getattr(people, name), pairing)
            else:
                operations.revoke_certificate(getattr(people, name), pairing, "数字有误")
            done = True
        except Refusal:
            done = False
        db.session.rollback()
        if done != (name in ISSUERS):
            wrong.append((name, act, done))
    assert wrong == []


def test_no_certificate_before_the_report_is_confirmed(people):
    made = completed()
    with pytest.raises(Refusal, match="结项报告还没有确认"):
        operations.issue_certificate(people.county_officer, made)
    with pytest.raises(Refusal, match="办成以后"):
        operations.issue_certificate(people.county_officer, under_way())


def test_one_valid_certificate_a_pairing_and_the_next_after_revoking(people, pairing):
    first = operations.issue_certificate(people.county_officer, pairing)
    with pytest.raises(Refusal, match="已经发过"):
        operations.issue_certificate(people.province_officer, pairing)
    with pytest.raises(Refusal, match="理由"):
        operations.revoke_certificate(people.county_officer, pairing, "  ")
    operations.revoke_certificate(people.county_officer, pairing, "受益人数有误")
    with pytest.raises(Conflict):
        operations.revoke_certificate(people.county_officer, pairing, "受益人数有误")
    second = operations.issue_certificate(people.county_officer, pairing)
    assert (first.number, second.number) == (f"ZS{now().year}-0001", f"ZS{now().year}-0002")
    assert first.code != second.code


def test_the_database_keeps_a_second_valid_one_out(people, pairing):
    made = operations.issue_certificate(people.county_officer, pairing)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(Certificate).values(
            number="ZS2026-9999", pairing_id=pairing.id, code=rules.new_code(), content_json=made.content_json,
            digest=made.digest, issued_by=made.issued_by, issued_at=now(), revoked_for=""))
    db.session.rollback()


def test_anybody_checks_it(as_visitor, people, pairing):
    made = operations.issue_certificate(people.county_officer, pairing)
    code = made.code
    db.session.commit()
    answer = as_visitor.get(f"/verify?code={rules.grouped(code).lower()}", follow_redirects=True)
    page = answer.get_data(as_text=True)
    for expected in ("证书是真的", made.number, pairing.organization.name, pairing.need.title, "受益 68 人"):
        assert expected in page, expected
    db.session.rollback()
    operations.revoke_certificate(people.county_officer, pairing, "受益人数有误")
    db.session.commit()
    page = as_visitor.get(f"/verify/{code}").get_data(as_text=True)
    assert "证书已作废" in page
    assert "受益人数有误" in page


def test_a_changed_certificate_is_seen(as_visitor, people, pairing):
    made = operations.issue_certificate(people.county_officer, pairing)
    db.session.execute(sa.update(Certificate).where(Certificate.id == made.id).values(
        content_json=json.dumps({**made.content, "people": 6800}, ensure_ascii=False)))
    code = made.code
    db.session.commit()
    page = as_visitor.get(f"/verify/{code}").get_data(as_text=True)
    assert "证书内容对不上" in page
    assert "证书是真的" not in page


def test_an_unknown_code_says_so(as_visitor, people):
    answer = as_visitor.get(f"/verify/{rules.new_code()}")
    assert answer.status_code == 404
    assert "没有发过" in answer.get_data(as_text=True)
    assert as_visitor.get("/verify?code=abc").status_code == 422
    assert as_visitor.get("/verify/xx").status_code == 404


@pytest.mark.skipif(poster.font() is None, reason="no Chinese font on this machine: apt-get install fonts-noto-cjk")
def test_the_pdf_says_what_was_issued_on_one_page(as_organization_member, people, pairing):
    made = operations.issue_certificate(people.county_officer, pairing)
    db.session.commit()
    answer = as_organization_member.get(f"/desk/pairings/{pairing.code}/certificate.pdf")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    assert len(document) == 1
    text = "".join(document[0].get_textpage().get_text_range().split())
    for expected in ("贡献证书", made.number, rules.grouped(made.code), pairing.organization.name, "受益 68 人"):
        assert expected.replace(" ", "") in text, expected
    picture = document[0].render(scale=3).to_pil()
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [f"http://localhost/verify/{made.code}"]


@pytest.mark.skipif(poster.font() is None, reason="no Chinese font on this machine: apt-get install fonts-noto-cjk")
def test_a_long_title_still_fits_on_one_page(people, pairing):
    pairing.need.title = "很长的题目" * 12
    made = operations.issue_certificate(people.county_officer, pairing)
    data = paper.pdf(made.number, made.code, made.content, f"https://example.org/verify/{made.code}")
    assert len(pypdfium2.PdfDocument(data)) == 1


def test_a_case_is_drafted_once_from_what_was_rated_well(people, pairing):
    with pytest.raises(Refusal, match="4 分以上"):
        operations.draft_case(people.province_officer, pairing)
    operations.evaluate(people.county_officer, pairing, 5, "答应的都做到了，老人很满意。")
    with pytest.raises(Refusal, match="省民政厅"):
        operations.draft_case(people.county_officer, pairing)
    made = operations.draft_case(people.province_officer, pairing)
    assert (made.channel, made.status) == ("case", "draft")
    assert "食堂开了一百天" in made.body
    assert "受益 68 人" in made.body
    with pytest.raises(Refusal, match="已经起草过"):
        operations.draft_case(people.province_officer, pairing)
    assert db.session.scalar(sa.select(sa.func.count(Publication.id))) == 1
    assert queries.case_of(pairing.id).id == made.id
