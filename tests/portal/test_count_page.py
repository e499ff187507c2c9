"""The page that says how the number is made, as of any day, and why one pairing counts or not."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from matchplatform.catalog.queries import current_campaign
from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from matchplatform.pairings import counts, operations, queries
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.web.pages import parsed, words

DAY = dt.timedelta(days=1)


@pytest.fixture
def three(people):
    """Approved 40, 20 and 5 days ago; the second rests since 10 days ago."""
    made = [factories.make_pairing(status="active", organization=factories.make_organization(),
                                   approved_at=now() - ago * DAY) for ago in (40, 20, 5)]
    with frozen(now() - 10 * DAY):
        operations.act(people.county_officer, made[1], "suspend", "活动室要加固")
    db.session.commit()
    return made


def shown(visitor, **arguments):
    """(the big figure, the rows of the list)."""
    answer = visitor.get("/count", query_string=arguments)
    parsed(answer)
    text = answer.get_data(as_text=True)
    return int(re.search(r'class="big">([\d,]+)', text)[1].replace(",", "")), text.count('data-l="最早批准"')


@pytest.mark.parametrize(("ago", "figure"), [(41, 0), (40, 1), (20, 2), (11, 2), (10, 1), (5, 2), (0, 2)])
def test_the_figure_and_the_list_are_those_of_the_day(as_visitor, three, ago, figure):
    assert shown(as_visitor, as_of=str(today() - ago * DAY)) == (figure, figure)


def test_the_day_stays_in_the_address_while_one_asks_of_a_pairing(as_visitor, three):
    day = today() - 15 * DAY
    page = as_visitor.get("/count", query_string={"as_of": str(day), "pairing": three[2].code.lower()})
    assert "到这一天还没有批准" in words(page)
    assert f'name="as_of" value="{day}"' in page.get_data(as_text=True)
    assert "回到现在" in words(page)
    assert "回到现在" not in words(as_visitor.get("/count"))


@pytest.mark.parametrize(("typed", "said"), [
    ("2026-02-30", "不是日历上有的日子"), ("昨天", "请按"), ("1999-01-01", "行动从"), ("2099-12-31", "那一天还没有到"),
    ("9" * 60, "请按"), ("<b>", "请按")])
def test_a_day_that_cannot_be_had_is_said_beside_the_field_and_today_is_shown(as_visitor, three, typed, said):
    answer = as_visitor.get("/count", query_string={"as_of": typed})
    parsed(answer)
    assert said in words(answer)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert shown(as_visitor, as_of=typed) == (2, 2)


def test_a_day_after_the_deadline_is_refused_with_the_deadline(as_visitor, three):
    with frozen(dt.datetime.combine(current_campaign().ends_on + 20 * DAY, dt.time(4), dt.UTC)):
        answer = as_visitor.get("/count", query_string={"as_of": str(today() - DAY)})
        assert "数字停在那一天" in words(answer)


def test_a_visitor_is_told_of_public_pairings_only(as_visitor, as_county_officer, as_organization_member, three):
    hidden = factories.make_pairing(status="approved", need=factories.make_need(publicity="signed_in"),
                                    organization=factories.make_organization())
    waiting = factories.make_pairing(status="accepted", organization=factories.make_organization())
    db.session.commit()
    for code in (hidden.code, waiting.code, "JD2026-9999", "%' OR 1=1"):
        assert "没有编号是" in words(as_visitor.get("/count", query_string={"pairing": code}))
    assert "省级社会组织，与重点帮扶县" in words(as_visitor.get("/count", query_string={"pairing": three[0].code}))
    assert "暂停期间不计入" in words(as_visitor.get("/count", query_string={"pairing": three[1].code}))
    assert "还没有批准，批准后计入" in words(as_county_officer.get("/count", query_string={"pairing": waiting.code}))
    # another organization's member learns no more than a visitor
    assert "没有编号是" in words(as_organization_member.get("/count", query_string={"pairing": waiting.code}))


@pytest.mark.parametrize("ago", [0, 3, 7, 15, 30, 45])
def test_why_it_counts_agrees_with_the_list_on_every_day(people, three, ago):
    """Ten states × days: the reason says yes exactly where the list has it."""
    for n, status in enumerate(factories.PAIRING_PATHS):
        factories.make_pairing(status=status, organization=factories.make_organization(),
                               approved_at=now() - (5 + 3 * n) * DAY)
    campaign, day = current_campaign(), today() - ago * DAY
    listed = {one.code for row in queries.counted_organizations(campaign, day) for one in row.pairings}
    for pairing in db.session.scalars(sa.select(Pairing)):
        verdict = queries.why_counts(pairing, campaign, day)
        assert bool(verdict) is (pairing.code in listed), (pairing.status, verdict.reason)
        assert verdict.reason


# What shows the number: the page, as whom, and where in it.
FIGURES = [
    ("visitor", "/", r'class="big">([\d,]+)'), ("visitor", "/count", r'class="big">([\d,]+)'),
    ("province_officer", "/desk/dashboard", r'class="big">([\d,]+)'),
    ("province_officer", "/mine", r"计入目标.{0,200}?([\d,]+)"),
    ("province_officer", "/desk/approvals", r"批准后 ([\d,]+) → "),
    ("city_officer", "/mine", r"计入目标.{0,200}?([\d,]+)"), ("county_officer", "/mine", r"计入目标.{0,200}?([\d,]+)"),
]


@pytest.mark.parametrize(("who", "address", "where"), FIGURES)
def test_no_page_counts_by_itself(request, monkeypatch, three, who, address, where):
    """Every page follows the one definition: were it to say that nothing counts, every page would show 0."""
    browser = request.getfixturevalue(f"as_{who}")

    def figure():
        text = browser.get(address).get_data(as_text=True)
        found = re.search(where, re.sub(r"\s+", " ", text), re.S) if "big" in where else \
            re.search(where, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))
        assert found, address
        return int(found[1].replace(",", ""))

    factories.make_pairing(status="accepted", organization=factories.make_organization())  # for the desk to decide
    db.session.commit()
    assert figure() == 2
    monkeypatch.setattr(counts, "_counts", lambda campaign, as_of: sa.false())
    assert figure() == 0
