"""run: cells in processes of their own, records, limits, refusals."""

import hashlib
import itertools
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time

import pytest
from program import PROGRAM, ROOT, call, records, start
from tiny_descriptor import descriptor, write_descriptor


def run(folder, *arguments, code=0, **changes):
    file = write_descriptor(folder, **changes)
    ledger = folder / "records.jsonl"
    _, errors = call("run", file, "--group", "ci", "--records", ledger, *arguments, code=code)
    return ledger, errors


def cells(ledger):
    return {record["key"]: record for record in records(ledger, "cell")}


def test_a_record_says_where_its_cell_ran(tmp_path):
    ledger = tmp_path / "records.jsonl"
    call("run", "device", "--group", "ci", "--records", ledger)
    where = {cell["device"]: cell["status"] for cell in cells(ledger).values()}
    assert where.keys() == {"cpu", "cuda"} and where["cpu"] == "done"
    assert where["cuda"] in ("done", "refused")  # whether there is one


def test_points_are_kept_where_something_reads_them(tmp_path):
    (tmp_path / "plain").mkdir()
    ledger, _ = run(tmp_path / "plain")
    assert not records(ledger, "point")
    (tmp_path / "whole").mkdir()
    ledger, _ = run(tmp_path / "whole", curves=True)
    assert records(ledger, "point")


def test_refused_cells_are_counted_a_line_for_each_selector_and_reason(tmp_path):
    selectors = [{"name": name} for name in ("frank_wolfe_disf", "covariance_greedy", "top_k")]
    ledger, errors = run(tmp_path, selectors=selectors, objectives=[{"name": "quality"}])
    refused = [cell for cell in cells(ledger).values() if cell["status"] == "refused"]
    lines = [line for line in errors.splitlines() if " refused: " in line]
    assert refused and sum(int(line.split()[0]) for line in lines) == len(refused)
    assert len(lines) == len({(cell["selector"], cell["reason"]) for cell in refused})
    assert all(any(cell["selector"] in line and cell["reason"] in line for line in lines) for cell in refused)


def test_a_table_has_six_columns_until_all_are_asked_for(tmp_path):
    cells_shown = ["objective", "seconds", "normalised", "peak_bytes", "mean_quality", "pairwise_similarity", "disf"]
    table = {"rows": "selector", "columns": ["dataset"], "cells": cells_shown, "show": "mean_sd"}
    ledger, _ = run(tmp_path, table=table)

    def head(*options):
        return next(line for line in call("render", ledger, *options)[0].splitlines() if line.startswith("| selector"))

    assert head().count("|") - 1 == 6 and "--columns all" in call("render", ledger)[0]
    assert (
        head("--columns", "all").count("|") - 1 == 8
        and "--columns all" not in call("render", ledger, "--columns", "all")[0]
    )
    assert head("--columns", "3").count("|") - 1 == 3
    assert "--columns" in call("render", ledger, "--columns", "many", code=2)[1]


def test_every_cell_has_one_record_with_value_time_memory(tmp_path):
    ledger, errors = run(tmp_path, curves=True)
    kinds = [record["kind"] for record in records(ledger)]
    assert kinds[:3] == ["build", "host", "run"] and set(kinds) == {"build", "host", "run", "cell", "point"}
    (plan,) = [record["plan"] for record in records(ledger, "run")]
    done = cells(ledger)
    assert sorted(done) == sorted(entry["key"] for entry in plan) and len(done) == len(records(ledger, "cell"))
    for cell in done.values():
        assert cell["status"] == "done", cell
        assert (
            cell["value"] is not None and cell["random"]["mean"] < cell["bound"] and cell["metrics"]["mean_quality"] > 0
        )
        assert cell["seconds"]["select"] > 0 and cell["peak_bytes"] > 1e6 and cell["threads"] == 1
        assert cell["ids"]["count"] == 20 and len(cell["ids"]["sha256"]) == 64 and len(cell["digest"]) == 64
        assert {"pairwise_similarity", "facility_location", "disf", "mean_quality"} <= set(cell["metrics"])
        points = [point for point in records(ledger, "point") if point["cell"] == cell["key"]]
        assert points[-1]["value"] == cell["value"]
    assert str(tmp_path) not in ledger.read_text() and os.uname().nodename not in json.dumps(records(ledger, "host"))
    assert f"{len(done)} done" in errors
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "records.jsonl",
        "tiny.json",
    ], "the scratch folder is gone"


