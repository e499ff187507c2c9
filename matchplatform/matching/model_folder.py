"""A model of meaning that the operator put into a folder: an ONNX export, or one of sentence-transformers.

An export is `model.onnx` (or `onnx/model.onnx`) beside `tokenizer.json`; what the folder's other files say about
pooling, prompts and length is obeyed, and what they ask for that is not done here is refused. The packages are
optional (the extra `onnx`), imported only when such a folder is named.
"""

import hashlib
import importlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from matchplatform.matching.text_encoder import EncoderFailed, EncoderUnavailable, Run, TextEncoder, Turn, probed

AT_ONCE = 16           # texts in one call of the model, of like length
MOST_TOKENS = 512      # when no file names a length
PROMPTS = "config_sentence_transformers.json"
LENGTH = "sentence_bert_config.json"
POOLING_KEY = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max",
               "pooling_mode_lasttoken": "lasttoken"}
DONE_HERE = ("Transformer", "Pooling", "Normalize")  # modules of sentence-transformers that an export needs from us

_turn = Turn()


def from_folder(folder: Path) -> tuple[TextEncoder, TextEncoder]:
    """The folder's model in the role of the need and of the offering: the same encoder twice unless it has prompts.

    Raises EncoderUnavailable with a sentence when there is no folder, no model, no package for it, or a model that
    gives no vector for a sentence.
    """
    if not folder.is_dir():
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 不存在：请改正路径，或设为 off 或 default")
    model = next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)
    if model is not None:
        return _onnx(folder, model)
    if (folder / "modules.json").is_file():
        return _sentence_transformers(folder)
    raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里没有模型：应有 model.onnx 和 tokenizer.json，"
                             "或 sentence-transformers 的 modules.json")


def _roles(kind: str, digest: str, folder: Path, run: Any) -> tuple[TextEncoder, TextEncoder]:
    """`run(prefix)` answers what encodes texts with that prefix."""
    query, passage = _prefixes(folder)
    size = probed(str(folder), run(query))
    needs = TextEncoder(f"{kind}-{digest}-query" if query != passage else f"{kind}-{digest}", size, run(query))
    if query == passage:
        return needs, needs
    return needs, TextEncoder(f"{kind}-{digest}-passage", size, run(passage))


def _onnx(folder: Path, path: Path) -> tuple[TextEncoder, TextEncoder]:
    runtime, tokenizers = _package("onnxruntime"), _package("tokenizers")
    words = folder / "tokenizer.json"
    if not words.is_file():
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里没有 tokenizer.json：请连同模型一起导出")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # no pool: nothing is lost in a fork
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(words))
    except Exception as error:
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里的模型读不出来（{error}）：请重新导出") from error
    pad = _padding_of(tokenizer)
    tokenizer.enable_truncation(max_length=_length(folder, tokenizer))
    tokenizer.no_padding()
    inputs = _inputs(session, folder)
    output, pooled_already = _output(session, folder)
    pooling = "" if pooled_already else _pooling(folder)
    files = [*sorted(path.parent.glob(f"{path.name}*")), *sorted(path.parent.glob("*.data")), words,
             folder / PROMPTS, folder / LENGTH, folder / "modules.json", folder / "tokenizer_config.json",
             *sorted(folder.glob("*Pooling/config.json"))]

    sizes: set[int] = set()  # the dimensions, known from the first text on: a text without tokens needs them too

    def run(prefix: str) -> Run:
        def encode(texts: Sequence[str]) -> np.ndarray:
            tokens = [tokenizer.encode(prefix + text).ids for text in texts]
            rows: list[np.ndarray | None] = [None] * len(texts)
            order = sorted((n for n in range(len(texts)) if tokens[n]), key=lambda n: len(tokens[n]))
            for start in range(0, len(order), AT_ONCE):
                batch = order[start:start + AT_ONCE]
                feed = _feed([tokens[n] for n in batch], pad)
                made = session.run([output], {name: feed[name].astype(kind) for name, kind in inputs.items()})[0]
                for n, row in zip(batch, _pooled(made, feed["attention_mask"], pooling), strict=True):
                    rows[n] = row
            sizes.update(len(row) for row in rows if row is not None)
            if len(sizes) != 1:
                raise EncoderFailed("分词器没有切出任何词，请检查 tokenizer.json" if not sizes else
                                    f"模型先后给出不同的维数 {sorted(sizes)}")
            nothing = np.zeros(next(iter(sizes)), np.float32)
            return np.stack([nothing if row is None else row for row in rows])
        return encode

    return _roles("onnx", _digest(files, folder), folder, run)


