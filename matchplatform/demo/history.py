"""How needs and offerings came together: bids and orders, answers, decisions, agreements, results."""

import datetime as dt
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from matchplatform.catalog.queries import city_of, key_county_codes
from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.core.money import FEN_PER_WAN
from matchplatform.demo import source
from matchplatform.demo.cast import RECOMMENDED, Cast
from matchplatform.demo.shelves import Shelf, write_need
from matchplatform.demo.timeline import Timeline
from matchplatform.matching.queries import ranked_offerings
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.models import Pairing

# How the 120 needs stand today; matched and fulfilled ones go to key counties first, as the campaign wants.
FATES = (("fulfilled", 17), ("matched", 44), ("open", 40), ("expired", 5), ("closed", 2), ("failed", 1),
         ("withdrawn", 2), ("submitted", 4), ("returned", 2), ("draft", 3))

BIDS = ("我们看过村里的情况，可以派两个人先来看场地，两周内拿出方案。",
        "这项服务我们做过三个县，人员和物资都齐，签协议后一个月内进场。",
        "愿意接这条需求，先做一个村，效果好再铺开；费用由我们承担。",
        "请村里确定一名联系人，我们下月初可以开始，按月公开进展。",
        "会员单位里有两家愿意出人出设备，具体数量请和村里商量后写进协议。")
ORDERS = ("村里场地已经腾出来，想请你们来做这一项，时间由你们定。",
          "看了你们的服务内容，正好对得上，请考虑接这条需求。",
          "县里可以安排车辆和食宿，希望年内开始，盼答复。")
DECLINED = ("本季度人手已经排满，明年三月以后可以再谈。", "路程太远，按现有经费做不下来，抱歉。",
            "村里已经和另一家谈妥同样的内容。")
FULL, TAKEN = "这项服务的容量已经排满，等在办的办成以后再来。", "这条需求已由另一家接下，谢谢。"
WITHDRAWN = ("负责这一项的老师调走了，暂时做不了。", "县里改由财政项目解决，不再需要。")
REJECTED = ("请补充资金来源说明，再报一次。", "服务内容和需求对不上：需求要的是设备，供给只有培训。")
RESTS = "村里活动室要加固，四个月内不能用，双方同意先停一停。"
TERMINATED = ("村里道路改造，项目推迟到明年，双方同意先终止。", "组织负责人变更，无法按协议派人。")
SETTLED = "县里已另行安排资金解决。"
GIVEN_UP = "两次征集都没有组织能派人常驻，村里改为先送人去县城培训。"
OPINIONS = ("材料齐全，同意结对。", "条件相符，双方自愿，同意。", "")


FITTING = 50  # match score
STOPPED = 4  # pairings that are ended early, whatever the day
RESTING = 2  # and that rest
STOPPED_WITHIN = dt.timedelta(days=140)  # from a need's release to the early end of its pairing, at most


