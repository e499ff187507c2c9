"""Reading imports: an office's own, their rows, what is there already, what became of what was made."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import categories, city_of, place, region, regions, short_name, townships
from matchplatform.core import clock
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.imports import rules
from matchplatform.imports.ahead import Ahead
from matchplatform.imports.mapping import Mapping
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.rows import Context, Fault, Record
from matchplatform.jobs.models import Job
from matchplatform.needs import rules as need_rules
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.models import Need
from matchplatform.needs.plan_models import PlanRow
from matchplatform.offerings import rules as offering_rules
from matchplatform.offerings.models import Offering
from matchplatform.organizations import rules as organization_rules
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import organization_names

JOBS = ("import-check", "import-run", "import-undo", "import-fill", "import-submit")
SHOWN = 20


@dataclass(frozen=True)
class RowFilter:
    """Which rows of an import are shown, as it stands in the URL."""

    state: str = ""
    page: int = 1


@dataclass(frozen=True)
class ListFilter:
    """Which page of an office's imports is shown."""

    page: int = 1


@dataclass
class Content:
    """What a row holds besides its columns: the record as it stands in the sheet and what was found about it."""

    record: Record
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    code: str = ""

    def as_text(self) -> str:
        """As it is stored."""
        return json.dumps({"record": self.record.as_data(), "faults": [vars(one) for one in self.faults],
                           "notes": self.notes, "missing": self.missing, "code": self.code}, ensure_ascii=False)

    @classmethod
    def of(cls, row: ImportRow) -> "Content | None":
        """Of a row; None when its texts are gone because nobody needs them any more."""
        if row.content is None:
            return None
        data = json.loads(row.content)
        return cls(Record.from_data(data["record"]), [Fault(**one) for one in data["faults"]], data["notes"],
                   data["missing"], data["code"])


def own_imports(actor: Any, wanted: ListFilter, size: int = 10) -> Page[Import]:
    """The imports of the actor's office, the newest first."""
    return page_of(sa.select(Import).where(Import.office == rules.office_of(actor)), (Import.id.desc(),), wanted.page,
                   size)


def own_import(actor: Any, import_id: int) -> Import:
    """One of the office's imports. Raises NotFound for anybody else's."""
    found = db.session.scalar(sa.select(Import).where(Import.id == import_id,
                                                      Import.office == rules.office_of(actor)))
    if found is None:
        raise NotFound
    return found


def import_by_id(import_id: int) -> Import:
    """For background work, which acts in the owner's name."""
    found = db.session.get(Import, import_id)
    if found is None:
        raise NotFound
    return found


def same_file(office: str, kind: str, file_hash: str) -> Import | None:
    """The live import of the same file by the same office."""
    return db.session.scalar(sa.select(Import).where(
        Import.office == office, Import.kind == kind, Import.file_hash == file_hash,
        Import.status.not_in(rules.ENDED)))


def own_row(item: Import, row_id: int) -> ImportRow:
    """A row of this import. Raises NotFound."""
    found = db.session.scalar(sa.select(ImportRow).where(ImportRow.id == row_id, ImportRow.import_id == item.id))
    if found is None:
        raise NotFound
    return found


def counts(item: Import) -> dict[str, int]:
    """Row state -> how many."""
    return dict(db.session.execute(sa.select(ImportRow.state, sa.func.count()).where(
        ImportRow.import_id == item.id).group_by(ImportRow.state)).tuples().all())


