"""Who may sign what, when: both ways, and the pairing's law behind them."""

import datetime as dt

import pytest

from matchplatform.agreements import operations, queries
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.files import storage
from matchplatform.notices.models import Notice
from matchplatform.pairings.operations import act
from tests import factories
from tests.agreements.making import approved, content_of, prepare, send_copy, sign_both

COUNTY, ORGANIZATION = "county_officer", "organization_member"


def told(user, part):
    return db.session.scalar(db.select(db.func.count(Notice.id)).where(
        Notice.user_id == user.id, Notice.title.contains(part)))


def test_both_confirm_one_text_and_the_pairing_runs(people, pairing):
    agreement = prepare(people.county_officer, pairing)
    assert operations.confirm(people.organization_member, pairing, agreement.sha256) is False
    assert pairing.status == "approved"
    assert told(people.county_officer, "请确认协议") == 1
    assert told(people.organization_member, "请确认协议") == 0
    assert operations.confirm(people.second_county_officer, pairing, agreement.sha256) is True
    db.session.commit()
    assert (pairing.status, pairing.signed_on, pairing.funds_fen, pairing.in_kind_fen) == (
        "active", clock.today(), 3_840_000, 6_000_000)
    assert (agreement.method, agreement.signed_sha256) == ("both", agreement.sha256)
    assert (agreement.organization_by, agreement.county_by) == (people.organization_member.id,
                                                                people.second_county_officer.id)
    acts = set(db.session.scalars(db.select(AuditRow.act).where(AuditRow.object_id == pairing.code)))
    assert {"agreement_save", "agreement_confirm", "agreement_sign", "sign"} <= acts


# Who has confirmed before, and who tries now: refused or not. The organization comes first; the county completes.
@pytest.mark.parametrize(("before", "now", "allowed"), [
    ([], COUNTY, False), ([], ORGANIZATION, True), ([ORGANIZATION], ORGANIZATION, False),
    ([ORGANIZATION], COUNTY, True), ([ORGANIZATION], "second_county_officer", True),
    ([], "province_officer", False), ([], "city_officer", False), ([ORGANIZATION], "province_officer", False),
    ([], "other_county_officer", False), ([ORGANIZATION], "other_county_officer", False),
    ([], "other_organization_member", False), ([ORGANIZATION], "other_organization_member", False)])
def test_the_order_of_confirmations(people, pairing, before, now, allowed):
    agreement = prepare(people.county_officer, pairing)
    for one in before:
        operations.confirm(getattr(people, one), pairing, agreement.sha256)
    if allowed:
        operations.confirm(getattr(people, now), pairing, agreement.sha256)
    else:
        with pytest.raises(Refusal):
            operations.confirm(getattr(people, now), pairing, agreement.sha256)
    assert (pairing.status == "active") is (allowed and now != ORGANIZATION)


@pytest.mark.parametrize("status", ["proposed", "accepted", "declined", "withdrawn", "rejected", "active", "suspended",
                                    "completed", "terminated"])
@pytest.mark.parametrize("who", [COUNTY, ORGANIZATION])
def test_only_an_approved_pairing_is_worked_on(people, status, who):
    pairing = factories.make_pairing(status=status)
    with pytest.raises(Refusal):
        operations.save(getattr(people, who), pairing, content_of(pairing), 0)
    with pytest.raises(Refusal):
        operations.confirm(getattr(people, who), pairing, "0" * 64)
    assert queries.agreement_of(pairing) is None


def test_an_edit_drops_the_confirmation_and_tells_it(people, pairing):
    agreement = prepare(people.county_officer, pairing)
    old = agreement.sha256
    operations.confirm(people.organization_member, pairing, old)
    prepare(people.county_officer, pairing, other="每月开一次会。")
    assert (agreement.organization_by, agreement.organization_hash) == (None, "")
    assert agreement.sha256 != old
    with pytest.raises(Conflict, match=r"刘敏（县里）.*不是现在这一版"):
        operations.confirm(people.organization_member, pairing, old)
    with pytest.raises(Refusal, match="社会组织还没有确认"):
        operations.confirm(people.county_officer, pairing, agreement.sha256)
    assert told(people.organization_member, "协议改了") == 2


def test_saving_the_same_again_keeps_the_confirmation(people, pairing):
    agreement = prepare(people.county_officer, pairing)
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    _, changed = operations.save(people.organization_member, pairing, content_of(pairing), 1)
    assert not changed
    assert agreement.organization_hash == agreement.sha256
    assert [one.number for one in queries.drafts_of(agreement)] == [1]


def test_a_text_that_no_longer_fits_the_pairing_is_not_confirmed(people, pairing):
    agreement = prepare(people.county_officer, pairing)
    pairing.need.lines[0].item = "餐桌"
    db.session.commit()
    with pytest.raises(Refusal, match="再保存一次"):
        operations.confirm(people.organization_member, pairing, agreement.sha256)
    prepare(people.county_officer, pairing)
    assert not operations.confirm(people.organization_member, pairing, agreement.sha256)


