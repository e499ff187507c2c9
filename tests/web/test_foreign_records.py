"""Nobody reads or moves what lies outside his reach by writing another number into the address."""

import pytest

from matchplatform.audit.queries import newest_mark
from matchplatform.audit.rules import KINDS
from matchplatform.catalog.queries import townships
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.needs.rules import LIFECYCLE as NEED
from matchplatform.offerings.rules import LIFECYCLE as OFFERING
from matchplatform.orders.rules import LIFECYCLE as ORDER
from matchplatform.organizations.rules import LIFECYCLE as ORGANIZATION
from matchplatform.pairings.rules import LIFECYCLE as PAIRING
from matchplatform.publications.rules import LIFECYCLE as PUBLICATION
from tests import factories
from tests.conftest import sign_in_directly
from tests.orders.making import make_order

VERBS = {"needs": NEED.verbs, "offerings": OFFERING.verbs, "pairings": PAIRING.verbs,
         "orders": (*ORDER.verbs, "join", "split", "unmask"), "organizations": ORGANIZATION.verbs,
         "publications": PUBLICATION.verbs, "accounts": ("enable", "disable")}
STRANGERS = ("other_county_officer", "other_organization_member", "far_city_officer", "far_township_officer",
             "system_admin", "security_admin", "auditor")
SECRET = "只有本县看得到的草稿"


@pytest.fixture
def strangers(people):
    """People whose reach does not touch the records below."""
    people.far_city_officer = factories.make_user("city_officer", username="far.city", city_code="422800")
    people.far_township_officer = factories.make_user(
        "township_officer", username="far.township", township_code=townships(factories.OTHER_COUNTY)[0].code)
    return people


@pytest.mark.parametrize("name", STRANGERS)
def test_a_record_out_of_reach_is_neither_shown_nor_moved(app, strangers, name):
    draft = factories.make_need(status="draft", title=SECRET)
    offering = factories.make_offering(factories.first_organization(), status="draft", title=SECRET)
    pairing = factories.make_pairing(message=SECRET)
    document = factories.make_publication(status="draft", title=SECRET, level="city", area_code="420900")
    organization = factories.make_organization(vetted=False, name=SECRET, authority="420900", level="city",
                                               uscc=make_uscc("52", "420900", "71234567"), kind="52")
    browser = sign_in_directly(app, getattr(strangers, name))
    order = make_order(body=SECRET)
    db.session.commit()
    codes = {"orders": order.code, "needs": draft.code, "offerings": offering.code, "pairings": pairing.code,
             "publications": document.code}
    before, seen = newest_mark(KINDS.values), 0
    for rule in app.url_map.iter_rules():
        feature = rule.endpoint.split(".")[0]
        if not rule.arguments & {"code", "organization_id"} or (feature == "accounts" and name == "system_admin"):
            continue
        if name == "auditor" and rule.endpoint.endswith(".history"):  # reading what was written is his office
            continue
        for kind, code in codes.items():
            for verb in VERBS.get(feature, ("",)) if "verb" in rule.arguments else ("",):
                path = (rule.rule.replace("<code>", code).replace("<verb>", verb)
                        .replace("<int:organization_id>", str(organization.id)))
                for method in rule.methods & {"GET", "POST"}:
                    answer = browser.open(path, method=method, data={"reason": "试一试", "choice": code})
                    assert answer.status_code in (403, 404), (kind, method, path)
                    assert SECRET not in answer.get_data(as_text=True), path
                    seen += 1
    for kind, code in (("need", draft.code), ("offering", offering.code), ("organization", str(organization.id))):
        assert browser.post("/unmask", data={"kind": kind, "code": code, "purpose": "商量送货"}).status_code == 404
    assert seen > 50
    db.session.rollback()
    assert newest_mark(KINDS.values) == before


@pytest.mark.parametrize("name", ["security_admin", "auditor", "province_officer", "county_officer"])
def test_only_the_system_administrator_touches_accounts(app, people, name):
    number = people.organization_member.id
    browser = sign_in_directly(app, getattr(people, name))
    for path in ("disable", "enable", "password"):
        assert browser.post(f"/desk/users/{number}/{path}", data={"reason": "试一试"}).status_code == 403
    assert browser.post("/desk/users/new", data={"role": "province_officer"}).status_code == 403
