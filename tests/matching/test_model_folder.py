"""An operator's own model: a tiny one is made here and really loaded; whatever is wrong with a folder is a sentence."""

import json
import sys
import types

import numpy as np
import onnx
import pytest
import tokenizers
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, models, normalizers, pre_tokenizers, processors

from matchplatform.matching import model_folder
from matchplatform.matching.encoders import EncoderFailed, EncoderUnavailable, load

pytestmark = pytest.mark.once

WORDS = ["[PAD]", "[UNK]", "[CLS]", *"老人助餐水稻村里qp:"]
TABLE = np.random.default_rng(5).standard_normal((len(WORDS), 6)).astype(np.float32)


def write_tokenizer(folder):
    """Characters as words; what is neither Chinese nor a letter is dropped."""
    made = tokenizers.Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Replace(Regex("[^\u4e00-\u9fffa-z:]"), "")
    made.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    made.save(str(folder / "tokenizer.json"))
    return made


def write_model(path, table=TABLE, output="last_hidden_state", pooled=False, inputs=("input_ids", "attention_mask")):
    """An embedding look-up; `pooled` takes the first token's row as the answer."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["looked_up"])]
    shape = ["n", "tokens", table.shape[1]]
    if pooled:
        nodes.append(helper.make_node("Gather", ["looked_up", "zero"], [output], axis=1))
        del shape[1]
    else:
        nodes.append(helper.make_node("Identity", ["looked_up"], [output]))
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array(0), "zero")])
    path.parent.mkdir(exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))


@pytest.fixture
def folder(tmp_path):
    write_tokenizer(tmp_path)
    write_model(tmp_path / "model.onnx")
    return tmp_path


def rows_of(text):
    return np.stack([TABLE[WORDS.index(char)] for char in text])


def unit(row):
    return row / np.linalg.norm(row)


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def loaded(folder):
    (meaning,) = load(str(folder))
    return meaning


def test_a_text_is_the_mean_of_its_tokens(folder):
    meaning = loaded(folder)
    assert (meaning.name, meaning.mean, meaning.deviation) == ("folder", None, None)
    assert meaning.needs is meaning.offerings  # no prompts, one role
    texts = ["老人", "水稻", "村里老人助餐", "老"] * 12
    rows = meaning.needs.encode(texts)
    assert rows.shape == (48, 6)
    assert np.allclose(rows, [unit(rows_of(text).mean(axis=0)) for text in texts], atol=1e-6)
    assert np.abs(rows - np.vstack([meaning.needs.encode([text]) for text in texts])).max() < 1e-6


def test_texts_without_tokens_and_long_ones_do_no_harm(folder):
    rows = loaded(folder).needs.encode(["", "👵", "老人", "老" * 100_000, "\0"])
    assert not rows[[0, 1, 4]].any()
    assert np.allclose(np.linalg.norm(rows[2:4], axis=1), 1)
    assert not loaded(folder).needs.encode(["👵"]).any()


@pytest.mark.parametrize(("config", "wanted"), [
    ({"pooling_mode_mean_tokens": True}, lambda rows: rows.mean(axis=0)),
    ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda rows: rows[0]),
    ({"pooling_mode_max_tokens": True}, lambda rows: rows.max(axis=0)),
    ({"pooling_mode_lasttoken": True}, lambda rows: rows[-1]), ({"pooling_mode": "cls"}, lambda rows: rows[0])])
def test_pooling_is_what_the_folder_says(folder, config, wanted):
    put(folder, "1_Pooling/config.json", config)
    rows = loaded(folder).needs.encode(["老人", "村里助餐"])
    assert np.allclose(rows, [unit(wanted(rows_of(text))) for text in ("老人", "村里助餐")], atol=1e-6)


@pytest.mark.parametrize("other", ["passage", "document"])
def test_prompts_make_two_roles(folder, other):
    put(folder, "config_sentence_transformers.json", {"prompts": {"query": "q:", other: "p:"}})
    meaning = loaded(folder)
    assert meaning.needs.name != meaning.offerings.name
    assert np.allclose(meaning.needs.encode(["老人"]), unit(rows_of("q:老人").mean(axis=0)), atol=1e-6)
    assert np.allclose(meaning.offerings.encode(["老人"]), unit(rows_of("p:老人").mean(axis=0)), atol=1e-6)


def test_a_text_ends_where_the_folder_says(folder):
    put(folder, "tokenizer_config.json", {"model_max_length": int(1e30)})
    put(folder, "sentence_bert_config.json", {"max_seq_length": 8})
    row = loaded(folder).needs.encode(["老" * 8 + "水稻" * 9])
    assert np.allclose(row, unit(TABLE[WORDS.index("老")]), atol=1e-6)


def test_the_tokenizers_own_special_tokens_and_length_count(folder):
    made = write_tokenizer(folder)
    made.post_processor = processors.TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", 2)])
    made.enable_truncation(9)
    made.enable_padding(pad_id=0, pad_token="[PAD]", length=40)
    made.save(str(folder / "tokenizer.json"))
    row = loaded(folder).needs.encode(["老" * 50])
    assert np.allclose(row, unit((TABLE[2] + 8 * TABLE[WORDS.index("老")]) / 9), atol=1e-6)


def test_a_model_that_pools_itself_is_taken_at_its_word(folder):
    (folder / "model.onnx").unlink()
    write_model(folder / "onnx" / "model.onnx", output="sentence_embedding", pooled=True, inputs=("input_ids",))
    put(folder, "modules.json", [{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])
    assert np.allclose(loaded(folder).needs.encode(["老人"]), unit(TABLE[WORDS.index("老")]), atol=1e-6)


def test_another_model_has_another_name(folder):
    names = {loaded(folder).needs.name}
    write_model(folder / "model.onnx", TABLE + 1)
    names.add(loaded(folder).needs.name)
    put(folder, "1_Pooling/config.json", {"pooling_mode_cls_token": True})
    names.add(loaded(folder).needs.name)
    for prompt in ("q:", "p:"):
        put(folder, "config_sentence_transformers.json", {"prompts": {"query": prompt}})
        names.add(loaded(folder).needs.name)
    assert len(names) == 5
    assert loaded(folder).needs.name in names


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda f: (f / "model.onnx").unlink(), "没有模型"),
    (lambda f: (f / "tokenizer.json").unlink(), "没有 tokenizer.json"),
    (lambda f: put(f, "tokenizer.json", "{"), "读不出来"),
    (lambda f: put(f, "model.onnx", "no model"), "读不出来"),
    (lambda f: put(f, "sentence_bert_config.json", "{"), "sentence_bert_config.json 读不出来"),
    (lambda f: put(f, "config_sentence_transformers.json", []), "内容不对"),
    (lambda f: put(f, "1_Pooling/config.json", {"pooling_mode_weightedmean_tokens": True}), "汇聚方式"),
    (lambda f: put(f, "1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}), "cls、mean"),
    (lambda f: put(f, "modules.json", [{"type": "sentence_transformers.models.Dense"}]), "Dense"),
    (lambda f: write_model(f / "model.onnx", TABLE * np.nan), "不是数"),
    (lambda f: write_model(f / "model.onnx", TABLE * 0), "全是零"),
    (lambda f: write_model(f / "model.onnx", TABLE[:2]), "出错"),
    (lambda f: write_model(f / "model.onnx", inputs=("input_ids", "pixels")), "pixels"),
])
def test_what_is_wrong_with_a_folder_is_a_sentence(folder, spoil, words):
    spoil(folder)
    with pytest.raises(EncoderUnavailable, match=words) as told:
        load(str(folder))
    assert str(folder) in str(told.value)
    assert "请" in str(told.value) or "应有" in str(told.value)


def test_a_model_of_another_kind_is_refused(folder):
    graph = helper.make_graph([helper.make_node("Shape", ["input_ids"], ["size"])], "odd",
                              [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "tokens"])],
                              [helper.make_tensor_value_info("size", TensorProto.INT64, [2])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
              str(folder / "model.onnx"))
    with pytest.raises(EncoderUnavailable, match="没有句向量也没有词向量"):
        load(str(folder))


@pytest.mark.parametrize(("shape", "pooling"), [((2, 6), "mean"), ((3, 4, 6), "mean"), ((2, 5, 6), "cls"),
                                                ((2, 4, 6), ""), ((3, 6), ""), ((6,), "")])
def test_an_answer_of_another_shape_is_never_pooled(shape, pooling):
    with pytest.raises(EncoderFailed, match="形状"):
        model_folder._pooled(np.ones(shape), np.ones((2, 4), np.int64), pooling)


@pytest.mark.parametrize("setting", ["", "  ", "/no/such/folder", "Default"])
def test_a_setting_that_names_nothing_is_said(setting):
    with pytest.raises(EncoderUnavailable, match=r"off.*default"):
        load(setting)


def test_a_folder_named_in_the_home_or_missing_packages_is_told(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderUnavailable, match="pip install onnxruntime tokenizers"):
        load(str(folder))
    monkeypatch.setenv("HOME", str(folder.parent))
    with pytest.raises(EncoderUnavailable, match="pip install"):
        load(f"~/{folder.name}")


class StandIn:
    """What sentence-transformers answers, without its gigabytes."""

    def __init__(self, folder, device):
        assert device == "cpu"

    def encode(self, texts, prompt, batch_size, convert_to_numpy, show_progress_bar):
        return np.stack([rows_of(prompt + text).sum(axis=0) for text in texts])


def test_a_folder_of_sentence_transformers_is_read_by_that_package(tmp_path, monkeypatch):
    put(tmp_path, "modules.json", [])
    put(tmp_path, "config_sentence_transformers.json", {"prompts": {"query": "q:"}})
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderUnavailable, match="pip install sentence-transformers"):
        load(str(tmp_path))
    monkeypatch.setattr(model_folder, "probed", lambda name, run: 6)
    monkeypatch.setitem(sys.modules, "sentence_transformers", types.SimpleNamespace(SentenceTransformer=StandIn))
    meaning = loaded(tmp_path)
    assert np.allclose(meaning.needs.encode(["老人"]), unit(rows_of("q:老人").sum(axis=0)), atol=1e-6)
    assert np.allclose(meaning.offerings.encode(["老人"]), unit(rows_of("老人").sum(axis=0)), atol=1e-6)
    assert meaning.needs.name.startswith("st-")
