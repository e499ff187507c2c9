"""The menu: one table, read by the layouts and by the test that every page can be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from matchplatform.web.access import may_enter


@dataclass(frozen=True)
class Item:
    """A menu entry; shown to whom the endpoint's stamp lets in. `under` lists pages that light it up too."""

    endpoint: str
    label: str
    section: str  # public | desk
    under: tuple[str, ...] = ()
    badge: str = ""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shown:
    """An entry as the template needs it."""

    label: str
    href: str
    active: bool
    badge: int


def _roles(text: str) -> frozenset[str]:
    return frozenset(text.split())


ITEMS = (
    Item("portal.home", "首页", "public"),
    Item("portal.needs", "需求项目库", "public", ("portal.need", "calls.call")),
    Item("portal.offerings", "供给项目库", "public", ("portal.offering",)),
    Item("portal.pairings", "结对帮扶", "public", ("portal.count", "results.pairing")),
    Item("portal.organizations", "社会组织", "public", ("portal.organization",)),
    Item("publications.library", "规划政策", "public", ("publications.detail",)),
    Item("orders.new", "我要点单", "public", ("orders.done", "orders.follow", "orders.standing", "orders.about")),
    Item("portal.help", "使用帮助", "public"),
    Item("reports.dashboard", "调度", "desk"),
    Item("portal.mine", "我的待办", "desk", badge="todo",
         roles=_roles("county_officer township_officer organization_member city_officer province_officer")),
    Item("pairings.approvals", "审批台", "desk", ("pairings.bulk", "pairings.delegation"), badge="approvals"),
    Item("organizations.vetting", "入库审核", "desk", ("organizations.review", "organizations.history",
                                                          "organizations.decide", "organizations.vetted_members",
                                                          "organizations.passport_of", "radar.list", "rosters.start",
                                                          "rosters.detail"),
         badge="vetting"),
    Item("needs.list", "需求", "desk", ("needs.new", "needs.edit", "needs.detail", "needs.preview",
                                      "needs.propose", "needs.change", "needs.history",
                                      "need_templates.list", "need_templates.new", "need_templates.edit",
                                      "plans.list", "plans.edit", "mergers.propose", "mergers.detail",
                                      "matching.for_need")),
    Item("orders.list", "群众点单", "desk", ("orders.enter", "orders.detail", "orders.office", "orders.posters",
                                         "catalog.villages"),
         badge="orders"),
    Item("offerings.list", "供给", "desk", ("offerings.new", "offerings.edit", "offerings.detail",
                                          "offerings.history",
                                          "matching.for_offering")),
    Item("portal.needs", "需求库", "desk", roles=_roles("organization_member")),
    Item("portal.offerings", "供给库", "desk", roles=_roles("county_officer township_officer")),
    Item("calls.list", "征集", "desk", ("calls.edit", "calls.desk", "calls.reply")),
    Item("pairings.list", "结对", "desk", ("pairings.detail", "pairings.sign", "agreements.detail", "agreements.edit",
                                           "agreements.copy", "agreements.amend", "agreements.amendment",
                                           "results.closing", "results.evaluation")),
    Item("board.list", "进展", "desk", ("tracking.plan", "tracking.progress", "tracking.progress_new",
                                     "tracking.progress_edit", "tracking.reports", "tracking.visits",
                                     "tracking.complaints", "tracking.hand_on", "tracking.former"), badge="tracking"),
    Item("organizations.profile", "本组织", "desk", ("organizations.edit", "organizations.history",
                                                        "organizations.members", "organizations.member_new",
                                                        "organizations.passport_own")),
    Item("publications.list", "发布", "desk", ("publications.new", "publications.edit", "publications.work",
                                             "publications.review", "publications.abolish"), badge="publications"),
    Item("catalog.campaigns", "行动", "desk", ("catalog.campaign_new", "catalog.campaign_edit",
                                             "catalog.key_counties", "catalog.categories")),
    Item("matching.words", "词表", "desk", ("matching.words_new", "matching.words_edit", "matching.words_preview",
                                            "matching.weights")),
    Item("accounts.users", "账号", "desk", ("accounts.user_new", "accounts.reset_password")),
    Item("deliveries.unsent", "未发消息", "desk", roles=_roles("system_admin")),
    Item("audit.log", "审计", "desk"),
)

