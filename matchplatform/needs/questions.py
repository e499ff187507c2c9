"""Which facts a reader of a need would ask for, found by plain rules on its text. Pure; never blocks anything."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from matchplatform.needs.template_rules import HEADINGS, Hint, empty_headings, without_prompts

MOST_SHOWN = 6  # at once; the rest is folded
FEWEST = 10  # characters before which there is nothing to ask about

_NUMBER = r"(?:\d[\d,，.]*|[一二两三四五六七八九十百千万]+)"
_PEOPLE = re.compile(_NUMBER + r"\s*(?:多|余|来|几)?\s*(?:个|名|位)?"
                     r"(?:人|户|老人|孩子|学生|村民|群众|儿童|妇女|居民|工人|名|位|对象)"
                     r"|(?:人|户|老人|孩子|学生|儿童|对象)(?:有|约|共|大约)?\s*" + _NUMBER + r"\s*[多余]?[个名位户人]")
# A village by its name: 村里, 村民, 我村 and 乡村 name none.
_WHERE = re.compile(r"[^\W\d我乡农山本全该各某这那由在个几和给]村(?![里民集老委干上中内])|社区|[^\W\d][屯湾]"
                    r"|[\d一二三四五六七八九十]+组"
                    r"|小学|中学|学校|教学点|卫生室|卫生院|福利院|幸福院|敬老院|文化站|基地|广场|集镇|街上|合作社|园区|[茶林]场")
_SINCE = re.compile(r"\d{4}\s*年|去年|前年|今年|[上下]半年|\d+\s*年(?:前|来|多|以来)|多年|近年|这几年|近几年|近?"
                    r"[一二两三四五六七八九十]年(?:前|来|多|以来)?|以来|从前|原来|一直|长期|自从|目前|现在|眼下|如今"
                    r"|[0-9一二三四五六七八九十]+月")
_EXISTING = re.compile(r"已有|现有|已经|原有|腾出|腾了|建好|建成|通了|都通|有一(?:个|处|间|栋|块|名|位)"
                       r"|有[两二三四五六七八九十\d]+(?:间|处|栋|块|亩|名|位|个|台|平方)"
                       r"|配了|配有|备好|落实了|可用|闲置|有场地|村里有|水电")
_AFTERWARDS = re.compile(r"谁来管|管理|管护|管账|运营|维护|负责|专人|接手|值守|物业|公益岗|轮流|村委会管|合作社管"
                         r"|[协商互助]会管|出日常|移交|以后由|之后由|后续|长效")
_DEADLINE = re.compile(r"(?:\d{1,2}\s*月|月底|年底|年内|春节|元旦|国庆|开学|入冬|入夏|汛期|雨季|农忙|采茶季"
                       r"|[寒暑]假|\d{4}\s*年|明年|今年|[上下]半年|季度|周|天)[^。；\n]{0,8}(?:前|内|底|中|完成|办成|开)")
_SEEN = re.compile(_NUMBER + r"|每天|每周|每月|每人|全部|零")
_UNNAMED = re.compile(r"某[个名位户村县地社区月日人次门节盏棵斤吨元成天起期种条间亩]")
_HEADING = re.compile(rf"(?m)^\s*(?:{'|'.join(HEADINGS)})\s*[:：]")


@dataclass(frozen=True)
class Draft:
    """What the rules read of a need that is being written; what is not filled is "" or False."""

    title: str = ""
    body: str = ""
    goal: str = ""
    conditions: str = ""
    supplies: str = ""
    village: str = ""
    has_people: bool = False    # the number of people is filled in
    has_deadline: bool = False  # the last day is filled in
    contact_name: str = ""
    contact_phone: str = ""

    @property
    def story(self) -> str:
        """Everything told about the matter, in one text, without the outline's headings and prompts."""
        told = "\n".join((self.title, self.body, self.conditions, self.supplies))
        return _HEADING.sub("", without_prompts(told))


@dataclass(frozen=True)
class Asked:
    """A friendly question, a sentence that would answer it, and the field where it belongs."""

    key: str
    question: str
    example: str
    field: str = field(default="body")


# What every reader asks: the test that finds the answer in a draft, and the question while it does not.
_Test = Callable[[Draft], bool]
_EVERYWHERE: tuple[tuple[_Test, Asked], ...] = (
    (lambda one: bool(one.has_people or _PEOPLE.search(f"{one.title}\n{without_prompts(one.body)}")),
     Asked("people", "大约有多少人、多少户用得上？",
           "例如：75 岁以上的老人 68 个，其中独居的 23 个。", "beneficiaries")),
    (lambda one: bool(one.village or _WHERE.search(one.story)),
     Asked("where", "具体在哪个村、哪个地方？", "例如：设在万冲村老村委会，离村卫生室 200 米。", "village")),
    (lambda one: bool(_SINCE.search(one.story)),
     Asked("since", "这个难处从什么时候开始的，现在怎么样？",
           "例如：2023 年小学撤并以后，孩子每天走 4 公里上学。")),
    (lambda one: bool(_EXISTING.search(one.story)),
     Asked("existing", "现在已经有什么？场地、水电、人手、钱，有一样写一样。",
           "例如：村里腾出 120 平方米的房子，水电都通，还差灶台和桌椅。")),
    (lambda one: bool(_AFTERWARDS.search(f"{one.story}\n{one.goal}")),
     Asked("afterwards", "办成以后谁来管、谁出日常的钱？",
           "例如：由村老年协会管，水电费从村集体收入里出。", "conditions")),
    (lambda one: bool(one.has_deadline or _DEADLINE.search(f"{one.story}\n{one.goal}")),
     Asked("deadline", "最晚什么时候要？", "例如：春节前要开餐，最晚 1 月 20 日进场。", "ends_on")),
    (lambda one: bool(_SEEN.search(one.goal)),
     Asked("result", "怎样看得出办成了？最好数得清。",
           "例如：每天午餐不少于 50 人，老人满意的占九成以上。", "goal")),
    (lambda one: bool(one.contact_name and one.contact_phone),
     Asked("contact", "找谁联系？请写一位说得清情况的人和电话。",
           "例如：村支书万主任，上班时间手机都能打通。", "contact_name")),
)


def questions(draft: Draft, hints: Sequence[Hint] = ()) -> list[Asked]:
    """What a reader would still ask, the most telling first; nothing while hardly anything is written.

    `hints` are the facts of the category's template: asked unless one of their words stands in the text or the goal.
    """
    if len(f"{draft.title}{draft.body}".strip()) < FEWEST:
        return []
    asked, bare = [], empty_headings(draft.body, HEADINGS)
    left = _UNNAMED.search(f"{draft.title}\n{draft.goal}\n{draft.conditions}")
    if left:
        asked.append(Asked("unnamed", f"“{left[0]}”是哪一个、多少？请换成真的名称和数字。",
                           "例如：把“某村某个老人”写成“万冲村 68 个老人”。",
                           "title" if left[0] in draft.title else "goal"))
    if bare:
        asked.append(Asked("outline", f"“{'”“'.join(bare)}”下面还空着，写一两句也好。",
                           "没有的就写“没有”，读的人心里有数。"))
    said = f"{draft.story}\n{draft.goal}"
    special = [Asked(f"hint-{number}", one.question, one.example) for number, one in enumerate(hints)
               if not any(word in said for word in one.words)]
    return asked + [question for answered, question in _EVERYWHERE if not answered(draft)] + special
