"""The committed descriptors: what every table of the paper has to keep, read from the files alone."""

import itertools
import json
import math
import pathlib
import re

import pytest
from program import call, records

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "experiments" / "descriptors").glob("*.json"))
BESIDE_THE_PAPER = (
    "certificates",
    "composition",
    "disf_value",
    "facility_location",
    "nothing_pruned",
    "ours",
    "presets",
    "scaling",
    "storage",
)
OF_THE_PAPER = [file for file in FILES if file.stem not in BESIDE_THE_PAPER]
ROWS = {"web_sample": 10509, "fineweb_sample": 450}
PRESETS = {
    "paper": {"steps": 10000, "group_size": 128, "prune": 0.5},
    "ours": {"steps": 400, "group_size": 32, "prune": 0},
}


def resolved(file, group):
    descriptor = json.loads(file.read_text())
    for path, value in descriptor["groups"][group].items():
        *parents, last = path.split(".")
        at = descriptor
        for part in parents:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        at[int(last) if isinstance(at, list) else last] = value
    return descriptor


def swept(entry):
    """The parameters of an entry, for each combination of its sweep."""
    sweep = entry.get("sweep", {})
    for values in itertools.product(*sweep.values()):
        yield {**entry.get("params", {}), **dict(zip(sweep, values))}


def takes_part(selector, dataset):
    wanted = selector.get("only", {}).get("dataset")
    wanted = wanted if isinstance(wanted, list) else [wanted]
    return wanted == [None] or dataset["name"] in wanted or dataset.get("label") in wanted


def datamask_runs(descriptor):
    for dataset, selector in itertools.product(descriptor["datasets"], descriptor["selectors"]):
        if selector["name"] == "datamask" and takes_part(selector, dataset):
            for params in swept(selector):
                preset = params.get("preset", "paper")
                yield dataset, {"preset": preset, **PRESETS[preset], **params}


def test_presets_are_those_of_the_program():
    """They are written here once more: a signal computed from other numbers would pass whatever the runs do."""
    source = (ROOT / "algorithms/datamask/datamask_params.hpp").read_text()
    fields, ours = source.split("void use_preset()")[0], source.split("void use_preset()")[1].split("template")[0]
    for name in PRESETS["paper"]:
        assert float(re.search(rf" {name} = ([0-9.]+);", fields)[1]) == PRESETS["paper"][name]
        assert float(re.search(rf" {name} = ([0-9.]+);", ours)[1]) == PRESETS["ours"][name]


@pytest.mark.parametrize("file", OF_THE_PAPER, ids=lambda file: file.stem)
def test_data_sets_and_seeds(file):
    for group in ("quick", "paper"):
        descriptor = resolved(file, group)
        names = {dataset["name"] for dataset in descriptor["datasets"]}
        assert {"synthetic_web", "web_sample"} <= names, group
        assert ("fineweb" in names) == (group == "paper")
        assert descriptor["seeds"]["repetitions"] >= 5, group


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_further_selector_joins_the_table(file, tmp_path):
    further = "stochastic_greedy[epsilon=0.37]"
    ledger = tmp_path / "records.jsonl"
    only = [f"--only=selector={further}", "--only=repetition=0"]
    call("run", file, "--group", "ci", "--records", ledger, "--add-selector", further, *only)
    cells = [cell for cell in records(ledger, "cell") if cell["selector"] == further]
    assert cells and all(cell["status"] == "done" for cell in cells)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_reader_is_told_the_sizes(file):
    """In a note that the tables of that group show, and no others."""
    for group in ("quick", "paper"):
        assert any(note.startswith(f"Group {group}") for note in json.loads(file.read_text())["notes"]), group


@pytest.mark.parametrize("file", OF_THE_PAPER, ids=lambda file: file.stem)
def test_a_quick_logit_gathers_a_signal(file):
    """sqrt(E G / N) >= 3, N the rows left after pruning; `updates` is there to show what happens below.

    Preset ours has a control variate, which takes most of that noise away: it gets its own steps at least."""
    for dataset, params in datamask_runs(resolved(file, "quick")):
        if file.stem == "updates" and params["steps"] < 1000:
            continue
        if params["preset"] == "ours":
            assert params["steps"] >= PRESETS["ours"]["steps"], (dataset, params)
            continue
        rows = ROWS.get(dataset["name"]) or dataset["params"]["n"]
        signal = math.sqrt(params["steps"] * params["group_size"] / (rows * (1 - params["prune"])))
        assert signal >= 3, (dataset, params, signal)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rows_have_all_that_their_labels_are_made_of(file):
    """A row of a selector without the parameter would be called by the selector's name, and be nobody's pair."""
    for group in ("ci", "quick", "paper"):
        descriptor = resolved(file, group)
        rows = descriptor["table"]["rows"]
        axes = [rows] if isinstance(rows, str) else rows
        labels = set()
        for selector in descriptor["selectors"]:
            for params in swept(selector):
                wanted = [axis.partition(".")[2] for axis in axes if axis.startswith("selector.")]
                assert set(wanted) <= params.keys(), f"{group}: {selector}"
                labels.add(", ".join(str(params[name]) for name in wanted))
        if all(axis.startswith("selector.") for axis in axes):
            pairs = {
                cell["paired"] for cell in descriptor["table"]["cells"] if isinstance(cell, dict) and "paired" in cell
            }
            assert pairs <= labels, f"{group}: {pairs - labels}"
