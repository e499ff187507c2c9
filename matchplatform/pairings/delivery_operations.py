"""What progress reports bring of a pairing's lines: conditional UPDATEs, so that two at once never bring too much."""

from collections.abc import Mapping

import sqlalchemy as sa

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import line_operations
from matchplatform.pairings.models import Pairing, PairingLine


def bring(pairing: Pairing, change: Mapping[int, int]) -> None:
    """Count so much more of each line (id of the need's line -> quantity) as brought, or less where it is negative: a
    report was mended.

    Raises Refusal with the line and what may still come, for more than was agreed; Conflict where somebody else just
    took back what is taken back here.
    """
    for line_id, more in sorted(change.items()):
        if not more:
            continue
        after = PairingLine.delivered + more
        changed = db.session.execute(sa.update(PairingLine).where(
            PairingLine.pairing_id == pairing.id, PairingLine.need_line_id == line_id,
            after >= 0, after <= PairingLine.quantity).values(delivered=after)
            .execution_options(synchronize_session=False)).rowcount
        row = next((one for one in pairing.lines if one.need_line_id == line_id), None)
        if row is None:
            raise Refusal("这件结对里没有这一项。", "请刷新页面，按现在的事项填写。")
        db.session.refresh(row)
        if not changed and more > 0:
            left = row.quantity - row.delivered
            raise Refusal(f"{row.line.item}约定 {row.quantity} {row.line.unit}，还差 {left} {row.line.unit}，"
                          f"不能再记 {more} {row.line.unit}。", "请核对数量；多给的写在“做了什么”里。")
        if not changed:
            raise Conflict("别人刚刚改过这一项的数量。", "请看最新内容再改。")
        (line_operations.deliver_lines if more > 0 else line_operations.take_back_delivery)(
            pairing.need, {line_id: abs(more)})
