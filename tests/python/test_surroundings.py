"""What surrounds a run: limits of the shell, terminals, streams that fail, libraries cut short."""

import csv
import io
import os
import pathlib
import resource
import subprocess

import pyarrow.parquet as pq
import pytest
from program import PROGRAM, ROOT, call
from tables import write_table
from tiny_descriptor import write_descriptor


@pytest.mark.parametrize("megabytes", [150, 200, 250, 300, 400, 500])
@pytest.mark.parametrize("command", ["select", "score"])
def test_a_small_address_space_is_an_answer_or_a_refusal(tmp_path, command, megabytes):
    data = write_table(tmp_path)
    call("select", "--data", data, "--selector", "random", "--rows", 20, "--out", tmp_path / "ids.parquet")
    arguments = {
        "select": ["--data", data, "--rows", 20, "--out", tmp_path / "other.parquet"],
        "score": ["--data", data, "--ids", tmp_path / "ids.parquet"],
    }[command]
    limit = megabytes * 1000 * 1024
    done = subprocess.run(
        [PROGRAM, command, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert done.returncode in (0, 1, 2), done.stderr
    if done.returncode == 0:
        return
    assert done.stderr.startswith("maskbench: ") and "memory" in done.stderr or "ulimit -v leaves" in done.stderr
    assert not (tmp_path / "other.parquet").exists()


@pytest.mark.parametrize("name", ["no\x1b[31mred", "bell\x07", "back\b", "high\x9bcsi", "delete\x7f"])
def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path, name):
    data = write_table(tmp_path)
    for arguments in (["--quality", name], ["--selector", name], ["--objective", name]):
        _, errors = call("select", "--data", data, *arguments, "--rows", 5, "--out", tmp_path / "ids.parquet", code=2)
        assert not [c for c in errors if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160], errors
        assert name.split("\x1b")[0][:2] in errors


def test_a_standard_error_that_fails_costs_no_answer(tmp_path):
    data = write_table(tmp_path)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAM, "select", "--data", data, "--rows", "5", "--out", tmp_path / "ids.parquet"], stderr=full
        )
    assert done.returncode == 0 and pq.read_table(tmp_path / "ids.parquet").num_rows == 5


def test_a_library_cut_short_is_refused_before_it_is_loaded(tmp_path):
    compiler = os.environ.get("CXX", "c++")
    source, whole = ROOT / "tests/plugin/no_symbol.c", tmp_path / "whole.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-I", ROOT, "-x", "c", source, "-o", whole], check=True)
    call("list", "selectors", "--plugin", whole, code=2)
    content = whole.read_bytes()
    for share in (0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 0.999):
        cut = pathlib.Path(tmp_path / "cut.so")
        cut.write_bytes(content[: int(share * len(content))])
        _, errors = call("list", "selectors", "--plugin", cut, code=2)
        assert "cut short" in errors or "no shared library" in errors, errors
    cut.write_bytes(b"#!/bin/sh\n" + bytes(5000))
    assert "no shared library" in call("list", "selectors", "--plugin", cut, code=2)[1]


@pytest.mark.parametrize("label", ["=1+1", "+cmd", "-cmd", "@cmd", "\tcmd"])
def test_a_text_cell_that_looks_like_a_formula_gets_an_apostrophe(tmp_path, label):
    path = write_descriptor(tmp_path, selectors=[{"name": "random", "label": label}])
    call("run", path, "--group", "ci", "--records", tmp_path / "r.jsonl")
    table, _ = call("render", tmp_path / "r.jsonl", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["row"] for row in rows} == {"'" + label}
    assert all(float(row["mean"]) == float(row["mean"]) for row in rows if row["mean"])  # numbers stay numbers
