"""Attachments as people meet them: the form, the list, the download, and every sentence in between."""

import re
from html import unescape
from io import BytesIO
from types import SimpleNamespace

import pytest

from matchplatform.accounts.models import User
from matchplatform.extensions import db
from matchplatform.files import operations, queries, rules, storage
from matchplatform.files.models import Attachment
from matchplatform.needs import operations as needs
from tests import factories
from tests.conftest import make_app, sign_in_directly
from tests.files import makers
from tests.web.pages import links, parsed, words


@pytest.fixture
def need(people):
    made = factories.make_need()
    db.session.commit()
    return made


def send(browser, record, *files, kind="need", **fields):
    """Send files as a browser does; answers the page that follows."""
    body, content_type = makers.form(files, **{"publicity": "public", "back": f"/desk/{kind}s/{record.code}", **fields})
    return browser.post(f"/files/{kind}/{record.code}", data=body, content_type=content_type)


def send_opened(browser, record, *sent, **fields):
    """Send files and let a second person open those that wait."""
    send(browser, record, *sent, **fields)
    second = db.session.scalars(db.select(User).where(User.username == "second_county_officer")).one()
    for one in files():
        if one.publicity != "own" and one.opened_at is None:
            operations.open_up(second, one, one.publicity)
    db.session.commit()


def fetch(browser, href, **how):
    """Get a file to its end."""
    return browser.get(href, buffered=True, **how)


def sent_and_told(browser, record, *files, **fields):
    answer = send(browser, record, *files, **fields)
    assert answer.status_code == 303
    assert answer.location.endswith("#attachments")
    return words(browser.get(answer.location.split("#")[0]))


def files():
    return db.session.scalars(db.select(Attachment).order_by(Attachment.id)).all()


def test_several_files_at_once_are_kept_and_shown(as_county_officer, need):
    shown = sent_and_told(as_county_officer, need, ("现场.jpg", makers.picture()), ("方案.pdf", makers.pdf()),
                          ("预算.xlsx", makers.workbook()), caption="腾出来的房子")
    assert "已上传 3 个附件" in shown
    for word in ("现场.jpg", "方案.pdf", "预算.xlsx", "图片", "PDF", "表格", "腾出来的房子", "刘敏", "KB",
                 "还能放 7 个"):
        assert word in shown, word
    tree = parsed(as_county_officer.get(f"/desk/needs/{need.code}"))
    assert [one for one in links(tree) if one.endswith("/preview") and one.startswith("/files/")]


def test_the_good_ones_are_kept_and_each_fault_is_told(as_county_officer, need, kept):
    shown = sent_and_told(as_county_officer, need, ("现场.jpg", makers.picture()), ("照片.jpg", makers.SVG),
                          ("空.pdf", b""), ("木马.jpg", makers.PROGRAM), ("病毒.txt", makers.EICAR))
    assert "已上传 1 个附件" in shown
    for said in ("“照片.jpg”其实是 SVG 矢量图", "“空.pdf”是空的", "“木马.jpg”其实是 Windows 程序",
                 "“病毒.txt”里发现病毒"):
        assert said in shown, said
    assert [one.name for one in files()] == ["现场.jpg"]
    assert len(kept()) == 2


def test_what_was_done_to_a_file_is_told(as_county_officer, need):
    shown = sent_and_told(as_county_officer, need, ("现场.jpg", makers.telephone_picture()),
                          ("长" * 200 + ".pdf", makers.pdf()))
    assert "“现场.jpg”里的拍摄地点已经去掉" in shown
    assert "名字太长，已经存成“长长" in shown


def test_ten_faulty_files_with_long_names_still_fit_into_the_answer(as_county_officer, need):
    """Sentences travel in the cookie; one that is too large would sign the visitor out."""
    answer = send(as_county_officer, need, *[(f"第{n}张{'藏龙卧虎' * 60}.jpg", makers.SVG + b"%d" % n)
                                             for n in range(10)])
    assert len(answer.headers["Set-Cookie"]) < 4000
    shown = words(as_county_officer.get(f"/desk/needs/{need.code}"))
    assert shown.count("SVG 矢量图") == 5
    assert "还有 5 个文件也没有收" in shown


