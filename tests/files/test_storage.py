"""No row without its file, no file without its row: rollbacks, killed processes, scanners."""

import datetime as dt
import os
import stat
import sys
import time

import pytest

from matchplatform.core.clock import frozen, local, now
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.files import operations, storage
from matchplatform.files.models import Attachment
from matchplatform.jobs import work
from matchplatform.jobs.models import Job
from tests import factories
from tests.files import makers


@pytest.fixture
def need(people):
    made = factories.make_need()
    db.session.commit()
    return made


def attach(people, need, number=0):
    upload = storage.receive("现场.jpg", makers.picture(size=(50 + number, 40)))
    return operations.attach(people.county_officer, "need", need.code, upload)[0]


def test_a_rollback_leaves_no_file(people, need, kept):
    attach(people, need)
    assert len(kept()) == 2  # with its preview
    db.session.rollback()
    assert kept() == []


def test_what_was_committed_stays_when_a_later_transaction_is_rolled_back(people, need, kept):
    file = attach(people, need)
    db.session.commit()
    attach(people, need, 1)
    db.session.rollback()
    assert kept() == [f"{file.sha256[:2]}/{file.stored_name}", f"{file.sha256[:2]}/{file.stored_name}.jpg"]


def test_a_savepoint_that_ends_neither_keeps_nor_takes_away(people, need, kept):
    attach(people, need)
    with db.session.begin_nested():
        pass
    inner = db.session.begin_nested()
    inner.rollback()
    assert len(kept()) == 2
    db.session.rollback()
    assert kept() == []


def test_the_same_bytes_on_two_records_are_two_files(people, need, kept):
    """So that taking one away never takes the other."""
    attach(people, need)
    db.session.commit()
    attach(people, factories.make_need())
    db.session.rollback()
    assert len(kept()) == 2


def test_a_refused_file_leaves_nothing_aside(kept):
    with pytest.raises(Refusal):
        storage.receive("a.jpg", makers.SVG)
    assert kept() == []


def test_files_are_readable_by_the_platform_only_as_data(people, need, folder):
    file = attach(people, need)
    mode = storage.path_of(file.stored_name).stat().st_mode
    assert not mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    assert folder in storage.path_of(file.stored_name).parents


def age(path, hours):
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_sweeping_finds_what_a_killed_process_left(app, people, need, folder, kept):
    file = attach(people, need)
    db.session.commit()
    known = kept()
    (folder / "incoming").mkdir(exist_ok=True)
    (folder / "00").mkdir(exist_ok=True)
    for name, hours in (("incoming/half", 25), ("00/orphan", 25), ("00/orphan.jpg", 25), ("incoming/running", 1),
                        ("00/running", 23)):
        (folder / name).write_bytes(b"x" * 100)
        age(folder / name, hours)
    for path in (storage.path_of(file.stored_name), storage.preview_of(file.stored_name)):
        age(path, 1000)
    done = app.test_cli_runner().invoke(args=["files", "sweep"])
    assert done.exit_code == 0
    assert "清掉没有记录对应的文件 3 个，共 300 字节" in done.output
    assert kept() == sorted([*known, "00/running", "incoming/running"])


def test_sweeping_keeps_what_was_removed_until_it_is_purged(app, people, need, kept):
    file = attach(people, need)
    operations.remove(people.county_officer, file)
    db.session.commit()
    for path in (storage.path_of(file.stored_name), storage.preview_of(file.stored_name)):
        age(path, 1000)
    app.test_cli_runner().invoke(args=["files", "sweep"])
    assert len(kept()) == 2


def test_the_folder_is_tidied_every_day_without_a_command(app, people, need, folder, kept, monkeypatch):
    gone, fresh = attach(people, need), attach(people, need, 2)
    for file in (gone, fresh):
        operations.remove(people.county_officer, file)
    gone.removed_at = now() - dt.timedelta(days=31)
    db.session.commit()
    (folder / "incoming").mkdir(exist_ok=True)
    (folder / "incoming/half").write_bytes(b"x")
    age(folder / "incoming/half", 25)
    monkeypatch.setattr(work, "_daily", {"files": work._daily["files"]})
    morning = local(now()).replace(hour=8, minute=0)
    with frozen(morning):
        for _ in range(2):  # the second consumer finds nothing left to begin
            db.session.rollback()
            work.sweep(app)
    db.session.rollback()
    assert kept() == sorted({f"{fresh.stored_name[:2]}/{fresh.stored_name}",
                             f"{fresh.stored_name[:2]}/{fresh.stored_name}.jpg"})
    job = db.session.scalars(db.select(Job)).one()
    assert (job.kind, job.subject_code, job.status, gone.purged_at is not None) == ("daily", "files", "done", True)


def test_sweeping_an_empty_house_is_no_fault(app):
    assert "0 个" in app.test_cli_runner().invoke(args=["files", "sweep"]).output


def scanner(folder, code):
    return f"{sys.executable} -c 'import sys; open(sys.argv[1], \"rb\").read(); sys.exit({code})'"


@pytest.mark.parametrize(("code", "said"), [(1, "发现病毒"), (2, "杀毒程序这会儿没有应答"), (0, None)])
def test_a_scanner_has_its_say(app, monkeypatch, tmp_path, kept, code, said):
    monkeypatch.setitem(app.config, "SCANNER_COMMAND", scanner(tmp_path, code))
    if said is None:
        assert storage.receive("a.pdf", makers.pdf()).path.is_file()
        return
    with pytest.raises(Refusal, match=said):
        storage.receive("a.pdf", makers.pdf())
    assert kept() == []


@pytest.mark.parametrize("command", ["/no/such/scanner", f"{sys.executable} -c 'import time; time.sleep(9)'"])
def test_without_an_answer_of_the_scanner_nothing_is_taken(app, monkeypatch, command):
    monkeypatch.setitem(app.config, "SCANNER_COMMAND", command)
    monkeypatch.setattr(storage, "SCAN_SECONDS", 0.2)
    with pytest.raises(Refusal, match="没有应答"):
        storage.receive("a.pdf", makers.pdf())


def test_a_full_disk_leaves_neither_row_nor_file(people, need, kept, monkeypatch):
    upload = storage.receive("a.pdf", makers.pdf())

    def full(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        operations.attach(people.county_officer, "need", need.code, upload)
    db.session.rollback()
    storage.discard(upload)
    assert kept() == []
    assert db.session.scalars(db.select(Attachment)).all() == []
