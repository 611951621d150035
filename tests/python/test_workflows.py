"""The workflows cannot run here, but what they start is here: scripts, presets, the program's options."""

import json
import os
import re
import subprocess

import pytest
import yaml
from program import PROGRAM, ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PRESETS = {one["name"] for one in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}


def commands(text):
    """Each (job, command) with a matrix's values put in."""
    for name, job in yaml.safe_load(text)["jobs"].items():
        matrix = job.get("strategy", {}).get("matrix", {})
        for step in job["steps"]:
            run = step.get("run", "")
            for key, values in matrix.items():
                run = "\n".join(run.replace(f"${{{{ matrix.{key} }}}}", value) for value in values)
            yield name, run


def wrong(text):
    found = []
    for job, run in commands(text):
        for script in re.findall(r"(?<![\w./-])((?:scripts|\.ci)/\w+)\b(?!\.\w)", run):
            if not os.access(ROOT / script, os.X_OK):
                found.append(f"{job}: no {script}")
        for preset in re.findall(r"--preset (\S+)", run):
            if preset not in PRESETS:
                found.append(f"{job}: no preset {preset}")
    return found


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_scripts_and_presets_exist(file):
    assert wrong(file.read_text()) == []


def test_a_planted_slip_is_found():
    text = (ROOT / ".github/workflows/ci.yml").read_text()
    assert wrong(text.replace("scripts/tidy", "scripts/tydy")) == ["lint: no scripts/tydy", "nightly: no scripts/tydy"]
    assert wrong(text.replace("[asan, tsan]", "[asan, msan]")) == ["sanitizers: no preset msan"] * 3


def test_options_of_the_gate_exist():
    asked = {
        option
        for file in WORKFLOWS
        for _, run in commands(file.read_text())
        for line in re.findall(r"maskbench check [^\n]*", run)
        for option in re.findall(r"--[a-z-]+", line)
    }
    described = subprocess.run([PROGRAM, "check", "--help"], check=True, capture_output=True, text=True).stdout
    assert "--against" in asked
    assert {option for option in asked if not re.search(rf"^ +{option}\b", described, re.MULTILINE)} == set()