def _feed(tokens: Sequence[Sequence[int]], pad: int) -> dict[str, np.ndarray]:
    """What models of this kind take, each (n, longest)."""
    shape = (len(tokens), max(map(len, tokens)))
    ids, mask = np.full(shape, pad, np.int64), np.zeros(shape, np.int64)
    for number, one in enumerate(tokens):
        ids[number, :len(one)] = one
        mask[number, :len(one)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros(shape, np.int64),
            "position_ids": np.broadcast_to(np.arange(shape[1]), shape)}


def _pooled(made: Any, mask: np.ndarray, pooling: str) -> np.ndarray:
    """(n, d): the model's answer itself when it has pooled (`pooling` is ""), otherwise pooled from (n, longest, d)."""
    made = np.asarray(made, dtype=np.float32)
    wanted: tuple[int, ...] = mask.shape if pooling else mask.shape[:1]
    if made.ndim != len(wanted) + 1 or made.shape[:-1] != wanted:
        raise EncoderFailed(f"语义模型给出的结果形状是 {made.shape}，应是 {(*wanted, '维数')}：请按句向量模型重新导出")
    if not pooling:
        return made
    if pooling == "cls":
        return made[:, 0]
    if pooling == "lasttoken":
        return made[np.arange(len(made)), mask.sum(axis=1) - 1]
    seen = mask[:, :, None].astype(bool)
    if pooling == "max":
        return np.where(seen, made, -np.inf).max(axis=1)
    return np.where(seen, made, 0).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def _inputs(session: Any, folder: Path) -> dict[str, type]:
    """The inputs the model wants and their types."""
    kinds = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
    wanted: dict[str, type] = {}
    for one in session.get_inputs():
        if one.name not in ("input_ids", "attention_mask", "token_type_ids", "position_ids") or one.type not in kinds:
            raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里的模型要求输入 {one.name}（{one.type}），"
                                     "这里给不了：请按句向量模型（feature-extraction）重新导出")
        wanted[one.name] = kinds[one.type]
    if "input_ids" not in wanted:
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里的模型没有输入 input_ids：请按句向量模型重新导出")
    return wanted


def _output(session: Any, folder: Path) -> tuple[str, bool]:
    """The output to read, and whether it is one vector a text already."""
    ranks = {one.name: len(one.shape) for one in session.get_outputs()}
    if ranks.get("sentence_embedding") == 2:
        return "sentence_embedding", True
    for name in ("last_hidden_state", "token_embeddings", *ranks):
        if ranks.get(name) == 3:
            return name, False
    flat = [name for name, rank in ranks.items() if rank == 2]
    if len(flat) == 1:
        return flat[0], True
    raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里的模型的输出是 {ranks}（名称与维度），"
                             "没有句向量也没有词向量：请按句向量模型重新导出")


