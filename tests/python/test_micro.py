"""scripts/micro without a benchmark: the table of records, targets, and what falls below the baseline."""

import json
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from lib import script_support as support  # noqa: E402


@pytest.fixture(scope="module")
def micro():
    loader = SourceFileLoader("micro", str(SCRIPTS / "micro"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def record(**changes):
    base = {
        "kind": "micro",
        "bench": "bench_keys",
        "cpu": "A",
        "load": 0.1,
        "kernel": "k/threads:1",
        "fastest_ms": 1.25,
        "share": 0.5,
        "of_adds": 0.5,
        "of_bandwidth": 0.125,
    }
    return base | changes


def cells(table, kernel):
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {kernel} ")]
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_the_table_has_time_shares_and_verdicts(micro):
    table = micro.render(
        [
            record(),
            record(kernel="s", target_share=0.6),
            record(kernel="t", target_share=0.5),
            record(kernel="n", target_ns=2.5, ns_per_item_and_thread=2.4),
            record(kernel="m", target_ns=2.5, ns_per_item_and_thread=2.6),
        ]
    )
    assert cells(table, "k/threads:1") == ["k/threads:1", "1.25", "adds 50%, bandwidth 12%", "50%", "", ""]
    assert cells(table, "s")[3:] == ["50%", "60%", "missed"] and cells(table, "t")[3:] == ["50%", "50%", "met"]
    assert cells(table, "n")[3:] == ["2.40 ns", "2.5 ns", "met"] and cells(table, "m")[-1] == "missed"
    assert "busy" not in table and "busy when a benchmark began (load 3.0)" in micro.render([record(load=3.0)])


def test_what_a_device_measured_elsewhere_joins_the_records(micro, tmp_path, monkeypatch):
    for name in ("RECORDS", "TABLE", "BASELINE"):
        monkeypatch.setattr(micro, name, tmp_path / name)
    micro.write([record()])
    out = tmp_path / "step.json"
    line = {
        "name": "datamask_step/device",
        "machine": "a GPU",
        "fastest_ms": 0.22,
        "of_bandwidth": 0.19,
        "share": 0.19,
        "other": 3,
    }
    out.write_text(json.dumps({"benchmarks": [line]}))
    monkeypatch.setattr(sys, "argv", ["micro", "--from", str(out)])
    micro.main()
    micro.main()  # again: in the place of the first
    assert [r["cpu"] for r in micro.read_records()] == ["A", "a GPU"]
    table = (tmp_path / "TABLE").read_text()
    assert "On a GPU:" in table and cells(table, "datamask_step/device")[1:4] == ["0.22", "bandwidth 19%", "19%"]
    for text in (None, "no JSON", "{}"):
        out.unlink() if text is None else out.write_text(text)
        with pytest.raises(support.UserError, match="--from"):
            micro.main()
    micro.rebaseline(micro.read_records(), "the CPU's alone")
    assert json.loads((tmp_path / "BASELINE").read_text())["cpu"] == "A"


def test_a_share_far_below_its_baseline_is_named(micro):
    baseline = {"cpu": "A", "shares": {"k/threads:1": 0.6, "other": 0.9}}
    assert micro.fallen([record(share=0.49)], baseline) == [] == micro.unheld([record(share=0.49)], baseline)
    assert micro.unheld([record(cpu="B"), record(kernel="new"), record()], baseline) == ["k/threads:1", "new"]
    assert (
        micro.unheld([record()], {"shares": {}}) == ["k/threads:1"] and micro.fallen([record()], {"shares": {}}) == []
    )
    assert micro.fallen([record(share=0.47)], baseline) == ["k/threads:1: share 0.47, baseline 0.60"]
    assert micro.fallen([record(share=0.1, cpu="B"), record(share=0.1, kernel="new")], baseline) == []


def test_records_become_table_and_baseline(micro, tmp_path, monkeypatch):
    for name in ("RECORDS", "TABLE", "BASELINE"):
        monkeypatch.setattr(micro, name, tmp_path / name)
    micro.write([record(kernel="b"), record(kernel="a", bench="bench_masked_row_sums")])
    assert [r["kernel"] for r in micro.read_records()] == ["a", "b"]  # in the order of the benchmarks
    micro.rebaseline(micro.read_records(), "first")
    assert json.loads((tmp_path / "BASELINE").read_text()) == {
        "why": "first",
        "cpu": "A",
        "shares": {"a": 0.5, "b": 0.5},
    }
    with pytest.raises(support.UserError, match="say why"):
        micro.rebaseline(micro.read_records(), " ")
    with pytest.raises(support.UserError, match="one CPU model, there are 2"):
        micro.rebaseline([record(), record(cpu="B")], "mixed")


def test_every_benchmark_compiles():
    build = SCRIPTS.parent / "build/release"
    if not (build / "CMakeCache.txt").exists():
        pytest.skip("no build/release here")
    done = subprocess.run(["cmake", "--build", build, "--target", "micro"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_an_unknown_benchmark_is_the_callers_mistake():
    done = subprocess.run(
        [sys.executable, SCRIPTS / "micro", "--bench", "bench_nothing"], capture_output=True, text=True
    )
    assert done.returncode == 2 and "bench_nothing" in done.stderr


def test_records_and_table_in_the_repository_agree(micro):
    if not micro.RECORDS.exists():
        pytest.skip("no records of micro-benchmarks here")
    assert micro.render(micro.read_records()) == micro.TABLE.read_text()