def test_answers_are_scored_by_their_objective_alone_where_asked(tmp_path):
    whole, _ = run(tmp_path)
    (tmp_path / "alone").mkdir()
    ledger, _ = run(tmp_path / "alone", metrics=[])
    alone = cells(ledger)
    for key, cell in cells(whole).items():
        assert set(alone[key]["metrics"]) == {"mean_quality", "upper_half_share"}
        for part in ("value", "random", "bound", "normalised", "ids"):
            assert alone[key][part] == cell[part]
    searched = [cell["key"] for cell in alone.values() if "bound" in cell["seconds"]]
    assert len(searched) == 2 and all(" random " in key for key in searched), "the first cell of each problem"


def test_repetitions_reseed_data_and_method(tmp_path):
    ledger, _ = run(tmp_path)
    seeds = {(cell["seed"], cell["digest"]) for cell in cells(ledger).values()}
    assert len(seeds) == 2 and len({digest for _, digest in seeds}) == 2


def test_details_are_kept_where_the_descriptor_asks(tmp_path):
    ledger, _ = run(tmp_path, details=["ids", "certificates"])
    for cell in cells(ledger).values():
        if cell["repetition"] > 0:
            assert "details" not in cell
            continue
        rows = list(itertools.accumulate(cell["details"]["ids"]))
        digest = hashlib.sha256(b"".join(row.to_bytes(8, "little") for row in rows)).hexdigest()
        assert len(rows) == 20 and digest == cell["ids"]["sha256"]
    certificates = sorted((tmp_path / "certificates").iterdir())
    assert len(certificates) == 2, "one a problem: the seed makes another data set"
    bounds = {json.loads(file.read_text())["bound"] for file in certificates}
    assert bounds == {cell["bound"] for cell in cells(ledger).values()}


def test_only_filters_and_a_second_run_adds_the_rest(tmp_path):
    ledger, _ = run(tmp_path, "--only", "selector=random")
    assert {cell["selector"] for cell in cells(ledger).values()} == {"random"}
    before = ledger.read_text()
    run(tmp_path)
    assert ledger.read_text().startswith(before)
    keys = [cell["key"] for cell in records(ledger, "cell")]
    assert len(keys) == len(set(keys)) == len(records(ledger, "run")[0]["plan"])


def test_other_descriptor_in_the_same_file_needs_fresh(tmp_path):
    ledger, _ = run(tmp_path)
    before = ledger.read_text()
    changed = {"datasets": [{"name": "synthetic_web", "params": {"n": 250, "d": 8}}]}
    _, errors = run(tmp_path, code=2, **changed)
    assert "--fresh" in errors and "(/datasets/0/params/n)" in errors and ledger.read_text() == before
    run(tmp_path, "--fresh", **changed)
    assert {cell["rows"] for cell in cells(ledger).values()} == {250} and len(records(ledger, "run")) == 1


def test_records_of_another_build_need_fresh(tmp_path):
    ledger, _ = run(tmp_path, "--only", "repetition=0")
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    lines[0]["compiler"] = "another 1.0"
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _, errors = run(tmp_path, code=2)
    assert "another 1.0" in errors
    lines[0]["compiler"] = records(run(tmp_path, "--fresh", "--only", "repetition=0")[0], "build")[0]["compiler"]
    lines[0]["libraries"] = lines[0]["libraries"] | {"program": "0123456789abcdef"}
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _, errors = run(tmp_path, code=2)  # a changed tree has one commit and many programs
    assert "another build (program " in errors and "0123456789abcdef" in errors


def test_two_runs_into_one_file_are_refused(tmp_path):
    slow = descriptor(
        selectors=[{"name": "naive_greedy"}],
        limits={"seconds": 30, "threads": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 4000, "d": 64}}],
    )
    file = write_descriptor(tmp_path, **slow)
    ledger = tmp_path / "records.jsonl"
    first = start("run", file, "--group", "ci", "--records", ledger)
    try:
        deadline = time.monotonic() + 30
        while not (ledger.exists() and ledger.stat().st_size > 0) and time.monotonic() < deadline:
            time.sleep(0.05)
        _, errors = call("run", file, "--group", "ci", "--records", ledger, code=2)
        assert "records.jsonl" in errors
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=30)
    assert first.returncode == 1


