"""What calls put on somebody's page of things to do."""

from matchplatform.choosing import call_operations, choice_operations, operations
from matchplatform.choosing.todo_queries import duties_of
from matchplatform.extensions import db
from tests.choosing import scenes


def titles(actor):
    return [one.title.split("：")[0] for one in duties_of(actor)]


def test_the_county_answers_opens_and_chooses(people, as_county_officer):
    call = scenes.make_call(people)
    reply = scenes.sent(call, people.organization_member)
    assert titles(people.county_officer) == []
    call_operations.ask(people.organization_member, call, "设备可以分两批进吗？")
    db.session.commit()
    assert titles(people.county_officer) == ["答复提问"]
    assert titles(people.other_county_officer) == []
    assert "答复提问" in as_county_officer.get("/mine").text
    with scenes.after(call):
        assert titles(people.second_county_officer) == ["开启应征书"]
        scenes.opened(people, call)
        assert titles(people.county_officer) == ["评审、选定"]
        scenes.judged(people, reply)
        choice_operations.choose(people.county_officer, call, [reply.code])
        assert titles(people.county_officer) == []


def test_the_organization_finishes_its_draft_and_mends_a_fault(people, as_organization_member):
    call = scenes.make_call(people)
    operations.save_draft(people.organization_member, call, {"plan": "先看场地，再进设备。"})
    db.session.commit()
    assert titles(people.organization_member) == ["应征书还没有送出"]
    assert "应征书还没有送出" in as_organization_member.get("/mine").text
    assert titles(people.other_organization_member) == []
    reply = scenes.sent(call, people.organization_member)
    assert titles(people.organization_member) == []
    with scenes.after(call):
        scenes.opened(people, call)
        choice_operations.act(people.county_officer, reply, "fault", "没有写负责人")
        assert titles(people.organization_member) == ["改正应征书"]
    with scenes.after(call, hours=25):
        assert titles(people.organization_member) == []
