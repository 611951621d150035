"""Killed at any point and started again, a run gives the undisturbed table, byte for byte (times aside)."""

import fcntl
import json
import os
import random
import signal
import time

import pytest
from program import call, records, start
from tiny_descriptor import write_descriptor

KILLS = 20


def tables(ledger, format):
    return call("render", ledger, "--no-times", "--format", format)[0]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    file = write_descriptor(folder, seeds={"base": 11, "repetitions": 4})
    ledger = folder / "records.jsonl"
    call("run", file, "--group", "ci", "--records", ledger)  # the first run finds cold files
    began = time.monotonic()
    call("run", file, "--group", "ci", "--records", ledger, "--fresh")
    return {"file": file, "ledger": ledger, "seconds": time.monotonic() - began}


def test_old_records_take_over_a_new_layout_and_nothing_else(tmp_path, undisturbed):
    changed = json.loads(undisturbed["file"].read_text())
    ledger = tmp_path / "records.jsonl"
    ledger.write_bytes(undisturbed["ledger"].read_bytes())
    arguments = ("run", tmp_path / "tiny.json", "--group", "ci", "--records", ledger, "--layout-only")
    changed["question"] = "Shown anew?"
    changed["table"]["show"] = "mean"
    arguments[1].write_text(json.dumps(changed))
    assert "shown as the descriptor says now" in call(*arguments)[1]
    assert "as the descriptor says already" in call(*arguments)[1]
    assert ledger.read_bytes().startswith(undisturbed["ledger"].read_bytes())  # one line more
    assert len(records(ledger)) == len(records(undisturbed["ledger"])) + 1
    assert "Shown anew?" in tables(ledger, "md")
    resumed = call("run", arguments[1], "--group", "ci", "--records", ledger)[1]
    assert "cells: none to run" in resumed  # and goes on as the same run
    changed["seeds"]["base"] = 12
    arguments[1].write_text(json.dumps(changed))
    assert "no answer to this question" in call(*arguments, code=2)[1]
    assert "no such file" in call(*arguments[:5], tmp_path / "none.jsonl", "--layout-only", code=2)[1]


def test_killed_at_random_points_it_gives_the_same_table(tmp_path, undisturbed):
    moments = random.Random(20251224)
    ledger = tmp_path / "records.jsonl"
    arguments = ("run", undisturbed["file"], "--group", "ci", "--records", ledger)
    cut = partial = kills = 0
    for _ in range(10 * KILLS):
        program = start(*arguments)
        try:
            program.wait(timeout=moments.uniform(0, 0.8) * undisturbed["seconds"])
        except Exception:
            program.send_signal(signal.SIGKILL)
            kills += 1
        program.communicate()
        if ledger.exists():
            text = ledger.read_bytes()
            partial += 0 < text.count(b'"kind":"cell"') < 8
            if moments.random() < 0.3 and text.endswith(b"\n") and text.count(b"\n") > 1:  # as if killed inside a write
                with open(ledger, "r+b") as file:
                    file.truncate(len(text) - moments.randrange(2, 40))
                cut += 1
        if kills >= KILLS and program.returncode == 0:
            break
        if program.returncode == 0:  # done early: begin anew, there are kills left to try
            ledger.unlink()
    assert kills >= KILLS and partial > 0 and cut > 0
    call(*arguments)
    for format in ("md", "tex", "csv"):
        assert tables(ledger, format) == tables(undisturbed["ledger"], format)
    assert not list(tmp_path.glob(".*.scratch-*"))

    def settled(file):
        cells = {cell["key"]: cell for cell in records(file, "cell")}
        for cell in cells.values():
            for timed in ("seconds", "peak_bytes"):
                cell.pop(timed)
        return cells

    assert settled(ledger) == settled(undisturbed["ledger"])


def test_started_again_when_done_it_runs_nothing(undisturbed):
    before = undisturbed["ledger"].read_bytes()
    _, errors = call("run", undisturbed["file"], "--group", "ci", "--records", undisturbed["ledger"])
    assert undisturbed["ledger"].read_bytes() == before and "none to run" in errors


def test_what_a_killed_run_left_in_its_scratch_folder_is_removed(tmp_path, undisturbed):
    ledger = tmp_path / "records.jsonl"
    ours, held, theirs, old = (
        tmp_path / f".{ledger.name}.scratch{end}" for end in ("-abc123", "-abc124", "-abc125", "")
    )
    for folder in (ours, held, theirs, old):
        folder.mkdir()
        (folder / "data-1.mapped").write_bytes(os.urandom(100))
    (ours / ".maskbench-scratch").touch()
    with open(held / ".maskbench-scratch", "w") as lock:  # of another run that goes on
        fcntl.flock(lock, fcntl.LOCK_EX)
        call("run", undisturbed["file"], "--group", "ci", "--records", ledger)
    assert not ours.exists() and all((folder / "data-1.mapped").exists() for folder in (held, theirs, old))


def test_large_rows_killed_in_every_phase_give_the_same_records(tmp_path):
    """Data that take seconds to make and to map: killed while they are written, read and selected from."""
    changes = {
        "datasets": [{"name": "synthetic_web", "params": {"n": 150_000, "d": 32}}],
        "budgets": [{"rows": 1500}],
        "selectors": [{"name": name} for name in ("random", "one_shot", "relaxation", "bounded_greedy")],
        "seeds": {"base": 11, "repetitions": 1},
    }
    file = write_descriptor(tmp_path, **changes)
    whole, ledger = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    began = time.monotonic()
    call("run", file, "--group", "ci", "--records", whole)
    seconds = time.monotonic() - began
    for kill in range(1, 9):
        program = start("run", file, "--group", "ci", "--records", ledger)
        try:
            program.wait(timeout=seconds * kill / 10)
        except Exception:
            program.send_signal(signal.SIGKILL)
        program.communicate()
    call("run", file, "--group", "ci", "--records", ledger)
    found, wanted = ({cell["key"]: cell for cell in records(one, "cell")} for one in (ledger, whole))
    assert len(wanted) == 4 and found.keys() == wanted.keys()
    for key, cell in wanted.items():
        for same in ("digest", "status", "value", "bound", "metrics", "ids", "work"):
            assert found[key][same] == cell[same], (key, same)
        assert cell["status"] == "done"
    assert not list(tmp_path.glob(".*.scratch-*"))
