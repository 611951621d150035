"""scripts/fit_synthetic_web: statistics against cases with a known answer, the card against the program."""

import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "fit_synthetic_web"
PROGRAM = Path(os.environ.get("MASKBENCH_PROGRAM", ROOT / "build" / "release" / "maskbench"))


@pytest.fixture(scope="module")
def fit():
    sys.path.insert(0, str(SCRIPT.parent))
    loader = SourceFileLoader("fit_synthetic_web", str(SCRIPT))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def call(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)


def test_between_share_is_one_for_constant_cells_and_nil_for_shuffled_ones(fit):
    random = np.random.default_rng(1)
    cell = np.repeat(np.arange(50), 20)
    assert fit.between_share(cell.astype(float), cell) == pytest.approx(1)
    assert fit.between_share(random.permutation(cell).astype(float), cell) == pytest.approx(0, abs=0.03)


def test_explained_share_and_kmeans_find_planted_centres(fit):
    random = np.random.default_rng(2)
    cell = np.repeat(np.arange(100), 20)
    centres = random.standard_normal((100, 32))
    rows = np.sqrt(0.3) * centres[cell] + np.sqrt(0.7) * random.standard_normal((2000, 32))
    rows -= rows.mean(axis=0)
    assert fit.explained_share(rows, cell) == pytest.approx(0.3, abs=0.03)
    tight = 10 * centres[:4][cell % 4]
    assert fit.kmeans_rest(tight - tight.mean(axis=0), clusters=40) == pytest.approx(0, abs=1e-6)


def test_linear_share_sees_only_what_is_inside_cells(fit):
    random = np.random.default_rng(3)
    features = random.standard_normal((4000, 8))
    cell = np.repeat(np.arange(40), 100)
    half = features[:, 0] + random.standard_normal(4000)
    assert fit.linear_share(features, half, cell) == pytest.approx(0.5, abs=0.06)
    assert fit.linear_share(features, half + 100 * random.standard_normal(40)[cell], cell) < 0.4


def test_latent_correlation_recovers_a_simulated_one(fit):
    random = np.random.default_rng(4)
    truth = random.standard_normal(100000)
    score = 0.6 * truth + 0.8 * random.standard_normal(100000)
    good = truth > 0.3
    rank = np.argsort(np.argsort(score)) + 1
    area = (rank[good].sum() - good.sum() * (good.sum() + 1) / 2) / (good.sum() * (~good).sum())
    assert fit.latent_correlation(area, good.mean()) == pytest.approx(0.6, abs=0.01)


def planted(fit, n=3000, d=48):
    random = np.random.default_rng(5)
    variance = np.arange(1, d) ** -0.6 * np.exp(-0.5 * (np.arange(1, d) / d) ** 2)
    noise = random.standard_normal((n, d - 1)) * np.sqrt(variance / variance.sum())
    features = fit.unit_rows(np.column_stack([np.full(n, 0.9), np.sqrt(1 - 0.81) * noise]))
    features[:40] = features[40:80]
    columns = {name: random.standard_normal(n) for name in fit.SCORES}
    columns["length"] = np.exp(6 + 0.9 * random.standard_normal(n))
    rank = np.arange(1, fit.CLUSTERS + 1)
    share = (rank + 10.0) ** -1.4 / np.sum((rank + 10.0) ** -1.4)
    cell = np.concatenate([np.arange(fit.CLUSTERS), random.integers(0, fit.CLUSTERS, n - fit.CLUSTERS)])
    return fit.Rows(features, columns, cell, share[cell] / np.bincount(cell)[cell])


def test_constants_are_recovered_from_rows_made_with_them(fit):
    rows = planted(fit)
    found = fit.constants(rows, fit.measure(rows))
    assert found["mean_norm"] == pytest.approx(0.9, abs=0.005)
    assert found["decay"] == pytest.approx(0.6, abs=0.06)
    assert found["zipf"] == pytest.approx(1.4, rel=1e-3)
    assert found["zipf_offset"] == pytest.approx(10, rel=1e-2)
    assert found["kLengthMedian"] == pytest.approx(np.exp(6), rel=0.05)
    assert found["kLengthShorter"] == pytest.approx(0.9, abs=0.06)
    assert found["kCorrelation edu wiki"] == pytest.approx(0, abs=0.06)


def test_a_statistic_that_is_off_is_named_and_no_other(fit):
    real = fit.measure(planted(fit))
    assert all(row[4] for row in fit.compare(real, real))
    for name, value in real.items():
        if name == "linear edu":
            continue
        moved = real | {name: value + 1.5 * fit.tolerance(name, value)}
        assert [row[0] for row in fit.compare(real, moved) if not row[4]] == [name]


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--sample", "no_such.parquet"], "no_such.parquet"),
        (["--sample", str(ROOT / "datasets/samples/targets_dclm_human.parquet")], "dclm_proxy"),
        (["--dump", "no_such_folder"], "no_such_folder"),
        (["--program", "no_such_program"], "no_such_program"),
    ],
)
def test_bad_arguments_are_named_and_exit_with_2(arguments, named):
    done = call(*arguments)
    assert done.returncode == 2
    assert named in done.stderr


def test_the_card_has_what_the_program_draws(tmp_path):
    if not PROGRAM.is_file():
        pytest.skip(f"the program is not built: {PROGRAM.name}")
    if os.environ.get("MASKBENCH_SMALL_TESTS"):
        pytest.skip("draws 10,509 rows: too slow under a sanitizer")
    card = json.loads((ROOT / "datasets/cards/synthetic_web.json").read_text())
    copy = tmp_path / "card.json"
    copy.write_text(json.dumps(card | {"fit": None}))
    done = call("--program", PROGRAM, "--card", copy)
    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads(copy.read_text())["fit"]
    assert list(made["statistics"]) == list(card["fit"]["statistics"])
    for name, sides in card["fit"]["statistics"].items():
        assert made["statistics"][name] == pytest.approx(sides, rel=0.005, abs=0.002), name
