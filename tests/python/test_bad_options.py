"""Wrong options of select: exit 2, the words that help, nothing written (wrong data: test_bad_input.py)."""

import os

import pytest
from program import call
from tables import write_table

BAD = {
    "missing file": (["--data", "{tmp}/none.parquet"], "none.parquet"),
    "unknown data set": (["--data", "web_sampel"], "web_sample"),
    "unknown selector": (["--selector", "randon"], 'did you mean "random"?'),
    "more threads than any machine has": (["--threads", "100000"], "at most"),
    "more threads than are of use": (["--threads", "1025"], "at most"),
    "selectors inside selectors": (
        ["--selector", "blocked[inner=" * 400 + "random" + "]" * 400],
        "nested deeper than 8",
    ),
    "unknown parameter": (["--selector", "datamask[group_sise=8]"], "group_size"),
    "parameter out of range": (["--objective", "joint[lambda=1.5]"], "lambda"),
    "unknown objective": (["--objective", "jiont"], "joint"),
    "missing column": (["--quality", "goud"], "goud"),
    "column given twice": (["--quality", "good,good"], "good"),
    "missing features": (["--features", "embeding"], "embedding"),
    "no rows": (["--rows", "0"], "0 rows"),
    "too many rows": (["--rows", "201"], "200"),
    "fraction of nothing": (["--fraction", "0"], "(0, 1]"),
    "fraction above one": (["--fraction", "1.5"], "(0, 1]"),
    "negative budget": (["--rows", "-3"], "-3"),
    "two budgets": (["--rows", "3", "--fraction", "0.5"], "1"),
    "tokens without lengths": (["--tokens", "100"], "tokens"),
    "unknown option": (["--quallity", "good"], "--quallity"),
    "what cuda cannot do": (
        ["--device", "cuda", "--selector", "datamask[log_prob=pl_ordered]"],
        "device=cuda",
    ),
    "cuda without cuda": (["--device", "cuda", "--selector", "top_k"], "cpu only"),
    "no such folder for the answer": (["--out", "{tmp}/no/such/ids.parquet"], "ids.parquet"),
    "quota without a file": (["--quota", "topic"], "COLUMN=FILE"),
    "memory that is none": (["--memory", "lots"], "lots"),
    "memory that will not do": (["--memory", "1M"], "--force"),
    "plug-in that is missing": (["--plugin", "{tmp}/none.so"], "none.so"),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_exits_2_and_writes_nothing(tmp_path, fault):
    given, words = BAD[fault]
    given = [text.replace("{tmp}", str(tmp_path)) for text in given]
    data = write_table(tmp_path)
    arguments = {
        "--data": str(data),
        "--quality": "good",
        "--selector": "random",
        "--out": str(tmp_path / "ids.parquet"),
        "--report": str(tmp_path / "report.json"),
    }
    if not {"--rows", "--fraction", "--tokens"} & set(given):
        arguments["--rows"] = "20"
    for option in given[::2]:
        arguments.pop(option, None)
    command = [text for pair in arguments.items() for text in pair] + given
    before = sorted(tmp_path.iterdir())
    _, errors = call("select", *command, code=2)
    assert errors.startswith("maskbench: ") and words in errors, errors
    assert sorted(tmp_path.iterdir()) == before


def test_a_thread_count_of_the_environment_is_bounded(tmp_path):
    data = write_table(tmp_path)
    threads = {"OMP_NUM_THREADS": "100000"}
    call("plan", "--data", data, "--quality", "good", "--rows", 20, env=os.environ | threads)
    call(
        "select",
        "--data",
        data,
        "--quality",
        "good",
        "--rows",
        20,
        "--out",
        tmp_path / "ids.parquet",
        env=os.environ | threads,
    )
