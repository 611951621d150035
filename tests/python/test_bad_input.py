"""Wrong data, written by pyarrow and numpy as a user would: exit 2, file, column and row named, nothing written."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import ROOT, call

ROWS, DIMS = 60, 4
PAIR = pa.list_(pa.float32(), DIMS)


def columns(**replaced):
    draws = np.random.default_rng(3)
    made = {
        "embedding": pa.array(draws.normal(size=(ROWS, DIMS)).astype(np.float32).tolist(), PAIR),
        "edu": pa.array(draws.normal(size=ROWS)),
        "tokens": pa.array(draws.integers(1, 99, ROWS)),
        "topic": pa.array([f"topic-{i % 3}" for i in range(ROWS)]),
        "id": pa.array([f"doc-{i}" for i in range(ROWS)]),
    }
    made.update(replaced)
    return {name: values for name, values in made.items() if values is not None}


def table(path, **replaced):
    pq.write_table(pa.table(columns(**replaced)), path, row_group_size=16)
    return path


def with_value(values, row, value, kind=None):
    changed = values.to_pylist()
    changed[row] = value
    return pa.array(changed, kind or values.type)


def change(name, row, value, kind=None):
    return lambda path: table(path, **{name: with_value(columns()[name], row, value, kind)})


def named_twice(path):
    made = columns()
    names = [*made, "edu"]
    pq.write_table(pa.Table.from_arrays([*made.values(), made["edu"]], names=names), path)


def folder(path):
    path.mkdir()


def cut(part):
    def damage(path):
        whole = table(path).read_bytes()
        path.write_bytes(whole[: int(part * len(whole))])

    return damage


FAULTS = {  # what makes the file, and what the error names
    "missing": (lambda path: None, ["No such file"]),
    "folder": (folder, ["folder"]),
    "empty": (lambda path: path.write_bytes(b""), ["not a Parquet file"]),
    "another format": (lambda path: path.write_text('{"edu": 1}\n'), ["not a Parquet file"]),
    "half a file": (cut(0.5), ["truncated"]),
    "almost a file": (cut(0.999), ["truncated"]),
    "missing column": (lambda path: table(path, edu=None), ['"edu"', "embedding, tokens, topic, id"]),
    "twice-named column": (named_twice, ['"edu"', "2 columns"]),
    "wrong type": (lambda path: table(path, edu=columns()["topic"]), ['"edu"', "string"]),
    "score of lists": (lambda path: table(path, edu=columns()["embedding"]), ['"edu"', "list"]),
    "text as features": (lambda path: table(path, embedding=columns()["topic"]), ['"embedding"', "string"]),
    "fraction as length": (lambda path: table(path, tokens=columns()["edu"]), ['"tokens"', "integer"]),
    "ragged": (change("embedding", 41, [1.0, 2.0], pa.list_(pa.float32())), ["row 41", '"embedding"', "2 values"]),
    "null embedding": (change("embedding", 42, None), ["row 42", '"embedding"', "null"]),
    "null in embedding": (
        change("embedding", 43, [1, None, 2, 3], pa.list_(pa.float64())),
        ["row 43", '"embedding"', "null"],
    ),
    "NaN in features": (change("embedding", 44, [1, float("nan"), 2, 3]), ["row 44", '"embedding"', "not a number"]),
    "infinity in features": (change("embedding", 45, [1, float("-inf"), 2, 3]), ["row 45", '"embedding"', "infinite"]),
    "zero row": (change("embedding", 46, [0.0] * DIMS), ["row 46", '"embedding"', "zeros"]),
    "NaN score": (change("edu", 47, float("nan")), ["row 47", '"edu"', "not a number"]),
    "infinite score": (change("edu", 48, float("inf")), ["row 48", '"edu"', "infinite"]),
    "null score": (change("edu", 49, None), ["row 49", '"edu"', "null"]),
    "length below zero": (change("tokens", 50, -5), ["row 50", '"tokens"', "-5"]),
    "length too large": (change("tokens", 51, 2**31), ["row 51", '"tokens"', "2147483648"]),
    "null label": (change("topic", 52, None), ["row 52", '"topic"', "null"]),
    "id used twice": (change("id", 53, "doc-7"), ["row 53", '"id"', '"doc-7"', "row 7"]),
    "no rows": (lambda path: table(path, **{name: values[:0] for name, values in columns().items()}), ["no rows"]),
}
READS = ["--features", "embedding", "--quality", "edu", "--length", "tokens", "--label", "topic", "--id", "id"]


def refused(folder, data, *words, command="select", reads=READS):
    """Runs the command in a folder of its own, wants exit 2 and these words, and nothing left behind."""
    out = folder / "out"
    out.mkdir()
    if command == "score":
        pq.write_table(pa.table({"row": [1, 2]}), folder / "ids.parquet")
        options = ["--ids", folder / "ids.parquet"]
    else:
        options = ["--selector", "top_k", "--rows", 5, "--out", out / "ids.parquet", "--report", out / "report.json"]
    _, errors = call(command, "--data", data, *reads, *options, code=2)
    assert errors.startswith("maskbench: ") and all(word in errors for word in words), errors
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("command", ["select", "score"])
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named(tmp_path, fault, command):
    make, words = FAULTS[fault]
    make(tmp_path / "bad.parquet")
    refused(tmp_path, tmp_path / "bad.parquet", "bad.parquet", *words, command=command)


def test_the_row_is_that_of_its_own_file(tmp_path):
    good, bad = table(tmp_path / "good.parquet", id=None), tmp_path / "bad.parquet"
    table(bad, edu=with_value(columns()["edu"], 9, float("nan")), id=None)
    refused(tmp_path, f"{good},{bad}", "bad.parquet, row 9", '"edu"', reads=READS[:-2])


@pytest.mark.parametrize(
    "replaced, words",
    [
        ({"edu": None}, ['"edu"', "it has"]),
        ({"edu": columns()["topic"]}, ['"edu"', "string"]),
        ({"embedding": pa.array([[1.0] * 5] * ROWS, pa.list_(pa.float32(), 5))}, ['"embedding"', "5 values"]),
        ({"topic": pa.array(range(ROWS))}, ['"topic"', "an integer among strings"]),
    ],
)
def test_files_with_different_schemas(tmp_path, replaced, words):
    first, second = table(tmp_path / "first.parquet"), table(tmp_path / "second.parquet", **replaced)
    refused(tmp_path, f"{first},{second}", "second.parquet", *words)


@pytest.mark.parametrize(
    "budget, word",
    [
        (["--rows", "0"], "0"),
        (["--rows", str(ROWS + 1)], str(ROWS)),
        (["--fraction", "0"], "(0, 1]"),
        (["--fraction", "1.01"], "(0, 1]"),
        (["--fraction", "nan"], "(0, 1]"),
        (["--fraction", "-0.5"], "(0, 1]"),
        (["--tokens", "0"], "0"),
    ],
)
def test_budgets_that_are_none(tmp_path, budget, word):
    data, out = table(tmp_path / "docs.parquet"), tmp_path / "ids.parquet"
    _, errors = call("select", "--data", data, *READS, "--selector", "top_k", *budget, "--out", out, code=2)
    assert word in errors and not out.exists(), errors


def text_files(folder, features=None, lines=None):
    made = columns()
    if features is None:
        features = np.array(made["embedding"].to_pylist(), np.float32)
    np.save(folder / "x.npy", features)
    rows = [dict(zip(list(made)[1:], row)) for row in zip(*(values.to_pylist() for values in list(made.values())[1:]))]
    (folder / "c.jsonl").write_text(lines(rows) if lines else "".join(json.dumps(row) + "\n" for row in rows))
    return f"{folder / 'x.npy'},{folder / 'c.jsonl'}"


def test_npy_and_jsonl_give_what_parquet_gives(tmp_path):
    answers = []
    for name, data in (("text", text_files(tmp_path)), ("parquet", table(tmp_path / "docs.parquet"))):
        out = tmp_path / f"{name}.ids"
        call("select", "--data", data, *READS, "--selector", "top_k", "--rows", 7, "--out", out)
        answers.append(pq.read_table(out))
    assert answers[0].equals(answers[1]) and answers[0]["id"].to_pylist() == [
        f"doc-{i}" for i in answers[0]["row"].to_pylist()
    ]


def with_line(number, text):
    return lambda rows: "".join((text if i == number - 1 else json.dumps(row)) + "\n" for i, row in enumerate(rows))


@pytest.mark.parametrize(
    "make, words",
    [
        ({"features": np.asfortranarray(np.ones((ROWS, DIMS), np.float32))}, ["x.npy", "Fortran"]),
        ({"features": np.ones((ROWS, DIMS), np.int64)}, ["x.npy", "<i8"]),
        ({"features": np.ones((ROWS, DIMS), ">f4")}, ["x.npy", ">f4"]),
        ({"features": np.ones(ROWS, np.float32)}, ["x.npy", "two dimensions"]),
        ({"features": np.ones((ROWS - 1, DIMS), np.float32)}, ["c.jsonl", "60 lines", "x.npy", "59 rows"]),
        ({"features": np.full((ROWS, DIMS), np.nan)}, ["x.npy", "row 0", "not a number"]),
        ({"lines": with_line(5, "{'edu': 1}")}, ["c.jsonl, line 5", "JSON"]),
        ({"lines": with_line(6, "")}, ["c.jsonl", "59 lines", "60 rows"]),
        ({"lines": with_line(7, '{"edu": NaN}')}, ["c.jsonl, line 7", "not a number"]),
        ({"lines": with_line(8, '{"tokens": 1}')}, ["c.jsonl, line 8", '"edu"', "tokens"]),
        ({"lines": with_line(9, '{"edu": "high"}')}, ["c.jsonl, line 9", '"edu"', "string"]),
    ],
)
def test_bad_text_files(tmp_path, make, words):
    refused(tmp_path, text_files(tmp_path, **make), *words)


@pytest.mark.parametrize(
    "made, words",
    [
        ({"row": [1, 1]}, ['"row"', "twice"]),
        ({"row": [ROWS]}, ["row 0", str(ROWS)]),
        ({"row": [0.5]}, ['"row"', "0.5 is no whole number"]),
        ({"id": ["doc-1", "doc-x"]}, ["row 1", '"doc-x"']),
        ({"row": [1], "id": ["doc-2"]}, ['"doc-2"', '"doc-1"']),
        ({"name": ["doc-1"]}, ["row", "id", "name"]),
        ({"row": [1], "count": [0]}, ['"count"', "0"]),
    ],
)
def test_answers_that_are_none(tmp_path, made, words):
    data, ids = table(tmp_path / "docs.parquet"), tmp_path / "answer.parquet"
    pq.write_table(pa.table(made), ids)
    _, errors = call("score", "--data", data, *READS, "--ids", ids, code=2)
    assert "answer.parquet" in errors and all(word in errors for word in words), errors


@pytest.mark.parametrize(
    "path, value, words",
    [
        (["descriptor", "table", "cells"], None, "descriptor.table: lacks the key"),
        (["descriptor", "table", "rows"], 3, "descriptor.table.rows"),
        (["descriptor", "notes"], "one", "descriptor.notes"),
        (["descriptor", "id"], ["a"], "descriptor.id"),
        (["plan", 0, "axes", "selector"], {}, "plan.0.axes.selector"),
    ],
)
def test_records_of_another_shape(tmp_path, path, value, words):
    lines = (ROOT / "tests/fuzz/corpus/records/three_cells").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"kind":"run"' in line)
    run = json.loads(lines[at])
    inner = run
    for key in path[:-1]:
        inner = inner[key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    lines[at] = json.dumps(run)
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(lines) + "\n")
    _, errors = call("render", file, code=2)
    assert f"records.jsonl, line {at + 1}, {words}" in errors
