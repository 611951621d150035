"""scripts/reproduce: what it refuses before it builds or runs anything; what is the same twice over."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from program import PROGRAM, ROOT, call
from program import records as lines_of
from tiny_descriptor import write_descriptor


def refused(*arguments):
    done = subprocess.run([ROOT / "scripts/reproduce", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and not done.stdout, done
    return done.stderr


def test_what_it_does_not_know_is_refused_with_what_there_is():
    assert "--all takes no descriptors" in refused("--all", "eta")
    assert "ci, quick or paper" in refused("--all", "--group", "huge")
    assert "score_curves" in refused("score_curve")
    assert "--publish is for quick and paper" in refused("eta", "--group", "ci", "--publish")


MEASURED = {"seconds", "timed", "peak_bytes"}  # of a cell: what no two runs share


def cells_of(descriptor, records):
    """Cells by key without what was timed; none was cut off by the clock."""
    call("run", ROOT / f"experiments/descriptors/{descriptor}.json", "--group", "ci", "--records", records)
    cells = {cell["key"]: cell for cell in lines_of(records, "cell")}
    assert cells and all(cell["status"] in ("done", "refused") for cell in cells.values())
    return {key: {name: value for name, value in cell.items() if name not in MEASURED} for key, cell in cells.items()}


@pytest.mark.parametrize("descriptor", ["final_mask", "length"])
def test_twice_over_records_are_equal_but_for_times(descriptor, tmp_path):
    assert cells_of(descriptor, tmp_path / "one.jsonl") == cells_of(descriptor, tmp_path / "two.jsonl")


TABLE = {
    "rows": "selector",
    "show": "mean_sd",
    "cells": [
        "objective",
        "seconds",
        "peak_bytes",
        "speedup",
        "normalised",
        "near_duplicate_rate",
        {"measure": "objective", "paired": "greedy"},
    ],
}


def test_twice_over_tables_are_equal_but_for_times(tmp_path):
    """Two runs from nothing, on one thread and on two: the same numbers in every column that no clock or memory has a part in."""
    selectors = [{"name": name} for name in ("random", "top_k", "naive_greedy", "greedy", "relaxation")] + [
        {"name": "datamask", "params": {"preset": "paper", "steps": 40}}
    ]
    tables = []
    for threads in (1, 2):
        (tmp_path / str(threads)).mkdir()
        file = write_descriptor(
            tmp_path / str(threads), selectors=selectors, table=TABLE, limits={"seconds": 60, "threads": threads}
        )
        records = file.with_suffix(".jsonl")
        call(
            "run", file, "--group", "ci", "--records", records, env=os.environ | {"OMP_WAIT_POLICY": "passive"}
        )  # as reproduce runs ci
        assert all(cell["status"] == "done" for cell in lines_of(records, "cell"))
        tables.append(
            {form: call("render", records, "--no-times", "--format", form)[0] for form in ("md", "tex", "csv")}
        )
        timed = list(csv.DictReader(io.StringIO(call("render", records, "--format", "csv")[0])))
        told = list(csv.DictReader(io.StringIO(tables[-1]["csv"])))
        assert {row["measure"] for row in timed} - {row["measure"] for row in told} == {
            "seconds",
            "peak_bytes",
            "speedup",
        }
        assert len(told) == 4 * len(selectors) and all(row["mean"] for row in told if row["state"] == "done")
    assert tables[0] == tables[1]


def test_what_a_machine_lacks_is_said_at_the_end_and_is_no_failure(tmp_path):
    """The script in a tree whose other programs are stand-ins: what it makes of their exit codes."""
    says = {
        "scripts/bootstrap": "exit 0",
        "scripts/claims": "echo looking; echo 'claims: 3 reproduced, 1 differ'",
        "scripts/figures": "echo 2 drawn",
        "scripts/site": "echo site",
        "scripts/results_index": "exit 0",
        "scripts/compare_results": "echo 'of 4 values 4 equal'",
        "scripts/proxy_train": "echo 'proxy_train: no text there' >&2; exit 3",
        "scripts/report": "echo 'report: it needs TeX' >&2; exit 3",
        "bin/cmake": "exit 0",
        "build/release/maskbench": "[ $1 != render ] || echo a table >$6",
    }
    for name, body in says.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'#!/bin/sh\necho "$0 $@" >>{tmp_path}/calls\n{body}\n')
        file.chmod(0o755)
    for file in ("scripts/reproduce", "experiments/descriptors/eta.json", "experiments/descriptors/map.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)

    def reproduce(*what):
        (tmp_path / "calls").write_text("")
        return subprocess.run(
            [tmp_path / "scripts/reproduce", *what],
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        )

    done = reproduce("--all", "--group", "ci")
    assert done.returncode == 0, done.stdout + done.stderr
    *_, claims, proxy, report, last = done.stdout.splitlines()
    assert claims == "claims: 3 reproduced, 1 differ (of the committed records)"
    assert (proxy, report) == ("left out: proxy_train: no text there", "left out: report: it needs TeX")
    assert last.startswith("2 descriptors in ") and "failures" not in last
    calls = (tmp_path / "calls").read_text()
    place = "--results build/results"
    for step in (
        "proxy_train {} --group ci",
        "report {} --group ci",
        "site {}",
        "compare_results {} --group ci eta map",
    ):
        assert step.format(place) in calls
    assert calls.index("proxy_train --") < calls.index("scripts/claims --out build/results/tables")
    assert json.loads((tmp_path / "build/results/runs/current.json").read_text()).keys() == {"eta-ci", "map-ci"}
    assert "results_index" not in calls and not (tmp_path / "results").exists()

    done = reproduce("map")  # nothing but the tables, and what they are worth
    assert done.returncode == 0 and "of 4 values 4 equal" in done.stdout, done.stdout + done.stderr
    calls = (tmp_path / "calls").read_text()
    assert "compare_results --results build/results --group quick map" in calls
    assert not any(f"scripts/{step} " in calls for step in ("claims", "figures", "site", "proxy_train", "report"))
    assert not (tmp_path / "results").exists()

    done = reproduce("map", "--publish")
    assert done.returncode == 0 and "claims: 3 reproduced, 1 differ" in done.stdout.splitlines(), (
        done.stdout + done.stderr
    )
    calls = (tmp_path / "calls").read_text()
    assert "figures --results results --group quick --descriptors map" in calls
    assert all(f"scripts/{step}" in calls for step in ("claims", "results_index"))
    assert not any(f"scripts/{step}" in calls for step in ("proxy_train", "report", "compare_results"))
    assert json.loads((tmp_path / "results/runs/current.json").read_text()).keys() == {"map-quick"}

    (tmp_path / "scripts/compare_results").write_text("#!/bin/sh\nexit 1\n")
    done = reproduce("map")
    assert done.returncode == 1 and done.stdout.splitlines()[-1].endswith("with failures: some values differ")

    (tmp_path / "scripts/figures").write_text("#!/bin/sh\nexit 1\n")
    done = reproduce("--all", "--group", "ci")
    assert done.returncode == 1 and done.stdout.splitlines()[-1].endswith("with failures: figures some values differ")


def test_values_are_compared_to_the_last_digit_and_times_as_ratios(tmp_path):
    """Against copies of one run: the same, one value changed, one time doubled, a further row, another descriptor."""
    table = TABLE | {"cells": ["objective", "seconds", "near_duplicate_rate"]}
    selectors = [{"name": name} for name in ("random", "top_k", "kmeans")]
    file = write_descriptor(tmp_path, selectors=selectors, table=table)
    records = tmp_path / "records.jsonl"
    call("run", file, "--group", "ci", "--records", records)

    def compared(change=None, name="speedup", of="top_k"):
        lines = [json.loads(line) for line in records.read_text().splitlines()]
        for line in lines:
            if change and line["kind"] == "cell" and line["selector"] == of:
                change(line)
        root, results = tmp_path / "root", tmp_path / "root/build/results"
        for place, text in (
            (root / "results", records.read_text()),
            (results, "\n".join(map(json.dumps, lines)) + "\n"),
        ):
            (place / "runs").mkdir(parents=True, exist_ok=True)
            (place / "runs/it.jsonl").write_text(text)
            named = {f"{name if place == results else 'speedup'}-ci": str(place / "runs/it.jsonl")}
            (place / "runs/current.json").write_text(json.dumps(named))
        (root / "scripts").mkdir(exist_ok=True)
        shutil.copytree(ROOT / "scripts/lib", root / "scripts/lib", dirs_exist_ok=True)
        shutil.copy(ROOT / "scripts/compare_results", root / "scripts/compare_results")
        return subprocess.run(
            [sys.executable, root / "scripts/compare_results", "--results", results, "--group", "ci", name],
            capture_output=True,
            text=True,
            env=os.environ | {"MASKBENCH_PROGRAM": PROGRAM},
        )

    same = compared()
    assert same.returncode == 0 and "of 6 values 6 equal the committed ones to the last digit" in same.stdout, same

    def slower(cell):
        cell["seconds"]["select"] *= 2

    assert compared(slower).returncode == 0 and "all 1 to 2" in compared(slower).stdout

    def other(cell):
        cell["value"] += 1e-15 * (1 + abs(cell["value"]))

    done = compared(other)
    assert done.returncode == 1 and "of 6 values 5 equal" in done.stdout and "differs: " in done.stdout, done
    host = compared(other, of="kmeans")
    assert (
        host.returncode == 0 and "; 1 of kmeans, whose picks rest on the CPU's matrix products, differ" in host.stdout
    )

    def ended(cell):
        other(cell)
        cell["status"], cell["reason"] = "stopped", "stopped at the limit of 1 s"

    late = compared(ended)
    assert late.returncode == 0 and "are not compared: the time limit ended these here" in late.stdout, late
    alone = compared(name="lambda")
    assert alone.returncode == 0 and "nothing is committed to compare with: lambda-ci" in alone.stdout
