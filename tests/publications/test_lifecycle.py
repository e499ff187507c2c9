"""Who may move a document where. The table here was written from the task, not from rules.py."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.publications import operations, rules
from matchplatform.publications.models import Publication
from tests import factories

PROVINCE = {"province_officer", "second_province_officer"}
SUBMITTER = {"province_officer"}
CITY = {"city_officer"}
TABLE = {
    ("submit", "draft"): ("submitted", PROVINCE), ("submit", "returned"): ("submitted", PROVINCE),
    ("recall", "submitted"): ("draft", SUBMITTER),
    ("release", "submitted"): ("released", PROVINCE - SUBMITTER),
    ("return", "submitted"): ("returned", PROVINCE - SUBMITTER),
    ("unschedule", "released"): ("draft", PROVINCE),
    ("withdraw", "released"): ("withdrawn", PROVINCE), ("withdraw", "abolished"): ("withdrawn", PROVINCE),
    ("abolish", "released"): ("abolished", PROVINCE), ("restore", "abolished"): ("released", PROVINCE),
    ("reinstate", "withdrawn"): ("draft", PROVINCE), ("reinstate", "discarded"): ("draft", PROVINCE),
    ("discard", "draft"): ("discarded", PROVINCE), ("discard", "returned"): ("discarded", PROVINCE),
}
NEEDS_REASON = {"return", "unschedule", "withdraw", "abolish", "restore", "reinstate"}
STATES = ("draft", "submitted", "returned", "released", "abolished", "withdrawn", "discarded")
VERBS = tuple(dict.fromkeys(verb for verb, _ in TABLE))
ALL = set(rules.CHECKS.values)


def standing(people, state, level="province", area="420000", submitter="province_officer"):
    return SimpleNamespace(status=state, level=level, area_code=area, submitted_by=getattr(people, submitter).id,
                           released_at=now() - dt.timedelta(days=1), superseded_at=None, implements_on=None,
                           ends_on=None)


def do(actor, publication, verb):
    if verb == "release":
        return operations.release(actor, publication, ALL, None, publication.version)
    if verb == "abolish":
        return operations.abolish(actor, publication, today(), "有新的规定", publication.version)
    return operations.act(actor, publication, verb, "说明理由", publication.version)


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}


def test_every_person_on_every_state_and_verb(people):
    wrong = []
    for name, state, verb in itertools.product(factories.PEOPLE, STATES, VERBS):
        actor, document = getattr(people, name), standing(people, state)
        got = rules.LIFECYCLE.verdict(verb, state, rules.parties(actor, document), "说明理由")
        if bool(got) != (name in TABLE.get((verb, state), ("", set()))[1]):
            wrong.append((name, state, verb, got))
        if not got and not (got.reason and got.remedy):
            wrong.append((name, state, verb, "no sentence"))
    assert wrong == []


@pytest.mark.parametrize(("level", "area", "who"), [
    ("city", "420900", CITY | PROVINCE), ("city", "422800", PROVINCE), ("county", "420921", PROVINCE),
    ("province", "420000", PROVINCE), ("nation", "420000", PROVINCE)])
def test_who_writes_for_which_level(people, level, area, who):
    found = {name for name in factories.PEOPLE
             if "author" in rules.parties(getattr(people, name), standing(people, "draft", level, area))}
    assert found == who


def test_a_city_s_document_is_released_by_another_of_its_officers_or_by_the_province(people):
    document = standing(people, "submitted", "city", "420900", "city_officer")
    assert {name for name in factories.PEOPLE
            if "releaser" in rules.parties(getattr(people, name), document)} == PROVINCE
    second = factories.make_user("city_officer", username="second.city", city_code="420900")
    assert "releaser" in rules.parties(second, document)


@pytest.mark.parametrize("verb", VERBS)
def test_a_reason_is_asked_for_exactly_where_something_is_refused_or_ended(verb):
    for row in rules.LIFECYCLE.table:
        if row.verb == verb:
            assert row.reason_required == (verb in NEEDS_REASON)


def test_the_same_acts_through_the_operations(people):
    """Every row is carried out by everybody who may; every other verb on that state changes nothing."""
    for (verb, source), (target, who) in TABLE.items():
        for name in sorted(who):
            ahead = {"released_at": now() + dt.timedelta(days=3)} if verb == "unschedule" else {}
            document, actor = factories.make_publication(status=source, **ahead), getattr(people, name)
            for other in VERBS:
                if (other, source) in TABLE:
                    continue
                before = document.version
                with pytest.raises((Refusal, Conflict)):
                    do(actor, document, other)
                assert (document.status, document.version) == (source, before)
            do(actor, document, verb)
            assert document.status == target, (verb, source)


def test_before_its_moment_it_is_unscheduled_and_afterwards_taken_down(people):
    ahead = factories.make_publication(released_at=now() + dt.timedelta(days=3))
    for verb in ("withdraw", "abolish"):
        with pytest.raises(Refusal, match="还没有到公开的时间"):
            do(people.province_officer, ahead, verb)
    public = factories.make_publication()
    with pytest.raises(Refusal, match="已经公开了"):
        do(people.province_officer, public, "unschedule")
    assert {row.verb for row in rules.open_verbs(ahead, {"author"}, now())} == {"unschedule"}
    assert {row.verb for row in rules.open_verbs(public, {"author"}, now())} == {"withdraw", "abolish"}


def test_the_attribute_refuses_what_no_row_allows(people):
    for source, target in itertools.product(STATES, STATES):
        if source == target or any(key[1] == source and row[0] == target for key, row in TABLE.items()):
            continue
        document = factories.make_publication(status=source)
        with pytest.raises(Refusal, match="不能从"):
            document.status = target


@pytest.mark.parametrize("values", [
    {"status": "released"}, {"released_by": "submitter"}, {"status": "abolished"}, {"status": "withdrawn"},
    {"channel": "gossip"}, {"implements_on": dt.date(2026, 5, 1), "ends_on": dt.date(2026, 4, 1)}])
def test_the_database_refuses_what_the_rules_refuse(people, values):
    document = factories.make_publication(status="submitted")
    db.session.commit()
    if values.get("released_by"):
        values = {"released_by": document.submitted_by}
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Publication).where(Publication.id == document.id).values(**values))


def test_the_database_knows_no_release_before_its_decision(people):
    document = factories.make_publication()
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Publication).where(Publication.id == document.id).values(
            released_at=document.decided_at - dt.timedelta(hours=1)))


# ---- 有效性

@pytest.mark.parametrize(("status", "superseded", "implements", "ends", "wanted"), [
    ("released", None, None, None, "valid"), ("released", None, 1, None, "coming"), ("released", None, 0, 0, "valid"),
    ("released", None, None, -1, "expired"), ("released", -1, None, -1, "revised"),
    ("released", 1, None, None, "valid"),
    ("abolished", -1, 1, -1, "abolished")])
def test_validity_follows_from_the_dates(people, status, superseded, implements, ends, wanted):
    day = lambda n: None if n is None else today() + dt.timedelta(days=n)  # noqa: E731
    document = standing(people, status)
    document.superseded_at = None if superseded is None else now() + dt.timedelta(days=superseded)
    document.implements_on, document.ends_on = day(implements), day(ends)
    assert rules.validity(document, today(), now()).value == wanted


# ---- single fields

@pytest.mark.parametrize("text", ["鄂民政发〔2026〕3号", "鄂民政函〔2023〕120号", "", "孝昌政办发〔2024〕第5号"])
def test_document_numbers_as_they_should_be(text):
    assert rules.number_fault(text) == ""


@pytest.mark.parametrize(("text", "cure"), [
    ("鄂民政发[2026]3号", "“鄂民政发〔2026〕3号”"), ("鄂民政发(2026)03号", "“鄂民政发〔2026〕3号”"),
    ("鄂民政发【2026】3", "“鄂民政发〔2026〕3号”"), ("鄂民政发〔2026〕003号", "“鄂民政发〔2026〕3号”"),
    ("第3号", "没有文号就空着"), ("鄂民政发〔1848〕3号", "没有文号就空着"), ("鄂民政发〔2026〕0号", "没有文号就空着"),
    ("=cmd〔2026〕3号", "没有文号就空着")])
def test_a_wrong_document_number_is_answered_with_the_right_one(text, cure):
    assert cure in rules.number_fault(text)


@pytest.mark.parametrize("text", ["http://mzt.hubei.gov.cn/a", "javascript:alert(1)", "https://", "https://x y.cn/",
                                  "https://user:pass@a.cn/", "https://localhost/", "//a.cn/", "https://a.cn/\"><b>",
                                  "https://[::1", "data:text/html,x", "https://a.cn\\@b.cn/"])
def test_only_plain_https_addresses_are_taken(text):
    assert rules.link_fault(text)


def test_an_address_of_a_page_is_taken():
    assert rules.link_fault("https://mzt.hubei.gov.cn/fbjd/t20230418_1.shtml?a=1&b=%E4%BD%A0#x") == ""


@pytest.mark.parametrize(("text", "found"), [
    ("联系人身份证42092119900101123X", "身份证号"), ("电话 13812345678", "138****5678"),
    ("机密★5年", "机密★5年"), ("内部资料", "内部资料"), ("证号420921199013011234", ""), ("2026年发〔3〕号", ""),
    ("电话027-87654321", ""), ("编号 2138123456789", "")])
def test_what_a_reviewer_should_look_at_twice(text, found):
    told = " ".join(rules.suspicions(text))
    assert (found in told) if found else told == ""
