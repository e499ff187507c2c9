"""The shape of an entry of the word lists as it is typed."""

from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.matching import rules
from matchplatform.web.forms import AtMost, PlainLine, PlatformForm, StringField, TextAreaField, required


class WordsForm(PlatformForm):
    """Words of one kind and why they are added."""

    version = HiddenField()
    entry = HiddenField()  # the number of the entry that is edited, for the preview
    kind = RadioField("这些词是", default="synonym", validate_choice=False,
                      choices=[SelectChoice(*one) for one in rules.KINDS.pairs])
    words = TextAreaField("词", validators=[required("词", "请写出来，用顿号隔开。"), AtMost(300, "词")])
    note = StringField("为什么加", validators=[required("为什么加", "请写一句话，以后的同事看得懂。"),
                                           PlainLine("为什么加"), AtMost(200, "为什么加")])

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in rules.KINDS:
            raise ValidationError("没有这一类词，请选近义词或停用词。")

    @property
    def listed(self) -> tuple[str, ...]:
        """The words one by one."""
        return rules.words_of(self.words.data or "")