@pytest.mark.parametrize("missing", ["county_phone", "organization_contact", "starts_on", "ends_on", "funds_fen"])
def test_what_is_not_filled_in_is_not_confirmed(people, pairing, missing):
    agreement = prepare(people.county_officer, pairing, **{missing: None})
    with pytest.raises(Refusal, match=queries.contents.LABELS[missing]):
        operations.confirm(people.organization_member, pairing, agreement.sha256)


def test_the_organization_takes_its_confirmation_back(people, pairing):
    agreement = prepare(people.county_officer, pairing)
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    with pytest.raises(Conflict):
        operations.take_back(people.county_officer, pairing)
    operations.take_back(people.organization_member, pairing)
    with pytest.raises(Refusal):
        operations.confirm(people.county_officer, pairing, agreement.sha256)
    with pytest.raises(Conflict):
        operations.take_back(people.organization_member, pairing)


def test_the_second_of_two_who_edit_is_told_of_the_first(people, pairing):
    prepare(people.county_officer, pairing)
    operations.save(people.organization_member, pairing, content_of(pairing, other="甲"), 1)
    with pytest.raises(Conflict, match="陈晓岚（社会组织）"):
        operations.save(people.county_officer, pairing, content_of(pairing, other="乙"), 1)
    last = queries.last_change(queries.drafts_of(queries.agreement_of(pairing)))
    assert [one.label for one in last.changes] == ["其他约定"]


def test_a_signed_copy_is_registered_with_its_hash(people, pairing):
    copy = send_copy(people.organization_member, pairing)
    terms = {**queries.terms_known(pairing), "signed_on": clock.today()}
    with pytest.raises(Refusal):
        operations.sign_copy(people.organization_member, pairing, copy, terms)
    operations.sign_copy(people.county_officer, pairing, copy, terms)
    db.session.commit()
    agreement = queries.agreement_of(pairing)
    assert (pairing.status, agreement.method, agreement.signed_sha256) == ("active", "copy", copy.sha256)
    assert queries.signed_copy(agreement).fault == ""
    with open(storage.path_of(copy.stored_name), "ab") as file:
        file.write(b"x")
    assert "文件被换过" in queries.signed_copy(agreement).fault
    storage.path_of(copy.stored_name).unlink()
    assert "不在存储里" in queries.signed_copy(agreement).fault


def test_a_copy_that_was_swapped_before_is_not_registered(people, pairing):
    copy = send_copy(people.county_officer, pairing)
    storage.path_of(copy.stored_name).write_bytes(b"other")
    with pytest.raises(Refusal, match="和上传时的不一样"):
        operations.sign_copy(people.county_officer, pairing, copy,
                             {**queries.terms_known(pairing), "signed_on": clock.today()})


def test_a_copy_of_another_pairing_is_not_taken(people, pairing):
    other = approved()
    copy = send_copy(people.county_officer, other)
    with pytest.raises(Conflict):
        operations.sign_copy(people.county_officer, pairing, copy,
                             {**queries.terms_known(pairing), "signed_on": clock.today()})


def test_the_registered_copy_stays(people, pairing):
    from matchplatform.files.operations import remove

    copy, spare = send_copy(people.county_officer, pairing), send_copy(people.county_officer, pairing, 10)
    operations.sign_copy(people.county_officer, pairing, copy,
                         {**queries.terms_known(pairing), "signed_on": clock.today()})
    with pytest.raises(Refusal, match="登记在案"):
        remove(people.county_officer, copy)
    remove(people.county_officer, spare)


@pytest.mark.parametrize(("days", "reason"), [(-1, "早于批准日期"), (1, "还没有到")])
def test_an_agreement_dated_before_its_approval_or_after_today_is_refused(people, pairing, days, reason):
    copy = send_copy(people.county_officer, pairing)
    terms = {**queries.terms_known(pairing), "signed_on": clock.today() + dt.timedelta(days=days)}
    with pytest.raises(Refusal, match=reason):
        operations.sign_copy(people.county_officer, pairing, copy, terms)
    db.session.rollback()
    assert pairing.status == "approved"


def test_an_ended_and_reinstated_pairing_signs_anew(people, pairing):
    agreement = sign_both(people, pairing)
    act(people.county_officer, pairing, "terminate", "对方不办了")
    act(people.province_officer, pairing, "reinstate", "双方又说好了")
    db.session.commit()
    standing = queries.standing_of(pairing, {"county"})
    assert (standing.is_signed, standing.has_organization, bool(standing.may_confirm)) == (False, False, False)
    with pytest.raises(Refusal, match="社会组织还没有确认"):
        operations.confirm(people.county_officer, pairing, agreement.sha256)
    db.session.rollback()
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    operations.confirm(people.county_officer, pairing, agreement.sha256)
    assert pairing.status == "active"