def _share(need: Need, part: int, parts: int) -> dict[int, int] | None:
    """One of several organizations takes whole lines where there are enough of them, else its part of each; all that
    is left when its part is gone."""
    if len(need.lines) >= parts:
        mine = {line.id: line.residual for line in need.lines[part::parts]}
    else:
        mine = {line.id: min(line.residual, line.quantity * (part + 1) // parts - line.quantity * part // parts)
                for line in need.lines}
    return {line_id: quantity for line_id, quantity in mine.items() if quantity} or None


class History:
    """Tells the story of each need; `paired` keeps who is paired already, so that many get their turn."""

    def __init__(self, line: Timeline, cast: Cast, offerings: list[Shelf]) -> None:
        self.line, self.cast, self.offerings = line, cast, offerings
        self.paired: Counter[int] = Counter()
        self.promised: set[int] = set()  # organizations on the way to an approval with a key county
        self.endings = deque((self._withdraw, self._reject, self._decline))  # each has its turn
        self.made: dict[int, list[Pairing]] = {}
        self.refused = 0
        self.stopping, self.resting = STOPPED, RESTING
        self.signed: Callable[[Pairing], None] = lambda pairing: None  # who follows what has been signed
        self.completed: Callable[[Pairing], None] = lambda pairing: None

    def tell(self) -> None:
        """Plan all needs."""
        texts, keys = source.needs(), key_county_codes()
        self.line.random.shuffle(texts)
        texts.sort(key=lambda text: text.county_code not in keys)
        own = [t for t in texts if t.county_code == "420921"]
        texts = [t for t in texts if t.county_code != "420921"]
        fates = [fate for fate, number in FATES for _ in range(number)]
        head = [fate for fate in fates if fate in ("fulfilled", "matched")]
        tail = [fate for fate in fates if fate not in ("fulfilled", "matched")]
        # Some key counties keep open needs too: two of five change places with the tail.
        planned = []
        for number in range(len(texts) + len(own)):
            pool = tail if (number % 5 in (2, 4) or not head) and tail else head
            planned.append(pool.pop(self.line.random.randrange(len(pool))))
        shown = ["open", "matched"]  # the county of the demo's own officers has one of each
        for fate in shown[:len(own)]:
            planned.remove(fate)
        for text, fate in [*zip(own, shown, strict=False), *zip(texts, planned, strict=False)]:
            self._plan(Shelf(text), fate)

    def _plan(self, shelf: Shelf, fate: str) -> None:
        line, pick = self.line, self.line.random
        if fate == "fulfilled":
            ago, closes = pick.uniform(330, 520), pick.uniform(40, 80)
        elif fate == "matched":
            ago, closes = 12 + 440 * pick.random() ** 1.15, pick.uniform(45, 90)
        elif fate == "open":
            ago, closes = pick.uniform(0.2, 45), 0.0
        elif fate == "expired":
            ago, closes = pick.uniform(35, 70), 0.0
        elif fate == "returned":
            ago, closes = pick.uniform(4, 7), 0.0
        elif fate in ("submitted", "draft"):
            ago, closes = pick.uniform(0.2, 2.5), 0.0
        else:
            ago, closes = pick.uniform(60, 300), 60.0
        written = line.office_hour(ago)
        if fate == "expired":
            closing = line.now - dt.timedelta(days=pick.uniform(1, 9))
        elif closes:
            closing = written + dt.timedelta(days=closes)
        else:
            closing = line.now + dt.timedelta(days=pick.uniform(8, 75))
        closing = dt.datetime.combine(clock.local(closing).date(), dt.time(17), clock.SHANGHAI).astimezone(dt.UTC)
        continuing = {"open": self._open, "expired": self._expired, "matched": self._matched,
                      "fulfilled": self._fulfilled, "closed": self._ended("close"),
                      "withdrawn": self._ended("withdraw"), "failed": self._ended("fail", GIVEN_UP)}
        write_need(line, self.cast, shelf, written, closing, fate, continuing.get(fate, lambda need, moment: None))

    # ---- stories by fate

    def _open(self, need: Need, moment: dt.datetime) -> None:
        """Some wait for anybody, some have an offer on the table, some an agreement that waits for approval."""
        roll = self.line.random.random()
        own = need.county_code == "420921"
        if own or roll < 0.34:
            self._propose(need, self._recent(moment, 6), self._leave)
            if own or roll < 0.16:
                self._propose(need, self._recent(moment, 5), self._leave, origin="order" if not own else "bid")
        elif roll < 0.68:
            self._propose(need, self._recent(moment, 4), self._accept_and_leave, share=(0, 3 if roll < 0.5 else 1))
        elif roll < 0.9:
            self._propose(need, self._recent(moment, 15, 5), self._end)

    def _expired(self, need: Need, moment: dt.datetime) -> None:
        if self.line.random.random() < 0.6:
            self._propose(need, self.line.after(moment, 3, 20), self._decline)

    def _matched(self, need: Need, moment: dt.datetime) -> None:
        parts = self.line.random.choice([1, 2, 2, 3])
        for part in range(parts):
            ending = self._sign if self.line.random.random() < 0.84 else self._leave_unsigned
            if self.stopping and part == 0 and moment < self.line.now - STOPPED_WITHIN:
                self.stopping -= 1
                ending = self._sign_and_terminate
            elif self.resting and part == 0 and moment < self.line.now - STOPPED_WITHIN:
                self.resting -= 1
                ending = self._sign_and_suspend
            self._propose(need, self.line.after(moment, 1, 2.4), self._approved(ending), share=(part, parts))
        if self.line.random.random() < 0.25:
            self._propose(need, self.line.after(moment, 1, 4), self._decline)

    def _fulfilled(self, need: Need, moment: dt.datetime) -> None:
        parts = self.line.random.choice([1, 2, 2])
        for part in range(parts):
            self._propose(need, self.line.after(moment, 1, 2.4),
                          self._approved(self._sign_and_complete), share=(part, parts))
        if self.line.random.random() < 0.3:
            self._propose(need, self.line.after(moment, 1, 4), self._approved(self._sign_and_terminate))

    def _ended(self, verb: str, reason: str = SETTLED) -> Callable[[Need, dt.datetime], None]:
        def end(need: Need, moment: dt.datetime) -> None:
            officer = self.cast.county[need.county_code][0]
            self.line.at(self.line.after(moment, 8, 30), lambda: self._try(
                lambda: needs.act(officer, need, verb, reason)))

        return end

    # ---- steps

    def _recent(self, released: dt.datetime, days: float, least: float = 0.05) -> dt.datetime:
        """Within the last days, `least` of them ago if it can be, but after the release."""
        ago = self.line.random.uniform(least, days)
        return max(self.line.office_hour(ago), released + dt.timedelta(minutes=self.line.random.randrange(15, 90)))

    def _try(self, act: Callable[[], Any]) -> Any:
        """A step that the rules refuse (full, expired, listed meanwhile) ends its story, as in life."""
        try:
            return act()
        except Refusal:
            self.refused += 1
            return None

    def _propose(self, need: Need, moment: dt.datetime, then: Callable[[Pairing], None], origin: str = "",
                 share: tuple[int, int] = (0, 1)) -> None:
        """A bid or an order; `share` says which part out of how many of the need's lines it is for."""
        way = origin or ("order" if self.line.random.random() < 0.35 else "bid")

        def propose() -> None:
            taken = {pairing.organization_id for pairing in self._of(need)}
            found = [m for m in ranked_offerings(need, limit=16)
                     if m.eligible and m.offering.organization_id not in taken]
            found = [m for m in found if m.score.total >= FITTING] or found[:1]
            if not found:
                return
            # Among those that fit, whoever has had least to do; nobody offers what has nothing to do with the need.
            keyed = need.county_code in key_county_codes()
            best = min(found, key=lambda m: ((m.offering.organization_id in self.promised) is keyed,
                                                  self.paired[m.offering.organization_id], -m.score.total))
            offering = best.offering
            pick = self.line.random
            values = {"message": pick.choice(BIDS if way == "bid" else ORDERS),
                      "offered_funds_fen": min(offering.funds_fen, need.funds_gap_fen) // FEN_PER_WAN * FEN_PER_WAN,
                      "offered_in_kind_fen": offering.in_kind_fen, "lines": _share(need, *share)}
            if way == "bid":
                member = self._member(offering.organization_id)
                pairing = self._try(lambda: pairings.bid(member, need, offering, values))
            else:
                officer = pick.choice(self.cast.county[need.county_code])
                pairing = self._try(lambda: pairings.order(officer, offering, need, values))
            if pairing is not None:
                self.made.setdefault(need.id, []).append(pairing)
                self.paired[pairing.organization_id] += 1
                then(pairing)

        self.line.at(moment, propose)

    def _of(self, need: Need) -> list[Pairing]:
        return self.made.get(need.id, [])

    def _member(self, organization_id: int) -> Any:
        return next(member for member in self.cast.members.values() if member.organization_id == organization_id)

    def _answerer(self, pairing: Pairing) -> Any:
        if pairing.origin == "bid":
            return self.line.random.choice(self.cast.county[pairing.county_code])
        return self._member(pairing.organization_id)

    def _proposer(self, pairing: Pairing) -> Any:
        if pairing.origin == "bid":
            return self._member(pairing.organization_id)
        return self.cast.county[pairing.county_code][0]

    def _approver(self, pairing: Pairing) -> Any:
        if pairing.approval_level == "city":
            return self.cast.city[city_of(pairing.county_code).code]
        return self.line.random.choice(self.cast.province)

    def _then(self, low: float, high: float, act: Callable[[], Any], following: Callable[[],
                                                                                         None] | None = None) -> None:
        def step() -> None:
            if self._try(act) is not None and following:
                following()

        self.line.at(self.line.after(clock.now(), low, high), step)

    def _leave(self, pairing: Pairing) -> None:
        """Waits for the other side's answer."""

    def _end(self, pairing: Pairing) -> None:
        """The ending whose turn it is."""
        ending = self.endings[0]
        self.endings.rotate(-1)
        ending(pairing)

    def _accept(self, pairing: Pairing, following: Callable[[], None] | None = None, days: float = 2.0,
                missed: Callable[[], None] = lambda: None) -> None:
        """`missed` is called when the rules allow only to decline."""
        def answer() -> None:
            if self._try(lambda: pairings.act(self._answerer(pairing), pairing, "accept")) is None:
                reason = TAKEN if pairing.offering.capacity_left else FULL
                self._try(lambda: pairings.act(self._answerer(pairing), pairing, "decline", reason))
                missed()
            elif following:
                following()

        self.line.at(self.line.after(clock.now(), 0.1, days), answer)

    def _accept_and_leave(self, pairing: Pairing) -> None:
        """Waits for the decision; every fourth one for its recommendation."""
        self._accept(pairing, (lambda: self._recommend(pairing)) if pairing.id % 4 else None, days=0.8)

    def _recommend(self, pairing: Pairing) -> None:
        """Two hours after both sides agreed, by the city's office, or the province's where the city itself decides.
        Draws no lot, so that no other story changes with it."""
        city = self.cast.city[city_of(pairing.county_code).code]
        officer = self.cast.province[0] if pairing.approval_level == "city" else city
        self.line.at(clock.now() + dt.timedelta(hours=2), lambda: self._try(
            lambda: pairings.act(officer, pairing, "recommend", RECOMMENDED)))

    def _decline(self, pairing: Pairing) -> None:
        reason = self.line.random.choice(DECLINED)
        self._then(0.5, 4, lambda: pairings.act(self._answerer(pairing), pairing, "decline", reason))

    def _withdraw(self, pairing: Pairing) -> None:
        reason = self.line.random.choice(WITHDRAWN)
        self._then(0.5, 4, lambda: pairings.act(self._proposer(pairing), pairing, "withdraw", reason))

    def _reject(self, pairing: Pairing) -> None:
        reason = self.line.random.choice(REJECTED)
        self._accept(pairing, lambda: self._then(0.3, 2, lambda: pairings.act(
            self._approver(pairing), pairing, "reject", reason)), missed=lambda: self.endings.rotate(
                -self.endings.index(self._reject)))

    def _approved(self, ending: Callable[[Pairing], None]) -> Callable[[Pairing], None]:
        def story(pairing: Pairing) -> None:
            opinion = self.line.random.choice(OPINIONS)
            if pairing.county_code in key_county_codes():
                self.promised.add(pairing.organization_id)

            def answered() -> None:
                self._recommend(pairing)
                self._then(1.6, 3, lambda: pairings.act(self._approver(pairing), pairing, "approve", opinion),
                           lambda: ending(pairing))

            self._accept(pairing, answered, days=1.4)

        return story

    def _leave_unsigned(self, pairing: Pairing) -> None:
        """Approved, the agreement not signed yet."""

    def _sign(self, pairing: Pairing, following: Callable[[], None] | None = None) -> None:
        pick = self.line.random

        def sign() -> Any:
            today = clock.today()
            terms = {"agreement_number": f"演示协〔{today.year}〕{pairing.id}号", "signed_on": today,
                     "starts_on": today + dt.timedelta(days=pick.randrange(1, 15)),
                     "ends_on": today + dt.timedelta(days=pick.choice([200, 365, 365, 540, 730])),
                     "funds_fen": pairing.offered_funds_fen, "in_kind_fen": pairing.offered_in_kind_fen}
            row = pairings.act(self.cast.county[pairing.county_code][0], pairing, "sign", terms=terms)
            self.signed(pairing)
            return row

        self._then(3, 24, sign, following)

    def _sign_and_complete(self, pairing: Pairing) -> None:
        self._sign(pairing, lambda: self._then(120, 260, lambda: pairings.act(
            self.cast.county[pairing.county_code][0], pairing, "complete"), lambda: self.completed(pairing)))

    def _sign_and_suspend(self, pairing: Pairing) -> None:
        """Rests since some weeks after its agreement; drawn by no lot, so that no other story changes with it."""
        self._sign(pairing, lambda: self.line.at(clock.now() + dt.timedelta(days=45), lambda: self._try(
            lambda: pairings.act(self.cast.county[pairing.county_code][0], pairing, "suspend", RESTS))))

    def _sign_and_terminate(self, pairing: Pairing) -> None:
        reason = self.line.random.choice(TERMINATED)
        self._sign(pairing, lambda: self._then(20, 90, lambda: pairings.act(
            self.cast.county[pairing.county_code][0], pairing, "terminate", reason)))
