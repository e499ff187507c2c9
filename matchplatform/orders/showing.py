"""How an order is shown: the villagers' words for the matters, the steps it takes, masked data."""

from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import place
from matchplatform.core import clock
from matchplatform.core.phone import masked
from matchplatform.orders import rules

# category -> what villagers call it, and what it is about; others go by their own name
TILES = {
    "elderly_care": ("养老", "吃饭、看护"), "childcare": ("带娃", "托管、陪伴"), "education": ("上学", "老师、书本"),
    "health": ("看病", "村医、体检"), "employment": ("找活干", "学手艺"), "consumption": ("卖东西", "卖粮卖果"),
    "agricultural_technology": ("种养", "治虫、农机"), "industry": ("搞产业", "茶、果、民宿"),
    "living_environment": ("修路改厕", "房屋、环境"), "governance": ("讲道理", "纠纷、账目"),
    "culture_and_sports": ("看戏打球", "文化、体育"), "charity_relief": ("遇到难处", "急用钱"),
}



def matters(categories: list[Any]) -> list[Any]:
    """The categories as villagers look for them: what they ask for most stands first, others behind."""
    order = list(TILES)
    return sorted(categories, key=lambda one: order.index(one.code) if one.code in order else len(order))


SAID = {
    "submitted": "单子到了乡镇，等人打电话核实。", "reviewing": "乡镇或县里正在核实，会打电话给您。",
    "accepted": "核实过了，写成了需求，正在找组织来办。", "serving": "有组织在办了。",
    "delivered": "组织说办完了。您说办好了，才算办好。", "confirmed": "您说办好了。请打个分。",
    "rated": "您已经打了分，谢谢。",
}


@dataclass(frozen=True)
class Step:
    """One step of the way: `tone` is done, now or ""; `at` when it was reached."""

    label: str
    tone: str
    at: Any
    text: str


@dataclass(frozen=True)
class Card:
    """An order as its villager sees it; nothing that a stranger over his shoulder could use."""

    where: str
    phone: str
    name: str
    steps: list[Step]
    state: Any


def masked_name(name: str) -> str:
    """李** for 李大爷: the first character only."""
    return f"{name[0]}{'*' * min(2, len(name) - 1)}" if name else ""


def card_of(order: Any) -> Card:
    """What the pages of the number and of following show."""
    reached: dict[str, Any] = {}
    for event in order.events:
        reached[event.target] = event.at
    lapsed = rules.is_lapsed(order, clock.now())
    status = "submitted" if lapsed else order.status
    return Card(place(order.township_code) + order.village, masked(order.phone), masked_name(order.name),
                _steps(order, status, reached), rules.shown_state(order, clock.now()))


def _steps(order: Any, status: str, reached: dict[str, Any]) -> list[Step]:
    if status == "returned":
        return [Step("已提交", "done", order.submitted_at, ""),
                Step("已退回", "now", reached.get("returned"), order.status_reason)]
    here = rules.STEPS.index(status)
    steps = []
    for number, state in enumerate(rules.STEPS):
        tone = "done" if number < here or (number == here and state == "rated") else "now" if number == here else ""
        at = order.submitted_at if state == "submitted" else reached.get(state) if number <= here else None
        text = SAID[state] if number == here else ""
        if number == here and state in rules.WAITING and order.due_at is not None:
            day = clock.local(order.due_at)
            text += f"{day.month}月{day.day}日前答复。"
            if order.disputed_at is not None:
                text = f"您说没有办好，退回县里重新办。{day.month}月{day.day}日前打电话给您。"
        steps.append(Step(rules.STATES[state].label, tone, at if tone else None, text))
    return steps
