"""What the demonstration shows of organizations from the inside: colleagues with other roles, a list that was brought
in, and the reminders of what ends."""

import datetime as dt
from typing import Any

from matchplatform.accounts.operations import open_account
from matchplatform.core import clock
from matchplatform.core.uscc import make_uscc
from matchplatform.demo.cast import OWN_ORGANIZATION, PASSWORD, SUFFIX, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.organizations.queries import organization_of
from matchplatform.pairings.radar_operations import remind_of_endings
from matchplatform.pairings.radar_queries import organizations_ahead
from matchplatform.rosters import operations as rosters
from matchplatform.rosters.reading import Said

COLLEAGUES = (("shequ2", "王小川", "项目主管", "staff"), ("shequ3", "周明", "监事", "reader"))
LISTED = 4  # organizations of the list that was brought in


def open_colleagues(line: Timeline, cast: Cast) -> None:
    """A member of staff and a reader beside the owner of one organization."""

    def open_them() -> None:
        owner = cast.members[OWN_ORGANIZATION]
        for username, name, position, role in COLLEAGUES:
            cast.everybody.append(open_account(
                owner, username=username, name=name, role="organization_member", password=PASSWORD, must_change=False,
                position=position, organization_id=owner.organization_id, member_role=role))

    line.at(line.now - dt.timedelta(days=60), open_them)


def bring_list(line: Timeline, cast: Cast) -> None:
    """The province brought in the annual reports of a few; one says another result, one code is nobody's."""

    def bring() -> None:
        year = clock.local(line.now).year - 1
        known = [organization_of(cast.members[name]) for name in sorted(cast.vetted)[:LISTED]]
        said = [Said(n, one.uscc, one.name, {"report_year": year, "report_result": one.report_result})
                for n, one in enumerate(known, 2)]
        said[1].values["report_result"] = "passed" if said[1].values["report_result"] == "basic" else "basic"
        said.append(Said(len(said) + 2, make_uscc("52", "420000", "58888888"), f"江汉志愿服务中心{SUFFIX}",
                         {"report_year": year, "report_result": "passed"}))
        roster, _is_new = rosters.take_in(
            cast.province[0], "report", False, "年报结论（演示）.xlsx", "d" * 64, "年报结论公告（演示）",
            clock.today() - dt.timedelta(days=1), said)
        rosters.apply(cast.province[0], roster, None)

    line.at(line.now - dt.timedelta(days=6), bring)


def remind(line: Timeline) -> None:
    """What the daily job would have told by now."""
    with clock.frozen(line.now - dt.timedelta(hours=8)):
        day: Any = clock.today()
        for number in organizations_ahead(day):
            remind_of_endings(number, day)
