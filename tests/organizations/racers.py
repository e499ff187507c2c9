"""Two real processes that act on one organization at the same moment. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _act(url: str, actor_id: int, act: str, subject: int, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.organizations import member_operations as members
    from matchplatform.organizations import operations
    from matchplatform.organizations.models import Organization
    from matchplatform.organizations.vetting_rules import complete
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            actor = user_by_id(actor_id)
            if act in ("vet", "return"):
                operations.act(actor, db.session.get(Organization, subject), act, "再看看",
                               checklist=complete() if act == "vet" else None)
            else:
                organization, user = db.session.get(Organization, actor.organization_id), user_by_id(subject)
                if act == "step down":
                    members.change_role(actor, organization, user, "staff")
                else:
                    members.set_enabled(actor, organization, user, False, "不再经办")
            commit_or_conflict()
        except Refusal as refusal:
            db.session.rollback()
            answers.put((type(refusal).__name__, refusal.sentence))
        except BaseException as error:
            db.session.rollback()
            answers.put(("crash", repr(error)))
        else:
            answers.put(("success", ""))
        finally:
            db.session.remove()
            db.engine.dispose()


def race(url: str, *acts: tuple[int, str, int]) -> list[tuple[str, str]]:
    """What those who act, each (actor, act, subject), were told, sorted by kind."""
    context = processes.context()
    gate, answers = context.Barrier(len(acts)), context.Queue()
    runners = [context.Process(target=_act, args=(url, *act, gate, answers)) for act in acts]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
