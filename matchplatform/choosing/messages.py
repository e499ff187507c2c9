"""Who is told what of calls and replies. Before the closing moment nothing told outside tells who replied."""

from collections.abc import Sequence
from typing import Any

from matchplatform.accounts.queries import city_officers, county_officers, members
from matchplatform.catalog.queries import city_of, short_name
from matchplatform.choosing import rules
from matchplatform.choosing.models import Call, Reply
from matchplatform.notices.operations import tell


def _county(actor: Any, call: Call, kind: str, head: str, body: str) -> int:
    return tell(actor, county_officers(call.county_code), kind, f"{head}：{call.need.title}", body, "call",
                call.need.code)


def _organization(actor: Any, reply: Reply, kind: str, head: str, body: str) -> int:
    return tell(actor, members(reply.organization_id), kind, f"{head}：{reply.call.need.title}", body, "reply",
                reply.call.need.code)


def declared(actor: Any, call: Call) -> None:
    """Colleagues hear of the call."""
    _county(actor, call, "told", "开始征集", f"{rules.said(call.closing_at)} 截止，截止前谁也看不到应征书。")


def sent(actor: Any, reply: Reply, number: int) -> None:
    """The county hears that one more came, not from whom."""
    _county(actor, reply.call, "told", "收到应征书",
            f"现在共 {number} 份，{rules.said(reply.call.closing_at)} 截止后才能看。")
    _organization(actor, reply, "told", "应征书已送出", f"{actor.name}送出，截止前可以改。")


def withdrawn(actor: Any, reply: Reply, sealed: bool) -> None:
    """After the seal is broken the county hears who left; before, nobody hears anything."""
    if not sealed:
        _county(actor, reply.call, "told", f"{reply.organization.name}撤回了应征书", "请按其余的应征书评审。")
    _organization(actor, reply, "told", "应征书已撤回", f"{actor.name}撤回，不影响以后应征和接单。")


def opened(actor: Any, call: Call, replies: Sequence[Reply]) -> None:
    """Everybody who replied hears that his reply is read now."""
    for one in replies:
        _organization(actor, one, "told", "征集已截止，应征书已开启", "县里开始评审，有结果会告诉您。")


def faulty(actor: Any, reply: Reply) -> None:
    """24 hours to mend."""
    _organization(actor, reply, "to_do", "应征书有形式问题，请改正",
                  f"{reply.fault}请在 {rules.said(reply.mend_until)} 前改正送回。")


def mended(actor: Any, reply: Reply) -> None:
    """The county goes on."""
    _county(actor, reply.call, "told", f"{reply.organization.name}已改正应征书", "可以接着评审。")


def shortlisted(actor: Any, reply: Reply) -> None:
    """Good news, not yet the choice."""
    _organization(actor, reply, "good", "应征书已入围", "还没有最后选定，有结果会告诉您。")


def chosen(actor: Any, reply: Reply) -> None:
    """The winner; the pairing tells the rest."""
    _organization(actor, reply, "good", "应征书已选中", f"已成为结对 {reply.pairing.code}，正在报审批。")


def not_chosen(actor: Any, reply: Reply, needs: Sequence[Any]) -> None:
    """The others hear why, and what fits them next."""
    following = "、".join(f"“{one.title}”（{short_name(one.county_code)}）" for one in needs)
    more = f"更适合您的需求：{following}。" if following else ""
    _organization(actor, reply, "refused", "没有选上", f"理由：{reply.status_reason.rstrip('。')}。{more}")


def asked(actor: Any, call: Call, body: str) -> None:
    """The county has a question to answer; by whom is not said."""
    _county(actor, call, "to_do", "有人提问", f"{body}请尽快答复，问和答所有人都能看到。")


def answered(actor: Any, call: Call, user_id: int, answer: str) -> None:
    """Who asked hears the answer."""
    tell(actor, [user_id], "good", f"您的提问有答复了：{call.need.title}", answer, "reply", call.need.code)


def silent(call_county: str, step: str, subject_kind: str, code: str, head: str, body: str) -> int:
    """The county, or its city, is told of what waits."""
    city = city_of(call_county)
    who = county_officers(call_county) if step == "county" else city_officers(city.code) if city else []
    return tell(None, who, "to_do", head, body, subject_kind, code)