# Pages that are reached from another page, not from the menu, and why.
OUTSIDE = {
    "static": "files", "portal.healthz": "for the load balancer",
    "accounts.sign_in": "topline", "accounts.sign_out": "topline", "accounts.password": "account menu",
    "organizations.register": "home and sign-in", "notices.inbox": "bell", "notices.read": "button in the inbox",
    "portal.unmask": "button beside a masked number", "needs.act": "buttons", "needs.change_act": "buttons",
    "offerings.act": "buttons", "needs.copy": "button on a need", "offerings.copy": "button on an offering",
    "organizations.member_act": "buttons", "organizations.install_owner": "form beside a name",
    "organizations.open_owner": "form below the names", "organizations.act": "buttons",
    "agreements.download": "button on an agreement", "agreements.confirm": "button on an agreement",
    "agreements.take_back": "button on an agreement", "agreements.amendment_act": "buttons",
    "agreements.amendment_docx": "button on an amendment",
    "pairings.hand_over": "form on the approval desk", "pairings.end_delegation": "button beside a delegation",
    "pairings.act": "buttons", "pairings.bid": "button on a need",
    "pairings.order": "button on an offering", "accounts.user_act": "buttons",
    "catalog.key_county_edit": "form in the list", "matching.words_act": "buttons",
    "matching.weights_restore": "buttons",
    "matching.similar": "panel beside the form",
    "exports.make": "menu above a list", "exports.make_desk": "menu above a list", "exports.list": "account menu",
    "exports.page": "menu above a list", "exports.page_desk": "menu above a list",
    "exports.fetch": "link in the list of exports",
    "searches.list": "account menu and the libraries", "searches.save": "form above a library",
    "searches.run": "links in the list of searches", "searches.change": "form in the list of searches",
    "searches.delete": "button in the list of searches", "searches.restore": "button below the list of searches",
    "results.closing_act": "buttons", "results.evaluation_reply": "form below an evaluation",
    "results.certificate_issue": "button", "results.certificate_revoke": "button",
    "results.certificate_pdf": "link on a pairing", "results.case": "button on a pairing",
    "results.verify": "foot of every public page, and the certificate",
    "results.verify_code": "the certificate's QR code",
    "deliveries.settings": "account menu and the inbox", "deliveries.address": "forms on the settings",
    "deliveries.act": "buttons",
    "board.export": "button above the board", "tracking.milestone": "buttons on a pairing",
    "tracking.followed": "button in the log", "tracking.complaint_act": "buttons",
    "calls.act": "buttons", "calls.decide": "form below the comparison", "calls.ask": "form on a call",
    "calls.answer": "form below a question", "calls.reply_act": "buttons", "calls.judge": "form below a reply",
    "calls.counter": "button on an order's page", "calls.counter_act": "buttons",
    "rosters.act": "buttons", "radar.export": "button above the radar",
    "files.attach": "form on a record", "files.remove": "button beside a file", "files.restore": "button beside a file",
    "files.open_up": "button beside a file",
    "files.download": "links on a record", "files.preview": "pictures on a record",
    "imports.start": "button above the list of needs, of offerings, of organizations",
    "imports.blank": "button beside the file", "imports.detail": "list of imports", "imports.columns": "after the file",
    "imports.rows": "after the columns", "imports.row": "forms in the rows", "imports.remap": "button above the rows",
    "imports.faulty": "button above the rows", "imports.run": "button above the rows",
    "imports.progress": "while it runs", "imports.result": "when it is done", "imports.undo": "button below the result",
    "imports.submit": "button below the result", "imports.discard": "buttons",
    "catalog.village_new": "form in the list", "catalog.village_act": "buttons in the list",
    "orders.hand_in": "the form", "orders.place": "button in the form", "orders.say": "buttons",
    "orders.leave": "button", "orders.act": "buttons", "orders.poster_pdf": "button on the poster's page",
    "mergers.act": "buttons", "plans.act": "buttons", "plans.carry": "button below the plan",
    "publications.feed_of_all": "link above the list", "publications.feed_of_channel": "link above the list",
    "publications.act": "buttons", "publications.revise": "button on a document",
    "publications.pick": "part of the form of a need",
    "need_templates.act": "buttons", "need_templates.questions_asked": "panel beside the form",
}

badges: dict[str, Callable[[Any], int]] = {}  # name -> count for an actor; features register theirs
# Blueprint -> the endpoint of the entry that its pages light up for an actor, where that is not the same for everybody.
lit: dict[str, Callable[[Any], str]] = {}


def menu(section: str) -> list[Shown]:
    """The entries of a section that the present visitor may enter."""
    shown = []
    elsewhere = lit[request.blueprint](current_user) if request.blueprint in lit else ""
    for item in ITEMS:
        if item.section != section or item.endpoint not in current_app.view_functions:
            continue
        if not may_enter(current_app._get_current_object(), item.endpoint, current_user):  # type: ignore[attr-defined]
            continue
        if item.roles and current_user.role not in item.roles:
            continue
        count = badges[item.badge](current_user) if item.badge in badges else 0
        active = item.endpoint in (request.endpoint, elsewhere) or request.endpoint in item.under
        shown.append(Shown(item.label, url_for(item.endpoint), active, count))
    return shown


def init_navigation(app: Flask) -> None:
    """Let templates call `nav(section)`."""
    app.jinja_env.globals["nav"] = menu
