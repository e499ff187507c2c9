"""The shape of what is typed about accounts."""

from typing import Any

from wtforms import HiddenField, PasswordField, SelectField
from wtforms.validators import ValidationError

from matchplatform.accounts import rules
from matchplatform.web.forms import AtMost, PlainLine, PlatformForm, StringField, required


class SignInForm(PlatformForm):
    """Name and password; which of the two was wrong is never said."""

    username = StringField("账号", validators=[required("账号"), AtMost(40, "账号")])
    password = PasswordField("密码", validators=[required("密码"), AtMost(rules.MAX_PASSWORD, "密码")])
    next = HiddenField()


class PasswordForm(PlatformForm):
    """The present password and the new one twice."""

    present = PasswordField("现在的密码", validators=[required("现在的密码"), AtMost(rules.MAX_PASSWORD, "密码")])
    new = PasswordField("新密码", validators=[required("新密码")])
    again = PasswordField("新密码再输一遍", validators=[required("新密码", "请再输一遍。")])

    def validate_again(self, field: Any) -> None:
        if field.data != self.new.data:
            raise ValidationError("两遍新密码不一样，请重新输入。")


class UserForm(PlatformForm):
    """A new account with the one scope that its role needs."""

    role = SelectField("角色", validate_choice=False, validators=[required("角色", "请选一个。")])
    username = StringField("账号名", validators=[required("账号名"), AtMost(40, "账号名"), PlainLine("账号名")])
    name = StringField("姓名", validators=[required("姓名"), AtMost(40, "姓名"), PlainLine("姓名")])
    position = StringField("职务", validators=[AtMost(40, "职务"), PlainLine("职务")])
    city_code = SelectField("市（州）", validate_choice=False)
    county_code = SelectField("县（市、区）", validate_choice=False)
    township = StringField("乡镇（街道）", validators=[AtMost(40, "乡镇")])
    organization = StringField("社会组织", validators=[AtMost(100, "社会组织")])

    def validate_role(self, field: Any) -> None:
        if field.data not in rules.ROLES:
            raise ValidationError("没有这个角色，请从列表里选。")

    def validate_username(self, field: Any) -> None:
        verdict = rules.username_verdict(field.data or "")
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")
