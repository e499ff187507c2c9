"""Parallel guesses are counted one after another: no race past the lock."""

import pytest

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import user_by_name
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from tests.accounts.guessers import guess_at_once


@pytest.mark.parametrize(("each", "failures", "locked"), [(2, 4, False), (4, 0, True)])
def test_every_one_of_parallel_failures_counts(app, people, each, failures, locked):
    url, number = app.config["SQLALCHEMY_DATABASE_URI"], people.county_officer.id
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    assert guess_at_once(url, each) == ["done", "done"]
    user = db.session.get(User, number)
    assert (user.failures, user.locked_until is not None) == (failures, locked)
    reasons = db.session.scalars(db.select(AuditRow.reason).where(
        AuditRow.act == "sign_in").order_by(AuditRow.id)).all()
    assert len(reasons) == 2 * each
    counted = [one for one in reasons if one.startswith("密码不对")]
    assert [one[:10] for one in counted] == [f"密码不对，第 {n} 次"[:10] for n in range(1, len(counted) + 1)]
    assert reasons[5:] == ["账号锁定中"] * max(0, 2 * each - 5)
    assert first_break()[1] is None


@pytest.mark.postgresql
def test_a_sign_in_under_way_keeps_nobody_from_telling_this_person_something(app, people):
    """Who tells holds the audit's chain and the sign-in waits for it: were the notice to wait too, both would stand."""
    number = people.county_officer.id
    db.session.commit()
    with db.session.begin_nested():
        assert user_by_name("county_officer", lock=True).id == number
        with db.engine.connect() as other:
            other.execute(db.text("SET lock_timeout = '2s'"))
            other.execute(db.insert(Notice).values(user_id=number, at=now(), kind="told", title="有消息", body="",
                                                   subject_kind="need", subject_code="XQ"))
            other.rollback()
