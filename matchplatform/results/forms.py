"""The shape of what is typed about results."""

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from matchplatform.tracking.rules import FIGURES
from matchplatform.web.forms import AtMost, CountField, PlatformForm, TextAreaField, WanField, required

STARS = ((5, "5 分，很好"), (4, "4 分，好"), (3, "3 分，一般"), (2, "2 分，不太好"), (1, "1 分，不好"))


class ClosingForm(PlatformForm):
    """The closing report; it is saved as it is, and whole when it is handed over."""

    version = HiddenField()
    done = TextAreaField("办成了什么", validators=[required("办成了什么", "写一两句，以后还能改。"),
                                              AtMost(4000, "办成了什么")])
    remains = TextAreaField("还有什么没办完", validators=[AtMost(2000, "还有什么没办完")])
    lessons = TextAreaField("经验和体会", validators=[AtMost(2000, "经验和体会")])
    funds_fen = WanField("一共到位资金（万元）", name_shown="到位资金")
    in_kind_fen = WanField("一共物资折价（万元）", name_shown="物资折价")
    households = CountField("受益户", name_shown="受益户", unit="户", most=1_000_000)
    people = CountField("受益人", name_shown="受益人", unit="人", most=10_000_000)
    trained = CountField("培训人次", name_shown="培训人次", unit="人次", most=10_000_000)
    employed = CountField("带动就业", name_shown="带动就业", unit="人", most=1_000_000)
    sales_fen = WanField("销售额（万元）", name_shown="销售额")
    sure = BooleanField("数额没有写错")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes; an empty figure is 0."""
        return {"sure": self.sure.data, **{name: getattr(self, name).data for name in ("done", "remains", "lessons")},
                **{name: getattr(self, name).data or 0 for name in FIGURES}}


class EvaluationForm(PlatformForm):
    """Stars and words, kept apart."""

    stars = RadioField("打几分", choices=[SelectChoice(str(n), label) for n, label in STARS],
                       validators=[required("打几分", "请在五个里选一个。")])
    words = TextAreaField("说几句", validators=[required("说几句"), AtMost(1000, "说几句")])
