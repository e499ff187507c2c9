"""Weights of the score: putting fitted ones in force, bringing former ones back, the page, and who may."""

import json
from dataclasses import asdict

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.matching import weights_queries
from matchplatform.matching.feedback import Fitted, Judged
from matchplatform.matching.models import RankingWeights
from matchplatform.matching.queries import match_of
from matchplatform.matching.scoring import SHIPPED, Weights
from matchplatform.matching.weights_operations import adopt_weights, restore_weights
from matchplatform.matching.weights_queries import current_weights
from tests import factories
from tests.conftest import sign_in_directly
from tests.pairings.racers import race
from tests.web.pages import parsed, words

OTHER = Weights(50.0, 8.0, 30.0, 4.0, 8.0)
THIRD = Weights(70.0, 8.0, 10.0, 4.0, 8.0)
GOOD = Judged(90, 60, 40, Verdict.yes(), 0.55, 0.5, 0.05, 0.02, 0.7, 0.75, 0.6)
PATH = "/desk/matching/weights"


def adopted(actor=None, weights=OTHER, judged=GOOD):
    return adopt_weights(actor, Fitted(weights, current_weights(), 1.0), judged, "十一月")


def test_the_shipped_weights_hold_as_long_as_nothing_was_learned(app):
    assert current_weights() == SHIPPED
    assert weights_queries.newest() is None


def test_adopting_moves_scores_keeps_the_former_and_is_audited(people):
    need, offering = factories.make_need(), factories.make_offering(factories.first_organization())
    before = match_of(need, offering).score
    row = adopted(people.province_officer)
    after = match_of(need, offering).score
    assert current_weights() == row.weights == OTHER
    assert next(part.full for part in after.parts if part.label == "服务区域") == 30
    assert after.total != before.total
    first = weights_queries.weights_by_version(1)
    assert (first.weights, first.decisions, first.created_by) == (SHIPPED, 0, None)
    assert (row.version, row.decisions, row.accepted, row.gain, row.error, row.note, row.created_by) == (
        2, 90, 60, 0.05, 0.02, "十一月", people.province_officer.id)
    act = db.session.scalar(db.select(AuditRow).where(AuditRow.kind == "ranking"))
    detail = json.loads(act.detail)
    assert (act.act, act.object_id, act.actor_id) == ("adopt_weights", "2", people.province_officer.id)
    assert (detail["before"], detail["after"], detail["gain"]) == (asdict(SHIPPED), asdict(OTHER), 0.05)


@pytest.mark.parametrize(("fitted", "judged", "kind", "said"), [
    (Fitted(OTHER, SHIPPED, 1.0), Judged(9, 5, 3, Verdict.no("太少。", "再等等。")), Refusal, "太少"),
    (Fitted(SHIPPED, SHIPPED, 1.0), GOOD, Refusal, "和现在的一样"),
    (Fitted(OTHER, THIRD, 1.0), GOOD, Conflict, "刚刚换过")])
def test_what_may_not_be_adopted_leaves_no_trace(people, fitted, judged, kind, said):
    with pytest.raises(kind, match=said):
        adopt_weights(people.province_officer, fitted, judged)
    assert current_weights() == SHIPPED
    assert db.session.scalar(db.select(db.func.count(AuditRow.id)).where(AuditRow.kind == "ranking")) == 0


def test_restoring_brings_the_former_back_and_is_audited(people):
    adopted()
    adopted(weights=THIRD)
    row = restore_weights(people.province_officer, 1, "新的排得不对", seen=3)
    assert current_weights() == SHIPPED
    assert (row.version, weights_queries.versions([row]), row.note) == (4, {row.restored_from: 1}, "新的排得不对")
    act = db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "ranking").order_by(AuditRow.id)).all()[-1]
    detail = json.loads(act.detail)
    assert (act.act, act.reason, detail["restored"]) == ("restore_weights", "新的排得不对", 1)
    assert (detail["before"], detail["after"]) == (asdict(THIRD), asdict(SHIPPED))
    assert [one.version for one in weights_queries.all_weights()] == [4, 3, 2, 1]
    again = restore_weights(people.province_officer, 2, "还是第二版好")
    assert (current_weights(), again.decisions, again.gain) == (OTHER, 90, 0.05)


def test_what_may_not_be_restored_is_refused(people):
    actor = people.province_officer
    with pytest.raises(NotFound):
        restore_weights(actor, 1, "理由")
    adopted()
    for call, kind in ((lambda: restore_weights(actor, 2, "理由"), Refusal),
                       (lambda: restore_weights(actor, 1, "  "), Refusal),
                       (lambda: restore_weights(actor, 9, "理由"), NotFound),
                       (lambda: restore_weights(actor, 1, "理由", seen=1), Conflict)):
        with pytest.raises(kind):
            call()
    assert current_weights() == OTHER


def test_a_version_that_stands_already_is_told_as_a_conflict(app, monkeypatch):
    adopted()
    seen = weights_queries.weights_by_version(1)
    monkeypatch.setattr(weights_queries, "newest", lambda: seen)  # as read before the other's commit
    with pytest.raises(Conflict, match="刚刚换过"):
        restore_weights(None, 2, "理由")