def test_ctrl_c_ends_cleanly_and_the_rest_runs_later(tmp_path):
    file = write_descriptor(tmp_path, seeds={"base": 1, "repetitions": 60})
    ledger = tmp_path / "records.jsonl"
    program = start("run", file, "--group", "ci", "--records", ledger)
    deadline = time.monotonic() + 60
    while len(records(ledger, "cell") if ledger.exists() and ledger.read_text().endswith("\n") else []) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=30)
    assert program.returncode == 1 and "interrupted" in errors and str(ledger) in errors
    assert ledger.read_text().endswith("\n")
    assert not list(tmp_path.glob(".*.scratch-*"))


def test_missing_data_is_refused_with_the_command_and_the_rest_runs(tmp_path):
    ledger, _ = run(tmp_path, datasets=[{"name": "fineweb"}, {"name": "synthetic_web", "params": {"n": 200, "d": 8}}])
    by_status = {}
    for cell in cells(ledger).values():
        by_status.setdefault(cell["status"], []).append(cell)
    assert set(by_status) == {"done", "refused"}
    assert all("fetch_fineweb" in cell["reason"] and cell["value"] is None for cell in by_status["refused"])


def test_impossible_pairs_are_refused_with_the_reason(tmp_path):
    ledger, _ = run(tmp_path, budgets=[{"none": True}])
    assert all(cell["status"] == "refused" and "budget" in cell["reason"] for cell in cells(ledger).values())


def test_naive_greedy_beyond_its_limit_is_extrapolated(tmp_path):
    ledger, _ = run(
        tmp_path,
        selectors=[{"name": "naive_greedy"}],
        limits={"seconds": 0.5, "threads": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 3000, "d": 64}}],
        budgets=[{"fraction": 0.1}],
    )
    for cell in cells(ledger).values():
        assert cell["status"] == "extrapolated" and cell["value"] is None and cell["ids"]["count"] == 0, cell
        assert cell["seconds"]["select"] > 0.5
        assert [timed["size"] for timed in cell["timed"]] == [1, 10, 100, 300]


def test_a_method_that_takes_too_long_stops(tmp_path):
    long = {"name": "datamask", "params": {"preset": "paper", "steps": 1000000}}
    started = time.monotonic()
    ledger, _ = run(
        tmp_path,
        selectors=[long],
        limits={"seconds": 1, "threads": 1},
        seeds={"base": 1, "repetitions": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 2000, "d": 16}}],
    )
    (cell,) = cells(ledger).values()
    assert cell["status"] in ("stopped", "timeout") and "1 s" in cell["reason"], cell
    assert time.monotonic() - started < 30


def test_a_stop_at_the_limit_does_not_stop_the_bound(tmp_path):
    """The first answer of a problem is scored with the search for its bound: it was told to stop, the search was not."""

    def bound(selectors, seconds):
        (tmp_path / str(seconds)).mkdir()
        ledger, _ = run(
            tmp_path / str(seconds),
            selectors=selectors,
            limits={"seconds": seconds, "threads": 1},
            seeds={"base": 1, "repetitions": 1},
            datasets=[{"name": "synthetic_web", "params": {"n": 2000, "d": 16}}],
        )
        (cell,) = cells(ledger).values()
        return cell

    plenty = {"name": "datamask", "params": {"preset": "ours", "steps": 10000000, "patience": 0}}
    stopped, whole = bound([plenty], 1), bound([{"name": "relaxation"}], 60)
    assert stopped["status"] == "stopped" and stopped["bound"] == pytest.approx(whole["bound"], rel=1e-6)


def test_no_progress_bar_where_there_is_no_terminal(tmp_path):
    _, errors = run(tmp_path)
    assert "\r" not in errors and "\x1b" not in errors
    assert sum(": done" in line for line in errors.splitlines()) == 4


SLOW = {"name": "datamask", "params": {"preset": "paper", "steps": 1000000}}


def disturb_first_child(folder, signal_number, limit):
    """Runs a slow cell and a quick one, and sends the slow one's process a signal."""
    file = write_descriptor(
        folder,
        selectors=[SLOW, {"name": "random"}],
        limits={"seconds": limit, "threads": 1},
        seeds={"base": 1, "repetitions": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 2000, "d": 16}}],
    )
    program = start("run", file, "--group", "ci", "--records", folder / "records.jsonl")
    os.kill(selecting_child(program), signal_number)
    _, errors = program.communicate(timeout=120)
    return (
        program.returncode,
        {cell["selector"].split("[")[0]: cell for cell in cells(folder / "records.jsonl").values()},
        errors,
    )


