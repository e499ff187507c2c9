"""The fields that a sheet of needs, offerings or organizations may fill: labels, help, examples, types. Pure.

A field's name is that of the form and the model. A few fields stand for several at once, as lists write them (实施期限
for two dates, 联系人及电话 for a name and a number); `targets` says which. Lines of a need come as one text
(要的东西) or as the four columns of the group `line`, one row each.
"""

from dataclasses import dataclass
from functools import lru_cache

from matchplatform.core.rules import Choice, Choices
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from matchplatform.organizations import rules as organizations

KINDS = Choices(Choice("need", "需求"), Choice("offering", "供给"), Choice("organization", "社会组织"))


@dataclass(frozen=True)
class Field:
    """One thing that a column can say.

    `type` names the parser in values.py; `required`: a row without it cannot be saved even as a draft; `many`: several
    columns may feed it (their texts are joined under their own labels); `choices`: its closed list, where it has one.
    """

    name: str
    label: str
    type: str
    help: str = ""
    example: str = ""
    required: bool = False
    limit: int = 0
    many: bool = False
    most: int = 100_000_000
    least: int = 0
    unit: str = ""
    choices: Choices | None = None
    targets: tuple[str, ...] = ()
    template: bool = True  # offered in the template; the others are only understood in other people's sheets

    @property
    def is_line(self) -> bool:
        """Is it a column of the table of things needed?"""
        return self.name.startswith("line_")


_ONE = "一行字，不带 < 和 >。"
_WAN = "单位万元，没有就填 0。"
_DAY = "例如 2026-03-01、2026年3月1日。"
_CODE = Field("code", "编号", "line", "自己表里的编号，用来认出同一条；没有就空着。", "XC-001", limit=40)
_CONTACT = (
    Field("contact_name", "联系人", "line", "只写姓名。", "李明", limit=40),
    Field("contact_phone", "联系电话", "phone", "11 位手机号，或带区号的座机；公开页面只显示头尾几位。", "13871230001"),
    Field("contact", "联系人及电话", "contact", "姓名和电话写在一格里。", "李明 13871230001",
          targets=("contact_name", "contact_phone"), template=False),
)
_PERIOD = (
    Field("starts_on", "开始日期", "day", _DAY, "2027-03-01"),
    Field("ends_on", "结束日期", "day", "要晚于开始日期。", "2027-12-31"),
    Field("period", "实施期限", "period", "起止写在一格里，例如 2027年3月—2027年12月。", "2027年3月—2027年12月",
          targets=("starts_on", "ends_on"), template=False),
)

