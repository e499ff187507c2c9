"""Text templates: the province keeps them, writers begin with one, the seed leaves what was changed alone."""

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.models import Category
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import template_operations as operations
from matchplatform.needs import template_queries as queries
from matchplatform.needs.models import Need
from matchplatform.needs.questions import Draft, questions
from matchplatform.needs.seed import load_templates
from matchplatform.needs.template_models import NeedTemplate
from tests import factories
from tests.needs.test_pages import Strict, typed
from tests.pairings.test_pages import text_of

VALUES = {"category_code": "elderly_care", "name": "助浴点", "title": "某村某个老人洗澡难",
          "body": "现状：\n已有条件：", "goal": "", "conditions": "",
          "hints": "热水、锅炉｜热水从哪里来？｜例如：装空气能。",
          "lines": [{"item": "助浴床", "unit": "张", "quantity": "一个点两张"}]}
POSTED = {"category_code": "elderly_care", "name": "助浴点", "title": "某村某个老人洗澡难",
          "body": "现状：\n已有条件：",
          "hints": "热水｜热水从哪里来？｜例如：装空气能。", "lines-0-item": "助浴床", "lines-0-unit": "张",
          "lines-0-quantity": "一个点两张", "lines-1-item": "", "lines-1-unit": "", "lines-1-quantity": ""}


@pytest.fixture
def model(people):
    made = operations.create_template(people.province_officer, VALUES)
    db.session.commit()
    return made


def strict(answer):
    parser = Strict()
    parser.feed(answer.get_data(as_text=True))
    assert parser.faults == []
    return text_of(answer)


def audit():
    return [(row.act, row.actor_name) for row in db.session.scalars(
        db.select(AuditRow).where(AuditRow.kind == "template").order_by(AuditRow.id))]


# ---- the seed

def test_the_seed_has_a_template_for_every_category_and_is_loaded_once(app):
    assert load_templates() == 13
    db.session.commit()
    assert load_templates() == 0
    codes = set(db.session.scalars(db.select(NeedTemplate.category_code)))
    assert codes == set(db.session.scalars(db.select(Category.code)))


def test_the_seed_leaves_alone_what_the_province_changed(people):
    load_templates()
    one = db.session.scalar(db.select(NeedTemplate).where(NeedTemplate.key == "elderly_canteen"))
    operations.edit_template(people.province_officer, one, {"name": "幸福食堂"})
    operations.switch(people.province_officer, one, "disable")
    assert load_templates() == 0
    assert (one.name, one.is_active) == ("幸福食堂", False)


def test_an_own_template_of_the_same_name_takes_the_place_of_ours(people):
    operations.create_template(people.province_officer, {**VALUES, "name": "老年食堂"})
    assert load_templates() == 12


def test_every_seed_template_fits_the_form_and_asks_to_be_filled(app):
    load_templates()
    for one in db.session.scalars(db.select(NeedTemplate)):
        assert len(one.title) <= 60, one.name
        assert len(one.asks) >= 3, one.name
        assert len(one.usual_lines) >= 3, one.name
        asked = [question.key for question in questions(Draft(one.title, one.body, one.goal, one.conditions), one.asks)]
        assert asked[:2] == ["unnamed", "outline"], one.name


# ---- keeping

@pytest.mark.parametrize("name", [name for name in factories.PEOPLE if "province" not in name])
def test_only_the_province_keeps_templates(people, model, name):
    actor = getattr(people, name)
    with pytest.raises(Refusal, match="省民政厅"):
        operations.create_template(actor, {**VALUES, "name": "另一个"})
    with pytest.raises(Refusal, match="省民政厅"):
        operations.edit_template(actor, model, {"name": "另一个"})
    with pytest.raises(Refusal, match="省民政厅"):
        operations.switch(actor, model, "disable")


def test_each_act_is_in_the_audit(people, model):
    operations.edit_template(people.second_province_officer, model, {"name": "洗浴点"})
    operations.edit_template(people.second_province_officer, model, {"name": "洗浴点"})
    operations.switch(people.province_officer, model, "disable")
    operations.switch(people.province_officer, model, "enable")
    assert audit() == [("create", "周正"), ("edit", "何平"), ("disable", "周正"), ("enable", "周正")]


def test_two_templates_of_a_category_have_two_names(people, model):
    with pytest.raises(Conflict, match="同名"):
        operations.create_template(people.province_officer, VALUES)
    other = operations.create_template(people.province_officer, {**VALUES, "name": "另一个"})
    with pytest.raises(Conflict, match="同名"):
        operations.edit_template(people.province_officer, other, {"name": "助浴点"})
    assert other.name == "另一个"
    operations.edit_template(people.province_officer, other, {"name": "助浴点", "category_code": "health"})


def test_a_stale_page_is_told_who_was_faster(people, model):
    seen = model.version
    operations.edit_template(people.second_province_officer, model, {"name": "洗浴点"}, seen)
    with pytest.raises(Conflict, match="刚刚被何平改过"):
        operations.edit_template(people.province_officer, model, {"name": "助洗点"}, seen)
    assert model.name == "洗浴点"


