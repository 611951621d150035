"""datasets/samples and datasets/cards: what they hold, and that make_samples gives these bytes."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES, CARDS = ROOT / "datasets" / "samples", ROOT / "datasets" / "cards"
SHARED = ROOT / ".." / "shared" / "data"
KEYS = "name title source licence columns rows dims sha256 digest bytes how_to_get notes".split()
TYPES = {"halffloat": "float16", "float": "float32", "double": "float64"}

needs_shared = pytest.mark.skipif(
    not (SHARED / "web-sample.parquet").exists(),
    reason="the sources of the samples (../shared/data) are not here",
)


def no_repeats(pairs: list) -> dict:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"repeated keys in {names}"
    return dict(pairs)


def card(name: str) -> dict:
    return json.loads((CARDS / f"{name}.json").read_text(), object_pairs_hook=no_repeats)


def matrix(path: Path) -> np.ndarray:
    column = pq.read_table(path, columns=["embedding"])["embedding"].combine_chunks()
    return column.flatten().to_numpy().astype(np.float64).reshape(len(column), -1)


def test_sizes_fit_a_repository():
    assert (SAMPLES / "web_sample.parquet").stat().st_size <= 12_000_000
    assert (SAMPLES / "fineweb_sample.parquet").stat().st_size <= 2_000_000
    assert (SAMPLES / "targets_dclm_human.parquet").stat().st_size <= 1_000_000


def test_web_sample_has_neither_text_nor_addresses():
    table = pq.read_table(SAMPLES / "web_sample.parquet")
    strings = [field.name for field in table.schema if pa.types.is_string(field.type)]
    assert strings == ["id"]
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdef") for one in table["id"].to_pylist())
    assert len(set(table["id"].to_pylist())) == table.num_rows
    assert b"http" not in (SAMPLES / "web_sample.parquet").read_bytes().lower()


def test_web_sample_reads_in_row_groups_of_2048():
    footer = pq.read_metadata(SAMPLES / "web_sample.parquet")
    rows = [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
    assert rows == [2048] * 5 + [10_509 - 5 * 2048]


@pytest.mark.parametrize("name", ["web_sample", "targets_dclm_human"])
def test_halves_are_nearly_unit_rows(name):
    rows = matrix(SAMPLES / f"{name}.parquet")
    assert np.isfinite(rows).all()
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-3


@needs_shared
@pytest.mark.parametrize("name", ["web_sample", "targets_dclm_human"])
def test_halves_renormalise_to_the_source_rows(name):
    rows, source = matrix(SAMPLES / f"{name}.parquet"), matrix(SHARED / f"{name.replace('_', '-')}.parquet")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.linalg.norm(rows - source, axis=1).max() < 1e-3


@needs_shared
def test_other_columns_are_the_sources():
    for name in ("web_sample", "targets_dclm_human", "fineweb_sample"):
        table = pq.read_table(SAMPLES / f"{name}.parquet")
        source = pq.read_table(SHARED / f"{name.replace('_', '-')}.parquet")
        same = [column for column in table.column_names if column not in ("id", "embedding")]
        assert same and table.select(same).equals(source.select(same))


@needs_shared
def test_making_them_again_gives_the_same_bytes(tmp_path):
    made_by = pq.read_metadata(SAMPLES / "web_sample.parquet").created_by
    if made_by != f"parquet-cpp-arrow version {pa.__version__}":
        pytest.skip(f"the samples were made by {made_by}, here is pyarrow {pa.__version__}")
    command = [sys.executable, ROOT / "scripts" / "make_samples", "--shared", SHARED, "--out", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in SAMPLES.glob("*.parquet"))
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SAMPLES / path.name).read_bytes(), path.name


def test_missing_sources_are_told(tmp_path):
    command = [
        sys.executable,
        ROOT / "scripts" / "make_samples",
        "--shared",
        tmp_path,
        "--out",
        tmp_path / "out",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "web-sample.parquet" in done.stderr
    (tmp_path / "web-sample.parquet").write_bytes(b"something else")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "sha256" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.json")), ids=lambda path: path.stem)
def test_card_has_exactly_the_keys(path):
    found = card(path.stem)
    assert [key for key in found if not (key == "fit" and path.stem == "synthetic_web")] == KEYS
    assert found["name"] == path.stem
    for key in ("title", "source", "licence", "how_to_get"):
        assert isinstance(found[key], str) and found[key]
    assert found["notes"] and all(isinstance(note, str) for note in found["notes"])
    for column in found["columns"]:
        assert list(column) == ["name", "type", "shape", "meaning"] and all(column.values())


def test_every_data_set_has_a_card_and_every_sample_too():
    names = {path.stem for path in CARDS.glob("*.json")}
    assert names == {"synthetic_web", "web_sample", "fineweb_sample", "targets_dclm_human", "fineweb"}
    assert {path.stem for path in SAMPLES.glob("*.parquet")} <= names


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.parquet")), ids=lambda path: path.stem)
def test_card_matches_its_sample(path):
    found, schema = card(path.stem), pq.read_schema(path)
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["bytes"] == path.stat().st_size
    assert found["rows"] == pq.read_metadata(path).num_rows
    assert found["dims"] == schema.field("embedding").type.list_size
    assert [column["name"] for column in found["columns"]] == schema.names
    for column in found["columns"]:
        kind = schema.field(column["name"]).type
        kind = kind.value_type if pa.types.is_fixed_size_list(kind) else kind
        assert column["type"] == TYPES.get(str(kind), str(kind))


def test_card_of_fineweb_names_options_that_exist():
    command = card("fineweb")["how_to_get"]
    for part in command.split(" && "):
        script, *rest = part.split()
        done = subprocess.run([sys.executable, ROOT / script, "--help"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        for option in (word for word in rest if word.startswith("--")):
            assert option in done.stdout