NEED = (
    _CODE,
    Field("title", "项目名称", "line", f"一句话说清谁遇到了什么难处，最多 60 字。{_ONE}", "白沙镇老年食堂缺炊事设备",
          required=True, limit=60),
    Field("category_code", "帮扶领域", "category", "从列表里选一个。", "养老服务", required=True),
    Field("aid_mode", "帮扶方式", "choice", "输血、造血，或输血与造血并用；空着按输血。", "输血",
          choices=needs.AID_MODES),
    Field("urgency", "紧急程度", "choice", "一般、较急、紧急；空着按一般。", "较急", choices=needs.URGENCIES),
    Field("township_code", "乡镇（街道）", "township", "本县的乡镇或街道；全县的需求空着。", "白沙镇"),
    Field("village", "村（社区）", "line", "最多 40 字。", "程家河村", limit=40),
    Field("place", "实施地点", "place", "乡镇和村写在一格里。", "白沙镇程家河村", targets=("township_code", "village"),
          template=False),
    Field("body", "要办的事", "text", "现状、已有条件、还差什么，20 字以上。",
          "村里 68 位老人中午没人做饭，食堂房子已经腾出来，还差炊事设备和第一年的运行费。", required=True, limit=5000,
          many=True),
    Field("lines", "要的东西", "lines", "事项、数量、单位、单价，分号隔开：炉灶2台×3500元；冰箱1台。",
          "炉灶2台×3500元；冰箱1台×2800元"),
    Field("line_item", "事项", "line", "要什么；一条需求要几样，就在下面接着写几行。", "炉灶", limit=60,
          template=False),
    Field("line_quantity", "数量", "count", "大于 0 的整数。", "2", least=1, template=False),
    Field("line_unit", "单位", "line", "例如 套、台、人次。", "台", limit=10, template=False),
    Field("line_price", "单价（元）", "yuan", "单位元，不知道就空着。", "3500", template=False),
    Field("line_total", "小计（元）", "yuan", "数量乘单价；有单价时不用。", "7000", template=False),
    Field("supplies", "物资与人员需求", "text", "还要哪些物资、志愿者或专业人员。", "炊事员 1 名", limit=2000,
          many=True),
    Field("funds_secured_fen", "已落实资金（万元）", "money", _WAN, "3"),
    Field("funds_gap_fen", "资金缺口（万元）", "money", _WAN, "5.5"),
    Field("funds_total", "总投资（万元）", "money", "已落实加缺口；三个数填了两个，第三个会算出来。", "8.5",
          template=False, targets=("funds_secured_fen", "funds_gap_fen")),
    Field("beneficiaries", "受益人数", "count", "只填数字。", "68", unit="人"),
    Field("old_and_young", "其中一老一小", "count", "老人和儿童的人数。", "60", unit="人"),
    Field("households", "受益户数", "count", "只填数字。", "52", unit="户"),
    Field("people", "受益户数和人数", "people", "写在一格里，例如 52户68人。", "52户68人",
          targets=("households", "beneficiaries"), template=False),
    Field("lifted_households", "其中脱贫户", "count", "", "9", unit="户"),
    Field("monitored_households", "其中监测户", "count", "", "2", unit="户"),
    *_PERIOD,
    Field("closing_at", "接单截止", "moment", "到哪天为止接单；不写时间按 17:00。", "2027-02-20"),
    Field("goal", "怎样算办成", "text", "看得见、数得清的结果。", "食堂开伙，每天 60 位老人吃上热饭", limit=1000,
          many=True),
    Field("conditions", "当地能配合什么", "text", "场地、人员、水电等。", "村里出场地和水电", limit=1000, many=True),
    Field("basis", "依据的规划或政策", "line", "", "孝昌县养老服务体系规划", limit=200),
    Field("preferred_organization", "指定承接机构", "line", "一般空着。", "", limit=100),
    Field("publicity", "公开范围", "choice", "从下拉里选；空着按向社会公开。", "向社会公开",
          choices=needs.PUBLICITY),
    Field("unit", "责任单位", "line", "", "白沙镇人民政府", limit=60),
    *_CONTACT,
)

OFFERING = (
    _CODE,
    Field("title", "服务项目名称", "line", f"一句话说清能做什么，最多 60 字。{_ONE}", "乡村老年食堂开办辅导",
          required=True, limit=60),
    Field("organization", "社会组织", "own_name", "提供服务的组织；只能是您自己的组织。", "", template=False),
    Field("category_code", "帮扶领域", "category", "从列表里选一个。", "养老服务", required=True),
    Field("body", "服务内容与标准", "text", "做什么、做到什么标准、一个点位多长时间，20 字以上。",
          "派两名师傅驻点一个月，教会采购、做饭、记账和食品安全，开伙后每季度回访一次。", required=True, limit=5000,
          many=True),
    Field("audience", "服务对象", "line", "", "村级老年食堂", limit=100),
    Field("capacity", "容量（同时能做几个）", "count", "1 到 10000；空着按 1。", "3", least=1, most=10_000, unit="个"),
    Field("funds_fen", "可投入资金（万元）", "money", _WAN, "10"),
    Field("in_kind_fen", "可投入物资折价（万元）", "money", _WAN, "2.5"),
    Field("person_days", "可投入人力（人·天）", "count", "", "60", most=1_000_000, unit="人天"),
    Field("cost_model", "收费方式", "choice", "公益、低偿、收费；空着按公益。", "公益", choices=offerings.COST_MODELS),
    Field("areas", "可服务区域", "areas", "全省，或市、县的名字，顿号隔开。", "孝感市、随州市"),
    *_PERIOD,
    Field("conditions", "需要对方配合什么", "text", "", "提供厨房和一名帮工", limit=1000, many=True),
    Field("past_cases", "做过的案例", "text", "", "2025 年在大悟县办了 6 个村的食堂", limit=2000, many=True),
    *_CONTACT,
)

