"""Attaching, removing, restoring: limits, second clicks, the audit, and what stays on the disk."""

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.files import operations, queries, rules, storage
from matchplatform.files.models import Attachment
from tests import factories
from tests.files import makers


@pytest.fixture
def need(people):
    made = factories.make_need()
    db.session.commit()
    return made


def upload(number=0, name="方案.pdf"):
    return storage.receive(name, makers.pdf(b"%d" % number))


def attach(people, need, number=0, who="county_officer", **how):
    return operations.attach(getattr(people, who), "need", need.code, upload(number), **how)


def acts():
    return [(row.act, row.label, row.county_code, row.organization_id) for row in db.session.scalars(
        db.select(AuditRow).where(AuditRow.kind == "attachment").order_by(AuditRow.id))]


def test_an_attachment_is_kept_whole_with_who_and_when(people, need, kept):
    file, is_new = attach(people, need, caption="实施方案", publicity="signed_in")
    db.session.commit()
    assert is_new
    assert (file.name, file.caption, file.kind, file.publicity) == ("方案.pdf", "实施方案", "PDF", "signed_in")
    assert (file.uploaded_by, file.uploader_name, file.position) == (people.county_officer.id, "刘敏", 1)
    assert storage.path_of(file.stored_name).read_bytes() == makers.pdf(b"0")
    assert kept() == [f"{file.sha256[:2]}/{file.stored_name}"]
    assert queries.attachments_of("need", need.code) == [file]
    assert acts() == [("attach", "上传附件", factories.COUNTY, None)]
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "attachment")).one()
    assert (row.object_id, row.actor_name) == (str(file.id), "刘敏")
    assert need.code in row.object_label
    assert file.sha256 in row.detail
    assert first_break()[1] is None


def test_an_offerings_attachment_is_audited_for_its_organization(people):
    offering = factories.make_offering(factories.first_organization())
    operations.attach(people.organization_member, "offering", offering.code, upload())
    assert acts() == [("attach", "上传附件", None, offering.organization_id)]


def test_a_second_click_is_no_second_file(people, need, kept):
    first, _ = attach(people, need)
    again, is_new = attach(people, need, who="second_county_officer")
    assert (again, is_new) == (first, False)
    assert len(acts()) == 1
    other = factories.make_need()
    assert operations.attach(people.county_officer, "need", other.code, upload())[1]


def test_the_same_picture_may_be_there_cleaned_and_as_evidence(people, need):
    for evidence in (False, True, True):
        sent = storage.receive("现场.jpg", makers.telephone_picture(), evidence)
        operations.attach(people.county_officer, "need", need.code, sent)
    assert [one.evidence for one in queries.attachments_of("need", need.code)] == [False, True]


def test_the_eleventh_file_is_refused_and_a_removed_one_makes_room(people, need):
    files = [attach(people, need, n)[0] for n in range(10)]
    assert [one.position for one in files] == list(range(1, 11))
    with pytest.raises(Refusal, match="最多放 10 个附件，已经满了"):
        attach(people, need, 10)
    operations.remove(people.county_officer, files[3])
    assert attach(people, need, 10)[0].position == 4
    with pytest.raises(Refusal, match="已经满了"):
        operations.restore(people.county_officer, files[3])
    operations.remove(people.county_officer, files[9])
    assert operations.restore(people.county_officer, files[3]).position == 10


def test_all_files_of_a_record_together_keep_to_the_limit(people, need, monkeypatch):
    size = len(makers.pdf(b"0"))
    monkeypatch.setattr(rules, "MOST_TOTAL", 2 * size + 5)
    attach(people, need, 0)
    attach(people, need, 1)
    with pytest.raises(Refusal, match="合起来最多"):
        attach(people, need, 2)


@pytest.mark.parametrize("count", [0, 9, 10])
@pytest.mark.parametrize("total", [0, rules.MOST_TOTAL - 5, rules.MOST_TOTAL - 4])
def test_there_is_room_for_ten_files_and_forty_megabytes(count, total):
    assert bool(rules.room_verdict(count, total, 5)) is (count < 10 and total + 5 <= rules.MOST_TOTAL)


def test_the_database_itself_holds_ten_places_and_one_file_once(people, need):
    """Whatever an operation forgets."""
    file, _ = attach(people, need)
    db.session.commit()
    columns = {one.name: getattr(file, one.name) for one in Attachment.__table__.columns if one.name != "id"}
    columns |= {"stored_name": "other", "source_sha256": "other", "position": 2}
    for changes in ({"position": 11}, {"position": 0}, {"position": 1}, {"source_sha256": file.source_sha256},
                    {"stored_name": file.stored_name}, {"size": 0}, {"media_type": "text/html"}, {"publicity": "x"},
                    {"removed_at": clock.now()}, {"purged_at": clock.now()}):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(db.insert(Attachment).values(**{**columns, **changes}))
    db.session.execute(db.insert(Attachment).values(**columns))
    db.session.rollback()
    assert len(queries.attachments_of("need", need.code)) == 1


