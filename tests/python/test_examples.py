"""docs/examples: each runs with the real library, is short, and is typed. Where a library is not installed, its examples are skipped;
scripts/wheel has the small ones, scripts/wheel --large all of them."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("maskbench", reason="the package is not built here: scripts/wheel builds and tests it")

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
LINES = 25


def needed(path):
    """The packages that an example imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return sorted(names - set(sys.stdlib_module_names))


def missing(path):
    # An absent package may share its name with a folder on the path, which has no file of its own.
    return [name for name in needed(path) if (found := importlib.util.find_spec(name)) is None or found.origin is None]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_holds(path, tmp_path):
    if lacking := missing(path):
        assert "MASKBENCH_LARGE" not in os.environ, f"not installed: {lacking}"
        pytest.skip(f"not installed: {', '.join(lacking)}")
    run = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=tmp_path, timeout=600)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_asserts_a_number_and_is_linked(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LINES
    compared = [node.test for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    numbers = [node.value for test in compared for node in ast.walk(test) if isinstance(node, ast.Constant)]
    assert any(isinstance(number, (int, float)) for number in numbers)
    assert f"(examples/{path.name})" in (ROOT / "docs" / "python.md").read_text()


def test_every_link_to_an_example_leads_to_one():
    links = re.findall(r"\(examples/([a-z_]+\.py)\)", (ROOT / "docs" / "python.md").read_text())
    assert sorted(links) == [path.name for path in EXAMPLES]


def test_examples_are_typed():
    pytest.importorskip("mypy")
    here = [path for path in EXAMPLES if not missing(path)]
    assert here
    # Some of the libraries bring no types.
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--allow-subclassing-any", *here],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert run.returncode == 0, run.stdout