def test_templates_change_places_and_stop_at_the_ends(people, model):
    other = operations.create_template(people.province_officer, {**VALUES, "name": "另一个"})
    operations.switch(people.province_officer, other, "up")
    assert [one.name for one in queries.neighbours(other)] == ["另一个", "助浴点"]
    with pytest.raises(Refusal, match="已经在最前"):
        operations.switch(people.province_officer, other, "up")
    with pytest.raises(Refusal, match="已经在最后"):
        operations.switch(people.province_officer, model, "down")
    with pytest.raises(Refusal, match="没有这个操作"):
        operations.switch(people.province_officer, model, "burn")


def test_a_switched_off_template_is_neither_offered_nor_used(people, model):
    operations.switch(people.province_officer, model, "disable")
    assert queries.templates_by_category() == []
    assert queries.chosen_template(str(model.id)) is None
    assert queries.template_for("elderly_care", "助浴点") is None
    with pytest.raises(Conflict, match="已经停用"):
        operations.switch(people.province_officer, model, "disable")


@pytest.mark.parametrize("text", ["", None, "x", "²", "9" * 30, "-1", "0", "1e3"])
def test_a_mangled_link_to_a_template_gives_a_blank_form(as_county_officer, text):
    assert queries.chosen_template(text) is None
    assert as_county_officer.get("/desk/needs/new", query_string={"template": text or ""}).status_code == 200


# ---- pages

def test_the_province_writes_changes_and_switches_one_off(as_province_officer):
    answer = as_province_officer.post("/desk/need-templates/new", data=POSTED, follow_redirects=True)
    assert "模板“助浴点”已存" in strict(answer)
    one = db.session.scalars(db.select(NeedTemplate)).one()
    assert one.lines == [{"item": "助浴床", "unit": "张", "quantity": "一个点两张"}]
    assert "热水从哪里来" in strict(as_province_officer.get(f"/desk/need-templates/{one.id}"))
    answer = as_province_officer.post(f"/desk/need-templates/{one.id}", data={
        **POSTED, "name": "洗浴点", "version": str(one.version)}, follow_redirects=True)
    assert "洗浴点" in strict(answer)
    answer = as_province_officer.post(f"/desk/need-templates/{one.id}/disable", follow_redirects=True)
    assert "已停用，写需求时不再出现" in strict(answer)


def test_faults_stand_beside_the_field_and_keep_what_was_typed(as_province_officer):
    answer = as_province_officer.post("/desk/need-templates/new", data={
        **POSTED, "hints": "热水", "lines-1-item": "毛巾", "category_code": "no_such"})
    text = strict(answer)
    assert answer.status_code == 422
    assert "第 1 行要写成" in text
    assert "第 2 项的事项和单位都要写" in text
    assert "没有这个帮扶领域" in text
    assert 'value="毛巾"' in answer.get_data(as_text=True)


def test_a_taken_name_is_told_on_the_form(as_province_officer, model):
    answer = as_province_officer.post("/desk/need-templates/new", data=POSTED)
    assert answer.status_code == 422
    assert "同名的模板" in strict(answer)


def test_a_writer_begins_with_a_template_and_changes_everything(as_county_officer, model):
    assert "用模板写" in strict(as_county_officer.get("/desk/needs/new"))
    answer = as_county_officer.get(f"/desk/needs/new?template={model.id}")
    text = answer.get_data(as_text=True)
    assert "照模板“ 助浴点 ”打了底" in strict(answer)
    assert 'value="某村某个老人洗澡难"' in text
    assert 'value="助浴床"' in text
    assert "助浴床，一个点两张" in text_of(answer)
    saved = as_county_officer.post(f"/desk/needs/new?template={model.id}", data=typed(save="draft"))
    assert saved.status_code == 303
    assert db.session.scalars(db.select(Need)).one().title == "老人一天只做一顿饭"


# ---- the questions while somebody writes

def test_the_panel_asks_for_what_is_missing(as_county_officer, model):
    answer = as_county_officer.post("/desk/need-templates/questions", data={
        "title": "老人洗澡难，想办助浴点", "body": "万冲村有老人 68 个", "category_code": "elderly_care"})
    text = text_of(answer)
    assert "<html" not in answer.get_data(as_text=True)
    assert "从什么时候开始" in text
    assert "热水从哪里来" in text  # the template nearest to the words
    assert "大约有多少人" not in text


def test_the_chosen_template_asks_even_when_the_words_are_far_from_it(as_township_officer, model):
    data = {"title": "想请人来帮忙做些事情", "body": "村里事情很多", "template": str(model.id)}
    assert "热水从哪里来" in text_of(as_township_officer.post("/desk/need-templates/questions", data=data))


def test_the_panel_writes_nothing_and_wants_a_writer(as_county_officer, as_organization_member, as_visitor):
    for data in ({}, {"title": "\x00" * 40, "body": "九" * 9000, "beneficiaries": "一百"}):
        assert as_county_officer.post("/desk/need-templates/questions", data=data).status_code == 200
    assert as_organization_member.post("/desk/need-templates/questions").status_code == 403
    assert as_visitor.post("/desk/need-templates/questions", headers={"HX-Request": "true"}).status_code == 401


def test_the_preview_says_what_may_be_asked(as_county_officer):
    need = factories.make_need(status="draft", goal="老人吃得好", conditions="")
    db.session.commit()
    text = strict(as_county_officer.get(f"/desk/needs/{need.code}/preview"))
    assert "社会组织看了可能会问" in text
    assert "怎样看得出办成了" in text
