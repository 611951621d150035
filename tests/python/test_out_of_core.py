"""Features that --memory cannot hold: the same answers from a scratch file, within the limit, and nothing left behind."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import PROGRAM, WEB_SAMPLE, call, call_json

MIB = 2**20
SELECTORS = ["random", "top_k", "one_shot", "relaxation", "bounded_greedy"]
WEB = ["--data", WEB_SAMPLE, "--features", "embedding", "--quality", "dclm_proxy,edu_proxy", "--id", "id"]
ROWS, DIMS, LIMIT = 60_000, 512, 80 * MIB  # features of 117 MiB
SYNTHETIC = ["--data", f"synthetic_web[n={ROWS},d={DIMS}]"]


# A process starts with the peak of the one that forked it, so a small one does.
MEASURE = (
    "import resource, subprocess, sys\n"
    "code = subprocess.call(sys.argv[1:])\n"
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def peak_of(arguments):
    """Runs to the end; peak resident bytes, as getrusage says."""
    command = [sys.executable, "-ISc", MEASURE, PROGRAM, *map(str, arguments)]
    code, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert code == "0", arguments
    return int(peak) * 1024


def same_answer(tmp_path, data, options, limit):
    """Selects from memory and from a scratch file; the reports, and the second one's peak."""
    made, report = {}, {}
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    for where, more in {"memory": [], "file": ["--memory", limit, "--scratch", scratch]}.items():
        files = ["--out", tmp_path / f"{where}.parquet", "--report", tmp_path / f"{where}.json"]
        peak = peak_of(["select", *data, *options, "--seed", 4, *more, *files])
        made[where] = pq.read_table(tmp_path / f"{where}.parquet")
        report[where] = json.loads((tmp_path / f"{where}.json").read_text())
    assert report["memory"]["scratch_bytes"] == 0 and report["file"]["scratch_bytes"] > 0
    assert made["memory"].equals(made["file"])
    assert made["memory"].schema.metadata == made["file"].schema.metadata  # digest, value and bound among it
    assert report["memory"]["work"] == report["file"]["work"]
    metrics = report["memory"]["metrics"]
    metrics.pop("facility_location", None)
    assert report["file"]["metrics"] == metrics
    assert any("facility_location is left out" in warning for warning in report["file"]["warnings"])
    assert any("scratch file" in warning for warning in report["file"]["warnings"])
    assert not any(scratch.iterdir())
    return report["file"], peak


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("selector", SELECTORS)
def test_real_rows_give_the_same_answer(tmp_path, selector, threads):
    options = ["--selector", selector, "--fraction", 0.1, "--threads", threads]
    same_answer(tmp_path, WEB, [*options, "--force"], 48 * MIB)  # the program alone takes that


@pytest.mark.parametrize("selector", SELECTORS)
def test_peak_memory_stays_within_the_limit(tmp_path, selector):
    options = ["--selector", selector, "--rows", 300]
    report, peak = same_answer(tmp_path, SYNTHETIC, options, LIMIT)
    assert report["scratch_bytes"] == 4 * ROWS * DIMS > 1.4 * LIMIT
    assert peak <= LIMIT
    plan = tmp_path / "plan.json"
    text, _ = call("plan", *SYNTHETIC, *options, "--memory", LIMIT, "--report", plan)
    forecast = json.loads(plan.read_text())
    assert forecast["refusals"] == [] and forecast["scratch_bytes"] == 4 * ROWS * DIMS and "scratch" in text
    assert report["peak_bytes"] * 0.8 <= forecast["memory"]["peak_bytes"] <= LIMIT


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    draws = np.random.default_rng(5)
    rows, dims = 60_000, 384  # 88 MiB
    features = draws.normal(size=rows * dims).astype(np.float32) + 0.5
    columns = {
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(features), dims),
        "quality": pa.array(draws.normal(size=rows)),
        "id": pa.array([f"doc-{i}" for i in range(rows)]),
    }
    path = tmp_path_factory.mktemp("table") / "docs.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=4096, compression="zstd")
    return path


def of_table(path):
    return ["--data", path, "--quality", "quality", "--id", "id"]


def test_parquet_is_never_in_memory_as_a_whole(tmp_path, table):
    report, peak = same_answer(tmp_path, of_table(table), ["--selector", "one_shot", "--rows", 400], 75 * MIB)
    assert peak <= 75 * MIB < report["scratch_bytes"]


def test_ids_score_alike_from_a_scratch_file(tmp_path, table):
    ids, data = tmp_path / "ids.parquet", of_table(table)[:-2]  # without the ids
    call("select", *data, "--selector", "random", "--rows", 400, "--out", ids)
    memory = call_json("score", *data, "--ids", ids, "--json")
    walked = call_json("score", *data, "--ids", ids, "--json", "--memory", 80 * MIB, "--scratch", tmp_path)
    memory["metrics"].pop("facility_location")
    assert walked == memory


