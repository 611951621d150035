"""scripts/reproduce: what it refuses before it builds or runs anything; what is the same twice over."""

import subprocess

import pytest

from program import ROOT, call
from program import records as lines_of


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