def test_what_is_removed_is_for_nobody_and_comes_back_the_same_day(people, need, kept):
    file, _ = attach(people, need)
    operations.remove(people.second_county_officer, file)
    db.session.commit()
    assert queries.attachments_of("need", need.code) == []
    with pytest.raises(NotFound):
        queries.readable(people.county_officer, file.id)
    with pytest.raises(Conflict, match="已经移除了"):
        operations.remove(people.county_officer, file)
    assert len(kept()) == 1
    operations.restore(people.county_officer, file)
    assert queries.readable(people.county_officer, file.id) is file
    with pytest.raises(Refusal, match="没有移除"):
        operations.restore(people.county_officer, file)
    assert [one[0] for one in acts()] == ["attach", "remove", "restore"]


def test_a_removal_is_final_after_its_day(people, need):
    file, _ = attach(people, need)
    operations.remove(people.county_officer, file)
    file.removed_at = clock.now() - dt.timedelta(days=1)
    with pytest.raises(Refusal, match="当天才能恢复"):
        operations.restore(people.county_officer, file)
    assert queries.shown(people.county_officer, "need", need).removed == []


@pytest.mark.parametrize(("removed", "now", "may"), [
    ("2026-02-03T23:59", "2026-02-04T00:00", False), ("2026-02-03T00:00", "2026-02-03T23:59", True)])
def test_the_day_of_a_removal_is_that_of_shanghai(removed, now, may):
    from types import SimpleNamespace

    removed, now = (dt.datetime.fromisoformat(one).replace(tzinfo=clock.SHANGHAI) for one in (removed, now))
    assert bool(rules.can_restore(SimpleNamespace(removed_at=removed.astimezone(dt.UTC), publicity="public"),
                                  now.astimezone(dt.UTC))) is may


def test_what_was_sent_again_meanwhile_is_not_restored(people, need):
    file, _ = attach(people, need)
    operations.remove(people.county_officer, file)
    again, is_new = attach(people, need)
    assert is_new
    assert again.id != file.id
    with pytest.raises(Refusal, match="已经在这里了"):
        operations.restore(people.county_officer, file)


@pytest.mark.parametrize("who", ["organization_member", "other_county_officer", "province_officer"])
def test_others_neither_remove_nor_restore(people, need, who):
    file, _ = attach(people, need)
    with pytest.raises(Refusal):
        operations.remove(getattr(people, who), file)
    operations.remove(people.county_officer, file)
    with pytest.raises(Refusal):
        operations.restore(getattr(people, who), file)
    if who != "province_officer":
        with pytest.raises(NotFound):
            queries.within_reach(getattr(people, who), file.id)


@pytest.mark.parametrize(("how", "said"), [({"caption": "长" * 101}, "说明最多 100 字，现在是 101 字"),
                                           ({"publicity": "everybody"}, "谁能看")])
def test_what_is_written_beside_a_file_is_checked(people, need, how, said):
    with pytest.raises(Refusal, match=said):
        attach(people, need, **how)


def test_pages_see_what_their_reader_may_see_in_one_statement(people, need):
    from tests.web.pages import statements

    for n, publicity in enumerate(("public", "signed_in", "own")):
        file, _ = attach(people, need, n, publicity=publicity)
        if publicity != "own":
            operations.open_up(people.second_county_officer, file, publicity)
    operations.remove(people.county_officer, attach(people, need, 3)[0])
    db.session.commit()
    for record in (need, people.county_officer, people.organization_member):
        db.session.refresh(record)
    for who, rows, removed in (("county_officer", 3, 1), ("organization_member", 2, 0)):
        found = []
        assert statements(lambda who=who, found=found: found.append(
            queries.shown(getattr(people, who), "need", need))) == 1
        assert (len(found[0].rows), len(found[0].removed), found[0].count) == (rows, removed, 3)
        assert bool(found[0].may_attach) is (who == "county_officer")


def test_purging_takes_removed_files_off_the_disk_and_keeps_their_rows(app, people, need, kept):
    old, fresh, present = (attach(people, need, n)[0] for n in range(3))
    for file in (old, fresh):
        operations.remove(people.county_officer, file)
    old.removed_at = clock.now() - dt.timedelta(days=31)
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["files", "purge"])
    assert (done.exit_code, "1 个" in done.output) == (0, True)
    assert kept() == sorted(f"{one.sha256[:2]}/{one.stored_name}" for one in (fresh, present))
    assert (old.purged_at is not None, old.name, fresh.purged_at) == (True, "方案.pdf", None)
    assert "0 个" in app.test_cli_runner().invoke(args=["files", "purge"]).output
