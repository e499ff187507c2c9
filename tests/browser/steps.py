"""What people do on the pages, in the words of the journeys."""

import datetime as dt
import re
from typing import Any

from matchplatform.core.clock import today

NEED = {
    "title": "老人一天只做一顿饭，吃剩菜", "village": "万冲村",
    "body": "村里75岁以上老人68个，大多是早上煮一锅吃一天，剩菜热了又热。村委会腾出120平方的房子，水电都通了，"
            "就差灶台、冰箱、消毒柜和桌椅板凳。老人们表态，中午一餐愿意出5块钱。盼早点开张。",
    "goal": "春节前开餐；每天午餐就餐不少于 50 人", "conditions": "房屋、水电由村集体承担",
    "lines-0-item": "厨房设备", "lines-0-quantity": "1", "lines-0-unit": "套", "lines-0-unit_price": "38000",
    "funds_secured_fen": "2.4", "funds_gap_fen": "10.1", "beneficiaries": "68", "old_and_young": "68",
    "households": "52", "lifted_households": "19", "monitored_households": "4",
    "contact_name": "万主任", "contact_phone": "13871236021",
}
OFFERING = {
    "title": "老年食堂标准厨房设备包与首年补贴",
    "body": "设备包含双头灶、蒸饭柜、四门冰箱、消毒柜、餐桌椅，协助办理食品经营备案，培训炊事员，"
            "开餐第一年按就餐人次给予运营补贴，帮村里把老人午餐办起来。",
    "audience": "60 岁以上老人", "capacity": "2", "funds_fen": "5", "in_kind_fen": "6", "person_days": "12",
    "contact_name": "陈晓岚", "contact_phone": "13871230001",
}


def fill(page: Any, values: dict[str, str]) -> None:
    """Fill fields by name."""
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)


def said(page: Any, text: str) -> None:
    """Wait until the page says it."""
    page.get_by_text(text).first.wait_for()


def press(page: Any, name: str) -> None:
    """Press the button or open the disclosure with this name in the main part."""
    page.locator("main").locator(f"button:has-text('{name}'), summary:has-text('{name}')").locator(
        "visible=true").first.click()


def with_reason(page: Any, name: str, reason: str) -> None:
    """A verb that asks for a reason: open it, write, press."""
    press(page, name)
    page.locator("main details[open] textarea[name=reason]").fill(reason)
    page.locator("main details[open] button").click()


def send_certificate(page: Any, name: str = "登记证书.jpg", data: bytes | None = None) -> None:
    """A member sends in the certificate, as the telephone made it."""
    from tests.files.makers import telephone_picture

    page.goto("/desk/organization")
    if not page.locator("#attachment-files").is_visible():
        press(page, "材料" if page.get_by_text("再传一份材料").count() else "上传登记证书")
    page.set_input_files("#attachment-files", {"name": name, "mimeType": "image/jpeg",
                                               "buffer": data or telephone_picture(size=(900, 640))})
    press(page, "上传这份材料")


def compare_all(page: Any) -> None:
    """A vetter finds every field as the certificate has it, and passes."""
    for one in page.locator("input[type=radio][value=same]").all():
        one.check(force=True)
    press(page, "全部一致，通过入库")


def code_in(page: Any) -> str:
    """The code of the record that the address names."""
    return re.search(r"/((?:XQ|GJ|JD)[\dT-]+)", page.url)[1]


def write_need(page: Any) -> str:
    """A county officer writes a need, looks at it as the public will, and hands it in."""
    page.goto("/desk/needs/new")
    fill(page, {**NEED, "starts_on": f"{today() + dt.timedelta(days=40)}",
                "ends_on": f"{today() + dt.timedelta(days=400)}",
                "closing_at": f"{today() + dt.timedelta(days=30):%Y年%m月%d日}"})
    page.select_option("[name=category_code]", "elderly_care")
    press(page, "保存并预览")
    said(page, "下面就是发布以后群众和社会组织看到的内容")
    said(page, "138****6021")
    code = code_in(page)
    press(page, "提交审核")
    said(page, "已提交")
    return code


def release_need(page: Any, code: str) -> None:
    """A colleague releases it and sees who could help."""
    page.goto(f"/desk/needs/{code}")
    press(page, "放行发布")
    page.wait_for_url(f"**/desk/needs/{code}/matches**")


def write_offering(page: Any) -> str:
    """A member posts an offering for the whole province."""
    page.goto("/desk/offerings/new")
    fill(page, OFFERING)
    page.select_option("[name=category_code]", "elderly_care")
    page.check("[name=areas][value='420000']")
    press(page, "保存并核对")
    code = code_in(page)
    press(page, "上架")
    page.wait_for_url(f"**/desk/offerings/{code}/matches**")
    return code


def sign_agreement(page: Any, code: str) -> None:
    """The county puts the signed agreement on record."""
    page.goto(f"/desk/pairings/{code}/sign")
    fill(page, {"agreement_number": "孝昌民结〔2026〕3号", "signed_on": f"{today():%Y-%m-%d}",
                "starts_on": f"{today():%Y-%m-%d}", "ends_on": f"{today() + dt.timedelta(days=365):%Y年%m月%d日}",
                "funds_fen": "5", "in_kind_fen": "6万"})
    press(page, "登记协议")
    said(page, "协议已登记")


def complete(page: Any, code: str) -> None:
    """The county says that it is done."""
    page.goto(f"/desk/pairings/{code}")
    press(page, "办成")
    page.locator("main details[open] button").click()
    said(page, "已登记为办成")


def counted(page: Any) -> int:
    """The number on the home page."""
    page.goto("/")
    return int(page.locator(".goal .big").first.inner_text().replace(",", ""))
