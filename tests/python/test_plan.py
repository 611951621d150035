"""plan: what it forecasts is what select takes."""

import json
import os
import subprocess

import pytest
from program import PROGRAM, WEB_SAMPLE, call

PROBLEMS = {
    "real rows, quality only": [
        "--data",
        str(WEB_SAMPLE),
        "--features",
        "embedding",
        "--quality",
        "dclm_proxy,edu_proxy",
        "--selector",
        "top_k",
        "--fraction",
        "0.1",
    ],
    "a kernel of all pairs": [
        "--data",
        "synthetic_web[n=5000,d=128]",
        "--objective",
        "facility_location",
        "--selector",
        "greedy",
        "--rows",
        "100",
    ],
    "16-bit bounds of all pairs": [
        "--data",
        "synthetic_web[n=8000,d=64]",
        "--objective",
        "facility_location",
        "--selector",
        "lazy_greedy",
        "--rows",
        "100",
    ],
    "rows once more in 16 bits": [
        "--data",
        "synthetic_web[n=30000,d=256]",
        "--objective",
        "pairwise_similarity",
        "--selector",
        "datamask[steps=20,storage=bfloat16]",
        "--fraction",
        "0.1",
    ],
}


def forecast(tmp_path, arguments, code=0):
    report = tmp_path / "plan.json"
    text, _ = call("plan", *arguments, "--report", report, code=code)
    return json.loads(report.read_text()), text


@pytest.mark.parametrize("problem", PROBLEMS)
def test_peak_memory_is_forecast_within_a_fifth(tmp_path, problem):
    plan, text = forecast(tmp_path, PROBLEMS[problem])
    assert "memory" in text and "time" in text
    select = subprocess.Popen(
        [
            PROGRAM,
            "select",
            *PROBLEMS[problem],
            "--out",
            str(tmp_path / "ids.parquet"),
            "--report",
            str(tmp_path / "report.json"),
        ],
        stderr=subprocess.PIPE,
    )
    _, errors = select.communicate(timeout=300)
    assert select.returncode == 0, errors
    measured = json.loads((tmp_path / "report.json").read_text())
    assert plan["memory"]["peak_bytes"] == pytest.approx(measured["peak_bytes"], rel=0.2)
    print(
        f"{problem}: forecast {plan['memory']['peak_bytes']}, measured {measured['peak_bytes']} bytes; "
        f"forecast {plan['seconds']['select']}, measured {measured['seconds']['select']} seconds"
    )


def test_plan_writes_no_ids(tmp_path):
    out = tmp_path / "ids.parquet"
    call("plan", "--data", "synthetic_web[n=500,d=8]", "--selector", "random", "--rows", 10, "--out", out)
    assert not out.exists() and os.listdir(tmp_path) == []


def test_what_does_not_fit_is_not_even_read(tmp_path):
    big = ["--data", "synthetic_web[n=2000000000,d=1024]", "--selector", "random", "--rows", "10"]
    plan, text = forecast(tmp_path, big)
    assert plan["memory"] is None and plan["refusals"] and "refusal" in text
    _, errors = call("select", *big, "--out", tmp_path / "ids.parquet", code=2)
    assert "does not fit" in errors and not (tmp_path / "ids.parquet").exists()


def test_refusals_are_told(tmp_path):
    plan, _ = forecast(
        tmp_path,
        ["--data", "synthetic_web[n=500,d=8]", "--selector", "random", "--rows", "10", "--memory", "1M"],
    )
    assert any("allowed" in refusal for refusal in plan["refusals"])


def test_time_of_a_short_method_is_measured_and_of_a_long_one_extrapolated(tmp_path):
    data = ["--data", "synthetic_web[n=3000,d=32]", "--rows", "300"]
    short, _ = forecast(tmp_path, [*data, "--selector", "random"])
    assert short["seconds"]["select_measured"] and short["seconds"]["select"] < 2
    long, _ = forecast(tmp_path, [*data, "--selector", "datamask[preset=paper,steps=1000000]"])
    assert not long["seconds"]["select_measured"] and long["seconds"]["select"] > 2
