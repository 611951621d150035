"""scripts/reproduce: what it refuses before it builds or runs anything; what is the same twice over."""

import json
import os
import shutil
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


def test_what_a_machine_lacks_is_said_at_the_end_and_is_no_failure(tmp_path):
    """The script in a tree whose other programs are stand-ins: what it makes of their exit codes."""
    says = {"scripts/bootstrap": "exit 0", "scripts/claims": "echo looking; echo 'claims: 3 reproduced, 1 differ'", "scripts/figures": "echo 2 drawn",
            "scripts/site": "echo site", "scripts/readme_tables": "exit 0",
            "scripts/proxy_train": "echo 'proxy_train: no text there' >&2; exit 3",
            "scripts/report": "echo 'report: it needs TeX' >&2; exit 3", "build/release/maskbench": "exit 0", "bin/cmake": "exit 0"}
    for name, body in says.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho \"$0 $@\" >>{tmp_path}/calls\n{body}\n")
        file.chmod(0o755)
    for file in ("scripts/reproduce", "experiments/descriptors/eta.json", "experiments/descriptors/map.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)

    def reproduce():
        return subprocess.run([tmp_path / "scripts/reproduce", "--all", "--group", "ci"], capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"})

    done = reproduce()
    assert done.returncode == 0, done.stdout + done.stderr
    *_, claims, proxy, report, last = done.stdout.splitlines()
    assert claims == "claims: 3 reproduced, 1 differ"
    assert (proxy, report) == ("left out: proxy_train: no text there", "left out: report: it needs TeX")
    assert last.startswith("2 descriptors in ") and "failures" not in last
    calls = (tmp_path / "calls").read_text()
    assert "proxy_train --group ci" in calls and "report --group ci" in calls and calls.index("proxy_train --") < calls.index("scripts/claims")
    assert json.loads((tmp_path / "results/runs/current.json").read_text()).keys() == {"eta-ci", "map-ci"}

    (tmp_path / "scripts/figures").write_text("#!/bin/sh\nexit 1\n")
    done = reproduce()
    assert done.returncode == 1 and done.stdout.splitlines()[-1].endswith("with failures: figures")
