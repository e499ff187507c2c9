"""The two pages over HTTP: who sees them, what they explain, what the filters do."""

import re

import pytest

from matchplatform.extensions import db
from matchplatform.matching import corpus
from matchplatform.matching.queries import MatchFilter, match_of, ranked_needs, ranked_offerings, shown
from tests import factories
from tests.pairings.test_pages import text_of
from tests.web.pages import statements

CANTEEN = "想办老年食堂，就差灶台、四门冰箱、消毒柜和桌椅板凳，老人中午能吃上一口热饭。"


@pytest.fixture
def need(people):
    made = factories.make_need(body=CANTEEN)
    db.session.commit()
    return made


@pytest.fixture
def offering(people):
    made = factories.make_offering(factories.first_organization())
    db.session.commit()
    return made


@pytest.mark.parametrize(("client", "status"), [
    ("as_county_officer", 200), ("as_other_county_officer", 200), ("as_township_officer", 200),
    ("as_city_officer", 200), ("as_province_officer", 200), ("as_organization_member", 403), ("as_auditor", 403)])
def test_who_sees_offerings_for_a_released_need(request, need, offering, client, status):
    answer = request.getfixturevalue(client).get(f"/desk/needs/{need.code}/matches")
    assert answer.status_code == status
    if status == 200:
        shown_text = text_of(answer)
        assert offering.title in shown_text
        ordering = f"/desk/offerings/{offering.code}/order?need={need.code}" in answer.get_data(as_text=True)
        assert ordering is (client == "as_county_officer")


@pytest.mark.parametrize(("client", "status"), [
    ("as_organization_member", 200), ("as_province_officer", 200), ("as_other_organization_member", 404),
    ("as_county_officer", 403), ("as_system_admin", 403)])
def test_who_sees_needs_for_an_offering(request, need, offering, client, status):
    answer = request.getfixturevalue(client).get(f"/desk/offerings/{offering.code}/matches")
    assert answer.status_code == status
    if status == 200:
        assert need.title in text_of(answer)
        bidding = f"/desk/needs/{need.code}/bid?offering={offering.code}" in answer.get_data(as_text=True)
        assert bidding is (client == "as_organization_member")


@pytest.mark.parametrize("path", ["/desk/needs/XQ000000-2026-001/matches", "/desk/offerings/GJ2026-9999/matches"])
def test_an_unknown_code_is_not_found(as_province_officer, path):
    assert as_province_officer.get(path).status_code == 404


def test_another_countys_draft_is_not_found_and_the_own_one_may_ask(as_county_officer, as_other_county_officer, people,
                                                                    offering):
    draft = factories.make_need(status="draft", body=CANTEEN)
    db.session.commit()
    assert as_other_county_officer.get(f"/desk/needs/{draft.code}/matches").status_code == 404
    own = as_county_officer.get(f"/desk/needs/{draft.code}/matches")
    assert "现在还不能点单" in text_of(own)
    assert offering.title in text_of(own)
    assert f"/desk/needs/{draft.code}/order" not in own.get_data(as_text=True)


def test_a_visitor_is_led_to_sign_in(as_visitor, need):
    assert as_visitor.get(f"/desk/needs/{need.code}/matches").status_code == 302


def test_the_reasons_add_up_on_the_page_and_marks_pair_up(as_county_officer, need, offering):
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    total = int(re.search(r"为什么是 (\d+) 分", page)[1])
    block = page.split("为什么是")[1].split("对得上")[0]
    points = [int(n) for n in re.findall(r'<span class="v num">(\d+)<small>/\d+</small>', block)]
    assert sum(points) == total
    assert len(points) == 5  # by words alone there is no part for the meaning
    left, right = page.split('<article class="offer sel"', 1)
    numbers = set(re.findall(r'<mark data-k="(\d+)"', left))
    assert numbers
    assert numbers == set(re.findall(r'<mark data-k="(\d+)"', right.split("</article>")[0]))
    assert "两边都说到" in page


def test_an_ineligible_match_shows_the_rule_and_its_cure(as_county_officer, need):
    far = factories.make_offering(factories.first_organization(), areas=("422801",))
    db.session.commit()
    answer = as_county_officer.get(f"/desk/needs/{need.code}/matches")
    said = text_of(answer)
    assert "可服务区域只有恩施市" in said
    assert "怎么补" in said
    assert "不能点" in said
    assert f"/desk/offerings/{far.code}/order" not in answer.get_data(as_text=True)
    assert re.search(r"\d+ → \d+", said)


def test_filters_stand_in_the_url(as_county_officer, need, offering):
    far = factories.make_offering(factories.first_organization(), areas=("422801",), title="只去恩施的老年食堂")
    tea = factories.make_offering(factories.first_organization(), title="灶台和冰箱回收", category_code="industry",
                                  body="收购旧冰箱、旧灶台，翻新后送人。")
    db.session.commit()
    base = f"/desk/needs/{need.code}/matches"

    def seen(query):
        said = text_of(as_county_officer.get(base + query))
        return {one.title for one in (offering, far, tea) if f". {one.title}" in said}

    assert seen("") == {offering.title, far.title, tea.title}
    assert seen("?ok=1") == {offering.title, tea.title}
    assert seen("?category=industry") == {tea.title}
    assert seen("?category=industry&category=elderly_care&ok=1") == {offering.title, tea.title}
    assert seen("?category=nothing&ok=1") == set()
    assert "看全部 3 项" in text_of(as_county_officer.get(base + "?category=nothing"))
    picked = as_county_officer.get(f"{base}?pick={tea.code}").get_data(as_text=True)
    assert f'<article class="offer sel" id="{tea.code}"' in picked
    assert as_county_officer.get(f"{base}?pick=<script>&ok=maybe").status_code == 200