def selecting_child(program):
    """The process of the cell that is running, once it has used some time on its own."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.05)
        for child in open(f"/proc/{program.pid}/task/{program.pid}/children").read().split():
            try:
                ticks = int(open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[11])
                request = os.readlink(f"/proc/{child}/fd/0")
            except OSError:
                continue
            if "request" in request and ticks > 30:
                return int(child)
    raise AssertionError("no cell was started")


def test_a_crash_costs_one_cell(tmp_path):
    code, by_selector, _ = disturb_first_child(tmp_path, signal.SIGSEGV, 120)
    assert code == 1
    assert by_selector["datamask"]["status"] == "failed" and "signal 11" in by_selector["datamask"]["reason"]
    assert by_selector["random"]["status"] == "done"


def test_a_cell_that_failed_is_tried_again(tmp_path):
    go = tmp_path / "go"
    mine = {
        "name": "external",
        "params": {"command": f"test -e {go} && {sys.executable} {ROOT}/scripts/external_top_k"},
    }
    seeds = {"base": 11, "repetitions": 1}
    file = write_descriptor(tmp_path, selectors=[mine, {"name": "random"}], seeds=seeds)
    command = ["run", file, "--group", "ci", "--records", tmp_path / "records.jsonl", "--allow-commands"]
    _, first = call(*command, code=1)
    assert "cells: 1 done, 1 failed; records" in first
    go.touch()
    _, again = call(*command)
    assert "cells: 1 done (1 of them failed in an earlier run); records" in again
    _, finished = call(*command)
    assert "none to run" in finished


def test_what_the_machine_lacks_is_no_result(tmp_path):
    """The data do not fit on the disk: the run ends and records nothing of the cell; with room it is done."""
    data = [{"name": "synthetic_web", "params": {"n": 4000, "d": 16}}]
    file = write_descriptor(tmp_path, datasets=data)
    command = ["run", file, "--group", "ci", "--records", tmp_path / "records.jsonl"]
    limit = 64 << 10
    _, said = call(*command, code=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert "File too large" in said, said
    assert not records(tmp_path / "records.jsonl", "cell")
    call(*command)
    assert {cell["status"] for cell in records(tmp_path / "records.jsonl", "cell")} == {"done"}


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_descriptor_from_elsewhere_runs_no_command_unasked(tmp_path, wrapped):
    """Asked, it says which, and the command sees none of what the environment may hold."""
    seen = tmp_path / "environment"
    mine = {"name": "external", "params": {"command": f"env > {seen} && false"}}
    selectors = [{"name": "blocked", "params": {"inner": mine, "blocks": 2}} if wrapped else mine, {"name": "random"}]
    file = write_descriptor(tmp_path, selectors=selectors)
    command = ["run", file, "--group", "ci", "--records", tmp_path / "records.jsonl"]
    _, refused = call(*command, code=2)
    assert (
        f"runs commands on this machine: {'blocked[' if wrapped else ''}" in refused and "--allow-commands" in refused
    )
    assert f"env > {seen}" in refused and not seen.exists() and not (tmp_path / "records.jsonl").exists()
    call(*command, "--only", "selector=random")  # what is left out runs nothing
    assert not seen.exists()
    (tmp_path / "records.jsonl").unlink()
    _, said = call(*command, "--allow-commands", code=1, env=os.environ | {"SECRET_TOKEN": "hush"})
    assert f"env > {seen}" in said
    text = seen.read_text()
    assert "PATH=" in text and "SECRET_TOKEN" not in text and "hush" not in text


def test_a_hang_is_killed_and_costs_one_cell(tmp_path):
    code, by_selector, _ = disturb_first_child(tmp_path, signal.SIGSTOP, 3)
    assert code == 0
    assert by_selector["datamask"]["status"] == "timeout" and "killed" in by_selector["datamask"]["reason"]
    assert by_selector["datamask"]["value"] is None and by_selector["random"]["status"] == "done"


def test_cells_above_the_memory_limit_are_refused(tmp_path):
    ledger, _ = run(tmp_path, limits={"seconds": 20, "threads": 1, "memory_bytes": 1000})
    assert all(cell["status"] == "refused" and "memory" in cell["reason"] for cell in cells(ledger).values())


def test_progress_bar_on_a_terminal_after_two_seconds(tmp_path):
    steps = {"name": "datamask", "params": {"preset": "paper", "steps": 50000}}
    file = write_descriptor(
        tmp_path,
        selectors=[steps],
        limits={"seconds": 4, "threads": 1},
        seeds={"base": 1, "repetitions": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 2000, "d": 16}}],
    )
    terminal, other_end = pty.openpty()
    program = subprocess.Popen(
        [PROGRAM, "run", file, "--group", "ci", "--records", tmp_path / "records.jsonl"], stderr=other_end
    )
    os.close(other_end)
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the program has closed its end
            break
    os.close(terminal)
    assert program.wait() == 0
    assert b"\r" in shown and b" % " in shown and b"0/1" in shown and b"left" in shown and b"records.jsonl" in shown


def test_killed_parent_takes_its_children_along(tmp_path):
    file = write_descriptor(
        tmp_path,
        selectors=[{"name": "naive_greedy"}],
        limits={"seconds": 60, "threads": 1},
        datasets=[{"name": "synthetic_web", "params": {"n": 4000, "d": 64}}],
    )
    program = start("run", file, "--group", "ci", "--records", tmp_path / "records.jsonl")
    children = f"/proc/{program.pid}/task/{program.pid}/children"
    deadline, found = time.monotonic() + 30, ""
    while not found and time.monotonic() < deadline:
        time.sleep(0.05)
        found = open(children).read().strip()
    program.kill()
    program.communicate()
    child = int(found.split()[0])
    for _ in range(100):
        if not os.path.exists(f"/proc/{child}") or open(f"/proc/{child}/stat").read().split()[2] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the cell outlived its run")


@pytest.mark.parametrize(
    "change, words",
    [
        ({"selectors": [{"name": "randon"}]}, "random"),
        ({"selectors": [{"name": "datamask", "params": {"group_sise": 8}}]}, "group_size"),
        ({"quesiton": "?"}, "question"),
    ],
)
def test_wrong_descriptors_say_where(tmp_path, change, words):
    _, errors = run(tmp_path, code=2, **change)
    assert "tiny.json" in errors and "line" in errors and words in errors, errors
    assert not (tmp_path / "records.jsonl").exists()


def test_cell_alone_says_who_starts_it():
    done = subprocess.run([PROGRAM, "cell"], input="{}", capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith("maskbench: request, record: is missing")


def test_quotas_kept_rows_fractions_of_tokens_and_related_sets(tmp_path):
    kept = tmp_path / "kept.parquet"
    call("select", "--data", "synthetic_web[n=200,d=8,seed=11]", "--selector", "top_k", "--rows", 4, "--out", kept)
    quota = {"good": {"1": 5}}  # the kept rows among them
    ledger, _ = run(
        tmp_path,
        datasets=[
            {
                "name": "synthetic_web",
                "params": {"n": 200, "d": 8, "seed": 11},
                "related": {"targets": "synthetic_web[n=20,d=8]"},
            }
        ],
        budgets=[{"rows": 20, "keep": str(kept), "quotas": quota}, {"fraction": 0.1, "of": "tokens"}],
        selectors=[{"name": "top_k"}],
        seeds={"base": 11, "repetitions": 1},
    )
    by_unit = {cell["budget"]["unit"]: cell for cell in cells(ledger).values()}
    assert all(cell["status"] == "done" for cell in by_unit.values()), [c.get("reason") for c in by_unit.values()]
    assert by_unit["rows"]["ids"]["count"] == 20
    assert "with targets=synthetic_web[n=20,d=8]" in by_unit["rows"]["key"]
    assert "keep " in by_unit["rows"]["key"] and '"good"' in by_unit["rows"]["key"]
    plain, _ = run(
        tmp_path,
        "--fresh",
        selectors=[{"name": "top_k"}],
        datasets=[{"name": "synthetic_web", "params": {"n": 200, "d": 8, "seed": 11}}],
        budgets=[{"rows": 20}],
        seeds={"base": 11, "repetitions": 1},
    )
    (alone,) = cells(plain).values()
    assert alone["digest"] != by_unit["rows"]["digest"]  # related data are part of what methods see
    assert alone["ids"]["sha256"] != by_unit["rows"]["ids"]["sha256"]  # the quota binds
