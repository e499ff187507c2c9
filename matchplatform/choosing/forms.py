"""The shape of what is typed about calls and replies."""

import re
from typing import Any

from wtforms import Field, HiddenField, RadioField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.choosing import rules
from matchplatform.choosing.call_operations import Terms
from matchplatform.core.line import line_fault
from matchplatform.pairings.forms import TakenLinesField
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    CountField,
    DayField,
    Filled,
    MomentField,
    PlatformForm,
    TextAreaField,
    WanField,
    clean_text,
    required,
)

_WEIGHED = re.compile(r"^(.*?)[\s，,：:、]*(\d{1,3})\s*[%％]?$")
_DIGITS = str.maketrans("０１２３４５６７８９　", "0123456789 ")
_LONGEST = 200
_EVIDENCE = 1000


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").split("\n") if line.strip()]


class CallForm(PlatformForm):
    """When it closes, until when may be asked, for how many, and by what is chosen: one item a line."""

    version = HiddenField()
    closing_at = MomentField("征集截止", name_shown="征集截止",
                             validators=[Filled("征集截止", "不晚于需求的接单截止。")])
    questions_until = MomentField("提问截止", name_shown="提问截止",
                                  validators=[Filled("提问截止", "要早于征集截止。")])
    may_choose = CountField("最多选几家", name_shown="家数", unit="家", least=1, most=rules.MOST_CHOSEN, default=1,
                            validators=[Filled("家数")])
    requirements = TextAreaField("必备条件，一行一条")
    criteria = TextAreaField("评分标准和权重，一行一条", validators=[required("评分标准", "例如：服务方案 40%。")])
    note = TextAreaField("补充说明", validators=[AtMost(1000, "补充说明")])

    def validate_requirements(self, field: Any) -> None:
        for text in _lines(field.data):
            if fault := _item_fault(text):
                raise ValidationError(fault)

    def validate_criteria(self, field: Any) -> None:
        for line in _lines(field.data):
            found = _WEIGHED.match(line.translate(_DIGITS))
            if not found or not found[1].strip():
                raise ValidationError(f"“{line[:30]}”后面还没有写权重，请写成“服务方案 40%”。")
            if fault := _item_fault(found[1].strip()):
                raise ValidationError(fault)
        verdict = rules.items_verdict(_lines(self.requirements.data), self.weighed)
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    @property
    def weighed(self) -> list[tuple[str, int]]:
        """(what, percent) of each line."""
        found = [_WEIGHED.match(line.translate(_DIGITS)) for line in _lines(self.criteria.data)]
        return [(one[1].strip(), int(one[2])) for one in found if one]

    @property
    def terms(self) -> Terms:
        """What the operation takes."""
        return Terms(self.closing_at.data, self.questions_until.data, self.may_choose.data,
                     _lines(self.requirements.data), self.weighed, self.note.data or "")

    def show(self, call: Any) -> None:
        """What was declared, to be changed."""
        for name in ("closing_at", "questions_until", "may_choose", "note"):
            getattr(self, name).data = getattr(call, name)
        self.version.data = str(call.version)
        self.requirements.data = "\n".join(one.text for one in call.requirements)
        self.criteria.data = "\n".join(f"{one.text} {one.weight}%" for one in call.criteria)


def _item_fault(text: str) -> str | None:
    if len(text) > _LONGEST:
        return f"“{text[:20]}…”太长，每条最多 {_LONGEST} 字。"
    return line_fault(text, "这一条")


class OfferedLinesField(TakenLinesField):
    """Which lines, how much; a draft may leave them open."""

    def pre_validate(self, form: Any) -> None:
        faults = [row.fault for row in self.rows if row.fault]
        if faults:
            raise ValidationError(faults[0])

    def keep(self, taken: dict[int, int], lines: Any) -> None:
        """Show what was written before."""
        self._typed = {one.id: str(taken.get(one.id, "")) for one in lines}


class EvidenceField(Field):
    """A text for each requirement and criterion, posted as evidence-<its number>; `data` is {number: text}."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data, self.data = [], None, {}
        for key in formdata or ():
            if found := re.fullmatch(r"evidence-(\d{1,9})", key):
                self.data[int(found[1])] = clean_text(formdata.getlist(key)[0])

    def pre_validate(self, form: Any) -> None:
        if any(len(text) > _EVIDENCE for text in self.data.values()):
            raise ValidationError(f"每条依据最多 {_EVIDENCE} 字，请写短一些，材料可以附在供给里。")


class ReplyForm(PlatformForm):
    """应征书. Whether everything is there is for `operations.gaps` to say when it is sent; a draft may be anything."""

    version = HiddenField()
    choice = RadioField("用哪项供给", validate_choice=False)
    lines = OfferedLinesField("承担哪几项、多少")
    plan = TextAreaField("打算怎么办", validators=[AtMost(2000, "打算怎么办")])
    people = TextAreaField("谁来办", validators=[AtMost(1000, "谁来办")])
    starts_on = DayField("从哪天开始", name_shown="开始日期")
    ends_on = DayField("哪天办完", name_shown="完成日期")
    funds_fen = WanField("资金（万元）", name_shown="资金")
    in_kind_fen = WanField("物资折价（万元）", name_shown="物资折价")
    person_days = CountField("人力（人天）", name_shown="人力", unit="人天", most=1_000_000)
    evidence = EvidenceField("逐条依据")

    NAMES = ("plan", "people", "starts_on", "ends_on", "funds_fen", "in_kind_fen", "person_days")

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError("完成日期要晚于开始日期。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operations take, the offering left to the view."""
        return {"lines": self.lines.data, "evidence": self.evidence.data,
                **{name: getattr(self, name).data for name in self.NAMES}}

    def show(self, reply: Any) -> None:
        """What was written before."""
        for name in self.NAMES:
            getattr(self, name).data = getattr(reply, name)
        self.lines.keep(reply.taken, reply.call.need.lines)
        self.evidence.data = {one.item_id: one.evidence for one in reply.items}


class QuestionForm(PlatformForm):
    """A public question."""

    body = TextAreaField("您的问题", validators=[required("问题"), AtLeast(5, "问题", "写一句完整的话。"),
                                             AtMost(500, "问题")])


class CounterForm(PlatformForm):
    """Other terms for an order: which lines, how much, with what, when, and why."""

    version = HiddenField()
    lines = OfferedLinesField("能办哪几项、多少")
    message = TextAreaField("为什么，打算怎么办", validators=[
        required("说明", "写清楚为什么改、打算怎么办。"), AtLeast(10, "说明"), AtMost(1000, "说明")])
    funds_fen = WanField("能投入的资金（万元）", name_shown="资金", validators=[Filled("资金", "没有就填 0。")])
    in_kind_fen = WanField("能投入的物资折价（万元）", name_shown="物资折价",
                           validators=[Filled("物资折价", "没有就填 0。")])
    starts_on = DayField("最早哪天开始", name_shown="开始日期")
    ends_on = DayField("哪天办完", name_shown="完成日期")

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError("完成日期要晚于开始日期。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in (
            "lines", "message", "funds_fen", "in_kind_fen", "starts_on", "ends_on")}
