"""Who is told what of a pairing's course: the other side always, the office where something stands still."""

import datetime as dt
from typing import Any

from matchplatform.core.clock import local
from matchplatform.notices.operations import tell
from matchplatform.pairings.messages import approvers, county_side, organization_side, title
from matchplatform.pairings.models import Pairing
from matchplatform.tracking import rules
from matchplatform.tracking.models import Complaint, Milestone, ProgressReport, Visit


def _send(actor: Any, pairing: Pairing, who: list[int], kind: str, head: str, body: str) -> int:
    return tell(actor, who, kind, f"{head}：{title(pairing)}", body, "pairing", pairing.code)


def both(pairing: Pairing) -> list[int]:
    """Ids of everybody on the two sides."""
    return [*county_side(pairing), *organization_side(pairing)]


def day_said(day: dt.date) -> str:
    """11月10日."""
    return f"{day.month}月{day.day}日"


def plan_set(actor: Any, pairing: Pairing, count: int) -> None:
    """The milestones are new or were changed."""
    _send(actor, pairing, both(pairing), "told", "实施计划有更新",
          f"{actor.name}定了 {count} 个里程碑，请核对日期和占比。")


def ticked(actor: Any, pairing: Pairing, milestone: Milestone) -> None:
    """A milestone was reached, or was not after all."""
    done = milestone.done_on is not None
    _send(actor, pairing, both(pairing), "good" if done else "told", "里程碑已完成" if done else "里程碑改回未完成",
          f"“{milestone.title}”，占 {milestone.share}%。")


def reported(actor: Any, report: ProgressReport) -> None:
    """A period's report is in, or was mended."""
    pairing, label = report.pairing, report.span.label
    if report.mended_at is not None:
        _send(actor, pairing, both(pairing), "told", f"{label}的进展改过", f"{actor.name}改了已报的进展。")
        return
    trouble = f"困难：{report.difficulties}" if report.difficulties else "没有写困难。"
    _send(actor, pairing, both(pairing), "told", f"{label}的进展", trouble)
    if report.difficulties:
        _send(actor, pairing, approvers(pairing), "told", f"{label}的进展里有困难", report.difficulties)


def visited(actor: Any, pairing: Pairing, visit: Visit) -> None:
    """Somebody made a note of a visit."""
    follow = f"请在 {day_said(visit.follow_up_on)} 前跟进。" if visit.follow_up_on else ""
    _send(actor, pairing, both(pairing), "to_do" if follow else "told", rules.VISITS[visit.way].label + "记录",
          f"{visit.note[:200]}{follow}")


def complained(actor: Any, complaint: Complaint) -> None:
    """The accused side answers, the office knows."""
    pairing = complaint.pairing
    accused = organization_side(pairing) if complaint.side == "county" else county_side(pairing)
    by = f"请在 {local(complaint.answer_by):%m-%d %H:%M} 前答复。"
    _send(actor, pairing, accused, "to_do", "收到投诉，请答复", f"{complaint.body[:300]}{by}")
    _send(actor, pairing, approvers(pairing), "told", "有投诉", f"{complaint.body[:300]}对方答复以后由您裁定。")


def complaint_moved(actor: Any, complaint: Complaint, verb: str) -> None:
    """It was answered, ruled or withdrawn."""
    pairing = complaint.pairing
    if verb == "answer":
        _send(actor, pairing, approvers(pairing), "to_do", "投诉已答复，请裁定",
              f"请在 {local(complaint.rule_by):%m-%d %H:%M} 前裁定。{complaint.answer[:300]}")
        _send(actor, pairing, both(pairing), "told", "投诉已答复", complaint.answer[:300])
    elif verb == "rule":
        _send(actor, pairing, both(pairing), "told", f"投诉已裁定，{rules.RULINGS[complaint.ruling or ''].label}",
              complaint.ruling_words[:500])
    else:
        _send(actor, pairing, [*both(pairing), *approvers(pairing)], "told", "投诉已撤回", complaint.ruling_words[:300])


def report_due(pairing: Pairing, period: rules.Period) -> int:
    """The period is over and its report may still come in time."""
    return _send(None, pairing, organization_side(pairing), "to_do", f"请报{period.label}的进展",
                 f"{day_said(period.due_on)} 前报就行，手机上几分钟填完。")


def report_late(pairing: Pairing, period: rules.Period) -> int:
    """It did not come; all three sides know."""
    return (_send(None, pairing, organization_side(pairing), "to_do", f"{period.label}的进展还没报",
                  f"应在 {day_said(period.due_on)} 前报。请尽快补报；有困难请写明。")
            + _send(None, pairing, [*county_side(pairing), *approvers(pairing)], "told",
                    f"{period.label}的进展没有按时报", "已提醒社会组织补报。"))


def stalled(pairing: Pairing, since: dt.date, days: int) -> int:
    """Nothing has been heard for too long."""
    return (_send(None, pairing, both(pairing), "to_do", f"{days} 天没有进展",
                  "请报进展；做不下去的，请暂停、终止，或由县里接力给别的组织。")
            + _send(None, pairing, approvers(pairing), "told", f"{days} 天没有进展",
                    f"从 {since.year}年{since.month}月{since.day}日 起列为停滞。"))


def milestone_missed(pairing: Pairing, milestone: Milestone) -> int:
    """Its day has passed."""
    return _send(None, pairing, both(pairing), "to_do", "里程碑过了日期",
                 f"“{milestone.title}”应在 {day_said(milestone.due_on)} 完成。做完了请登记，没做完请改计划并说明。")


def follow_up(pairing: Pairing, visit: Visit) -> int:
    """Whoever went there wanted to look again by today."""
    return _send(None, pairing, [visit.noted_by], "to_do", "今天该回访了", visit.note[:200])


def answer_overdue(pairing: Pairing) -> int:
    """The accused side was silent; the office may rule."""
    return _send(None, pairing, approvers(pairing), "to_do", "投诉没有按时答复，可以裁定", "对方在期限内没有答复。")
