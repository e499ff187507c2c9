"""The province's desk over HTTP."""

import datetime as dt
import re

import pytest

from matchplatform.catalog import queries
from matchplatform.core.clock import today
from matchplatform.extensions import db
from tests import factories
from tests.conftest import sign_in_directly
from tests.web.pages import statements

PATHS = ("/desk/campaigns", "/desk/campaigns/new", "/desk/campaigns/1", "/desk/campaigns/1/key-counties",
         "/desk/categories")


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def form(**changes):
    return {"name": "下一个三年行动", "source": "某号文件第三条", "starts_on": str(today() + dt.timedelta(days=61)),
            "ends_on": str(today() + dt.timedelta(days=900)), "goal": "200", "requires_rating": "y",
            "copy_from": str(current().id), **changes}


def current():
    queries.forget()
    db.session.expire_all()
    return queries.current_campaign()


@pytest.mark.parametrize("name", sorted(factories.PEOPLE))
def test_the_desk_is_the_provinces(app, people, name):
    client = sign_in_directly(app, getattr(people, name))
    for path in PATHS:
        assert client.get(path).status_code == (200 if "province" in name else 403), path


def test_open_the_next_one_and_look_at_its_list(as_province_officer, people):
    answer = as_province_officer.post("/desk/campaigns/new", data=form())
    assert answer.status_code == 303, text_of(answer)
    shown = text_of(as_province_officer.get(answer.headers["Location"]))
    assert "待核对 37 个" in shown
    assert "下一个三年行动" in text_of(as_province_officer.get("/desk/campaigns"))


@pytest.mark.parametrize(("typed", "said"), [
    ({"name": ""}, "行动名称还没有填"), ({"goal": "一百六十"}, "请写成 160"), ({"goal": "0"}, "不能小于 1"),
    ({"goal": "1e9"}, "整数"), ({"starts_on": "2026-13-01"}, "日历上"), ({"ends_on": ""}, "截止日期还没有填"),
    ({"starts_on": str(today())}, "日期重叠"), ({"name": "+行动"}, "不能用 + 开头"),
    ({"source": "长" * 300}, "最多 200 字")])
def test_bad_input_is_told_and_stays(as_province_officer, people, typed, said):
    answer = as_province_officer.post("/desk/campaigns/new", data=form(**typed))
    assert answer.status_code == 422
    assert said in text_of(answer)
    body = answer.get_data(as_text=True)
    assert "下一个三年行动" in body or "某号文件第三条" in body
    assert len(queries.campaigns()) == 2


def edit_form(campaign, **changes):
    return form(name=campaign.name, starts_on=str(campaign.starts_on), ends_on=str(campaign.ends_on),
                version=str(campaign.version), reason="厅务会调整", **changes)


def test_a_stale_page_gets_a_sentence(as_province_officer, people):
    campaign = current()
    path, stale = f"/desk/campaigns/{campaign.id}", edit_form(campaign, goal="180")
    assert as_province_officer.post(path, data=edit_form(campaign, goal="170")).status_code == 303
    answer = as_province_officer.post(path, data=stale, headers={"Referer": path})
    assert answer.status_code == 303
    assert "别人刚刚改动了这个行动" in text_of(as_province_officer.get(answer.headers["Location"]))
    assert current().goal == 170


def test_an_edit_without_a_reason_keeps_what_was_typed(as_province_officer, people):
    campaign = current()
    answer = as_province_officer.post(f"/desk/campaigns/{campaign.id}", data=edit_form(campaign, goal="171")
                                      | {"reason": ""})
    assert answer.status_code == 422
    assert "还没有写明理由" in text_of(answer)
    assert 'value="171"' in answer.get_data(as_text=True)
    assert current().goal == 160


def test_verify_and_remove_a_county_over_http(as_province_officer, people):
    campaign = current()
    base = f"/desk/campaigns/{campaign.id}/key-counties"
    row = f"{base}/420921"
    assert as_province_officer.post(row, data={"source": "某号文件", "verified": "y"}).status_code == 303
    shown = text_of(as_province_officer.get(f"{base}?status=verified"))
    assert "孝昌县" in shown
    assert "阳新县" not in re.search(r"记录日期.*?加一个县", shown)[0]
    bad = as_province_officer.post(row, data={"source": "=cmd()", "note": "打了一半"})
    assert bad.status_code == 422
    assert "不能用 = 开头" in text_of(bad)
    assert 'value="打了一半"' in bad.get_data(as_text=True)
    as_province_officer.post(row, data={"verb": "remove", "reason": ""})
    assert "420921" in queries.key_county_codes(current())
    as_province_officer.post(row, data={"verb": "remove", "reason": "不在附表里"})
    assert "420921" not in queries.key_county_codes(current())
    assert as_province_officer.post(row, data={"source": "x"}).status_code == 404
    assert as_province_officer.post("/desk/campaigns/999/key-counties/420921").status_code == 404


def test_add_a_county_over_http(as_province_officer, people):
    base = f"/desk/campaigns/{current().id}/key-counties"
    for typed, said in (({"county_code": "420921", "source": "某号文件"}, "已经在名单里"),
                        ({"county_code": "", "source": "某号文件"}, "请选一个"),
                        ({"county_code": "420102", "source": ""}, "来源还没有填")):
        answer = as_province_officer.post(base, data=typed)
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert as_province_officer.post(base, data={"county_code": "420102", "source": "某号文件"}).status_code == 303
    assert "420102" in queries.key_county_codes(current())


def test_categories_over_http(as_province_officer, people):
    post = lambda **data: as_province_officer.post("/desk/categories", data=data)  # noqa: E731
    assert post(verb="add", name="非遗传承", drawing="culture").status_code == 303
    assert post(verb="add", name="", drawing="culture").status_code == 422
    assert post(verb="add", name="<b>", drawing="culture").status_code == 422
    assert post(verb="rename", code="added_1", name="=非遗").status_code == 422
    assert post(verb="rename", code="added_1", name="非遗保护").status_code == 303
    assert post(verb="disable", code="added_1", reason="").status_code == 422
    assert post(verb="disable", code="added_1", reason="并入文化").status_code == 303
    assert post(verb="disable", code="nothing", reason="x").status_code == 404
    assert post(verb="destroy", code="added_1", reason="x").status_code == 404
    assert "非遗保护" in text_of(as_province_officer.get("/desk/categories"))


def test_the_number_of_statements_does_not_grow_with_campaigns(as_province_officer, people):
    from matchplatform.catalog import operations

    def counted():
        return statements(lambda: as_province_officer.get("/desk/campaigns"))

    before = counted()
    start = today() + dt.timedelta(days=61)
    for n in range(3):
        operations.open_campaign(people.province_officer, {
            "name": f"行动{n}", "source": "x", "starts_on": start, "ends_on": start + dt.timedelta(days=30), "goal": 1,
            "requires_rating": False, "requires_three_years": False, "requires_three_staff": False}, current())
        start += dt.timedelta(days=31)
    db.session.commit()
    assert counted() == before
