"""What no browser sends, but somebody will: every address and every form answers in a sentence, never with a 500."""

import pytest

from matchplatform.extensions import db
from matchplatform.matching.operations import add_entry
from tests import factories

ROLES = ("visitor", "county_officer", "organization_member", "province_officer", "system_admin", "auditor")
HUGE = "99999999999999999999"
NAMES = ("q", "page", "sort", "state", "status", "kind", "category", "county", "city", "township", "role", "rating",
         "level", "campaign", "case", "offering", "need", "next", "view", "late", "origin", "start", "end", "result",
         "unread", "key", "counties")
OWN_WORDS = ("endpoint", "_external", "_scheme", "_anchor", "_method", "values", "self", "v", "filename")
VALUES = ("%00", HUGE, "-1", "%FF%FE%ED%A0%80", "'%22%3E%3Cscript%3E", "http://%5B", "%C2%B2", "x" * 1000)
PARTS = ("%00", HUGE, "-1", "%FF", "%ED%A0%80", "..%2F..%2Fetc", "%C2%B2")


def addresses(app, method):
    """(endpoint, address with {} where the arguments stand) of every rule with the method."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            address = rule.rule
            for name in rule.arguments:
                address = address.replace(f"<int:{name}>", "{}").replace(f"<{name}>", "{}")
            yield rule, address


@pytest.mark.parametrize("role", ROLES)
def test_no_query_string_breaks_a_page(request, app, people, role):
    browser = request.getfixturevalue(f"as_{role}")
    for rule, address in addresses(app, "GET"):
        if rule.arguments:
            continue
        for value in VALUES:
            query = "&".join(f"{name}={value}&{name}={value}" for name in NAMES)
            answer = browser.get(f"{address}?{query}")
            assert answer.status_code < 500, (address, value)
    for name in OWN_WORDS:  # of the function that makes addresses
        for address in ("/needs", "/offerings", "/desk/pairings", "/desk/needs", "/desk/users", "/desk/audit"):
            assert browser.get(f"{address}?{name}=x").status_code < 500, (address, name)


@pytest.mark.parametrize("role", ROLES)
def test_no_address_breaks_a_page(request, app, people, role):
    browser = request.getfixturevalue(f"as_{role}")
    for rule, address in addresses(app, "GET"):
        for part in PARTS if rule.arguments else ():
            assert browser.get(address.format(*[part] * len(rule.arguments))).status_code < 500, (address, part)


FIELDS = ("username", "password", "present", "new", "again", "name", "role", "position", "city_code", "county_code",
          "township", "township_code", "organization", "reason", "opinion", "case", "closing_at", "version", "notice",
          "kind", "code", "purpose", "verb", "title", "body", "category_code", "areas", "choice", "message", "source",
          "note", "drawing", "copy_from", "starts_on", "ends_on", "goal", "uscc", "contact_phone", "contact_name",
          "lines-0-item", "lines-0-quantity", "lines-0-unit", "lines-0-unit_price", "capacity", "funds_fen", "basis",
          "back", "next", "rating", "report_year", "website", "consent", "consent_version", "cost_model",
          "words", "entry")


TYPED = ("a\x00b", HUGE, "\u00b2", "http://[", "一" + "亿" * 150, "9" * 5000, "1e309", "\u202eabc",
         "２０２６年２月３０日")
VERBS = {"needs": "withdraw", "offerings": "pause", "pairings": "decline", "organizations": "suspend",
         "users": "disable", "matching": "retire"}


@pytest.mark.parametrize("role", ROLES)
def test_no_form_breaks_on_what_is_typed(request, app, people, role):
    need, pairing = factories.make_need(), factories.make_pairing()
    real = {"county_code": factories.COUNTY, "user_id": people.auditor.id, "campaign_id": 1, "version": 1,
            "organization_id": pairing.organization_id,
            "entry_id": add_entry(people.province_officer, "synonym", ("助餐", "老年食堂"), "叫法不同").id}
    codes = {"needs": need.code, "offerings": pairing.offering.code, "pairings": pairing.code}
    db.session.commit()
    browser = request.getfixturevalue(f"as_{role}")
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and rule.rule != "/sign-out"]
    for rule in rules:
        feature = rule.rule.split("/")[2] if rule.rule.startswith("/desk/") else ""
        for value in TYPED:
            named = {**real, "code": codes.get(feature, ""), "verb": VERBS.get(feature, "x")}
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<int:{name}>", str(named[name])).replace(f"<{name}>", str(named[name]))
            answer = browser.post(path, data=dict.fromkeys(FIELDS, value), headers={"Referer": "http://["})
            assert answer.status_code < 500, (path, value)
