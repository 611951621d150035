"""scripts/compare_peers without a peer: the table of records, limits of time and memory, errors as answers."""

import json
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from lib import script_support as support  # noqa: E402


@pytest.fixture(scope="module")
def compare():
    loader = SourceFileLoader("compare_peers", str(SCRIPTS / "compare_peers"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def record(**changes):
    base = {
        "kind": "peer",
        "data": "web_sample",
        "n": 2000,
        "d": 384,
        "rule": "greedy",
        "objective": "facility_location",
        "rows": 200,
        "threads": 2,
        "limit_s": 120.0,
        "memory_bytes": 2**30,
        "made": "maskbench 0",
        "load": 0.5,
        "version": "",
        "ours": False,
        "status": "done",
        "similarity_s": 0.5,
        "select_s": 1.5,
        "end_to_end_s": 3.0,
        "peak_bytes": 64 * 2**20,
        "value": 0.8,
        "random": 0.6,
        "normalised": None,
        "same": 190,
    }
    return base | changes


def cells(table, who):
    """Of the two lines of a run: its times, and what its answer is worth."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if f"| {who} |" in line]


def test_the_tables_have_ratios_shares_and_answers(compare):
    table = compare.render(
        [
            record(who="maskbench greedy", ours=True, similarity_s=0.0, select_s=0.1, end_to_end_s=0.5, value=0.9),
            record(who="apricot_naive", version="apricot-select==0.6.1"),
            record(who="divsel", version="divsel==0.1.0", status="out of memory", reason="MemoryError: too | much"),
            record(who="sure", value=0.7, normalised=0.25),
        ]
    )
    who = "apricot-select 0.6.1 (naive)"
    assert cells(table, who) == [
        ["greedy", who, "2 (matrix 0.5)", "20", "3", "6"],
        ["greedy", who, "0.8", "0.6667*", "190 of 200", "64"],
    ]
    times, answer = cells(table, "maskbench greedy")
    assert times[3] == times[5] == "" and answer[3:5] == ["1.0000*", ""]
    assert cells(table, "sure")[1][3] == "0.2500"
    assert cells(compare.render([record(who="big", random=None)]), "big")[1][3] == "unknown"
    assert "- greedy, divsel 0.1.0: out of memory at n = 2,000: MemoryError: too / much" in table.splitlines()
    assert compare.render([record(who="a", load=9.0)]).count("The machine was busy (load 9.0)") == 1


def test_targets_are_read_off_the_records(compare):
    ten = dict(n=10000, rows=1000, rule="lazy greedy", same=1000)
    greedy = [
        record(who="maskbench lazy_greedy", ours=True, end_to_end_s=0.5, peak_bytes=20 * 2**20, value=0.8, **ten),
        record(who="submodlib_lazy", end_to_end_s=6.0, **ten),
        record(who="apricot_lazy", end_to_end_s=4.0, value=0.9, **ten),
        record(who="apricot_naive", status="timeout", reason="", **ten),
    ]
    blocks = [
        record(who="maskbench disf_blocks", ours=True, rule="DiSF recipe", similarity_s=0, select_s=0.01),
        record(who="disf_loop", rule="DiSF recipe", similarity_s=0, select_s=2.01, same=200),
    ]
    lines = [[cell.strip() for cell in line.split("|")[3:5]] for line in compare.targets(greedy + blocks)[5:]]
    assert lines == [
        ["8.0 times (apricot_lazy)", "no"],
        ["0.312", "no"],
        ["-1.0e-01", "no"],
        ["201.0 times", "yes"],
        ["200 of 200", "yes"],
    ]
    assert compare.targets([record(who="divsel")]) == []


def test_what_cannot_be_is_not_tried(compare):
    common = {
        "memory_bytes": 2**30,
        "data": "web_sample",
        "rule": "greedy",
        "made": "maskbench 0",
        "limit_s": 120.0,
        "threads": 2,
    }
    assert compare.refused_beforehand("submodlib_naive", 10_000, [], common) is None
    assert compare.refused_beforehand("submodlib_naive", 20_000, [], common)[0] == "refused"
    assert compare.refused_beforehand("divsel", 200_000, [], common) is None
    slow = record(who="divsel", status="timeout", reason="not done in 120 s")
    known = ("timeout", "not done in 120 s at n = 2,000 already")
    assert compare.refused_beforehand("divsel", 10_000, [slow], common) == known
    again = slow | {"n": 10_000, "reason": known[1]}
    assert compare.refused_beforehand("divsel", 50_000, [again], common) == known
    assert compare.refused_beforehand("divsel", 10_000, [slow], common | {"limit_s": 300.0}) is None


def test_a_program_that_hangs_is_killed_with_its_children(compare, tmp_path):
    mark = tmp_path / "alive"
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(mark)!r}).touch()"
    hang = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    start = time.monotonic()
    done = support.run_limited([sys.executable, "-c", hang], 0.7)
    assert time.monotonic() - start < 10 and done["status"] == "timeout"
    assert compare.answer_of(done, 0.7) == ("timeout", "not done in 1 s")
    time.sleep(2)
    assert not mark.exists()


def test_errors_and_lack_of_memory_are_answers(compare):
    failed = support.run_limited([sys.executable, "-c", "raise ValueError('no such metric')"], 30)
    assert compare.answer_of(failed, 30) == ("failed", "ValueError: no such metric")
    wordless = support.run_limited([sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"], 30)
    assert compare.answer_of(wordless, 30) == ("failed", "ended with code -11")
    greedy = support.run_limited([sys.executable, "-c", "bytearray(2**31)"], 30, memory=2**29)
    assert compare.answer_of(greedy, 30) == ("out of memory", "MemoryError")
    fine = support.run_limited([sys.executable, "-c", "print(bytearray(2**25)[0])"], 30, memory=2**29)
    assert compare.answer_of(fine, 30) is None and fine["output"] == "0\n" and fine["peak_bytes"] > 2**25


def test_a_server_that_says_nothing_is_given_up(tmp_path):
    with pytest.raises(support.Failure, match="gave no answer"):
        support.Server([sys.executable, "-c", "import time; time.sleep(60)"], 0.5)
    echo = "print('ready', flush=True)\nfor _ in open(0): print(7, flush=True)"
    server = support.Server([sys.executable, "-c", echo], 30)
    assert server.ask() == 7
    server.close()


def test_unknown_peers_and_data_are_the_callers_mistake():
    for arguments in (["--peers", "nobody"], ["--data", "elsewhere:5"]):
        done = subprocess.run([sys.executable, SCRIPTS / "compare_peers", *arguments], capture_output=True, text=True)
        assert done.returncode == 2 and arguments[1].partition(":")[0] in done.stderr


def test_records_and_table_in_the_repository_agree(compare):
    if not compare.RECORDS.exists():
        pytest.skip("no records of peers here")
    records = [json.loads(line) for line in compare.RECORDS.read_text().splitlines()]
    assert compare.render(records) == compare.TABLE.read_text()
