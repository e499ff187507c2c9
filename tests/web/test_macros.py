"""The macros that every page is made of."""

import pytest
from flask import render_template_string
from wtforms import BooleanField, PasswordField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from matchplatform.core.facets import facet
from matchplatform.core.paging import Page
from matchplatform.core.rules import transitions
from matchplatform.web.forms import AtMost, PlatformForm, StringField, TextAreaField, required

UI = '{% from "_macros/ui.html" import pager, facet, verb_form, goalbar, pips, qty, used %}'
FORMS = '{% from "_macros/forms.html" import field, error_summary, csrf %}'


class Example(PlatformForm):
    title = StringField("名称", validators=[required("名称", "请写一句。")])
    body = TextAreaField("说明", validators=[AtMost(5, "说明")])
    kind = SelectField("类型", choices=[SelectChoice("a", "甲"), SelectChoice("b", "乙")])
    side = RadioField("哪边", choices=[SelectChoice("l", "左"), SelectChoice("r", "右")], validators=[required("哪边")])
    agreed = BooleanField("同意")
    secret = PasswordField("密码")


@pytest.fixture
def render(app):
    def run(template, **values):
        with app.test_request_context("/needs?q=x&page=2"):
            return render_template_string(template, **values)

    return run


def typed(app, **values):
    with app.test_request_context("/", method="POST", data=values):
        form = Example(meta={"csrf": False})
        form.validate()
        return form


def test_a_field_ties_its_hint_and_its_fault_to_the_control(app, render):
    form = typed(app, body="<b>写得太长了</b>", kind="b")
    shown = render(FORMS + '{{ field(form.title, "一句话", placeholder="例如") }}{{ field(form.body) }}', form=form)
    assert 'aria-describedby="title-hint title-error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'placeholder="例如"' in shown
    assert "名称还没有填。请写一句。" in shown
    assert "&lt;b&gt;写得太长了&lt;/b&gt;" in shown
    assert 'data-count="5"' in shown


def test_what_was_chosen_stays_chosen(app, render):
    form = typed(app, kind="b", side="r", agreed="y")
    shown = render(FORMS + "{{ field(form.kind) }}{{ field(form.side) }}{{ field(form.agreed) }}", form=form)
    assert '<option selected value="b">' in shown
    assert 'value="r" checked' in shown
    assert "<legend" in shown
    assert shown.count("checked") == 2


def test_a_password_is_never_sent_back(app, render):
    form = typed(app, secret="Geheim-2026")
    assert "Geheim" not in render(FORMS + "{{ field(form.secret) }}", form=form)


def test_the_summary_names_every_fault_and_leads_to_it(app, render):
    shown = render(FORMS + "{{ error_summary(form) }}", form=typed(app, body="太长太长太长", kind="a"))
    assert "有 3 处要改" in shown
    assert 'href="#title"' in shown
    assert 'href="#body"' in shown
    assert 'role="alert"' in shown


def test_the_pager_keeps_the_filters_and_leaves_out_the_middle(render):
    shown = render(UI + "{{ pager(page) }}", page=Page([], 10, 20, 600))
    assert "第 181—200 条，共 600 条" in shown
    assert 'href="/needs?q=x&amp;page=11"' in shown
    assert shown.count("…") == 2
    assert "page=6" not in shown
    assert render(UI + "{{ pager(page) }}", page=Page([], 1, 20, 0)).strip() == ""


def test_a_facet_folds_what_is_long_and_opens_it_when_it_is_chosen(render):
    many = [(str(n), f"第{n}") for n in range(12)]
    counts = {value: 1 for value, _ in many}
    closed = render(UI + "{{ facet(f) }}", f=facet("category", "领域", many, counts, ()))
    assert closed.count('type="checkbox"') == 12
    assert "<details>" in closed
    assert "再看 5 个" in closed
    chosen = render(UI + "{{ facet(f) }}", f=facet("category", "领域", many, counts, ("11",)))
    assert "<details open>" in chosen
    single = render(UI + "{{ facet(f) }}", f=facet("city", "市", many, counts, ("",), many=False))
    assert single.count('type="radio"') == 13
    assert "不限" in single


def test_a_verb_with_a_reason_opens_first_and_a_plain_one_is_a_button(render):
    decline = transitions("decline", "谢绝", "x", [("a", "b")], reason=True, tone="stop")[0]
    accept = transitions("accept", "同意", "x", [("a", "b")], tone="primary")[0]
    template = UI + '{{ verb_form(row, "JD1", "/act", "/back", 3, "这件接单") }}'
    opened = render(template, row=decline)
    assert "<summary" in opened
    assert 'for="reason-decline-JD1"' in opened
    assert 'name="version" value="3"' in opened
    assert 'data-draft="decline-JD1"' in opened
    assert "<summary" not in render(template, row=accept)


def test_pictures_of_numbers_say_them_in_words(render):
    shown = render(UI + '{{ goalbar(147, 160, 151) }}{{ pips("yp-") }}{{ qty("桌椅", "套", 17, 8, 8) }}')
    assert "已结对 147 家，目标 160 家，计划到这一天 151 家" in shown
    assert shown.count('<rect class="ok" x=') == 147
    assert "第 2 项能办一部分" in shown
    assert "还差 <b class=\"num\">9</b> 套" in shown
