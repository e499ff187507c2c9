"""Loads the text templates that come with the platform; safe to run again."""

import json
from importlib import resources

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.needs.template_models import NeedTemplate
from matchplatform.needs.template_rules import Hint, written_hints


def load_templates() -> int:
    """Insert the templates that are not there yet; answers how many. What the province has changed stays changed,
    and one of its own with the same name in the same category stands in the place of ours."""
    text = resources.files(__package__).joinpath("templates.json").read_text(encoding="utf-8")
    known = set(db.session.scalars(sa.select(NeedTemplate.key)))
    names = set(db.session.execute(sa.select(NeedTemplate.category_code, NeedTemplate.name)).tuples())
    added = []
    for position, row in enumerate(json.loads(text), 1):
        if row["key"] in known or (row["category_code"], row["name"]) in names:
            continue
        hints = [Hint(tuple(words), question, example) for words, question, example in row["hints"]]
        lines = [{"item": item, "unit": unit, "quantity": quantity} for item, unit, quantity in row["lines"]]
        added.append(NeedTemplate(key=row["key"], category_code=row["category_code"], name=row["name"],
                                  title=row["title"], body="\n".join(row["body"]), goal=row["goal"],
                                  conditions=row["conditions"], lines=lines, hints=written_hints(hints),
                                  position=10 * position))
    db.session.add_all(added)
    db.session.flush()
    return len(added)
