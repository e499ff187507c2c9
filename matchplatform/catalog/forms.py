"""The shape of what is typed about campaigns, key counties and categories."""

from wtforms import BooleanField, HiddenField, SelectField

from matchplatform.catalog import rules
from matchplatform.web.forms import (
    AtMost,
    CountField,
    DayField,
    Filled,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    required,
)


class CampaignForm(PlatformForm):
    """A plan's name, where it comes from, dates, goal, and the eligibility rules it switches on."""

    version = HiddenField()
    name = StringField("行动名称", validators=[required("行动名称"), PlainLine("行动名称"), AtMost(80, "行动名称")])
    source = StringField("依据", validators=[required("依据", "照文件写名称、文号和条目。"), PlainLine("依据"),
                                           AtMost(200, "依据")])
    starts_on = DayField("开始日期", name_shown="开始日期", validators=[Filled("开始日期")])
    ends_on = DayField("截止日期", name_shown="截止日期", validators=[Filled("截止日期", "截止当天仍然计数。")])
    goal = CountField("目标（家）", name_shown="目标", unit="家", least=1, most=100_000, validators=[Filled("目标")])
    pending_replies_most = CountField("一家组织同时最多几份应征书等结果", name_shown="应征书份数", unit="份",
                                      least=1, most=100, default=5, validators=[Filled("应征书份数", "通常 5 份。")])
    requires_recommendation = BooleanField("审批以前要有民政部门推荐", default=True)
    requires_rating = BooleanField(rules.PRESETS["requires_rating"])
    requires_three_years = BooleanField(rules.PRESETS["requires_three_years"])
    requires_three_staff = BooleanField(rules.PRESETS["requires_three_staff"])
    copy_from = SelectField("重点帮扶县名单", validate_choice=False)
    reason = TextAreaField("修改的理由", validators=[AtMost(500, "理由")])

    @property
    def values(self) -> dict[str, object]:
        """What the operations take."""
        return {name: getattr(self, name).data for name in (
            "name", "source", "starts_on", "ends_on", "goal", "pending_replies_most",
            "requires_recommendation", *rules.PRESETS)}


class KeyCountyForm(PlatformForm):
    """A county to add, with where it is called a key county."""

    county_code = SelectField("县（市、区）", validate_choice=False,
                              validators=[required("县（市、区）", "请选一个。")])
    source = StringField("来源", validators=[required("来源", "请写文件名称和文号。"), PlainLine("来源"),
                                           AtMost(200, "来源")])
    note = StringField("备注", validators=[PlainLine("备注"), AtMost(200, "备注")])


class KeyCountyEditForm(PlatformForm):
    """A row's source, note and whether it was verified."""

    source = StringField("来源", validators=[required("来源", "请写文件名称和文号。"), PlainLine("来源"),
                                           AtMost(200, "来源")])
    note = StringField("备注", validators=[PlainLine("备注"), AtMost(200, "备注")])
    verified = BooleanField("已和正式文件核对")


class CategoryForm(PlatformForm):
    """A new field of help."""

    name = StringField("领域名称", validators=[required("领域名称"), PlainLine("领域名称"), AtMost(12, "领域名称")])
    drawing = SelectField("图案", validate_choice=False)
