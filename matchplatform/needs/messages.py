"""Who is told what when a need moves."""

from collections.abc import Iterable
from typing import Any

from matchplatform.accounts.queries import county_officers, province_officers
from matchplatform.catalog.queries import place
from matchplatform.core import clock
from matchplatform.core.rules import Transition
from matchplatform.needs import queries
from matchplatform.needs.models import Need
from matchplatform.notices.operations import tell


def moved(actor: Any, need: Need, row: Transition, reason: str) -> None:
    """Whoever must act next gets something to do; the writers hear what became of their need."""
    where, why = place(need.township_code or need.county_code), f"理由：{reason}" if reason else ""
    writers = [one for one in (need.created_by, need.submitted_by) if one]
    county = county_officers(need.county_code)

    def send(who: Iterable[int], kind: str, head: str, body: str) -> None:
        tell(actor, who, kind, f"{head}：{need.title}", body, "need", need.code)

    match row.verb:
        case "submit":
            colleagues = [one for one in queries.releasers(need) if one != actor.id]
            said = "" if colleagues else "这个县没有另一位经办人，请省里放行。"
            send(colleagues or province_officers(), "to_do", "待放行", f"{where}，{actor.name}提交。{said}")
        case "recall":
            send(queries.releasers(need) or province_officers(), "told", "不用放行了", f"{actor.name}撤回来改。")
        case "publish":
            send([*writers, *county], "good", "已发布", f"{actor.name}放行，已进入需求项目库，截止 "
                 f"{clock.local(need.closing_at):%Y-%m-%d %H:%M}。")
        case "return":
            send(writers, "refused", "需求退回修改", why)
            send(set(county) - set(writers), "told", "需求退回修改", f"{actor.name}退回。{why}")
        case "close" | "fail" | "reopen" | "withdraw" | "reinstate":
            heads = {"close": "已关闭接单", "fail": "已登记为未办成", "reopen": "已重新开放接单",
                     "withdraw": "需求已撤回", "reinstate": "需求已恢复为草稿"}
            send([*writers, *county], "told", heads[row.verb], f"{actor.name}办理。{why}")
        case other:
            raise ValueError(f"nobody is told of {other}")
