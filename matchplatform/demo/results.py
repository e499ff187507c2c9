"""What came of the demonstration's completed pairings: closing reports, evaluations, certificates, one case.

Each pairing draws its own lots, so that no other story changes with them.
"""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.demo.cast import Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.pairings.models import Pairing
from matchplatform.results import operations, queries
from matchplatform.tracking.queries import totals_of

DONE = ("答应的都办完了，东西交给村里管，村里有专人负责，现在照常在用。",
        "分三批做完，最后一批由县里一起验收，受益的人都签了名。",
        "从摸底到回访走完了一遍，村里学会了自己接着办，我们每季度再看一次。")
LESSONS = ("先和村里把谁管、怎么管说清楚，再送东西。", "选村里信得过的人当联系人，比什么都管用。", "")
REMAINS = ("", "", "厨房的排烟还要改一次，已约好下月来。")
FROM_COUNTY = ((5, "答应的都做到了，人到得准时，村里满意。"), (5, "做得细，走了以后还打电话回访。"),
               (4, "事情办得好，前期沟通慢了一些。"), (3, "办成了，但换了两次负责人，材料补了几回。"))
FROM_ORGANIZATION = ((5, "县里、乡镇配合好，场地和人都准备到位。"), (4, "村里热情高，路远一些，车辆多亏县里安排。"),
                     (4, "对接顺，签协议等的时间长了一点。"))


class Results:
    """Lets what was completed come to its papers; `refused` counts steps that the rules did not allow."""

    def __init__(self, line: Timeline, cast: Cast) -> None:
        self.line, self.cast = line, cast
        self.completed: list[Pairing] = []
        self.refused = 0
        line.at(line.now - dt.timedelta(days=6), self._draft_case)

    def follow(self, pairing: Pairing) -> None:
        """Plan what happens from the completion to today."""
        pick = random.Random(f"results {pairing.need.code} {pairing.offering.code}")
        self.completed.append(pairing)
        officer = self.cast.county[pairing.county_code][-1]
        member = next(one for one in self.cast.members.values() if one.organization_id == pairing.organization_id)
        if pick.random() < 0.12:
            return  # nobody has got round to it yet
        self._later(pick, 3, lambda: self._write(member, pairing, pick))
        if pick.random() < 0.85:
            self._later(pick, 6, lambda: operations.move_report(officer, pairing, "confirm"))
            if pick.random() < 0.8:
                self._later(pick, 8, lambda: operations.issue_certificate(officer, pairing))
        county, organization = pick.choice(FROM_COUNTY), pick.choice(FROM_ORGANIZATION)
        if pick.random() < 0.85:
            self._later(pick, 7, lambda: operations.evaluate(officer, pairing, *county))
        if pick.random() < 0.7:
            self._later(pick, 9, lambda: operations.evaluate(member, pairing, *organization))
            if county[0] < 4:
                self._later(pick, 11, lambda: operations.reply(member, pairing, "county",
                                                               "接受批评，以后先定好一个人。"))

    def _later(self, pick: random.Random, days: int, step: Callable[[], Any]) -> None:
        """In office hours so many days from now; what the rules refuse by then does not happen."""
        day = clock.local(clock.now()).date() + dt.timedelta(days=days)
        at = dt.datetime.combine(day, dt.time(pick.randrange(9, 17), pick.randrange(60)), clock.SHANGHAI)

        def act() -> None:
            try:
                step()
            except Refusal:
                self.refused += 1

        self.line.at(at.astimezone(dt.UTC), act)

    @staticmethod
    def _write(member: Any, pairing: Pairing, pick: random.Random) -> None:
        totals = totals_of(pairing.id)
        people = pairing.need.beneficiaries
        operations.write_report(member, pairing, {
            "done": pick.choice(DONE), "remains": pick.choice(REMAINS), "lessons": pick.choice(LESSONS),
            "funds_fen": max(totals.funds_fen, pairing.funds_fen),
            "in_kind_fen": max(totals.in_kind_fen, pairing.in_kind_fen), "people": people, "households": people // 3,
            "trained": totals.trained, "employed": totals.employed, "sales_fen": totals.sales_fen}, None)
        operations.move_report(member, pairing, "submit")

    def _draft_case(self) -> None:
        for pairing in self.completed:
            evaluation = queries.evaluations_of(pairing.id).get("county")
            report = queries.report_of(pairing.id)
            if evaluation is not None and evaluation.stars >= 4 and report is not None \
                    and report.status == "confirmed":
                operations.draft_case(self.cast.province[0], pairing)
                return
