"""The lists that can be taken out: who may, which filter they heed, what is in them and how it looks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from matchplatform.core.errors import Refusal
from matchplatform.core.typed import Field
from matchplatform.exports import chat, columns
from matchplatform.exports.chat import Chat
from matchplatform.exports.columns import Columns
from matchplatform.exports.reader import Reader
from matchplatform.exports.workbook import Part
from matchplatform.extensions import db
from matchplatform.matching.finding import all_ids
from matchplatform.needs import filters as need_filters
from matchplatform.needs.list_queries import desk_need_ids
from matchplatform.needs.models import Need
from matchplatform.offerings import filters as offering_filters
from matchplatform.offerings.list_queries import desk_offering_ids
from matchplatform.offerings.models import Offering
from matchplatform.organizations import queries as organizations
from matchplatform.organizations import rules as organization_rules
from matchplatform.organizations.models import Organization
from matchplatform.pairings import queries as pairings
from matchplatform.pairings import rules as pairing_rules
from matchplatform.pairings.models import Pairing
from matchplatform.publications import filters as publication_filters
from matchplatform.publications import rules as publication_rules
from matchplatform.publications.list_queries import publication_ids
from matchplatform.publications.models import Publication
from matchplatform.searches.wording import NEEDS, OFFERINGS, SHARED, Term, choice, conditions
from matchplatform.web.listing import read_arguments

CHUNK = 500            # records read at once, by their numbers
LONGEST_QUERY = 4_000

ORGANIZATIONS = {**SHARED, "city": Term("登记在", SHARED["city"].read),
                 "kind": Term("类型", choice(organization_rules.KINDS)),
                 "level": Term("登记级别", choice(organization_rules.LEVELS)),
                 "rating": Term("评估等级", choice(organization_rules.RATINGS, none="未评估或已过期")),
                 "state": Term("状态", choice(organization_rules.STATES))}
PAIRINGS = {**SHARED, "state": Term("状态", choice(pairing_rules.SHOWN)),
            "origin": Term("怎么来的", choice(pairing_rules.ORIGINS)),
            "late": Term("范围", lambda value: pairings.LATE.get(value, ""))}
PUBLICATIONS = {**SHARED, "channel": Term("栏目", choice(publication_rules.CHANNELS)),
                "level": Term("级别", choice(publication_rules.LEVELS)),
                "validity": Term("有效性", choice(publication_rules.VALIDITY)),
                "topic": Term("主题分类", choice(publication_rules.TOPICS)),
                "year": Term("成文年份", lambda year: f"{year}年")}


@dataclass(frozen=True)
class Shelf:
    """One list. `roles` is who may take it out (empty: everybody); `ids` takes the reader and the filter to the
    numbers of the whole list in its order; `columns` takes the reader to what he may see."""

    key: str
    title: str
    page: str
    filter: type
    terms: Mapping[str, Term]
    roles: frozenset[str]
    model: Any
    ids: Callable[[Reader, Any], list[int]]
    columns: Callable[[Reader], Columns]
    ledger: Columns
    typed: tuple[Field, ...] = ()
    part: Part | None = None
    chat: Chat | None = None  # how it stands in a group chat; None: no such list
    notes: tuple[str, ...] = ()

    def is_open_to(self, reader: Reader) -> bool:
        """May this person take the list out?"""
        return not self.roles or reader.role in self.roles

    def wanted(self, query: str) -> Any:
        """The filter that stands in a query string. Raises Refusal when it is beyond all measure."""
        if len(query) > LONGEST_QUERY:
            raise Refusal("筛选条件太多，不能导出。", "请去掉几个条件再导出。")
        return read_arguments(self.filter, MultiDict(parse_qsl(query.lstrip("?"), max_num_fields=400)))

    def chat_ids(self, reader: Reader, wanted: Any) -> list[int]:
        """What of the filter's selection goes into a group chat: only what can be taken now."""
        state = self.chat.state if self.chat else ""
        if not state:
            return self.ids(reader, wanted)
        if wanted.state and state not in wanted.state:
            return []
        return self.ids(reader, replace(wanted, state=(state,)))

    def conditions(self, wanted: Any) -> tuple[tuple[str, str], ...]:
        """The filter in words."""
        return conditions(wanted, self.terms, self.typed)

    def records(self, ids: Sequence[int], reading: Callable[[], AbstractContextManager[Any]] = nullcontext,
                after: Callable[[int], None] = lambda done: None) -> Iterator[Any]:
        """The records in the order of the ids, read 500 at a time; what has gone meanwhile is left out.

        `reading` is put around each piece, and a record is only good until the next piece: it may end the
        transaction. `after` hears how many were done.
        """
        statement = sa.select(self.model)
        if self.model is Need:
            statement = statement.options(selectinload(Need.lines))
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start:start + CHUNK]
            with reading():
                found = {one.id: one for one in db.session.scalars(statement.where(self.model.id.in_(chunk)))}
                yield from (found[one] for one in chunk if one in found)
                del found
            after(start + len(chunk))


