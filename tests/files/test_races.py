"""Two people at once: the last place goes to one of them, a double click makes one file."""

import threading

import pytest

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.errors import Refusal
from matchplatform.database import writing
from matchplatform.extensions import db
from matchplatform.files import operations, queries, storage
from matchplatform.files.models import Attachment
from matchplatform.web.transaction import commit_or_conflict
from tests import factories
from tests.files import makers


@pytest.fixture
def need(people):
    made = factories.make_need()
    db.session.flush()
    return made


def race(app, code, *sent):
    """Each (user id, bytes) attaches at the same moment; answers what each was told, sorted."""
    gate, told = threading.Barrier(len(sent)), []

    def send(user_id, data):
        with app.app_context():
            token = writing.set(True)
            try:
                upload = storage.receive("方案.pdf", data)
                gate.wait(20)
                operations.attach(user_by_id(user_id), "need", code, upload)
                commit_or_conflict()
                told.append("kept")
            except Refusal as refusal:
                db.session.rollback()
                storage.discard(upload)
                told.append(refusal.reason[:10])
            finally:
                writing.reset(token)
                db.session.remove()

    runners = [threading.Thread(target=send, args=one) for one in sent]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    return sorted(told)


def present(code):
    db.session.rollback()
    return queries.attachments_of("need", code)


def test_of_two_who_grasp_the_tenth_place_one_gets_it(app, people, need, kept):
    for n in range(9):
        operations.attach(people.county_officer, "need", need.code, storage.receive("a.pdf", makers.pdf(b"%d" % n)))
    code, first, second = need.code, people.county_officer.id, people.second_county_officer.id
    db.session.commit()
    db.session.remove()
    assert race(app, code, (first, makers.pdf(b"x")), (second, makers.pdf(b"y"))) == ["kept", "一条记录最多放 10"]
    files = present(code)
    assert sorted(one.position for one in files) == list(range(1, 11))
    assert [one for one in kept() if "incoming" not in one] == sorted(
        f"{one.sha256[:2]}/{one.stored_name}" for one in files)


def test_two_colleagues_get_two_places(app, people, need):
    code, first, second = need.code, people.county_officer.id, people.second_county_officer.id
    db.session.commit()
    db.session.remove()
    assert race(app, code, (first, makers.pdf(b"x")), (second, makers.pdf(b"y"))) == ["kept", "kept"]
    assert [one.position for one in present(code)] == [1, 2]


def test_a_double_click_is_one_file(app, people, need, kept):
    code, who = need.code, people.county_officer.id
    db.session.commit()
    db.session.remove()
    assert race(app, code, (who, makers.pdf(b"x")), (who, makers.pdf(b"x"))) == ["kept", "kept"]
    assert len(present(code)) == 1
    assert len(db.session.scalars(db.select(Attachment)).all()) == 1
    assert len([one for one in kept() if "incoming" not in one]) == 1