def test_faint_matches_are_folded_away_and_can_be_unfolded(as_county_officer, need, offering):
    for n in range(5):
        factories.make_offering(factories.first_organization(), title=f"茶叶收购{n}", category_code="industry",
                                body="收购夏秋茶鲜叶，中午结账。")
    db.session.commit()
    base = f"/desk/needs/{need.code}/matches"
    folded = text_of(as_county_officer.get(base))
    assert "还有 3 项对得上的不多" in folded
    unfolded = text_of(as_county_officer.get(f"{base}?all=1"))
    assert "已收起" not in unfolded
    assert sum(f"茶叶收购{n}" in unfolded for n in range(5)) == 5


def test_empty_libraries_say_so(as_county_officer, as_organization_member, need, offering):
    db.session.delete(offering)
    db.session.commit()
    assert "供给项目库里还没有供给" in text_of(as_county_officer.get(f"/desk/needs/{need.code}/matches"))
    lonely = factories.make_offering(factories.first_organization())
    db.session.delete(need)
    db.session.commit()
    corpus.forget()
    assert "需求项目库里还没有需求" in text_of(as_organization_member.get(f"/desk/offerings/{lonely.code}/matches"))


def test_hostile_text_is_shown_as_text(as_county_officer, people):
    need = factories.make_need(body="老年食堂<script>alert(1)</script>要冰箱，" + CANTEEN)
    factories.make_offering(factories.first_organization(), body="<b onclick=x>老年食堂</b>送冰箱和消毒柜" * 30)
    db.session.commit()
    page = as_county_officer.get(f"/desk/needs/{need.code}/matches").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<b onclick" not in page


@pytest.mark.parametrize("fresh", [True, False])
def test_statements_do_not_grow_with_rows(as_county_officer, as_organization_member, need, offering, fresh):
    """Neither when the index is built anew nor afterwards."""
    pages = [(as_county_officer, f"/desk/needs/{need.code}/matches"),
             (as_organization_member, f"/desk/offerings/{offering.code}/matches")]

    def counted():
        numbers = []
        for client, path in pages:
            corpus.forget()
            if not fresh:
                statements(lambda client=client, path=path: client.get(path))
            db.session.remove()
            numbers.append(statements(lambda client=client, path=path: client.get(path)))
        return numbers

    def add(count):
        for n in range(count):
            factories.make_offering(factories.make_organization(), areas=("420900", "422800"), title=f"老年食堂{n}")
            factories.make_need(title=f"要办老年食堂{n}", township_code=factories.TOWNSHIP if n % 2 else None)
        db.session.commit()

    add(2)
    few = counted()
    add(8)
    assert counted() == few


def test_eligible_ones_come_first_and_the_page_counts_what_it_shows(people, need, offering):
    factories.make_offering(factories.first_organization(), areas=("422801",), body=CANTEEN)
    db.session.commit()
    matches = ranked_offerings(need)
    assert [m.eligible for m in matches] == [True, False]
    assert matches[0].score.total < matches[1].score.total + 100
    found = shown(matches, MatchFilter(ok=True), "offering")
    assert (len(found.matches), found.total, found.eligible) == (1, 2, 1)
    assert found.picked is matches[0]


def test_a_pair_has_one_score_on_whichever_page_it_stands(need, offering):
    factories.make_need(title="夏秋茶没人采", body="鲜叶烂在树上，茶农盼着有人来收购加工，多一份收入。")
    factories.make_offering(offering.organization, title="成熟茶叶收购", body="保底价收购夏秋茶鲜叶，做成茶粉。")
    db.session.commit()
    one = match_of(need, offering).score
    assert next(m for m in ranked_needs(offering) if m.need is need).score == one
    assert next(m for m in ranked_offerings(need) if m.offering is offering).score == one


def test_the_first_offering_is_weighed_while_it_is_still_a_draft(need, people):
    draft = factories.make_offering(factories.first_organization(), status="draft")
    db.session.commit()
    assert ranked_needs(draft)[0].score.parts[0].points > 0


def test_nobody_is_urged_to_take_what_hardly_agrees(people, as_organization_member):
    need = factories.make_need(title="夏秋茶没人采", category_code="industry", body="鲜叶烂在树上，盼着有人收购加工。",
                               lines=False)
    offering = factories.make_offering(factories.first_organization())
    db.session.commit()
    match = match_of(need, offering)
    assert match.eligible
    assert match.is_thin
    answer = as_organization_member.get(f"/desk/needs/{need.code}/bid?offering={offering.code}")
    assert "两边内容对得上的不多" in text_of(answer)
    assert f"/desk/offerings/{offering.code}/matches" in answer.get_data(as_text=True)
