"""What a record's values must agree on among themselves: the same rules that saving it through the form asks. Pure."""

from types import SimpleNamespace
from typing import Any

from matchplatform.core.money import MAX_FEN, in_wan
from matchplatform.core.uscc import parse_uscc
from matchplatform.imports.fields import fields_of
from matchplatform.imports.mapping import Mapping
from matchplatform.imports.records import Context, Fault, Record, Row
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from matchplatform.organizations import rules as organizations


def check(kind: str, mapping: Mapping, context: Context, record: Record, row: Row) -> None:
    """Add the faults that only several values together have."""
    _Check(kind, mapping, context, record, row).run()


def missing(kind: str, values: dict[str, Any]) -> list[str]:
    """Labels of what handing the record in will still ask for."""
    record = SimpleNamespace(**values)
    if kind == "need":
        return [one.label for one in needs.completeness(record)]
    if kind == "offering":
        return [one.label for one in offerings.completeness(record)]
    return organizations.missing_fields(record)


class _Check:
    """One row under way."""

    def __init__(self, kind: str, mapping: Mapping, context: Context, record: Record, row: Row) -> None:
        self.kind, self.mapping, self.context, self.row = kind, mapping, context, row
        self.cells = record.cells
        self.values = row.values
        self.wrong = {fault.field for fault in row.faults}

    def run(self) -> None:
        if self.kind != "organization":
            self._term()
        getattr(self, f"_{self.kind}")()

    def fault(self, name: str, sentence: str, proposal: str = "") -> None:
        """A fault at the field, at the column that says it."""
        known = fields_of(self.kind)
        columns = self.mapping.columns_for(name) or [
            one for one in self.mapping.columns if one.field and name in known[one.field].targets]
        label = columns[0].label if columns and columns[0].label else known[name].label
        typed = self.cells[columns[0].index] if columns and columns[0].index < len(self.cells) else ""
        self.row.faults.append(Fault(name, label, typed, sentence, proposal, columns[0].index if columns else -1))
        self.wrong.add(name)

    def _term(self) -> None:
        first, last = self.values["starts_on"], self.values["ends_on"]
        if first and last and last <= first:
            self.fault("ends_on", "结束日期要晚于开始日期，请核对年份。")
        elif self.kind == "offering" and last and last < self.context.today:
            self.fault("ends_on", "结束日期已经过去。请改到今天以后，长期有效就空着。")

    def _need(self) -> None:
        self._funds()
        self._township()
        for name, whole, said in (("old_and_young", "beneficiaries", "一老一小"),
                                  ("lifted_households", "households", "脱贫户"),
                                  ("monitored_households", "households", "监测户")):
            most = self.values[whole]
            if self.values[name] > most and whole not in self.wrong:
                label = fields_of("need")[whole].label
                self.fault(name, f"{said}（{self.values[name]}）不能多于{label}（{most}），请核对这两个数。")
        if self.values["closing_at"] is not None:
            verdict = needs.closing_verdict(self.values["closing_at"], self.context.now)
            if not verdict:
                self.fault("closing_at", f"{verdict.reason}{verdict.remedy}")

    def _funds(self) -> None:
        """Total, secured and gap: two of them make the third; three must agree."""
        total = self.values.pop("funds_total", None)
        if total is None or self.wrong & {"funds_total", "funds_secured_fen", "funds_gap_fen"}:
            return
        given = self.row.given
        secured, gap = self.values["funds_secured_fen"], self.values["funds_gap_fen"]
        if "funds_secured_fen" in given and "funds_gap_fen" in given:
            if secured + gap != total:
                self.fault("funds_total", f"总投资 {in_wan(total)} 万元，不等于已落实 {in_wan(secured)} 万元加缺口 "
                                          f"{in_wan(gap)} 万元。请核对这三个数。")
            return
        name = "funds_gap_fen" if "funds_secured_fen" in given else "funds_secured_fen"
        if "funds_gap_fen" not in given and "funds_secured_fen" not in given:
            name = "funds_gap_fen"
        rest = total - (secured if name == "funds_gap_fen" else gap)
        if rest < 0 or rest > MAX_FEN:
            self.fault("funds_total", f"总投资 {in_wan(total)} 万元，比其中一项还少。请核对。")
            return
        self.values[name] = rest
        given.append(name)
        said = "资金缺口" if name == "funds_gap_fen" else "已落实资金"
        self.row.notes.append(f"{said}按总投资算出来是 {in_wan(rest)} 万元。")

    def _township(self) -> None:
        mine = self.context.township_code
        if mine and "township_code" in self.row.given and self.values["township_code"] != mine:
            name = dict(self.context.townships).get(mine, "本乡镇")
            self.fault("township_code", f"您只能填{name}的需求。请改成{name}，或删去这一行。", name)

    def _offering(self) -> None:
        """Nothing beyond the term."""

    def _organization(self) -> None:
        code = self.values["uscc"]
        if code:
            known = parse_uscc(code)
            self._agrees("kind", known.kind, organizations.KINDS)
            self._agrees("registration_level", known.level, organizations.LEVELS)
        if self.values["founded_on"] and self.values["founded_on"] > self.context.today:
            self.fault("founded_on", "成立日期还没有到，请照登记证书核对。")
        verdict = organizations.registry_verdict(self.values)
        if not verdict:
            names = ("rating_ends_on", "penalty_until", "penalty_on", "tax_from_year", "tax_to_year", "report_year")
            name = next((one for one in names if one[:3] in self._told(verdict.reason)), "uscc")
            self.fault(name, f"{verdict.reason}{verdict.remedy}")

    @staticmethod
    def _told(reason: str) -> str:
        """Which facts a sentence of the registry's rules is about, by the beginning of their columns."""
        return " ".join(word for sign, word in (("等级", "rat"), ("处罚", "pen"), ("税前", "tax"), ("年报", "rep"))
                        if sign in reason)

    def _agrees(self, name: str, real: str, choices: Any) -> None:
        """What the code says is so; a column that says otherwise is wrong, or the code is."""
        if name in self.row.given and self.values[name] != real:
            self.fault(name, f"写的是“{choices[self.values[name]].label}”，信用代码说明是“{choices[real].label}”。"
                             "请照登记证书核对这两项。", choices[real].label)
        self.values[name] = real
