"""What organizations take of a need's lines and bring: conditional UPDATEs, so that two at once never take too much."""

from collections.abc import Mapping

import sqlalchemy as sa

from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import rules
from matchplatform.needs.models import Need, NeedLine


def commit_lines(need: Need, taken: Mapping[int, int]) -> None:
    """Take so much of each line (id -> quantity). Raises Refusal with the line and what is left of it."""
    for line_id, quantity in sorted(taken.items()):
        left = NeedLine.quantity - NeedLine.committed
        if not _change(need, line_id, left >= quantity, committed=NeedLine.committed + quantity):
            line = _fresh(need, line_id)
            said = rules.take_verdict(line, quantity).reason if line else "要接的事项已经不在这条需求里。"
            raise Refusal(said, "请和对方商量，撤回以后按剩下的数量重新报。")


def release_lines(need: Need, taken: Mapping[int, int]) -> None:
    """Give back what was taken and not delivered."""
    for line_id, quantity in sorted(taken.items()):
        if not _change(need, line_id, NeedLine.committed - NeedLine.delivered >= quantity,
                       committed=NeedLine.committed - quantity):
            raise RuntimeError(f"line {line_id} of {need.code} holds less than is given back")


def deliver_lines(need: Need, brought: Mapping[int, int]) -> None:
    """What was taken has been brought."""
    for line_id, quantity in sorted(brought.items()):
        if not _change(need, line_id, NeedLine.committed - NeedLine.delivered >= quantity,
                       delivered=NeedLine.delivered + quantity):
            raise RuntimeError(f"line {line_id} of {need.code} holds less than was brought")


def take_back_delivery(need: Need, brought: Mapping[int, int]) -> None:
    """It was not brought after all: the pairing is under way again."""
    for line_id, quantity in sorted(brought.items()):
        if not _change(need, line_id, NeedLine.delivered >= quantity, delivered=NeedLine.delivered - quantity):
            raise RuntimeError(f"line {line_id} of {need.code} had less brought than is taken back")


def _change(need: Need, line_id: int, still: sa.ColumnElement[bool], **values: sa.ColumnElement[int]) -> bool:
    changed = db.session.execute(sa.update(NeedLine).where(
        NeedLine.id == line_id, NeedLine.need_id == need.id, still).values(**values)
        .execution_options(synchronize_session=False)).rowcount
    for line in need.lines:
        if line.id == line_id:
            db.session.expire(line)
    return changed == 1


def _fresh(need: Need, line_id: int) -> NeedLine | None:
    return db.session.scalar(sa.select(NeedLine).where(NeedLine.id == line_id, NeedLine.need_id == need.id)
                             .execution_options(populate_existing=True))
