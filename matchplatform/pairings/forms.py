"""The shape of what is typed about pairings."""

from wtforms import HiddenField, RadioField

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
    required,
)

_SAY = "说明打算怎么办、什么时候能开始。"
_NONE = "没有就填 0。"


class ProposalForm(PlatformForm):
    """What goes with a bid or an order; `choice` is the code of the offering (bid) or the need (order)."""

    choice = RadioField("用哪项供给接", validators=[required("供给", "请先选一项。")], validate_choice=False)
    message = TextAreaField("给对方的话", validators=[
        required("给对方的话", _SAY), AtLeast(10, "给对方的话", _SAY),
        AtMost(1000, "给对方的话")])
    offered_funds_fen = WanField("打算投入的资金（万元）", name_shown="资金", validators=[Filled("资金", _NONE)])
    offered_in_kind_fen = WanField("打算投入的物资折价（万元）", name_shown="物资折价",
                                   validators=[Filled("物资折价", _NONE)])

    @property
    def values(self) -> dict[str, object]:
        """What the operation takes."""
        return {"message": self.message.data, "offered_funds_fen": self.offered_funds_fen.data,
                "offered_in_kind_fen": self.offered_in_kind_fen.data}


class OrderForm(ProposalForm):
    """A county asks; it may leave the amounts to the organization."""

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

    @property
    def terms(self) -> dict[str, object]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in (
            "agreement_number", "signed_on", "starts_on", "ends_on", "funds_fen", "in_kind_fen")}


class OpinionForm(PlatformForm):
    """An approver's opinion; whether it must be there depends on the verb."""

    reason = TextAreaField("审批意见", validators=[AtMost(1000, "审批意见")])