_YEAR = {"type": "year", "least": 1990, "most": 2100, "unit": "年"}

ORGANIZATION = (
    Field("uscc", "统一社会信用代码", "uscc", "照登记证书抄写 18 位；单元格先设成文本。", "", required=True),
    Field("name", "组织名称", "line", "照登记证书写全称。", "孝感市××协会", required=True, limit=100, least=4),
    Field("kind", "类型", "choice", "社会团体、社会服务机构、基金会；由代码前两位核对。", "社会团体",
          choices=organizations.KINDS),
    Field("registration_level", "登记级别", "choice", "省级、市级、县级；由代码核对。", "市级",
          choices=organizations.LEVELS),
    Field("supervisor", "业务主管单位", "line", "", "孝感市民政局", limit=100),
    Field("legal_representative", "法定代表人", "line", "", "王芳", limit=40),
    Field("founded_on", "成立日期", "day", _DAY, "2015-06-01"),
    Field("address", "住所", "line", "", "孝感市孝南区××路 1 号", limit=200),
    Field("purpose", "宗旨和业务范围", "text", "", "为老年人提供助餐和照护服务", limit=2000, many=True),
    Field("full_time_staff", "专职人数", "count", "没有就填 0。", "6", most=100_000, unit="人"),
    Field("has_party_branch", "已建立党组织", "yes_no", "是或否。", "是"),
    Field("rating", "评估等级", "rating", "5A 到 1A，没有评估写未评估。", "4A", choices=organizations.RATINGS),
    Field("rating_ends_on", "等级有效期至", "day", _DAY, "2028-12-31"),
    Field("report_year", "年报年度", help="例如 2025。", example="2025", **_YEAR),  # type: ignore[arg-type]
    Field("report_result", "年报结论", "choice", "合格、基本合格、不合格、未报送。", "合格",
          choices=organizations.REPORTS),
    Field("is_abnormal", "在活动异常名录里", "yes_no", "是或否。", "否"),
    Field("is_dishonest", "在严重违法失信名单里", "yes_no", "是或否。", "否"),
    Field("penalty_on", "处罚日期", "day", _DAY, ""),
    Field("penalty_until", "处罚有效期至", "day", _DAY, ""),
    Field("is_charity", "慈善组织", "yes_no", "是或否。", "否"),
    Field("tax_from_year", "税前扣除起始年度", help="", example="", **_YEAR),  # type: ignore[arg-type]
    Field("tax_to_year", "税前扣除截止年度", help="", example="", **_YEAR),  # type: ignore[arg-type]
    Field("tax_period", "税前扣除年度", "years", "起止写在一格里，例如 2024—2026。", "2024—2026",
          targets=("tax_from_year", "tax_to_year"), template=False),
    *_CONTACT,
)

FIELDS = {"need": NEED, "offering": OFFERING, "organization": ORGANIZATION}


@lru_cache(maxsize=8)
def fields_of(kind: str) -> dict[str, Field]:
    """The fields of a kind (need, offering, organization) by name, in the order of the form."""
    return {one.name: one for one in FIELDS[kind]}


def columns_of(field: Field) -> tuple[str, ...]:
    """The columns of the record that a field fills: itself, or what it stands for."""
    return field.targets or (field.name,)