def test_the_eleventh_file_of_a_form_is_told(as_county_officer, need):
    shown = sent_and_told(as_county_officer, need, *[(f"{n}.pdf", makers.pdf(b"%d" % n)) for n in range(12)])
    assert "已上传 10 个附件" in shown
    assert "一次最多传 10 个文件" in shown
    assert "已经满了" in shown
    assert 'enctype="multipart' not in as_county_officer.get(f"/desk/needs/{need.code}").get_data(as_text=True)


def test_a_second_click_is_told_and_makes_no_second_file(as_county_officer, need):
    send(as_county_officer, need, ("方案.pdf", makers.pdf()))
    shown = sent_and_told(as_county_officer, need, ("方案2.pdf", makers.pdf()))
    assert "“方案2.pdf”已经在这里了（方案.pdf），没有重复存" in shown
    assert len(files()) == 1


def test_evidence_keeps_the_place_and_says_so(as_county_officer, need):
    shown = sent_and_told(as_county_officer, need, ("现场.jpg", makers.telephone_picture()), evidence="1")
    assert re.search("拍于 (2026-)?02-03 08:09 北纬 31.2556°，东经 114.0003° 保留了时间和地点", shown)
    file = files()[0]
    assert makers.place_of(fetch(as_county_officer, f"/files/{file.id}/现场.jpg").data)


def test_no_file_chosen_is_told(as_county_officer, need):
    answer = as_county_officer.post(f"/files/need/{need.code}", data={"back": f"/desk/needs/{need.code}"},
                                    follow_redirects=True)
    assert "还没有选文件" in words(answer)


@pytest.mark.parametrize(("fields", "said"), [({"publicity": "x"}, "没有选清楚谁能看"),
                                              ({"caption": "长" * 101}, "说明最多 100 字")])
def test_what_is_typed_beside_the_files_is_checked_and_nothing_is_kept(as_county_officer, need, kept, fields, said):
    assert said in words(as_county_officer.get(_followed(as_county_officer, need, fields)))
    assert kept() == []
    assert files() == []


def _followed(browser, need, fields):
    return send(browser, need, ("a.pdf", makers.pdf()), **fields).location.split("#")[0]


def test_a_stranger_can_neither_attach_nor_learn_of_a_draft(
        as_other_county_officer, as_organization_member, as_visitor, people, kept):
    draft = factories.make_need(status="draft")
    db.session.commit()
    for browser in (as_other_county_officer, as_organization_member):
        assert send(browser, draft, ("a.pdf", makers.pdf())).status_code == 404
    assert send(as_visitor, draft, ("a.pdf", makers.pdf())).location.startswith("/sign-in")
    assert kept() == []


def test_a_refusal_says_why(as_county_officer, people):
    closed = factories.make_need(status="submitted")
    db.session.commit()
    assert "先“撤回来改”" in words(as_county_officer.get(_followed(as_county_officer, closed, {})))
    assert "上传附件" not in words(as_county_officer.get(f"/desk/needs/{closed.code}"))


def test_the_public_page_shows_what_is_public_without_names_of_people(
        as_county_officer, as_organization_member, as_visitor, need):
    for n, publicity in enumerate(rules.PUBLICITY.values):
        send_opened(as_county_officer, need, (f"{publicity}.pdf", makers.pdf(b"%d" % n)), publicity=publicity)
    for browser, names in ((as_visitor, {"public"}), (as_organization_member, {"public", "signed_in"}),
                           (as_county_officer, {"public", "signed_in", "own"})):
        page = browser.get(f"/needs/{need.code}")
        parsed(page)
        shown = words(page)
        assert {one for one in rules.PUBLICITY.values if f"{one}.pdf" in shown} == names
        assert "刘敏" not in shown.split("附件")[1]
        assert "上传附件" not in shown


