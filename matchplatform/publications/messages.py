"""Who is told what when a publication moves."""

from collections.abc import Iterable
from typing import Any

from matchplatform.core.clock import local
from matchplatform.core.rules import Transition
from matchplatform.notices.operations import tell
from matchplatform.publications import queries
from matchplatform.publications.citing import citers
from matchplatform.publications.models import Publication


def moved(actor: Any, publication: Publication, row: Transition, reason: str) -> None:
    """Whoever must act next gets something to do; the writers hear what became of it."""
    why = f"理由：{reason}" if reason else ""
    writers = {one for one in (publication.created_by, publication.submitted_by) if one}

    def send(who: Iterable[int], kind: str, head: str, body: str) -> None:
        tell(actor, who, kind, f"{head}：{publication.title}", body, "publication", publication.code)

    match row.verb:
        case "submit":
            send(queries.releasers(publication)[0], "to_do", "待审核", f"{actor.name}提交，等第二个人审核、发布。")
        case "recall":
            send(queries.releasers(publication)[0], "told", "不用审核了", f"{actor.name}撤回来改。")
        case "release":
            at = local(publication.released_at)
            said = "所有人都能看到了。" if publication.is_public else f"{at:%Y-%m-%d %H:%M} 自动公开。"
            send(writers, "good", "审核通过", f"{actor.name}审核，{said}")
        case "return":
            send(writers, "refused", "退回修改", why)
        case "withdraw" | "abolish":
            send(writers | {one for one in (publication.released_by,) if one}, "told", row.label,
                 f"{actor.name}办理。{why}")
            said = "已撤下" if row.verb == "withdraw" else "已废止"
            send(set(citers.concerned(publication.code)) - writers, "told", f"引用的文件{said}",
                 f"您那里有公开的需求引用了它。{why}")
        case _:
            send(writers | {one for one in (publication.released_by,) if one}, "told", row.label,
                 f"{actor.name}办理。{why}")


def replaced(actor: Any, former: Publication, new: Publication) -> None:
    """The writers of the former version hear that a new one takes its place."""
    who = {one for one in (former.created_by, former.submitted_by, former.released_by) if one}
    tell(actor, who, "told", f"有了修订版：{former.title}", f"新的一版是“{new.title}”，原来的一版留着，标为已修订。",
         "publication", new.code)
    at = "已经公开" if new.is_public else f"{local(new.released_at):%Y-%m-%d %H:%M} 公开"
    tell(actor, set(citers.concerned(former.code)) - who, "told", f"引用的文件有了修订版：{former.title}",
         f"您那里有公开的需求引用了原来的一版。新的一版{at}，请看要不要改。", "publication",
         new.code if new.is_public else former.code)
