"""list and --help: what the program says about itself."""

import pytest
from program import call, call_json


def test_list_shows_everything_and_one_things_parameters():
    everything = call_json("list", "--json")
    assert set(everything) == {"selectors", "objectives", "datasets", "descriptors", "metrics"}
    assert {"random", "top_k"} <= {entry["key"] for entry in everything["selectors"]}
    assert all(entry["summary"] for entries in everything.values() for entry in entries)
    assert all(entry["citation"] for entry in everything["selectors"])
    (joint,) = call_json("list", "objectives", "joint", "--json")
    weight = joint["parameters"][0]
    assert (weight["name"], weight["type"], weight["default"]) == ("lambda", "number", "0.5")
    assert weight["allowed"] and weight["meaning"]
    text, _ = call("list", "datasets")
    assert "web_sample" in text
    card, _ = call("list", "datasets", "web_sample")
    assert "licence" in card
    call("list", "selektors", code=2)
    call("list", "selectors", "randon", code=2)


@pytest.mark.parametrize("command", ["list", "run", "render", "plan", "select", "score"])
def test_help_answers_with_examples(command):
    text, _ = call(command, "--help")
    assert "Example" in text and f"maskbench {command}" in text


def test_no_command_or_an_unknown_one_is_bad_input():
    call(code=2)
    call("selekt", code=2)
    text, _ = call("--help")
    assert "select" in text and "cell" not in text.split("Subcommands")[1]
