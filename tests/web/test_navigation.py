"""The menu shows where one is, also on pages that several desks share."""

import re

import pytest

from tests.imports.sheets_made import needs_sheet
from tests.imports.steps import number_in, upload


def marked(answer):
    """Labels of the entries that are marked as the present page, in the bar of the desk."""
    bar = re.search(r'<nav class="collapse.*?</nav>', answer.get_data(as_text=True), re.S)[0]
    found = re.findall(r'<a [^>]*aria-current="page"[^>]*>(.*?)</a>', bar)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


@pytest.mark.parametrize(("role", "label"), [
    ("county_officer", "需求"), ("township_officer", "需求"), ("organization_member", "供给"),
    ("city_officer", "入库审核"), ("province_officer", "入库审核")])
def test_imports_are_under_the_list_that_they_fill(request, role, label):
    assert marked(request.getfixturevalue(f"as_{role}").get("/desk/imports")) == [label]


def test_every_page_of_an_import_is_under_its_list(as_county_officer):
    number = number_in(upload(as_county_officer, needs_sheet(1)))
    assert marked(as_county_officer.get(f"/desk/imports/{number}/columns")) == ["需求"]


@pytest.mark.parametrize(("role", "address", "label"), [
    ("county_officer", "/desk/exports/desk-needs/ledger", "需求"),
    ("organization_member", "/desk/exports/desk-offerings/ledger", "供给"),
    ("county_officer", "/exports/offerings/ledger", "供给库"),
    ("organization_member", "/exports/needs/wechat", "需求库"),
    ("county_officer", "/desk/exports", "我的导出"), ("county_officer", "/searches", "我的搜索")])
def test_what_is_taken_out_is_under_its_list(request, role, address, label):
    assert marked(request.getfixturevalue(f"as_{role}").get(address)) == [label]


def test_a_visitor_s_export_is_under_the_public_list(as_visitor):
    assert marked(as_visitor.get("/exports/needs/wechat")) == ["需求项目库"]


def test_an_unknown_list_marks_nothing(as_county_officer):
    answer = as_county_officer.get("/desk/exports/no-such-list/ledger")
    assert answer.status_code == 404