@pytest.mark.parametrize(
    "asked, word",
    [
        (["--selector", "greedy"], "selector greedy wants the features in memory"),
        (["--selector", "random", "--objective", "facility_location"], "objective facility_location wants"),
        (["--selector", "top_k", "--objective", "joint[diversity=disf]"], "objective joint[diversity=disf] wants"),
        (["--selector", "one_shot", "--objective", "joint[scaling=sd]"], "objective joint[scaling=sd] wants"),
    ],
)
def test_what_cannot_walk_a_file_is_refused_before_anything_is_read(tmp_path, asked, word):
    big = ["--data", "synthetic_web[n=4000000,d=384]", *asked, "--rows", 10, "--memory", "2GiB"]
    plan = tmp_path / "plan.json"
    call("plan", *big, "--report", plan)
    refusals = json.loads(plan.read_text())["refusals"]
    assert len(refusals) == 1 and word in refusals[0] and "can walk a scratch file are" in refusals[0]
    _, errors = call("select", *big, "--out", tmp_path / "ids.parquet", code=2)
    assert word in errors and "does not fit" in errors
    assert not (tmp_path / "ids.parquet").exists()


@pytest.mark.parametrize("selector", ["kmeans", "random"])
def test_out_of_memory_is_refused_before_it_happens(tmp_path, selector):
    """Under a limit of the system's on the address space."""

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))

    big = ["--data", "synthetic_web[n=200000000,d=16]", "--selector", selector, "--rows", 10]
    plan = tmp_path / "plan.json"
    call("plan", *big, "--report", plan, preexec_fn=limited)
    told = json.loads(plan.read_text())
    assert told["memory"] is None and "memory are needed" in told["refusals"][0]
    _, errors = call("select", *big, "--out", tmp_path / "ids.parquet", code=2, preexec_fn=limited)
    assert "does not fit" in errors and "memory are needed" in errors


def test_a_limit_that_the_method_breaks_is_told_once_the_rows_are_known(tmp_path):
    narrow = ["--data", "synthetic_web[n=400000,d=32]", "--rows", 100, "--memory", 80 * MIB]
    call("select", *narrow, "--selector", "random", "--objective", "quality", "--out", tmp_path / "ids.parquet", code=2)
    plan = tmp_path / "plan.json"
    call("plan", *narrow, "--selector", "bounded_greedy", "--report", plan)
    assert any("allowed (--memory)" in refusal for refusal in json.loads(plan.read_text())["refusals"])


def test_a_scratch_folder_that_will_not_do_is_named(tmp_path):
    _, errors = call(
        "select", *SYNTHETIC, "--selector", "random", "--rows", 5, "--memory", LIMIT,
        "--scratch", tmp_path / "none", "--out", tmp_path / "ids.parquet", code=2,
    )  # fmt: skip
    assert str(tmp_path / "none") in errors and "--scratch" in errors


def stopped_while_reading(tmp_path, data, limit, selector="bounded_greedy"):
    """A selection that has made its scratch file, and stands still."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    arguments = ["select", *data, "--selector", selector, "--rows", 300, "--memory", limit]
    files = ["--scratch", scratch, "--out", tmp_path / "ids.parquet", "--report", tmp_path / "report.json"]
    process = subprocess.Popen([PROGRAM, *map(str, [*arguments, *files])], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        held = []
        for number in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                held.append(os.readlink(f"/proc/{process.pid}/fd/{number}"))
            except FileNotFoundError:
                pass
        if any(name.startswith(str(scratch)) for name in held):
            process.send_signal(signal.SIGSTOP)
            return process, scratch
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    raise AssertionError("no scratch file")


def nothing_is_left(tmp_path, scratch):
    assert not any(scratch.iterdir()) and not (tmp_path / "report.json").exists()
    assert [file.name for file in tmp_path.iterdir() if "ids" in file.name] == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_leaves_nothing(tmp_path, how):
    process, scratch = stopped_while_reading(tmp_path, SYNTHETIC, LIMIT)
    process.send_signal(how)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=120)
    assert process.returncode == (-9 if how == signal.SIGKILL else 1)
    nothing_is_left(tmp_path, scratch)


@pytest.mark.parametrize("fault", ["vanishes", "is cut", "is another one"])
def test_parquet_that_changes_in_mid_run_is_an_error(tmp_path, table, fault):
    path = tmp_path / "docs.parquet"
    path.write_bytes(table.read_bytes())
    process, scratch = stopped_while_reading(tmp_path, of_table(path), 75 * MIB)
    if fault == "vanishes":
        path.unlink()
    elif fault == "is cut":
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.unlink()
        path.write_bytes(table.read_bytes() + b"more")
    process.send_signal(signal.SIGCONT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2 and "docs.parquet" in errors
    nothing_is_left(tmp_path, scratch)


def test_truncated_parquet_is_an_error(tmp_path, table):
    path = tmp_path / "docs.parquet"
    path.write_bytes(table.read_bytes()[:-1000])
    _, errors = call(
        "select", *of_table(path), "--selector", "random", "--rows", 5, "--memory", 75 * MIB,
        "--scratch", tmp_path, "--out", tmp_path / "ids.parquet", code=2,
    )  # fmt: skip
    assert "docs.parquet" in errors and "truncated" in errors
    assert [file.name for file in tmp_path.iterdir()] == ["docs.parquet"]