def test_two_processes_that_restore_at_once_end_as_one_success_and_one_conflict(app, people):
    adopted()
    adopted(weights=THIRD)
    url, actor = app.config["SQLALCHEMY_DATABASE_URI"], people.province_officer.id
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    told = race(url, "restore", *({"actor": actor, "weights": version, "seen": 3} for version in (1, 2)))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert db.session.scalar(db.select(db.func.max(RankingWeights.version))) == 4


def test_the_database_holds_the_sum(app):
    db.session.add(RankingWeights(version=1, text=60, category=10, area=10, capacity=10, rating=11))
    with pytest.raises(db.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()
    db.session.add(RankingWeights(version=1, text=111, category=-11, area=0, capacity=0, rating=0))
    with pytest.raises(db.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize("name", ["county_officer", "township_officer", "organization_member", "city_officer",
                                  "system_admin", "security_admin", "auditor"])
def test_only_the_province_sees_and_changes_weights(app, people, name):
    adopted()
    db.session.commit()
    actor = getattr(people, name)
    for call in (lambda: adopted(actor, THIRD), lambda: restore_weights(actor, 1, "理由")):
        with pytest.raises(Refusal, match="省民政厅"):
            call()
    browser = sign_in_directly(app, actor)
    assert browser.get(PATH).status_code == 403
    assert browser.post(f"{PATH}/1/restore", data={"reason": "理由"}).status_code == 403
    assert current_weights() == OTHER


# ---- the page

def test_the_page_says_what_holds_and_where_it_came_from(as_province_officer, people):
    answer = as_province_officer.get(PATH)
    parsed(answer)
    shown = words(answer)
    assert "随平台安装" in shown
    assert "还没有从决定中学过" in shown
    assert 'aria-label="内容 62 分，共 100 分"' in answer.get_data(as_text=True)
    adopted()
    db.session.commit()
    answer = as_province_officer.get(PATH)
    parsed(answer)
    shown = words(answer)
    assert "还没有从决定中学过" not in shown
    assert 'aria-label="内容 50 分，共 100 分"' in answer.get_data(as_text=True)
    assert "件决定学到（同意 60、谢绝 30）" in shown
    assert "0.0500 ± 0.0200" in shown
    assert "随平台安装的权重" in shown


def test_restoring_on_the_page(as_province_officer, people):
    adopted()
    db.session.commit()
    sent = {"version": "2", "reason": "新的排得不对"}
    here = {"Referer": f"http://localhost{PATH}"}
    assert as_province_officer.post(f"{PATH}/1/restore", data={**sent, "reason": " "}, headers=here).status_code == 303
    assert "还没有写恢复的理由" in words(as_province_officer.get(PATH))
    assert as_province_officer.post(f"{PATH}/7/restore", data=sent).status_code == 404
    assert current_weights() == OTHER
    assert as_province_officer.post(f"{PATH}/1/restore", data=sent, headers=here).status_code == 303
    answer = as_province_officer.get(PATH)
    parsed(answer)
    assert "已恢复第 1 版权重，现在是第 3 版" in words(answer)
    assert current_weights() == SHIPPED
    assert as_province_officer.post(f"{PATH}/2/restore", data=sent, headers=here).status_code == 303
    assert "别人刚刚换过匹配权重" in words(as_province_officer.get(PATH))  # the page was of version 2
    assert weights_queries.newest().version == 3


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["match", *arguments])


def test_weights_are_listed_and_restored_by_command(app):
    assert "随平台安装的权重：内容 62、领域 8、区域 16、容量 6、评估等级 8" in run(app, "weights").output
    adopted()
    db.session.commit()
    for arguments, said in ((("--restore", "1"), "还没有写恢复的理由"),
                            (("--restore", "2", "--reason", "x"), "正在用的就是"),
                            (("--restore", "5", "--reason", "x"), "没有第 5 版")):
        done = run(app, "weights", *arguments)
        assert done.exit_code == 1, done.output
        assert said in done.output
    done = run(app, "weights", "--restore", "1", "--reason", "新的排得不对")
    assert done.exit_code == 0, done.output
    lines = run(app, "weights").output.splitlines()
    assert len(lines) == 3
    assert "第 3 版（在用）" in lines[0]
    assert "由第 1 版恢复" in lines[0]
    assert "从 90 件决定学到，改进 0.0500 ± 0.0200" in lines[1]
    assert current_weights() == SHIPPED


def test_one_look_up_a_request_and_none_is_kept_beyond_it(app, people):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if "ranking_weights" in statement:
            statements.append(statement)

    db.event.listen(db.engine, "before_cursor_execute", note)
    try:
        with app.test_request_context("/"):
            app.preprocess_request()
            for _ in range(5):
                assert current_weights() == SHIPPED
    finally:
        db.event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) == 1
    adopted()
    with app.test_request_context("/"):
        app.preprocess_request()
        assert current_weights() == OTHER