def test_without_attachments_the_public_page_is_silent_and_the_desk_invites(as_county_officer, as_visitor, need):
    assert 'id="attachments"' not in as_visitor.get(f"/needs/{need.code}").get_data(as_text=True)
    for path in ("", "/preview"):
        page = as_county_officer.get(f"/desk/needs/{need.code}{path}")
        parsed(page)
        assert "还没有附件。现场照片" in words(page)
        assert "上传附件" in words(page)


def test_beside_the_form_of_a_draft_the_files_are_named(as_county_officer, people):
    draft = factories.make_need(status="draft")
    db.session.commit()
    assert "去上传附件" in words(as_county_officer.get(f"/desk/needs/{draft.code}/edit"))
    send(as_county_officer, draft, ("方案.pdf", makers.pdf()))
    page = as_county_officer.get(f"/desk/needs/{draft.code}/edit")
    assert "已有 1 个：方案.pdf" in words(page)


def test_an_organization_attaches_to_its_offering(as_organization_member, as_visitor, as_other_organization_member,
                                                  people):
    offering = factories.make_offering(factories.first_organization())
    db.session.commit()
    assert "已上传 1 个附件" in sent_and_told(as_organization_member, offering, ("案例.docx", makers.document()),
                                        kind="offering")
    page = as_visitor.get(f"/offerings/{offering.code}")
    parsed(page)
    assert "案例.docx" in words(page)
    assert "已有 1 个：案例.docx" in words(as_organization_member.get(f"/desk/offerings/{offering.code}/edit"))
    refused = send(as_other_organization_member, offering, ("a.pdf", makers.pdf()), kind="offering", back="/offerings")
    assert "不是您的组织发布的" in words(as_other_organization_member.get(refused.location.split("#")[0]))


def test_removing_asks_first_and_can_be_undone_today(as_county_officer, as_visitor, need):
    send_opened(as_county_officer, need, ("方案.pdf", makers.pdf()))
    file, back = files()[0], f"/desk/needs/{need.code}"
    assert "移除后别人看不到它，今天之内可以恢复" in words(as_county_officer.get(back))
    assert fetch(as_visitor, f"/files/{file.id}/方案.pdf").status_code == 200
    as_county_officer.post(f"/files/{file.id}/remove", data={"back": back})
    shown = words(as_county_officer.get(back))
    assert "已移除“方案.pdf”" in shown
    assert "今天移除了“方案.pdf”" in shown
    assert fetch(as_visitor, f"/files/{file.id}/方案.pdf").status_code == 404
    as_county_officer.post(f"/files/{file.id}/restore", data={"back": back})
    parsed(as_county_officer.get(back))
    assert fetch(as_county_officer, f"/files/{file.id}/方案.pdf").status_code == 200


@pytest.mark.parametrize("verb", ["remove", "restore"])
def test_a_stranger_neither_removes_nor_restores(as_county_officer, as_other_county_officer, as_organization_member,
                                                 need, verb):
    send(as_county_officer, need, ("方案.pdf", makers.pdf()))
    for browser in (as_other_county_officer, as_organization_member):
        assert browser.post(f"/files/{files()[0].id}/{verb}").status_code == 404
    assert files()[0].removed_at is None


@pytest.mark.parametrize(("name", "data", "media"), [
    ("现场.jpg", makers.picture(), "image/jpeg"), ("方案.pdf", makers.pdf(), "application/pdf"),
    ("预算.xlsx", makers.workbook(), rules.XLSX)])
def test_a_download_is_a_download_and_nothing_else(as_county_officer, as_visitor, need, name, data, media):
    send_opened(as_county_officer, need, (name, data))
    answer = fetch(as_visitor, f"/files/{files()[0].id}/{name}")
    assert answer.status_code == 200
    assert answer.content_type == media
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "'self'" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert len(answer.data) == files()[0].size


