"""How the demonstration's pairings went: plans, monthly reports, visits, complaints, one that was handed on.

Each pairing draws its own lots, so that no other story changes with them.
"""

import datetime as dt
import random
import secrets
from collections.abc import Callable
from typing import Any

from matchplatform.catalog.queries import city_of
from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.core.money import FEN_PER_WAN
from matchplatform.demo.cast import RECOMMENDED, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.matching.queries import ranked_offerings
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.checks import RELAY_WAIVES, failures
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.relay_operations import relay
from matchplatform.tracking import complaint_operations, operations, queries, rules

MILESTONES = ((("对接村里、定方案", 30), ("物资和人员到位", 40), ("平稳运行、交给村里", 30)),
              (("第一批到村", 50), ("第二批到村，收尾", 50)),
              (("摸底建名单", 20), ("开始服务", 50), ("回访、总结", 30)))
DONE = ("和村委会核对了名单，派两个人到村里三天，按计划做完这一批。",
        "这个月去了两趟，村里腾出的房子已经用上，老人和孩子反映好。",
        "上门走访后调整了时间，改在赶集日办，来的人比上次多一半。",
        "请县里的老师一起讲，课后留了三天在田里手把手教。",
        "东西送到村部，村干部和受益户一起清点、签收，有照片。",
        "和乡镇开了一次碰头会，把下个月要办的事定下来，已经开始备料。")
HARD = ("雨季路滑，大车进不了村，最后三公里靠村里的三轮车转运。", "报名的人比计划多，老师不够，想请县里协调一名。",
        "村里联系人外出务工，换人以后要重新交接。")
NOTES = ("到村里看了现场，东西都在用，登记本记得清楚。还差排烟管，说下周装。",
         "电话问了进度，说人手已经排好，月底前再去一次。",
         "线上会，县里、乡镇、组织三方都在，把分工又对了一遍。")
COMPLAINTS = (("约好上月底进场，到现在没有人来，电话也打不通。", "负责的人住院，已换人，本周五到村。",
               "组织换人以后按期进场，限十天内补上。", "upheld"),
              ("答应的场地一直没有腾出来，东西只能堆在乡镇。", "场地在改电路，月底交付。", "", ""),
              ("派来的老师只讲了半天就走了，和协议写的两天不一样。", "", "", ""))
HAND_ON = ("四个月没有进展，双方同意换一家做完。", "前一家已经做了一部分，剩下的请接着办，村里场地和人都在。")


