"""The README's selection, scored again by NumPy from the formulas."""

import json
import subprocess

import numpy
import pyarrow.parquet
import pytest
from program import PROGRAM, ROOT, WEB_SAMPLE, call, call_json

QUALITY = ["dclm_proxy", "edu_proxy", "wiki_proxy"]
DATA = ["--data", WEB_SAMPLE, "--features", "embedding", "--quality", ",".join(QUALITY)]


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answer")
    call(
        "select",
        *DATA,
        "--objective",
        "joint[lambda=0.5,diversity=pairwise_similarity]",
        "--selector",
        "datamask[steps=300]",
        "--fraction",
        0.1,
        "--seed",
        1,
        "--out",
        folder / "ids.parquet",
        "--report",
        folder / "report.json",
    )
    return folder / "ids.parquet", json.loads((folder / "report.json").read_text())


def test_score_gives_the_reports_value_to_the_last_digit(answer):
    ids, report = answer
    scored = call_json("score", *DATA, "--ids", ids, "--json")
    for key in ("rows", "objective", "metrics", "random", "bound", "normalised"):
        assert scored[key] == report[key]


def test_numpy_agrees_to_1e_9(answer):
    ids, report = answer
    rows = pyarrow.parquet.read_table(ids)["row"].to_numpy()
    table = pyarrow.parquet.read_table(WEB_SAMPLE)
    stored = numpy.stack(table["embedding"].combine_chunks().to_numpy(zero_copy_only=False)).astype(numpy.float64)
    norm = numpy.linalg.norm(stored, axis=1, keepdims=True)
    unit = numpy.where(abs(norm - 1) <= 1e-5, stored, stored / norm).astype(numpy.float32).astype(numpy.float64)
    quality = numpy.zeros(len(unit))
    for name in QUALITY:
        column = table[name].to_numpy().astype(numpy.float64)
        quality += (column - column.min()) / (column.max() - column.min())
    chosen, size = unit[rows], len(rows)
    total = chosen.sum(axis=0)
    similarity = (total @ total - (chosen * chosen).sum()) / (size * (size - 1))
    assert size == len(unit) // 10
    assert report["objective"]["value"] == pytest.approx(0.5 * quality[rows].mean() - 0.5 * similarity, rel=1e-9)
    assert report["metrics"]["pairwise_similarity"] == pytest.approx(similarity, rel=1e-9)


def test_the_readmes_commands_run_as_printed(tmp_path):
    """The block under "Select from your own Parquet", typed in a folder that looks like the repository."""
    section = (ROOT / "README.md").read_text().split("## Select from your own Parquet")[1]
    block = section.split("```bash")[2].split("```")[0]  # the first one builds
    (tmp_path / "build/release").mkdir(parents=True)
    (tmp_path / "build/release/maskbench").symlink_to(PROGRAM)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    done = subprocess.run(["bash", "-ec", block], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["rows"] == 1050 and f"{report['objective']['value']:.6g}" in done.stdout
