"""The shape of a publication as it is typed, of its release and of its abolition."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.core import clock
from matchplatform.publications import rules
from matchplatform.web.forms import (
    AtMost,
    DayField,
    MomentField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    Wanted,
    required,
)

LONGEST_BODY = 60_000


def _choices(listed: Any) -> list[SelectChoice]:
    return [SelectChoice(*one) for one in listed.pairs]


class PublicationForm(PlatformForm):
    """A document; `whole` asks for everything that handing it in wants."""

    whole = False
    standing_id: int | None = None  # the document as it is, where there is one

    version = HiddenField()
    title = StringField("标题", validators=[required("标题", "请写文件的全称。"), PlainLine("标题"),
                                          AtMost(120, "标题")])
    channel = SelectField("栏目", validate_choice=False, choices=_choices(rules.CHANNELS), default="policy")
    topic = SelectField("主题分类", validate_choice=False, choices=_choices(rules.TOPICS), default="general")
    level = SelectField("级别", validate_choice=False, choices=_choices(rules.LEVELS), default="province")
    area_code = SelectField("适用地区", validate_choice=False)
    index_number = StringField("索引号", validators=[AtMost(40, "索引号")])
    issuer = StringField("发文机关", validators=[Wanted("发文机关"), PlainLine("发文机关"), AtMost(80, "发文机关")])
    document_number = StringField("发文字号", validators=[AtMost(40, "发文字号")])
    issued_on = DayField("成文日期", name_shown="成文日期", validators=[Wanted("成文日期")])
    implements_on = DayField("实施日期", name_shown="实施日期")
    ends_on = DayField("有效期截止", name_shown="有效期截止")
    body = TextAreaField("正文", validators=[Wanted("正文"), AtMost(LONGEST_BODY, "正文")])
    source_name = StringField("来源", validators=[PlainLine("来源"), AtMost(80, "来源")])
    source_url = StringField("来源链接", validators=[AtMost(300, "来源链接")])

    def validate_channel(self, field: Any) -> None:
        if field.data not in rules.CHANNELS:
            raise ValidationError("没有这个栏目，请从列表里选一个。")

    def validate_topic(self, field: Any) -> None:
        if field.data not in rules.TOPICS:
            raise ValidationError("没有这个主题分类，请从列表里选一个。")

    def validate_level(self, field: Any) -> None:
        if field.data not in rules.LEVELS:
            raise ValidationError("没有这个级别，请从列表里选一个。")

    def validate_area_code(self, field: Any) -> None:
        if field.data not in {one.value for one in field.choices}:
            raise ValidationError("没有这个地区，请从列表里选一个。")

    def validate_index_number(self, field: Any) -> None:
        if field.data:
            _raise(rules.index_fault(field.data))

    def validate_document_number(self, field: Any) -> None:
        _raise(rules.number_fault(field.data or ""))

    def validate_issued_on(self, field: Any) -> None:
        _raise(rules.issued_fault(field.data, clock.today()))

    def validate_ends_on(self, field: Any) -> None:
        _raise(rules.dates_fault(self.implements_on.data, field.data, self.issued_on.data))

    def validate_source_url(self, field: Any) -> None:
        _raise(rules.link_fault(field.data or ""))

    def validate_body(self, field: Any) -> None:
        if self.whole and field.data and len(field.data) < rules.SHORTEST_BODY:
            raise ValidationError(f"正文至少写 {rules.SHORTEST_BODY} 个字。")
        if self.whole and rules.has_identity_number(field.data or ""):
            raise ValidationError("正文里有像身份证号的数字，请删掉或遮盖中间几位。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {one.name: one.data for one in self if one.name not in ("version", "csrf_token")}


def _raise(fault: str) -> None:
    if fault:
        raise ValidationError(fault)


class ReleaseForm(PlatformForm):
    """The second person's check list, and when it becomes public."""

    version = HiddenField()
    checks = SelectMultipleField("发布前逐项确认", validate_choice=False, choices=_choices(rules.CHECKS))
    when = RadioField("什么时候公开", default="now", validate_choice=False,
                      choices=[SelectChoice("now", "马上"), SelectChoice("later", "到这个时间自动公开")])
    at = MomentField("公开时间", name_shown="公开时间")

    def validate_checks(self, field: Any) -> None:
        verdict = rules.checks_verdict(field.data or ())
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    def validate_when(self, field: Any) -> None:
        if field.data not in ("now", "later"):
            raise ValidationError("请选马上公开，还是到时间自动公开。")

    def validate_at(self, field: Any) -> None:
        if self.when.data != "later" or field.errors:
            return
        if field.data is None:
            raise ValidationError("公开时间没有填。请写日期和时间，例如 2026年1月5日 9:00。")
        verdict = rules.schedule_verdict(field.data, clock.now())
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    @property
    def moment(self) -> Any:
        """When it becomes public; None for at once."""
        return self.at.data if self.when.data == "later" else None


class AbolishForm(PlatformForm):
    """From which day a document no longer holds, and why."""

    version = HiddenField()
    day = DayField("从哪一天起废止", name_shown="废止日期")
    reason = TextAreaField("废止的理由", validators=[required("废止的理由", "写一两句，公开页上会写明。"),
                                             AtMost(1000, "废止的理由")])
