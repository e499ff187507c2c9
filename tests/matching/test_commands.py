"""`match rank`: the public interface, line by line, and what bad input gets."""

import json
import math
import subprocess
import sys
from collections import defaultdict
from itertools import groupby

import pytest
from click.testing import CliRunner

from matchplatform.matching.commands import match

pytestmark = pytest.mark.once

NEEDS = [{"id": "N1", "title": "老人吃饭难", "body": "就差灶台、冰箱、消毒柜和桌椅", "category": "养老服务",
          "county": "孝昌县"},
         {"id": "N2", "body": "夏秋茶没人采，鲜叶烂在树上"}]
OFFERINGS = [{"id": "O1", "title": "老年食堂设备包", "body": "双头灶、冰箱、消毒柜、餐桌椅", "category": "",
              "area": "恩施市、利川市"},
             {"id": "O2", "title": "", "body": "收购成熟鲜叶，做夏秋茶深加工", "category": None, "area": "孝感市"},
             {"id": "O3", "title": "村医培训", "body": "教村医用药", "category": "医疗健康", "area": "全省"}]


class Desk:
    """A folder with the two files and the command."""

    def __init__(self, folder):
        self.folder = folder
        self.needs, self.offerings, self.out = folder / "needs.jsonl", folder / "offerings.jsonl", folder / "run.tsv"
        self.write(self.needs, NEEDS)
        self.write(self.offerings, OFFERINGS)

    @staticmethod
    def write(path, records):
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")

    def run(self, *options):
        """By words alone unless a test asks for more: the models take seconds to load."""
        options = options if "--encoder" in options else (*options, "--encoder", "off")
        return CliRunner().invoke(match, ["rank", "--needs", str(self.needs), "--offerings", str(self.offerings),
                                          "--out", str(self.out), *options])

    @property
    def rows(self):
        return [line.split("\t") for line in self.out.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_the_file_is_need_offering_rank_score(desk):
    done = desk.run("--top", "2")
    assert done.exit_code == 0, done.output
    assert [row[:3] for row in desk.rows if row[2] == "1"] == [["N1", "O1", "1"], ["N2", "O2", "1"]]
    for _, rows in groupby(desk.rows, key=lambda row: row[0]):
        listed = list(rows)
        assert [row[2] for row in listed] == ["1", "2"]
        assert float(listed[0][3]) >= float(listed[1][3])
    assert [one.name for one in desk.folder.iterdir() if one.name.startswith(".")] == []


def test_reverse_puts_the_offering_first(desk):
    assert desk.run("--top", "1", "--reverse").exit_code == 0
    assert [row[:3] for row in desk.rows][:2] == [["O1", "N1", "1"], ["O2", "N2", "1"]]


def test_context_looks_at_area_and_capacity(desk):
    """Within reach beats a better text that cannot come; a full one falls behind; without places nothing changes."""
    Desk.write(desk.offerings, [{"id": "A", "body": "老年食堂设备：灶台、冰箱、消毒柜", "area": "恩施市"},
                                {"id": "B", "body": "老年食堂设备：灶台、冰箱", "area": "全省"},
                                {"id": "C", "body": "老年食堂设备：灶台、冰箱", "area": "孝感市"},
                                {"id": "D", "body": "老年食堂设备：灶台、冰箱", "area": "孝昌县", "capacity": 0}])
    Desk.write(desk.needs, NEEDS[:1])
    assert desk.run().exit_code == 0
    assert desk.rows[0][1] == "A"
    plain = {row[1]: row[3] for row in desk.rows}
    assert plain["B"] == plain["C"] == plain["D"]
    assert desk.run("--context").exit_code == 0
    assert [row[1] for row in desk.rows][:2] == ["C", "B"]
    assert desk.run("--context", "--reverse").exit_code == 0


def test_a_model_that_cannot_be_had_is_told_with_the_way_out(desk, tmp_path):
    done = desk.run("--encoder", str(tmp_path / "nowhere"))
    assert done.exit_code == 2
    assert "--encoder off" in done.output
    assert not desk.out.exists()


def test_meaning_finds_what_shares_no_word(desk):
    Desk.write(desk.needs, [{"id": "N", "body": "老人吃饭没人管"}])
    Desk.write(desk.offerings, [{"id": "茶", "body": "茶园绿色防控与茶叶收购"},
                                {"id": "餐", "body": "长者助餐服务，送餐上门"}])
    assert desk.run("--encoder", "default").exit_code == 0
    assert desk.rows[0][1] == "餐"


def test_every_text_is_answered_however_odd(desk):
    """Empty, one character, English, traditional, emoji, and a text of 100,000 characters: each gets its k rows."""
    odd = ["", "茶", "Elderly canteen kitchen equipment", "老人喫飯沒人管，缺爐竈與冰箱", "🍵🍵🍵", "\u200b",
           "茶园" * 50_000]
    Desk.write(desk.needs, [{"id": str(n), "body": body} for n, body in enumerate(odd)])
    for encoder in ("off", "default"):
        done = desk.run("--top", "2", "--encoder", encoder)
        assert done.exit_code == 0, done.output
        assert [(row[0], row[2]) for row in desk.rows] == [(str(n), k) for n in range(len(odd)) for k in ("1", "2")]
        assert all(0 <= float(row[3]) <= 1 for row in desk.rows)


def test_ties_go_by_id(desk):
    Desk.write(desk.offerings, [{"id": i, "body": "冰箱"} for i in ("b", "a", "c")])
    assert desk.run().exit_code == 0
    assert [row[1] for row in desk.rows if row[0] == "N1"] == ["a", "b", "c"]


def test_a_second_run_gives_the_same_bytes(desk):
    desk.run()
    first = desk.out.read_bytes()
    desk.run()
    assert desk.out.read_bytes() == first


@pytest.mark.parametrize(("line", "says"), [
    (b"not json", "JSON"), (b"{\"id\": \"X\", \"body\": ", "JSON"), (b"[1, 2]", "对象"),
    (b"\"text\"", "对象"), (b"7", "对象"),
    (b"{\"body\": \"x\"}", "id"), (b"{\"id\": \"\", \"body\": \"x\"}", "id"),
    (b"{\"id\": \"  \", \"body\": \"x\"}", "id"),
    (b"{\"id\": 5, \"body\": \"x\"}", "id"), (b"{\"id\": \"a\\tb\", \"body\": \"x\"}", "id"),
    (b"{\"id\": \"N1\", \"body\": \"x\"}", "已经有了"), (b"{\"id\": \"X\"}", "body"),
    (b"{\"id\": \"X\", \"body\": 5}", "body"),
    (b"{\"id\": \"X\", \"body\": null}", "body"), (b"{\"id\": \"X\", \"body\": \"x\", \"title\": []}", "title"),
    (b"{\"id\": \"X\", \"body\": \"x\", \"category\": 1}", "category"),
    (b"{\"id\": \"X\", \"body\": \"\\ud800\"}", "残缺"),
    (b"{\"id\": \"X\", \"body\": \"x\", \"capacity\": -1}", "capacity"),
    ("{\"id\": \"X\", \"body\": \"养老服务\"}".encode("gb18030"), "UTF-8"), (b"\xff\xfe", "UTF-8"), (b"", "空行"),
    (b"[" * 100_000, "JSON")])
def test_a_bad_line_is_named_and_nothing_is_written(desk, line, says):
    desk.out.write_text("what was there before", encoding="utf-8")
    good = json.dumps(NEEDS[0], ensure_ascii=False).encode()
    desk.needs.write_bytes(good + b"\n" + line + b"\n" + json.dumps(NEEDS[1], ensure_ascii=False).encode() + b"\n")
    done = desk.run()
    assert done.exit_code == 2
    assert f"{desk.needs}：第 2 行" in done.output
    assert says in done.output
    assert desk.out.read_text(encoding="utf-8") == "what was there before"
    assert sorted(one.name for one in desk.folder.iterdir()) == ["needs.jsonl", "offerings.jsonl", "run.tsv"]


def test_the_offerings_file_is_looked_at_too(desk):
    desk.offerings.write_text("{}\n", encoding="utf-8")
    done = desk.run()
    assert done.exit_code == 2
    assert f"{desk.offerings}：第 1 行" in done.output
    assert not desk.out.exists()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_blank_file_is_refused(desk, content):
    desk.offerings.write_bytes(content)
    done = desk.run()
    assert done.exit_code == 2
    assert "文件是空的" in done.output
    assert not desk.out.exists()


def test_a_missing_file_and_a_missing_folder_are_told(desk, tmp_path):
    desk.needs.unlink()
    assert desk.run().exit_code == 2
    Desk.write(desk.needs, NEEDS)
    desk.out = tmp_path / "nowhere" / "run.tsv"
    done = desk.run()
    assert done.exit_code == 2
    assert "写不了" in done.output


@pytest.mark.parametrize("top", ["0", "-3", "many", "10001"])
def test_a_senseless_top_is_refused(desk, top):
    assert desk.run("--top", top).exit_code == 2
    assert not desk.out.exists()


def test_windows_line_ends_and_a_byte_order_mark_are_read(desk):
    text = desk.needs.read_text(encoding="utf-8")
    desk.needs.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert desk.run().exit_code == 0


def test_what_breaks_while_writing_leaves_no_trace(desk, monkeypatch):
    def fail(_from, _to):
        raise OSError(28, "disk full")

    monkeypatch.setattr("os.replace", fail)
    assert desk.run().exit_code == 2
    assert sorted(one.name for one in desk.folder.iterdir()) == ["needs.jsonl", "offerings.jsonl"]


def test_the_command_needs_no_database_content_and_is_quiet(desk, repository, tmp_path):
    """As typed in a shell, with a database that does not exist yet."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "match", "rank", "--needs", str(desk.needs), "--offerings",
         str(desk.offerings), "--top", "2", "--out", str(desk.out)], cwd=repository, capture_output=True, text=True,
        env={"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(desk.rows) == 4


def ndcg(found, grades, k=10):
    """Mean nDCG@k over the needs that have a relevant offering (grade 2 or 3); gain 2^grade − 1."""
    values = []
    for need, graded in grades.items():
        if max(graded.values()) < 2:
            continue
        gains = [2 ** graded.get(offering, 0) - 1 for offering in found[need][:k]]
        ideal = sorted((2 ** grade - 1 for grade in graded.values()), reverse=True)[:k]
        values.append(sum(gain / math.log2(i + 2) for i, gain in enumerate(gains))
                      / sum(gain / math.log2(i + 2) for i, gain in enumerate(ideal)))
    return sum(values) / len(values)


@pytest.mark.parametrize(("encoder", "promised"), [("off", 0.88), ("default", 0.93)])
def test_the_ranking_is_as_good_as_promised(repository, tmp_path, encoder, promised):
    """On the graded texts that the demonstration shows; plain jieba TF-IDF reaches .757."""
    files = {}
    for name in ("needs", "offerings"):
        rows = [json.loads(line) for line in
                (repository / "matchplatform" / "demo" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        files[name] = tmp_path / f"{name}.jsonl"
        files[name].write_text("\n".join(json.dumps({key: row[key] for key in ("id", "title", "body")})
                                         for row in rows), encoding="utf-8")
    out = tmp_path / "run.tsv"
    done = CliRunner().invoke(match, ["rank", "--needs", str(files["needs"]), "--offerings", str(files["offerings"]),
                                      "--top", "20", "--out", str(out), "--encoder", encoder])
    assert done.exit_code == 0, done.output
    grades = defaultdict(dict)
    for line in (repository / "tests" / "matching" / "grades.tsv").read_text().splitlines()[1:]:
        need, offering, grade = line.split("\t")
        grades[need][offering] = int(grade)
    found = defaultdict(list)
    for line in out.read_text().splitlines():
        need, offering, _rank, _score = line.split("\t")
        found[need].append(offering)
    assert len(found) == 120
    assert ndcg(found, grades) >= promised
