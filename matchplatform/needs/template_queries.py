"""Reading the text templates, and what is still asked of a draft by the one that fits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.needs import questions, template_rules
from matchplatform.needs.template_models import NeedTemplate

_ORDER = (NeedTemplate.position, NeedTemplate.id)
_TEXTS = ("title", "body", "goal", "conditions", "supplies", "village", "contact_name", "contact_phone")


@dataclass(frozen=True)
class Kept:
    """A category with its templates, for the desk."""

    name: str
    drawing: str
    templates: Sequence[NeedTemplate]


def templates_by_category(active_only: bool = True) -> list[Kept]:
    """Every category that has templates, in the categories' order."""
    wanted = sa.select(NeedTemplate).order_by(*_ORDER)
    rows = list(db.session.scalars(wanted.where(NeedTemplate.is_active) if active_only else wanted))
    groups: dict[str, list[NeedTemplate]] = {}
    for row in rows:
        if row.category.is_active or not active_only:
            groups.setdefault(row.category_code, []).append(row)
    found = sorted(groups.values(), key=lambda group: (group[0].category.position, group[0].category_code))
    return [Kept(group[0].category.name, group[0].category.drawing, group) for group in found]


def template_by_id(template_id: int) -> NeedTemplate:
    """Any template. Raises NotFound."""
    found = db.session.get(NeedTemplate, template_id)
    if found is None:
        raise NotFound
    return found


def chosen_template(text: str | None) -> NeedTemplate | None:
    """The template that an address names, if it is there and in use; else None: a mangled link gives a blank form."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    found = db.session.get(NeedTemplate, int(text))
    return found if found is not None and found.is_active else None


def template_for(category_code: str, text: str = "") -> NeedTemplate | None:
    """The category's template whose name is nearest to the text; None when none is near."""
    rows = list(db.session.scalars(sa.select(NeedTemplate).where(
        NeedTemplate.category_code == category_code, NeedTemplate.is_active).order_by(*_ORDER)))
    number = template_rules.fitting([row.name for row in rows], text)
    return None if number is None else rows[number]


def first_template(category_code: str) -> NeedTemplate | None:
    """The category's first template, whatever it is about."""
    return db.session.scalar(sa.select(NeedTemplate).where(
        NeedTemplate.category_code == category_code, NeedTemplate.is_active).order_by(*_ORDER).limit(1))


def asked_of(values: Mapping[str, Any], template: NeedTemplate | None = None) -> list[questions.Asked]:
    """What a reader would still ask of a draft; `values` as the form or a record has them."""
    texts = {name: str(values.get(name) or "") for name in _TEXTS}
    used = template or template_for(str(values.get("category_code") or ""), texts["title"] + texts["body"])
    draft = questions.Draft(**texts, has_people=str(values.get("beneficiaries") or "0") not in ("", "0"),
                            has_deadline=bool(values.get("ends_on")))
    return questions.questions(draft, used.asks if used is not None else ())


def asked_of_need(need: Any) -> list[questions.Asked]:
    """The same of a need as it is saved."""
    return asked_of({name: getattr(need, name) for name in (
        *_TEXTS, "category_code", "beneficiaries", "ends_on") if hasattr(need, name)})


def keeper_name(template: NeedTemplate) -> str:
    """Who changed it last; the platform's own rows have nobody."""
    return names({template.updated_by}).get(template.updated_by, "") if template.updated_by else ""


def next_position(category_code: str) -> int:
    """Behind the category's last."""
    last = db.session.scalar(sa.select(sa.func.max(NeedTemplate.position)).where(
        NeedTemplate.category_code == category_code))
    return (last or 0) + 10


def neighbours(template: NeedTemplate) -> list[NeedTemplate]:
    """The category's templates in order, whether in use or not."""
    return list(db.session.scalars(sa.select(NeedTemplate).where(
        NeedTemplate.category_code == template.category_code).order_by(*_ORDER)))