def test_only_its_own_name_leads_to_a_file(as_county_officer, as_visitor, need):
    send_opened(as_county_officer, need, ("方案.pdf", makers.pdf()))
    number = files()[0].id
    for path in (f"{number}/木马.exe", f"{number}/preview", f"{number + 1}/方案.pdf", f"{number}/..%2F..%2Fx",
                 "99999999999999999999/方案.pdf", "-1/方案.pdf"):
        assert fetch(as_visitor, f"/files/{path}").status_code in (404, 405), path


@pytest.mark.parametrize("name", ['他说"好"; x=y.pdf', "a\r\nX-Evil: 1.pdf", "方案\u202efdp.pdf", "50% #1 ?&.pdf",
                                  "a'b;c.pdf", "../../../etc/passwd.pdf"])
def test_odd_names_reach_the_reader_and_break_no_header(as_county_officer, as_visitor, need, name):
    send_opened(as_county_officer, need, (name, makers.pdf()))
    page = as_visitor.get(f"/needs/{need.code}")
    href = unescape(re.search(r'class="strong" href="([^"]+)"', page.get_data(as_text=True))[1])
    answer = fetch(as_visitor, href)
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers
    assert not re.search(r"[\r\n\u202e]", answer.headers["Content-Disposition"])
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_part_of_a_file_and_an_unchanged_file(as_county_officer, as_visitor, need):
    send_opened(as_county_officer, need, ("方案.pdf", makers.pdf()))
    href = f"/files/{files()[0].id}/方案.pdf"
    part = fetch(as_visitor, href, headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.data) == (206, b"%PDF-")
    assert fetch(as_visitor, href, headers={"Range": "bytes=99999-"}).status_code == 416
    whole = fetch(as_visitor, href)
    same = fetch(as_visitor, href, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert as_visitor.head(href, buffered=True).data == b""


def test_a_preview_is_a_picture_and_for_the_same_readers(as_county_officer, as_visitor, need):
    send(as_county_officer, need, ("现场.png", makers.picture("PNG")), publicity="own")
    href = f"/files/{files()[0].id}/preview"
    answer = fetch(as_county_officer, href)
    assert (answer.content_type, answer.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert fetch(as_visitor, href).status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_a_page_not_found(as_county_officer, as_visitor, need, folder):
    send_opened(as_county_officer, need, ("方案.pdf", makers.pdf()))
    for path in folder.rglob("*-*"):
        path.unlink()
    assert fetch(as_visitor, f"/files/{files()[0].id}/方案.pdf").status_code == 404


def test_a_withdrawn_need_takes_its_files_along(as_county_officer, as_visitor, people, need):
    send_opened(as_county_officer, need, ("方案.pdf", makers.pdf()))
    href = f"/files/{files()[0].id}/方案.pdf"
    needs.act(people.county_officer, db.session.get(type(need), need.id), "withdraw", "不办了")
    db.session.commit()
    assert fetch(as_visitor, href).status_code == 404
    assert fetch(as_county_officer, href).status_code == 200


def test_a_form_of_megabytes_is_taken_only_from_whoever_may_send_it(as_county_officer, as_visitor, need, folder):
    large = ("图.pdf", makers.pdf(b"%" + b"x" * 3_000_000))
    assert "已上传 1 个附件" in sent_and_told(as_county_officer, need, large)
    assert send(as_visitor, need, large).location.startswith("/sign-in")
    beyond = ("图.pdf", makers.pdf(b"%" + b"x" * rules.MOST_BYTES))
    assert "“图.pdf”超过 10 MB" in sent_and_told(as_county_officer, need, beyond)


def test_a_form_beyond_every_limit_is_told_how_much_it_may_be(as_county_officer, need):
    answer = as_county_officer.post(f"/files/need/{need.code}", content_type="multipart/form-data; boundary=b",
                                    input_stream=BytesIO(b"--b\r\n"),
                                    environ_overrides={"CONTENT_LENGTH": str(rules.MOST_REQUEST + 1)})
    assert answer.status_code == 413
    assert "一次最多交 64 MB" in words(answer)
    assert "一次最多交 2 MB" in words(as_county_officer.post("/desk/needs/new", data={"body": "x" * 2_200_000}))


def test_the_form_wants_its_token(app, template, people, need, folder):
    strict = make_app(template.url, WTF_CSRF_ENABLED=True, FILES_FOLDER=str(folder))
    browser = sign_in_directly(strict, people.county_officer)
    token = re.search(r'name="csrf_token" value="([^"]+)"',
                      browser.get(f"/desk/needs/{need.code}").get_data(as_text=True))[1]
    large, record = ("a.pdf", makers.pdf(b"x" * 3_000_000)), SimpleNamespace(code=need.code)
    for fields, count in (({}, 0), ({"csrf_token": token}, 1)):
        db.session.rollback()  # the test itself must not hold the lock
        assert send(browser, record, large, **fields).status_code == 303
        db.session.rollback()
        assert len(queries.attachments_of("need", record.code)) == count
    with strict.app_context():
        db.session.remove()
        db.engine.dispose()


class Slow(BytesIO):
    """A form that arrives slowly; meanwhile somebody else works."""

    work = None

    def read(self, size=-1):
        self.work()
        return super().read(size)

    def readinto(self, buffer):
        self.work()
        return super().readinto(buffer)


def test_nobody_waits_while_files_arrive_and_are_looked_at(as_county_officer, need, monkeypatch):
    """Another connection takes the very lock that the attaching needs, at once and again."""
    number, code, done = need.id, need.code, []
    db.session.rollback()

    def work_of_somebody_else():
        with db.engine.connect() as connection, connection.begin() as begun:
            connection.execute(db.update(type(need)).where(type(need).id == number).values(village="别处"))
            begun.rollback()
        done.append(1)

    def watched(*arguments):
        work_of_somebody_else()
        return receive_all(*arguments)

    receive_all = storage.receive_all
    monkeypatch.setattr(storage, "receive_all", watched)
    body, content_type = makers.form([("a.pdf", makers.pdf())], back="/needs")
    (stream := Slow(body)).work = work_of_somebody_else
    answer = as_county_officer.post(f"/files/need/{code}", input_stream=stream, content_type=content_type,
                                    environ_overrides={"CONTENT_LENGTH": str(len(body))})
    assert answer.status_code == 303
    assert len(done) >= 2  # once while it arrived, once while it was looked at
    assert len(files()) == 1


def test_reading_never_writes(as_county_officer, as_visitor, need):
    from matchplatform.audit.queries import newest_mark
    from matchplatform.audit.rules import KINDS

    send_opened(as_county_officer, need, ("现场.jpg", makers.picture()))
    before = newest_mark(KINDS.values)
    for path in (f"/files/{files()[0].id}/现场.jpg", f"/files/{files()[0].id}/preview", f"/needs/{need.code}"):
        assert fetch(as_visitor, path).status_code == 200
    db.session.rollback()
    assert newest_mark(KINDS.values) == before


@pytest.mark.parametrize("files", [[("照片.jpg", makers.SVG)], [("病毒.txt", makers.EICAR)], []])
def test_a_refused_file_is_told_in_the_open_form_that_keeps_what_was_typed_and_once(as_county_officer, need, files):
    address, other = f"/desk/needs/{need.code}", factories.make_need()
    db.session.commit()
    send(as_county_officer, need, *files, caption="腾出来的房子", publicity="own", evidence="1")
    assert "attachment-error" not in as_county_officer.get(f"/desk/needs/{other.code}").get_data(as_text=True)
    page = as_county_officer.get(address)
    parsed(page)
    html = page.get_data(as_text=True)
    card = html.split('id="attachments"')[1]
    assert re.search(r"<details[^>]* open><summary[^>]*>[^/]*(<svg.*?</svg>)?\s*上传附件", card, re.DOTALL)
    for one in ('id="attachment-error"', 'value="腾出来的房子"', '<option value="own" selected>', 'value="1" checked'):
        assert one in card, one
    again = as_county_officer.get(address).get_data(as_text=True)
    assert "attachment-error" not in again
    assert 'value="腾出来的房子"' not in again
