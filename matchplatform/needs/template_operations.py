"""Everything that changes a text template: writing, changing, switching off and on, moving up and down."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.catalog.queries import category
from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.needs import template_queries as queries
from matchplatform.needs import template_rules as rules
from matchplatform.needs.template_models import NeedTemplate

COLUMNS = ("category_code", "name", "title", "body", "goal", "conditions", "lines", "hints")
LABELS = {"create": "新建模板", "edit": "修改模板", "disable": "停用模板", "enable": "启用模板", "up": "模板上移",
          "down": "模板下移"}


def create_template(actor: Any, values: Mapping[str, Any]) -> NeedTemplate:
    """A new template at the end of its category. Raises Refusal, Conflict when the name is taken."""
    demand(rules.can_keep(actor))
    _demand_category(values.get("category_code"))
    template = NeedTemplate(position=queries.next_position(values["category_code"]), updated_by=actor.id)
    _fill(template, values)
    with _unlike_others():
        db.session.add(template)
        db.session.flush()
    _log(actor, template, "create")
    return template


def edit_template(actor: Any, template: NeedTemplate, values: Mapping[str, Any],
                  version: int | None = None) -> NeedTemplate:
    """Change a template; drafts written from it stay as they are. Raises Refusal, Conflict when the page was old."""
    demand(rules.can_keep(actor))
    _refuse_stale(template, version)
    if "category_code" in values:
        _demand_category(values["category_code"])
    with _unlike_others():
        changed = _fill(template, values)
        if changed:
            template.updated_by, template.updated_at = actor.id, now()
            db.session.flush()
    if not changed:
        return template
    _log(actor, template, "edit", {"changed": changed, "version": template.version})
    return template


def switch(actor: Any, template: NeedTemplate, verb: str, version: int | None = None) -> str:
    """Put a template out of use or back into it, or move it among its category's; answers what was done in words."""
    demand(rules.can_keep(actor))
    if verb not in ("enable", "disable", "up", "down"):
        raise Refusal("没有这个操作。")
    _refuse_stale(template, version)
    if verb in ("enable", "disable") and template.is_active == (verb == "enable"):
        raise Conflict(f"“{template.name}”已经{'在用' if template.is_active else '停用'}。", "请刷新页面看最新状态。")
    with _unlike_others():
        if verb in ("up", "down"):
            _move(template, verb)
        else:
            template.is_active, template.updated_by = verb == "enable", actor.id
        db.session.flush()
    _log(actor, template, verb)
    return {"enable": "已启用", "disable": "已停用，写需求时不再出现", "up": "已上移", "down": "已下移"}[verb]


def _move(template: NeedTemplate, verb: str) -> None:
    """Change places with the neighbour; positions are dealt out anew, so that equal ones cannot stick."""
    rows = queries.neighbours(template)
    number = rows.index(template)
    other = number + (-1 if verb == "up" else 1)
    if not 0 <= other < len(rows):
        raise Refusal(f"“{template.name}”已经在{'最前' if verb == 'up' else '最后'}。")
    rows[number], rows[other] = rows[other], rows[number]
    for place, row in enumerate(rows, 1):
        row.position = 10 * place


def _fill(template: NeedTemplate, values: Mapping[str, Any]) -> list[str]:
    changed = [name for name in COLUMNS if name in values and getattr(template, name) != values[name]]
    for name in changed:
        setattr(template, name, values[name])
    return changed



def _demand_category(code: str | None) -> None:
    if category(code) is None:
        raise Refusal("没有这个帮扶领域。", "请从列表里选一个。")


def _refuse_stale(template: NeedTemplate, version: int | None) -> None:
    if version is not None and version != template.version:
        raise Conflict(f"“{template.name}”刚刚被{queries.keeper_name(template) or '别人'}改过。",
                       "您打开的是以前的内容，这次没有保存；请看最新内容再改。")


@contextmanager
def _unlike_others() -> Iterator[None]:
    """What happens inside is undone as a whole, and told, when the database refuses it."""
    try:
        with db.session.begin_nested(), db.session.no_autoflush:
            yield
    except StaleDataError:
        raise Conflict("别人刚刚改动了这个模板。", "请看最新内容再改。")
    except IntegrityError:
        raise Conflict("这个领域里已经有同名的模板。", "请换一个名称，或者改那一个。")


def _log(actor: Any, template: NeedTemplate, verb: str, detail: dict[str, Any] | None = None) -> None:
    record(actor, verb, LABELS[verb], "template", object_id=template.id,
           object_label=f"{template.category.name}：{template.name}" if template.category else template.name,
           detail=detail)
