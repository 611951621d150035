"""DATAMASK from rounded rows: the same answer each time, the value of the rows as they are, and no objective that it cannot serve."""

import json

import pyarrow.parquet as pq
import pytest
from program import call, call_json

ROWS, DIMS = 3000, 64
DATA = ["--data", f"synthetic_web[n={ROWS},d={DIMS}]"]


def select(tmp_path, storage, threads, objective="pairwise_similarity"):
    out, report = tmp_path / f"{storage}-{threads}.parquet", tmp_path / "report.json"
    call(
        "select",
        *DATA,
        "--objective",
        objective,
        "--selector",
        f"datamask[preset=ours,steps=100,storage={storage}]",
        "--fraction",
        0.1,
        "--threads",
        threads,
        "--seed",
        5,
        "--out",
        out,
        "--report",
        report,
    )
    return out, pq.read_table(out)["row"].to_pylist(), json.loads(report.read_text())


@pytest.mark.parametrize("storage", ["bfloat16", "int8"])
def test_answers(tmp_path, storage):
    out, rows, report = select(tmp_path, storage, 1)
    assert len(set(rows)) == ROWS // 10
    assert select(tmp_path, storage, 2)[1] == rows
    score = call_json("score", *DATA, "--ids", out, "--objective", "pairwise_similarity", "--json")
    assert score["objective"]["value"] == report["objective"]["value"], "of the float32 rows"
    _, other, exact = select(tmp_path, "float32", 1)
    assert rows != other, "the rewards are of other numbers"
    assert report["objective"]["value"] == pytest.approx(exact["objective"]["value"], rel=0.02)


def test_only_sums_of_rows(tmp_path):
    for objective in ("facility_location", "disf", "joint[diversity=disf]"):
        _, errors = call(
            "select",
            *DATA,
            "--objective",
            objective,
            "--selector",
            "datamask[storage=int8]",
            "--fraction",
            0.1,
            "--out",
            tmp_path / "no.parquet",
            code=2,
        )
        assert "storage=int8" in errors and "pairwise_similarity" in errors
    assert not (tmp_path / "no.parquet").exists()


def test_memory_is_foreseen(tmp_path):
    rows, dims = 40_000, 128

    def forecast(storage):
        plan = tmp_path / "plan.json"
        call(
            "plan",
            "--data",
            f"synthetic_web[n={rows},d={dims}]",
            "--objective",
            "pairwise_similarity",
            "--selector",
            f"datamask[storage={storage}]",
            "--fraction",
            0.1,
            "--report",
            plan,
        )
        return json.loads(plan.read_text())["memory"]["selector_bytes"]

    exact = forecast("float32")
    assert forecast("bfloat16") - exact == pytest.approx(rows * (2 * dims + 8), rel=0.01)
    assert forecast("int8") - exact == pytest.approx(rows * (dims + 4 + 8), rel=0.01)