def counts_of(ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """The counts of several imports in one statement."""
    found: dict[int, dict[str, int]] = {}
    for number, state, count in db.session.execute(sa.select(ImportRow.import_id, ImportRow.state, sa.func.count())
                                                   .where(ImportRow.import_id.in_(list(ids)))
                                                   .group_by(ImportRow.import_id, ImportRow.state)):
        found.setdefault(number, {})[state] = count
    return found


def rows_page(item: Import, wanted: RowFilter, size: int = SHOWN) -> Page[ImportRow]:
    """A page of rows in the sheet's order; the faulty ones first where none is chosen."""
    statement = sa.select(ImportRow).where(ImportRow.import_id == item.id)
    if wanted.state in rules.ROW_STATES:
        statement = statement.where(ImportRow.state == wanted.state)
    return page_of(statement, (ImportRow.state != "faulty", ImportRow.position), wanted.page, size)


def page_of_row(item: Import, row: ImportRow, state: str, size: int = SHOWN) -> int:
    """On which page of the rows in a state this one stands."""
    before = db.session.scalar(sa.select(sa.func.count()).where(
        ImportRow.import_id == item.id, ImportRow.state == state, ImportRow.position < row.position)) or 0
    return before // size + 1


def rows_in(item: Import, state: str, limit: int | None = None) -> list[ImportRow]:
    """Rows in a state, in the sheet's order."""
    statement = sa.select(ImportRow).where(ImportRow.import_id == item.id, ImportRow.state == state).order_by(
        ImportRow.position)
    return list(db.session.scalars(statement if limit is None else statement.limit(limit)))


def known_records(landing: str, kind: str, fingerprints: Iterable[str]) -> dict[str, str]:
    """Fingerprint -> code of the record that an import made from the same row and that was not undone."""
    wanted = [one for one in fingerprints if one]
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        found |= dict(db.session.execute(sa.select(ImportRow.fingerprint, ImportRow.record_code).where(
            ImportRow.landing == landing, ImportRow.kind == kind, ImportRow.state == "created",
            ImportRow.fingerprint.in_(wanted[start:start + 500]))).tuples().all())
    return found


def newest_job(item: Import) -> Job | None:
    """The last background work on this import."""
    return db.session.scalar(sa.select(Job).where(Job.kind.in_(JOBS), Job.subject_code == str(item.id))
                             .order_by(Job.id.desc()).limit(1))


def ahead_of(actor: Any, item: Import) -> Ahead:
    """What reading the import's list for this person wants of the database."""
    return Ahead(item.id, item.kind, item.sheets_kept, item.sheet, item.header_row, mapping_of(item),
                 context_of(actor))


def mapping_of(item: Import) -> Mapping | None:
    """What each column means, once that was proposed or chosen."""
    return Mapping.from_data(json.loads(item.mapping_json)) if item.mapping_json else None


def context_of(actor: Any) -> Context:
    """What the words of a sheet are looked up in for this person."""
    listed = tuple((one.code, one.name) for one in categories())
    if rules.kind_for(actor) == "need":
        county = county_of(actor)
        return Context(categories=listed, townships=tuple((one.code, one.name) for one in townships(county)),
                       county=short_name(county), city=short_name(city_of(county).code),
                       township_code=actor.township_code or "", now=clock.now())
    names = organization_names([actor.organization_id]) if actor.organization_id is not None else {}
    return Context(categories=listed, areas=tuple((one.code, one.name) for one in regions().values()),
                   organization=names.get(actor.organization_id or 0, ""), now=clock.now())


def county_of(actor: Any) -> str:
    """The county that an officer of a county or township writes for."""
    return actor.county_code or region(actor.township_code).parent_code


def landing_of(actor: Any, kind: str) -> str:
    """Where this person's records land, see rules.landing_of."""
    return rules.landing_of(actor, kind, county_of(actor) if kind == "need" else None)


def where(actor: Any) -> str:
    """Into which library the rows go, in words."""
    match rules.kind_for(actor):
        case "need":
            return f"{place(actor.township_code or actor.county_code)}的需求"
        case "offering":
            return f"{organization_names([actor.organization_id])[actor.organization_id]}的供给"
        case _:
            return "社会组织名册"


# ---- what became of the records

_LABELS = {"need": need_rules.STATES, "offering": offering_rules.STATES, "organization": organization_rules.STATES}


def made_of(kind: str, codes: Sequence[str]) -> dict[str, rules.Made]:
    """What became of records that an import made, by code."""
    statuses = _statuses(kind, codes)
    acts: dict[str, list[str]] = {}
    for code, act in db.session.execute(sa.select(AuditRow.object_id, AuditRow.act).where(
            AuditRow.kind == kind, AuditRow.object_id.in_(codes))):
        acts.setdefault(code, []).append(act)
    tied = _tied(kind, codes)
    made = {}
    for code in codes:
        status = statuses.get(code, "")
        made[code] = rules.Made(kind, status, _LABELS[kind][status].label if status else "", tuple(acts.get(code, ())),
                                tuple(name for name, among in tied.items() if code in among))
    return made


def _tied(kind: str, codes: Sequence[str]) -> dict[str, set[str]]:
    """What may hang on a draft -> the codes on which it does."""
    tied = {"附件": set(db.session.scalars(sa.select(Attachment.owner_code).where(
        Attachment.owner_kind == kind, Attachment.owner_code.in_(codes), Attachment.removed_at.is_(None))))}
    if kind == "need":
        for name, columns in (("合并的提议", (NeedMerger.kept_id, NeedMerger.merged_id)),
                              ("年度计划里的一行", (PlanRow.need_id,))):
            tied[name] = set(db.session.scalars(sa.select(Need.code).where(Need.code.in_(codes), sa.or_(
                *(Need.id.in_(sa.select(column)) for column in columns)))))
    return tied


def _statuses(kind: str, codes: Sequence[str]) -> dict[str, str]:
    if kind == "organization":
        numbers = [int(code) for code in codes]
        return {str(number): status for number, status in db.session.execute(sa.select(
            Organization.id, Organization.status).where(Organization.id.in_(numbers)))}
    model: Any = Need if kind == "need" else Offering
    return dict(db.session.execute(sa.select(model.code, model.status).where(model.code.in_(codes))).tuples().all())


def undo_verdicts(item: Import) -> list[tuple[ImportRow, Any]]:
    """Every row that made a record with the verdict whether it can be taken back."""
    rows = db.session.scalars(sa.select(ImportRow).where(
        ImportRow.import_id == item.id, ImportRow.state == "created").order_by(ImportRow.position).options(
            sa.orm.defer(ImportRow.content))).all()
    found = []
    for start in range(0, len(rows), 500):
        part = rows[start:start + 500]
        made = made_of(item.kind, [one.record_code for one in part])
        found += [(one, rules.undo_verdict(made[one.record_code])) for one in part]
    return found


def records_of(kind: str, codes: Sequence[str]) -> dict[str, Any]:
    """The records themselves, by code."""
    if kind == "organization":
        return {str(one.id): one for one in db.session.scalars(sa.select(Organization).where(
            Organization.id.in_([int(code) for code in codes])))}
    model: Any = Need if kind == "need" else Offering
    return {one.code: one for one in db.session.scalars(sa.select(model).where(model.code.in_(codes)))}


def draft_codes(item: Import) -> list[str]:
    """Codes of the import's records that are drafts still, in the sheet's order."""
    model: Any = Need if item.kind == "need" else Offering
    return list(db.session.scalars(sa.select(ImportRow.record_code).join(
        model, model.code == ImportRow.record_code).where(
            ImportRow.import_id == item.id, ImportRow.state == "created", model.status == "draft")
        .order_by(ImportRow.position)))
