"""Settings and the list of what was not sent, as people meet them."""

import re

import pytest
import sqlalchemy as sa

from matchplatform.accounts.rules import ROLES
from matchplatform.core.clock import frozen, now
from matchplatform.deliveries import codes, queries, rules, work
from matchplatform.deliveries.models import Delivery, DeliveryChoice, MailAddress
from matchplatform.extensions import db
from matchplatform.jobs.models import Job
from matchplatform.notices.operations import tell
from tests.deliveries.test_sending import MINUTE, send_now
from tests.web.pages import parsed, words


def code_in(post):
    return re.search(r"验证码是 (\d{6})", post.mails[-1].get_content())[1]


def ask(browser, address="liumin@example.org"):
    answer = browser.post("/notices/settings/address/set", data={"address": address}, follow_redirects=True)
    work.send_code(db.session.scalars(sa.select(Job).where(Job.kind == "mail_code").order_by(Job.id.desc())).first())
    return answer


def test_an_address_is_verified_by_the_code_that_was_sent(as_county_officer, people, post):
    parsed(as_county_officer.get("/notices/settings"))
    parsed(ask(as_county_officer))
    number = people.county_officer.id
    assert queries.verified_addresses([number]) == {}
    wrong = as_county_officer.post("/notices/settings/address/verify", data={"code": "000000"})
    parsed(wrong, 422)
    assert "还可以试 4 次" in words(wrong)
    done = as_county_officer.post("/notices/settings/address/verify", data={"code": code_in(post)},
                                  follow_redirects=True)
    assert "邮箱已验证" in words(done)
    assert "liumin@example.org" not in done.get_data(as_text=True)  # masked
    assert queries.verified_addresses([number]) == {number: "liumin@example.org"}


def test_a_code_ends_after_five_wrong_ones_and_after_half_an_hour(as_county_officer, people, post):
    ask(as_county_officer)
    right = code_in(post)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(rules.CODE_TRIES):
        as_county_officer.post("/notices/settings/address/verify", data={"code": wrong})
    late = as_county_officer.post("/notices/settings/address/verify", data={"code": right})
    assert "次数太多" in words(late)
    ask(as_county_officer)
    with frozen(now() + 31 * MINUTE):
        late = as_county_officer.post("/notices/settings/address/verify", data={"code": code_in(post)})
    assert "过期" in words(late)
    assert queries.verified_addresses([people.county_officer.id]) == {}


def test_anothers_code_is_worth_nothing(as_county_officer, as_organization_member, people, post):
    ask(as_county_officer)
    code = code_in(post)
    ask(as_organization_member, "other@example.org")
    as_organization_member.post("/notices/settings/address/verify", data={"code": code})
    assert queries.verified_addresses([people.organization_member.id]) == {}


def test_five_codes_a_day(as_county_officer, people, post):
    for n in range(rules.CODES_A_DAY):
        as_county_officer.post("/notices/settings/address/set", data={"address": f"liumin{n}@example.org"})
    more = as_county_officer.post("/notices/settings/address/set", data={"address": "liumin9@example.org"})
    parsed(more, 422)
    assert "一天最多" in words(more)
    assert 'value="liumin9@example.org"' in more.get_data(as_text=True)


def test_a_changed_address_is_verified_anew(as_county_officer, people, post, reachable):
    reachable("county_officer")
    db.session.commit()
    ask(as_county_officer, "new@example.org")
    assert queries.verified_addresses([people.county_officer.id]) == {}
    as_county_officer.post("/notices/settings/address/remove", follow_redirects=True)
    assert queries.address_of(people.county_officer.id) is None


def test_choices_are_kept_and_what_may_not_be_chosen_is_refused(as_county_officer, people, post):
    data = {"mail-refused": "at_once", "mail-to_do": "daily", "mail-told": "none", "mail-good": "none"}
    assert as_county_officer.post("/notices/settings", data=data).status_code == 303
    chosen = dict(db.session.execute(sa.select(DeliveryChoice.kind, DeliveryChoice.way)).tuples().all())
    assert chosen == {"refused": "at_once", "to_do": "daily", "told": "none", "good": "none"}
    page = as_county_officer.get("/notices/settings").get_data(as_text=True)
    assert '<option value="daily" selected>' in page
    for bad in ({**data, "mail-refused": "none"}, {**data, "mail-to_do": "none"}, {**data, "mail-told": "x"}):
        answer = as_county_officer.post("/notices/settings", data=bad)
        parsed(answer, 422)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DeliveryChoice)) == 4


def test_the_page_says_when_nothing_is_set_up(as_county_officer, people):
    assert "没有开通邮件和短信" in words(as_county_officer.get("/notices/settings"))


@pytest.fixture
def failed(people, post, reachable):
    """One that the server does not take now."""
    reachable("county_officer")
    tell(None, [people.county_officer.id], "to_do", "请答复", "", "pairing", "JD2026-0001")
    db.session.commit()
    post.down = True
    send_now()
    return db.session.scalars(sa.select(Delivery)).one()


def test_staff_see_what_was_not_sent_and_send_it_again(as_province_officer, people, post, failed):
    page = as_province_officer.get("/desk/deliveries")
    parsed(page)
    assert "请答复" in words(page)
    assert "county_officer@example.org" not in page.get_data(as_text=True)
    for query, there in (("state=failed", True), ("state=given_up", False), ("q=没有的字", False), ("state=x", True)):
        assert ("现在重发" in words(as_province_officer.get(f"/desk/deliveries?{query}"))) is there
    post.down = False
    as_province_officer.post(f"/desk/deliveries/{failed.id}/retry", follow_redirects=True)
    send_now()
    assert post.subjects() == ["请答复"]
    again = as_province_officer.post(f"/desk/deliveries/{failed.id}/retry", follow_redirects=True)
    assert "刚刚" in words(again)
    assert as_province_officer.post("/desk/deliveries/999999/retry").status_code == 404
    assert as_province_officer.post(f"/desk/deliveries/{failed.id}/whatever").status_code == 404


def test_whom_the_list_is_for(request, people, failed):
    may = {"province_officer", "second_province_officer", "system_admin"}
    for role in ROLES.values:
        name = role if role in vars(people) else {"system_administrator": "system_admin"}.get(role, role)
        if name not in vars(people):
            continue
        answer = request.getfixturevalue(f"as_{name}").get("/desk/deliveries")
        assert (answer.status_code == 200) is (name in may), name


def test_he_sees_himself_that_his_last_mail_did_not_arrive(as_county_officer, people, failed):
    page = words(as_county_officer.get("/notices/settings"))
    assert "最近一次" in page
    assert "没发出去" in page


def test_a_code_hangs_on_the_address_and_the_moment(app, people):
    one = MailAddress(user_id=1, address="a@b.cn", asked_at=now())
    other = MailAddress(user_id=1, address="c@b.cn", asked_at=one.asked_at)
    later = MailAddress(user_id=1, address="a@b.cn", asked_at=one.asked_at + MINUTE)
    assert len({codes.code_of(row) for row in (one, other, later)}) > 1
    assert re.fullmatch(r"\d{6}", codes.code_of(one))
