"""scripts/reproduce: what it refuses before it builds or runs anything; what is the same twice over."""

import csv
import io
import json
import os
import shutil
import subprocess

import pytest
from program import ROOT, call
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


MEASURED = {"seconds", "timed", "speed_ratio", "peak_bytes"}  # of a cell: what no two runs share


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
        "scripts/readme_tables": "exit 0",
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
    assert claims == "claims: 3 reproduced, 1 differ (of the committed records: ci is too small for them)"
    assert (proxy, report) == ("left out: proxy_train: no text there", "left out: report: it needs TeX")
    assert last.startswith("2 descriptors in ") and "failures" not in last
    calls = (tmp_path / "calls").read_text()
    place = "--results build/results-ci"
    assert (
        f"proxy_train {place} --group ci" in calls
        and f"report {place} --group ci" in calls
        and f"site {place}" in calls
    )
    assert (
        calls.index("proxy_train --") < calls.index("scripts/claims")
        and "claims --out build/results-ci/tables" in calls
    )
    assert json.loads((tmp_path / "build/results-ci/runs/current.json").read_text()).keys() == {"eta-ci", "map-ci"}
    assert "readme_tables" not in calls and not (tmp_path / "results").exists()

    done = reproduce("map")
    assert done.returncode == 0 and "claims: 3 reproduced, 1 differ" in done.stdout.splitlines(), (
        done.stdout + done.stderr
    )
    calls = (tmp_path / "calls").read_text()
    assert "figures --results results --group quick --descriptors map" in calls and "site --results results" in calls
    assert (
        all(f"scripts/{step}" in calls for step in ("claims", "readme_tables"))
        and "proxy_train" not in calls
        and "scripts/report" not in calls
    )
    assert json.loads((tmp_path / "results/runs/current.json").read_text()).keys() == {"map-quick"}

    (tmp_path / "scripts/figures").write_text("#!/bin/sh\nexit 1\n")
    done = reproduce("--all", "--group", "ci")
    assert done.returncode == 1 and done.stdout.splitlines()[-1].endswith("with failures: figures")