def _public_pairings(_reader: Reader, wanted: Any) -> list[int]:
    by = wanted if wanted.sort in ("approved", "moved") else replace(wanted, sort="approved")
    return pairings.public_pairing_ids(by)


def _found(reader: Reader, wanted: Any) -> list[int]:
    return list(all_ids(wanted, reader))


_COUNTY, _TOWN = "county_officer", "township_officer"
_CITY, _PROVINCE, _MEMBER = "city_officer", "province_officer", "organization_member"
_NO_PHONE = "公开名单不含联系人和电话；要联系的，请登录后到记录页上查看，查看会留下记录。"
_MASKED = "不是本单位的联系电话只显示一部分；要看完整号码，请到记录页上写明用途。"
_MONEY = "金额单位在表头；资金和物资折价分开记，不合在一起。"

_EVERYBODY: frozenset[str] = frozenset()
SHELVES = {one.key: one for one in (
    Shelf("needs", "需求项目库", "portal.needs", need_filters.NeedFilter, NEEDS, _EVERYBODY, Need, _found,
          columns.public_needs, columns.NEED_LEDGER, need_filters.TYPED, columns.NEED_ITEMS,
          chat.needs_in("open"), (_NO_PHONE, _MONEY)),
    Shelf("offerings", "供给项目库", "portal.offerings", offering_filters.OfferingFilter, OFFERINGS, _EVERYBODY,
          Offering, _found, columns.public_offerings, columns.OFFERING_LEDGER, offering_filters.TYPED,
          chat=chat.offerings_in("open"), notes=(_NO_PHONE, _MONEY)),
    Shelf("organizations", "社会组织名录", "portal.organizations", organizations.OrganizationFilter, ORGANIZATIONS,
          _EVERYBODY, Organization, _found, columns.public_organizations, columns.ORGANIZATION_LEDGER,
          chat=chat.ORGANIZATIONS, notes=(_NO_PHONE,)),
    Shelf("pairings", "结对帮扶名单", "portal.pairings", pairings.PairingFilter, PAIRINGS, _EVERYBODY, Pairing,
          _public_pairings, columns.public_pairings, columns.PAIRING_LEDGER, notes=(_NO_PHONE, _MONEY)),
    Shelf("publications", "规划政策目录", "publications.library", publication_filters.LibraryFilter, PUBLICATIONS,
          _EVERYBODY, Publication, lambda _reader, wanted: publication_ids(wanted), columns.public_publications,
          columns.PUBLICATION_LEDGER, notes=("正文和附件在各份文件的页面上。",)),
    Shelf("desk-needs", "需求", "needs.list", need_filters.DeskFilter, NEEDS,
          frozenset({_COUNTY, _TOWN, _CITY, _PROVINCE}), Need, desk_need_ids, columns.desk_needs, columns.NEED_LEDGER,
          part=columns.NEED_ITEMS, chat=chat.needs_in("published"), notes=(_MASKED, _MONEY)),
    Shelf("desk-offerings", "供给", "offerings.list", offering_filters.DeskFilter, OFFERINGS,
          frozenset({_MEMBER, _PROVINCE}), Offering, desk_offering_ids, columns.desk_offerings,
          columns.OFFERING_LEDGER, chat=chat.offerings_in("published"), notes=(_MASKED, _MONEY)),
    Shelf("desk-pairings", "结对", "pairings.list", pairings.PairingFilter, PAIRINGS,
          frozenset({_COUNTY, _MEMBER, _CITY, _PROVINCE}), Pairing, pairings.desk_pairing_ids, columns.desk_pairings,
          columns.PAIRING_LEDGER, notes=(_MASKED, _MONEY)),
    Shelf("desk-organizations", "社会组织入库", "organizations.vetting", organizations.VettingFilter, ORGANIZATIONS,
          frozenset({_CITY, _PROVINCE}), Organization, organizations.desk_organization_ids,
          columns.desk_organizations, columns.ORGANIZATION_LEDGER, notes=(_MASKED,)),
)}
