"""The shape of what is typed about organizations."""

from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.accounts.rules import MEMBER_ROLES, password_verdict, username_verdict
from matchplatform.core import clock
from matchplatform.core.uscc import Uscc, UsccError, parse_uscc
from matchplatform.organizations import rules
from matchplatform.organizations.vetting_rules import COMPARED, LONGEST_NOTE, LONGEST_WORDS, Checklist, Finding
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    CountField,
    DayField,
    Filled,
    PhoneField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    clean_text,
    required,
)


def _line(label: str, limit: int, *more: Any) -> StringField:
    """One plain line of text with a limit."""
    return StringField(label, validators=[*more, PlainLine(label), AtMost(limit, label)])


class _CodeForm(PlatformForm):
    """A form with a unified social credit code; `code` is the checked one once it passed."""

    uscc = StringField("统一社会信用代码", validators=[
        required("统一社会信用代码", "照登记证书抄写 18 位。")])
    code: Uscc | None = None

    def validate_uscc(self, field: Any) -> None:
        if not field.data:
            return
        try:
            self.code = parse_uscc(field.data[:60])
        except UsccError as error:
            cure = rules.NO_ENTERPRISES if error.rule == "kind" and field.data.strip().startswith(("9", "９")) else ""
            raise ValidationError(f"{error}{cure}") from error
        verdict = rules.authority_verdict(self.code.authority)
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")


class RegisterForm(_CodeForm):
    """An organization and the account of whoever registers it."""

    name = _line("组织名称", 100, required("组织名称", "照登记证书写全称。"),
                 AtLeast(4, "组织名称", "请写登记证书上的全称。"))
    contact_name = _line("您的姓名", 40, required("您的姓名"))
    contact_phone = PhoneField("联系电话", name_shown="联系电话", validators=[Filled("联系电话")])
    username = StringField("账号名", validators=[required("账号名")])
    password = PasswordField("密码", validators=[required("密码")])
    again = PasswordField("密码再输一遍", validators=[required("密码", "请再输一遍。")])
    consent = BooleanField("我看过上面的说明，同意平台这样收集和使用我的信息")
    consent_version = HiddenField()
    website = StringField("网址")  # nobody sees it; what fills it in is a program

    def validate_username(self, field: Any) -> None:
        verdict = username_verdict(field.data or "")
        if field.data and not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    def validate_password(self, field: Any) -> None:
        verdict = password_verdict(field.data or "", self.username.data or "")
        if field.data and not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    def validate_again(self, field: Any) -> None:
        if field.data and field.data != self.password.data:
            raise ValidationError("两遍密码不一样，请重新输入。")

    def validate_consent(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("要勾选同意才能入驻；不同意就不会保存您填的任何内容。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in (
            "name", "contact_name", "contact_phone", "username", "password")}


class ProfileForm(_CodeForm):
    """An organization's own data; fields that its state keeps shut are taken out before validating."""

    version = HiddenField()
    name = _line("组织名称", 100, required("组织名称", "照登记证书写全称。"))
    supervisor = _line("业务主管单位", 100)
    legal_representative = _line("法定代表人", 40)
    founded_on = DayField("成立日期", name_shown="成立日期")
    certificate_ends_on = DayField("证书有效期至", name_shown="证书有效期")
    address = _line("住所", 200)
    activity_area = _line("活动区域", 100)
    purpose = TextAreaField("宗旨和业务范围", validators=[AtMost(2000, "宗旨和业务范围")])
    full_time_staff = CountField("专职人数", name_shown="专职人数", unit="人", most=100_000,
                                 validators=[Filled("专职人数", "没有就填 0。")])
    has_party_branch = BooleanField("已建立党组织")
    contact_name = _line("联系人", 40, required("联系人"))
    contact_phone = PhoneField("联系电话", name_shown="联系电话", validators=[Filled("联系电话")])

    def keep_only(self, names: tuple[str, ...]) -> None:
        """Leave the fields that may be changed now."""
        for field in [*self]:
            if field.name not in (*names, "version", "csrf_token"):
                del self[field.name]

    def validate_founded_on(self, field: Any) -> None:
        if field.data and field.data > clock.today():
            raise ValidationError("成立日期还没有到，请照登记证书核对。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes; the code as a checked Uscc."""
        values = {field.name: field.data for field in self if field.name not in ("version", "csrf_token")}
        if "uscc" in values:
            values["uscc"] = self.code
        return values


class MemberForm(PlatformForm):
    """A colleague's account."""

    name = _line("姓名", 40, required("姓名"))
    username = StringField("账号名", validators=[required("账号名"), AtMost(40, "账号名"), PlainLine("账号名")])
    position = _line("职务", 40)
    member_role = SelectField("角色", default="staff", validate_choice=False, choices=[
        SelectChoice(*one) for one in MEMBER_ROLES.pairs])

    def validate_username(self, field: Any) -> None:
        verdict = username_verdict(field.data or "")
        if field.data and not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    def validate_member_role(self, field: Any) -> None:
        if field.data not in MEMBER_ROLES:
            raise ValidationError("没有这个角色，请从列表里选。")

    @property
    def values(self) -> dict[str, str]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in ("name", "username", "position", "member_role")}


def read_checklist(sent: Any) -> Checklist:
    """The checklist as it was sent: unknown choices stay in it, so that the rules can say so."""
    findings = {name: Finding(clean_text(sent.get(f"said-{name}"))[:20],
                              clean_text(sent.get(f"note-{name}")).replace("\n", " ")[:LONGEST_NOTE + 1])
                for name in COMPARED if sent.get(f"said-{name}")}
    reasons = tuple(dict.fromkeys(clean_text(one)[:20] for one in sent.getlist("reasons")[:20]))
    return Checklist(findings, reasons, clean_text(sent.get("words"))[:LONGEST_WORDS + 1])


def _year(label: str) -> CountField:
    return CountField(label, name_shown=label, unit="年", least=1990, most=2100)


class RegistryForm(PlatformForm):
    """What the registry says, entered by staff who looked it up."""

    version = HiddenField()
    rating = SelectField("评估等级", choices=[SelectChoice("", "未评估"), *(
        SelectChoice(one.value, one.label) for one in rules.RATINGS if one.value)])
    rating_ends_on = DayField("等级有效期至", name_shown="等级有效期")
    report_year = _year("年报年度")
    report_result = SelectField("年报结论", choices=[SelectChoice(*one) for one in rules.REPORTS.pairs])
    is_abnormal = BooleanField("在活动异常名录里")
    is_dishonest = BooleanField("在严重违法失信名单里")
    penalty_on = DayField("处罚日期", name_shown="处罚日期")
    penalty_until = DayField("处罚有效期至", name_shown="处罚有效期")
    full_time_staff = CountField("专职人数", name_shown="专职人数", unit="人", most=100_000,
                                 validators=[Filled("专职人数", "没有就填 0。")])
    is_charity = BooleanField("已认定为慈善组织")
    tax_from_year = _year("税前扣除起始年度")
    tax_to_year = _year("税前扣除截止年度")
    basis = _line("依据", 200, required("依据", "写从哪里查到的、哪天查的。"))

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in rules.REGISTRY_FIELDS}
