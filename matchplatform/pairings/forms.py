"""The shape of what is typed about pairings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.core.typed import parse_count
from matchplatform.needs.rules import take_verdict
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    DayField,
    Filled,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    WanField,
    clean_text,
    required,
    version_of,
)

_SAY = "说明打算怎么办、什么时候能开始。"
_NONE = "没有就填 0。"


@dataclass(frozen=True)
class TakenRow:
    """A line of the need with what was typed for it and what is wrong with that."""

    line: Any
    typed: str
    fault: str = ""


class TakenLinesField(Field):
    """How much of each line is taken, posted as take-<the line's number>; empty or 0 is not taken.

    `offer` names the need's lines; what was posted for another need's lines (the choice was changed) is left aside,
    and the rest of each line is proposed. `data` is {line: quantity}, None for a need without lines.
    """

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data, self.data, self.rows = [], None, None, []
        self._typed = {}
        for key in formdata or ():
            found = re.fullmatch(r"take-(\d{1,9})", key)
            if found:
                self._typed[int(found[1])] = clean_text(formdata.getlist(key)[0])[:40]

    def offer(self, lines: Iterable[Any]) -> None:
        """Take the typed quantities for these lines, or propose all that is left."""
        open_lines = [one for one in lines if one.residual]
        mine = any(one.id in self._typed for one in open_lines)
        self.rows = [self._row(one, self._typed.get(one.id, "") if mine else str(one.residual)) for one in open_lines]
        if open_lines:
            self.data = {row.line.id: int(row.typed) for row in self.rows if row.typed and not row.fault}

    @staticmethod
    def _row(line: Any, typed: str) -> TakenRow:
        try:
            number = parse_count(typed, line.item, line.unit) if typed.strip() else 0
        except ValueError:
            return TakenRow(line, typed, f"“{line.item}”接多少要填整数，例如 {line.residual}；不接就空着。")
        if not number:
            return TakenRow(line, "")
        verdict = take_verdict(line, number)
        return TakenRow(line, str(number) if verdict else typed,
                        "" if verdict else f"{verdict.reason}{verdict.remedy}")

    def pre_validate(self, form: Any) -> None:
        faults = [row.fault for row in self.rows if row.fault]
        if faults:
            raise ValidationError(faults[0])
        if self.rows and not self.data:
            raise ValidationError("还没有写接哪几项。请至少填一项的数量。")


class ProposalForm(PlatformForm):
    """What goes with a bid or an order; `choice` is the code of the offering (bid) or the need (order)."""

    seen = HiddenField()  # the version of the need (order: of the offering) that the page showed
    choice = RadioField("用哪项供给接", validators=[required("供给", "请先选一项。")], validate_choice=False)
    lines = TakenLinesField("接哪几项、接多少")
    message = TextAreaField("给对方的话", validators=[
        required("给对方的话", _SAY), AtLeast(10, "给对方的话", _SAY),
        AtMost(1000, "给对方的话")])
    offered_funds_fen = WanField("打算投入的资金（万元）", name_shown="资金", validators=[Filled("资金", _NONE)])
    offered_in_kind_fen = WanField("打算投入的物资折价（万元）", name_shown="物资折价",
                                   validators=[Filled("物资折价", _NONE)])

    @property
    def values(self) -> dict[str, object]:
        """What the operation takes."""
        return {"lines": self.lines.data, "seen": version_of(self.seen.data), "message": self.message.data,
                "offered_funds_fen": self.offered_funds_fen.data,
                "offered_in_kind_fen": self.offered_in_kind_fen.data}


class OrderForm(ProposalForm):
    """A county asks; it may leave the amounts to the organization."""

    lines = TakenLinesField("请对方办哪几项、多少")
    choice = RadioField("用在哪条需求上", validators=[required("需求", "请先选一条。")], validate_choice=False)
    offered_funds_fen = WanField("希望对方投入的资金（万元）", name_shown="资金")
    offered_in_kind_fen = WanField("希望对方投入的物资折价（万元）", name_shown="物资折价")


class AgreementForm(PlatformForm):
    """The agreement's terms; 资金 and 物资折价 never share a field."""

    version = HiddenField()
    agreement_number = StringField("协议编号", validators=[PlainLine("协议编号"), AtMost(60, "协议编号")])
    signed_on = DayField("签订日期", name_shown="签订日期", validators=[Filled("签订日期", "照协议落款填。")])
    starts_on = DayField("开始日期", name_shown="开始日期", validators=[Filled("开始日期")])
    ends_on = DayField("截止日期", name_shown="截止日期", validators=[Filled("截止日期")])
    funds_fen = WanField("资金（万元）", name_shown="资金", validators=[Filled("资金", _NONE)])
    in_kind_fen = WanField("物资折价（万元）", name_shown="物资折价", validators=[Filled("物资折价", _NONE)])
    sure = BooleanField("数额没有写错，就按这样登记")

    @property
    def terms(self) -> dict[str, object]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in (
            "agreement_number", "signed_on", "starts_on", "ends_on", "funds_fen", "in_kind_fen")}


class DelegationForm(PlatformForm):
    """Who decides in one's place, from when to when, and why."""

    deputy = SelectField("委托给谁", validators=[required("委托给谁", "请选一位。")])
    starts_on = DayField("从哪天起", name_shown="从哪天起", validators=[Filled("从哪天起")])
    ends_on = DayField("到哪天为止", name_shown="到哪天为止", validators=[Filled("到哪天为止", "当天仍由对方代办。")])
    reason = StringField("为什么", validators=[required("为什么", "例如：出差、休假。"), PlainLine("为什么"),
                                            AtMost(200, "为什么")])


class OpinionForm(PlatformForm):
    """An approver's opinion; whether it must be there depends on the verb."""

    reason = TextAreaField("审批意见", validators=[AtMost(1000, "审批意见")])