class Progress:
    """Lets every signed pairing go its way; `refused` counts steps that the rules did not allow."""

    def __init__(self, line: Timeline, cast: Cast) -> None:
        self.line, self.cast = line, cast
        self.followed: list[Pairing] = []
        self.silent: list[Pairing] = []
        self.refused = 0
        line.at(line.now - dt.timedelta(days=24), self._complain)
        line.at(line.now - dt.timedelta(days=16), self._hand_on)

    def follow(self, pairing: Pairing) -> None:
        """Plan what happens between the agreement and today; called when it is signed."""
        pick = random.Random(f"{pairing.need.code} {pairing.offering.code}")
        self.followed.append(pairing)
        roll, rhythm = pick.random(), "quarterly" if pick.random() < 0.4 else "monthly"
        ends = pairing.starts_on + (pairing.ends_on - pairing.starts_on) * pick.uniform(0.2, 0.5) if roll < 0.14 \
            else pairing.ends_on
        if roll < 0.14:
            self.silent.append(pairing)
        self._later(clock.now(), pick, 2, lambda: self._plan(pairing, pick, rhythm))
        periods = rules.periods_to_report(pairing.starts_on, ends, rhythm, clock.local(self.line.now).date())
        whole = len(rules.periods_to_report(pairing.starts_on, pairing.ends_on, rhythm, pairing.ends_on))
        for n, period in enumerate(periods):
            days = pick.randrange(13, 22) if 0.14 <= roll < 0.3 and pick.random() < 0.4 else pick.randrange(1, 9)
            over = dt.datetime.combine(period.last, dt.time(9), clock.SHANGHAI).astimezone(dt.UTC)
            self._later(over, pick, days, self._report(pairing, pick, period, n, whole))
        for _ in range(pick.choice((0, 1, 1, 2))):
            self._later(clock.now(), pick, pick.randrange(15, 150), lambda: self._visit(pairing, pick))

    def _later(self, moment: dt.datetime, pick: random.Random, days: int, step: Callable[[], Any]) -> None:
        """In office hours so many days after a moment; what the rules refuse by then does not happen."""
        day = clock.local(moment).date() + dt.timedelta(days=days)
        at = dt.datetime.combine(day, dt.time(pick.randrange(9, 17), pick.randrange(60)), clock.SHANGHAI)

        def act() -> None:
            try:
                step()
            except Refusal:
                self.refused += 1

        self.line.at(max(at.astimezone(dt.UTC), moment + dt.timedelta(hours=1)), act)

    def _sides(self, pairing: Pairing) -> tuple[Any, Any]:
        """(an officer of the county, a member of the organization)."""
        member = next(one for one in self.cast.members.values() if one.organization_id == pairing.organization_id)
        return self.cast.county[pairing.county_code][0], member

    def _approver(self, pairing: Pairing) -> Any:
        if pairing.approval_level == "city":
            return self.cast.city[city_of(pairing.county_code).code]
        return self.cast.province[0]

    def _plan(self, pairing: Pairing, pick: random.Random, rhythm: str) -> None:
        officer, member = self._sides(pairing)
        steps, days = pick.choice(MILESTONES), (pairing.ends_on - pairing.starts_on).days
        plan = operations.set_plan(pick.choice((officer, member)), pairing, rhythm, [
            rules.Step(title, pairing.starts_on + dt.timedelta(days=days * (n + 1) * 9 // (10 * len(steps))), share)
            for n, (title, share) in enumerate(steps)], None)
        for one in plan.milestones:
            if pick.random() < 0.85:
                due = dt.datetime.combine(one.due_on, dt.time(9), clock.SHANGHAI).astimezone(dt.UTC)
                self._later(due, pick, -pick.randrange(0, 6), self._tick(pairing, member, one.id))

    @staticmethod
    def _tick(pairing: Pairing, member: Any, number: int) -> Callable[[], Any]:
        return lambda: operations.tick(member, pairing, number, True)

    def _report(self, pairing: Pairing, pick: random.Random, period: rules.Period, n: int,
                count: int) -> Callable[[], Any]:
        def report() -> None:
            _officer, member = self._sides(pairing)
            part = max(1, count)
            brought = {one.need_line_id: min(one.quantity // part + (n < one.quantity % part),
                                             one.quantity - one.delivered) for one in pairing.lines}
            people = max(1, pairing.need.beneficiaries // pick.choice((2, 3, 4)))
            operations.report(member, pairing, period.code, {
                "done": pick.choice(DONE), "difficulties": pick.choice(HARD) if pick.random() < 0.18 else "",
                "brought": brought, "people": people, "households": people // 3,
                "funds_fen": pairing.funds_fen // part // (FEN_PER_WAN // 100) * (FEN_PER_WAN // 100),
                "in_kind_fen": pairing.in_kind_fen // part // (FEN_PER_WAN // 100) * (FEN_PER_WAN // 100),
                "trained": pick.choice((0, 0, 12, 24, 40)), "employed": pick.choice((0, 0, 0, 2, 5)),
                "sales_fen": pick.choice((0, 0, 0, 3)) * FEN_PER_WAN})

        return report

    def _visit(self, pairing: Pairing, pick: random.Random) -> None:
        officer, _member = self._sides(pairing)
        today = clock.today()
        visit = operations.note_visit(pick.choice((officer, officer, self._approver(pairing))), pairing, {
            "way": pick.choice(rules.VISITS.values), "on_day": today, "whom": "村干部和两户受益户",
            "note": pick.choice(NOTES), "once": secrets.token_hex(16),
            "follow_up_on": today + dt.timedelta(days=21) if pick.random() < 0.4 else None})
        if visit.follow_up_on is not None and pick.random() < 0.7:
            self._later(clock.now(), pick, 18, lambda: operations.follow(officer, pairing, visit.id))

    def _complain(self) -> None:
        """Three complaints, each at another point."""
        running = [one for one in self.followed if one.status == "active"]
        for n, (body, answer, ruling, outcome) in enumerate(COMPLAINTS[:len(running)]):
            pairing = running[n]
            officer, member = self._sides(pairing)
            made = complaint_operations.complain(member if n == 1 else officer, pairing, body)
            if answer:
                complaint_operations.move(officer if n == 1 else member, made, "answer", answer)
            if ruling:
                complaint_operations.move(self._approver(pairing), made, "rule", ruling, ruling=outcome)

    def _hand_on(self) -> None:
        """One that stands still goes on with another organization."""
        for pairing in self.silent:
            if pairing.status != "active" or queries.standing_of(pairing).stalled_since is None:
                continue
            officer, _member = self._sides(pairing)
            fitting = [one.offering for one in ranked_offerings(pairing.need, limit=40)
                       if one.offering.organization_id != pairing.organization_id
                       and not failures(one.checks, RELAY_WAIVES)]
            for offering in fitting[:3]:
                try:
                    made = relay(officer, pairing, offering, *HAND_ON, None)
                except Refusal:
                    self.refused += 1
                    continue
                pairings.act(self._sides(made)[1], made, "accept")
                city = self.cast.city[city_of(made.county_code).code]
                pairings.act(self.cast.province[1] if made.approval_level == "city" else city, made, "recommend",
                             RECOMMENDED)
                pairings.act(self._approver(made), made, "approve", "接力办完，同意。")
                return