def _pooling(folder: Path) -> str:
    """mean, cls, max or lasttoken, as the folder's files say; mean when they say nothing."""
    modules = _json(folder / "modules.json", list)
    for one in modules:
        kind = str(one.get("type", "")).rpartition(".")[2]
        if kind not in DONE_HERE:
            raise EncoderUnavailable(f"语义模型的文件夹 {folder} 还有一层 {kind}，model.onnx 里没有："
                                     "请把整个模型导出成带 sentence_embedding 输出的一个文件")
    place = next((str(one.get("path")) for one in modules if str(one.get("type", "")).endswith("Pooling")), "1_Pooling")
    config = _json(folder / place / "config.json", dict)
    named = config.get("pooling_mode")
    chosen = [named] if isinstance(named, str) else named if isinstance(named, list) else [
        POOLING_KEY.get(key, key) for key, value in config.items() if key.startswith("pooling_mode_") and value is True]
    if not chosen:
        return "mean"
    if len(chosen) > 1 or chosen[0] not in POOLING_KEY.values() or config.get("include_prompt") is False:
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 要求的汇聚方式 {'、'.join(map(str, chosen))} 这里没有"
                                 "（有 mean、cls、max、lasttoken 之一）：请导出带 sentence_embedding 输出的模型")
    return str(chosen[0])


def _prefixes(folder: Path) -> tuple[str, str]:
    """What is put before a need and before an offering."""
    config = _json(folder / PROMPTS, dict)
    prompts = config.get("prompts")
    prompts = prompts if isinstance(prompts, dict) else {}
    default = prompts.get(config.get("default_prompt_name"), "")
    query = prompts.get("query", default)
    return str(query or ""), str(prompts.get("passage", prompts.get("document", default)) or "")


def _length(folder: Path, tokenizer: Any) -> int:
    """The most tokens of a text."""
    cut = tokenizer.truncation or {}
    for value in (_json(folder / LENGTH, dict).get("max_seq_length"), cut.get("max_length"),
                  _json(folder / "tokenizer_config.json", dict).get("model_max_length")):
        if isinstance(value, int) and 8 <= value <= 100_000:  # "no limit" is written as 10^30
            return min(value, 8_192)
    return MOST_TOKENS


def _padding_of(tokenizer: Any) -> int:
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"])
    known = (tokenizer.token_to_id(name) for name in ("[PAD]", "<pad>", "<|endoftext|>"))
    return next((number for number in known if number is not None), 0)


def _sentence_transformers(folder: Path) -> tuple[TextEncoder, TextEncoder]:
    package = _package("sentence_transformers")
    try:
        model = package.SentenceTransformer(str(folder), device="cpu")
    except Exception as error:
        raise EncoderUnavailable(f"语义模型的文件夹 {folder} 里的模型读不出来（{error}）：请重新下载") from error

    def run(prefix: str) -> Run:
        def encode(texts: Sequence[str]) -> np.ndarray:
            with _turn:  # its tokenizer changes its own settings in each call
                return np.asarray(model.encode(list(texts), prompt=prefix, batch_size=AT_ONCE, convert_to_numpy=True,
                                               show_progress_bar=False))
        return encode

    files = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".txt", ".model", ".safetensors",
                                                                         ".bin"))
    return _roles("st", _digest(files, folder), folder, run)


def _digest(files: Iterable[Path], folder: Path) -> str:
    """Twelve hexadecimal digits of SHA-256 over the files there are, with their names."""
    whole = hashlib.sha256()
    for path in dict.fromkeys(files):
        if path.is_file():
            with path.open("rb") as file:
                whole.update(path.relative_to(folder).as_posix().encode() + b"\0")
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:12]


def _json(path: Path, kind: type) -> Any:
    """What a JSON file says; an empty one of that kind when there is none."""
    if not path.is_file():
        return kind()
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderUnavailable(f"语义模型的文件 {path} 读不出来（{error}）：请重新下载这个文件") from error
    if not isinstance(read, kind):
        raise EncoderUnavailable(f"语义模型的文件 {path} 的内容不对：请重新下载这个文件")
    return read


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        wanted = "sentence-transformers" if name == "sentence_transformers" else "onnxruntime tokenizers"
        raise EncoderUnavailable(f"要用文件夹里的语义模型，请先安装：.venv/bin/pip install {wanted}"
                                 f"（现在缺 {name}），或把语义模型设为 off 或 default") from error
