"""Plug-ins built outside the tree against the installed headers: they run, agree with the tree, and cannot hurt a run."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
import tiny_descriptor
from program import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ["--data", "web_sample", "--rows", "40", "--objective", "joint[lambda=0.4]", "--seed", "3"]


def maskbench(*arguments, timeout=120):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def selected(tmp_path, selector, *options):
    out = tmp_path / f"{selector}.json"
    done = maskbench(
        "select", *DATA, "--selector", selector, *options, "--out", tmp_path / f"{selector}.parquet", "--report", out
    )
    assert done.returncode == 0, done.stderr
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(tmp_path / f"{selector}.parquet")["row"].to_pylist()
    return rows, json.loads(out.read_text())


@pytest.fixture(scope="session")
def plugins(tmp_path_factory):
    """Installs the headers, copies three method files of the tree under other keys, and builds tests/plugin."""
    folder = tmp_path_factory.mktemp("plugins")
    prefix, copies, build = folder / "prefix", folder / "copies", folder / "build"
    subprocess.run(
        ["cmake", "--install", pathlib.Path(PROGRAM).parent, "--prefix", prefix], check=True, capture_output=True
    )
    copies.mkdir()
    for family, key in [("topk", "top_k"), ("topk", "one_shot"), ("greedy", "greedy")]:
        text = (ROOT / f"algorithms/{family}/{key}.cpp").read_text()
        copy, renamed = re.subn(rf"MASKBENCH_SELECTOR\({key},", f"MASKBENCH_SELECTOR(my_{key},", text)
        assert renamed == 1
        (copies / f"my_{key}.cpp").write_text(copy)
    shutil.copytree(ROOT / "algorithms/greedy", copies / "algorithms/greedy")  # the family's own header
    (copies / "taken.cpp").write_text((ROOT / "algorithms/topk/top_k.cpp").read_text())
    for command in (
        [
            "cmake",
            "-S",
            ROOT / "tests/plugin",
            "-B",
            build,
            "-G",
            "Ninja",
            f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCOPIES={copies}",
        ],
        ["cmake", "--build", build],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return build


def test_method_files_of_the_tree_answer_alike_as_plugins(plugins, tmp_path):
    for key in ("top_k", "one_shot", "greedy"):
        inside, _ = selected(tmp_path, key)
        outside, report = selected(tmp_path, f"my_{key}", "--plugin", plugins / "copies.so")
        assert outside == inside
        assert report["work"] == selected(tmp_path, key)[1]["work"]


def test_parameters_and_refusals_come_through(plugins, tmp_path):
    so = plugins / "longest.so"
    listed = maskbench("list", "selectors", "longest", "--plugin", so)
    assert listed.returncode == 0 and "shortest first" in listed.stdout
    rows, report = selected(tmp_path, "longest[reverse=true]", "--plugin", so)
    assert len(set(rows)) == 40 and report["selector"] == "longest[reverse=true]"
    wrong = maskbench(
        "select", *DATA, "--selector", "longest[power=9]", "--plugin", so, "--out", tmp_path / "x.parquet"
    )
    assert wrong.returncode == 2 and "power" in wrong.stderr and not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize(
    "name, words",
    [
        ("wrong_major", "must match"),
        ("no_symbol", "maskbench_plugin_table"),
        ("taken", "exists already"),
        ("missing", "no such file"),
        ("bad_table_1", 'selector 0: its key is "nnn'),
        ("bad_table_2", "its key is missing"),
        ("bad_table_3", "allowed: at most 64 of a-z"),
        ("bad_table_4", 'parameter 0: its name is "nnn'),
        ("bad_table_5", "its summary has 5000 bytes; allowed: at most 1000"),
        ("bad_table_6", "one of its functions is missing"),
        ("bad_table_7", "-1 parameters; allowed: 0 to 100"),
        ("bad_table_8", "selectors; allowed: 0 to 1000"),
        ("bad_table_9", "has no table of them"),
        ("bad_table_10", "parameter 0: its meaning is missing"),
    ],
)
def test_what_is_no_plugin_is_refused(plugins, name, words):
    done = maskbench("list", "selectors", "--plugin", plugins / f"{name}.so")
    assert done.returncode == 2 and words in done.stderr and len(done.stderr) < 500


def test_more_rows_than_there_are_is_an_answer_that_is_not_read(plugins, tmp_path):
    out = tmp_path / "ids.parquet"
    done = maskbench("select", *DATA, "--selector", "bad_table", "--plugin", plugins / "bad_table_0.so", "--out", out)
    assert done.returncode == 1 and "answered 1099511627776 rows of" in done.stderr and not out.exists()


def test_a_bad_plugin_costs_its_cell_only(plugins, tmp_path):
    descriptor = {
        "schema": 1,
        "id": "plugins",
        "question": "Does a bad method cost more than its cell?",
        "shows": {"paper": "none", "counterpart": "none"},
        "datasets": [{"name": "web_sample"}],
        "objectives": [{"name": "pairwise_similarity"}],
        "budgets": [{"rows": 30}],
        "selectors": [{"name": "crashes"}, {"name": "hangs"}, {"name": "duplicates"}, {"name": "random"}],
        "seeds": {"base": 1, "repetitions": 1},
        "limits": {"seconds": 2, "threads": 1, "device": "cpu"},
        "groups": {"ci": {}, "quick": {}, "paper": {}},
        "table": {"rows": ["selector"], "cells": ["objective"], "show": "mean_sd", "best": "max"},
    }
    path, records = tmp_path / "plugins.json", tmp_path / "records.jsonl"
    path.write_text(json.dumps(descriptor))
    options = [word for name in ("crashes", "hangs", "duplicates") for word in ("--plugin", plugins / f"{name}.so")]
    done = maskbench("run", path, "--group", "ci", "--records", records, *options)
    assert done.returncode == 1, done.stderr
    cells = {}
    for line in records.read_text().splitlines():
        record = json.loads(line)
        if record.get("kind", record.get("record")) == "cell":
            cells[str(record["selector"])] = record
    status = {name: cell["status"] for name, cell in cells.items()}
    assert status == {"crashes": "failed", "hangs": "timeout", "duplicates": "failed", "random": "done"}
    assert "signal" in cells["crashes"]["reason"].lower() or "segmentation" in cells["crashes"]["reason"].lower()
    assert "twice" in cells["duplicates"]["reason"] or "distinct" in cells["duplicates"]["reason"]


def test_a_plugin_that_was_built_again_is_another_program(plugins, tmp_path):
    """Its old answers do not pass for the new ones."""
    so, path, ledger = tmp_path / "longest.so", tmp_path / "tiny.json", tmp_path / "records.jsonl"
    shutil.copy(plugins / "longest.so", so)
    path.write_text(
        json.dumps(tiny_descriptor.descriptor(selectors=[{"name": "longest"}], datasets=[{"name": "web_sample"}]))
    )
    run = lambda: maskbench("run", path, "--group", "ci", "--records", ledger, "--plugin", so)  # noqa: E731
    assert run().returncode == 0 and "none to run" in run().stderr
    with so.open("ab") as file:
        file.write(b"\0")
    again = run()
    assert again.returncode == 2 and "another build (plug-in longest.so " in again.stderr


def test_related_sets_text_and_ids_reach_a_plugin(plugins, tmp_path):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draws = np.random.default_rng(4)

    def lists(values):
        return pa.FixedSizeListArray.from_arrays(pa.array(values.astype(np.float32).ravel()), values.shape[1])

    x, g, weight, task = draws.normal(size=(80, 6)), draws.normal(size=(9, 6)), draws.random(9), np.arange(9) % 2
    texts = ["t" * int(n) for n in draws.integers(1, 900, 80)]
    pq.write_table(
        pa.table({"embedding": lists(x), "body": texts, "id": [f"doc-{i}" for i in range(80)]}),
        tmp_path / "docs.parquet",
    )
    pq.write_table(
        pa.table(
            {
                "embedding": lists(draws.normal(size=(9, 6))),
                "gradient": lists(g),
                "weight": weight.astype(np.float32),
                "task": task,
                "id": [f"doc-{7 * i}" for i in range(9)],
            }
        ),
        tmp_path / "targets.parquet",
    )
    arguments = [
        "select",
        "--data",
        tmp_path / "docs.parquet",
        "--features",
        "embedding",
        "--text",
        "body",
        "--id",
        "id",
        "--objective",
        "pairwise_similarity",
        "--rows",
        15,
        "--selector",
        "like_targets",
        "--plugin",
        plugins / "like_targets.so",
        "--out",
        tmp_path / "ids.parquet",
    ]
    alone = maskbench(*arguments)
    assert alone.returncode == 2 and "--related targets=FILE" in alone.stderr
    done = maskbench(*arguments, "--related", f"targets={tmp_path}/targets.parquet")
    assert done.returncode == 0, done.stderr
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    score = unit @ (weight[task == 1, None] * g[task == 1]).sum(axis=0) + 0.001 * np.array([len(t) for t in texts])
    score[::7][:9] = 0
    assert pq.read_table(tmp_path / "ids.parquet")["row"].to_pylist() == sorted(np.argsort(-score)[:15].tolist())
