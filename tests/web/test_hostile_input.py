"""What no browser sends, but somebody will: every address and every form answers in a sentence, never with a 500."""

import pytest

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.matching.operations import add_entry
from matchplatform.needs.change_operations import propose_change
from matchplatform.needs.merger_operations import propose_merger
from matchplatform.needs.plan_operations import add_row
from matchplatform.needs.template_operations import create_template
from tests import factories
from tests.choosing.scenes import make_call, sent
from tests.imports.sheets_made import need_row, needs_sheet
from tests.imports.steps import handed_in
from tests.orders.making import make_order, make_village
from tests.pairings.lending import lend

ROLES = ("visitor", "county_officer", "organization_member", "province_officer", "system_admin", "auditor")
HUGE = "99999999999999999999"
NAMES = ("q", "page", "sort", "state", "status", "kind", "category", "county", "city", "township", "role", "rating",
         "level", "campaign", "case", "offering", "need", "next", "view", "late", "origin", "start", "end", "result",
         "unread", "key", "counties", "year", "with", "template", "channel", "topic",
         "validity", "basis_q", "citation", "village", "mine", "step", "hands")
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
          "words", "entry", "caption", "publicity", "evidence", "files",
          "with", "template", "take-title", "number-beneficiaries", "quarter", "amount_fen", "people", "hints", "year",
          "county_code", "village_id", "village", "phone", "answer", "form", "number", "digits", "stars",
          "words", "other", "into", "hours", "channel", "read_back", "step",
          "library", "format", "query", "rhythm", "do", "sheet", "header", "file", "cell-0-1", "cell-9-9", "column-1",
          "unit-6", "constant-title", "document", "complete", "looked_on", "reasons", "said-name", "note-name",
          "member_role", "thing", "absent-basis", "state", "page",
          "done", "difficulties", "on_day", "whom", "follow_up_on", "way", "once", "brought-1", "steps-0-title",
          "steps-0-due_on", "steps-0-share", "steps-0-number", "ruling", "sure", "period", "trouble",
          "remains", "lessons", "reply", "submit", "address", "mail-told",
          "channel", "topic", "level", "area_code", "index_number", "issuer", "issued_on", "document_number",
          "implements_on", "source_name", "source_url", "checks", "when", "at", "day", "citation", "basis_q", "save",
          "requirements", "criteria", "may_choose", "questions_until", "plan", "person_days", "in_kind_fen", "take-1",
          "evidence-1", "choose", "common", "reason-x", "item-1", "item-3",
          "colleague", "deputy")


TYPED = ("a\x00b", HUGE, "\u00b2", "http://[", "一" + "亿" * 150, "9" * 5000, "1e309", "\u202eabc",
         "２０２６年２月３０日")
PLANNED = {"title": "添设备", "category_code": "elderly_care", "quarter": 2, "note": ""}
TEMPLATE = {"category_code": "elderly_care", "name": "老年食堂", "body": "现状：", "lines": []}
VERBS = {"needs": "withdraw", "mergers": "refuse", "plans": "drop", "need-templates": "up", "offerings": "pause",
         "pairings": "decline", "orders": "return", "order": "confirm", "villages": "close",
         "organizations": "suspend", "users": "disable", "matching": "retire", "replies": "fault",
         "publications": "withdraw"}


@pytest.mark.parametrize("role", ROLES)
def test_no_form_breaks_on_what_is_typed(request, app, people, role):
    need, pairing = factories.make_need(), factories.make_pairing()
    change = propose_change(people.county_officer, need, {"title": "换一个说法"}, "写得更清楚").waiting
    kept, merged = (factories.make_need(status="draft", author=f"{which}county_officer", closing_at=None)
                    for which in ("", "second_"))
    real = {"row_id": add_row(people.county_officer, today().year, PLANNED).id,
            "template_id": create_template(people.province_officer, TEMPLATE).id,
            "import_id": handed_in(people.county_officer, needs_sheet(1, need_row(2, 帮扶领域="养猪"))).id,
            "merger_id": propose_merger(people.county_officer, kept, merged, {}).id,
            "delegation_id": lend(people.city_officer, people.province_officer).id,
            "change_id": change.id, "kind": "need", "file_id": 1, "search_id": 1, "number": 1,
            "county_code": factories.COUNTY,
            "village_id": make_village().id,
            "user_id": people.auditor.id, "campaign_id": 1, "version": 1,
            "organization_id": pairing.organization_id, "roster_id": 1,
            "period": f"{today():%Y-%m}", "former": pairing.code,
            "side": "county", "amendment_id": 1,
            "entry_id": add_entry(people.province_officer, "synonym", ("助餐", "老年食堂"), "叫法不同").id}
    codes = {"needs": need.code, "offerings": pairing.offering.code, "pairings": pairing.code,
             "orders": make_order().code, "publications": factories.make_publication(status="submitted").code}
    codes["replies"] = sent(make_call(people, need=need), people.organization_member).code
    db.session.commit()
    browser = request.getfixturevalue(f"as_{role}")
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and rule.rule != "/sign-out"]
    for rule in rules:
        feature = rule.rule.split("/")[2] if rule.rule.startswith("/desk/") else ""
        for value in TYPED:
            named = {**real, "code": codes.get(feature, need.code), "verb": VERBS.get(feature, "x")}
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<int:{name}>", str(named[name])).replace(f"<{name}>", str(named[name]))
            answer = browser.post(path, data=dict.fromkeys(FIELDS, value), headers={"Referer": "http://["})
            assert answer.status_code < 500, (path, value)
