"""The notebooks run, and say what they said when they were committed. Needs the wheel (scripts/wheel)."""

import re
from pathlib import Path

import pytest

pytest.importorskip("maskbench", reason="the package is not built here: scripts/wheel builds and tests it")
nbclient = pytest.importorskip("nbclient", reason="notebooks are executed by nbclient (scripts/wheel)")
nbformat = pytest.importorskip("nbformat")

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
LARGEST = 20_000  # bytes: outputs are committed


def said(notebook):
    """The texts that cells gave, without times."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            texts.append(re.sub(r"\b[0-9.e-]+ s\)", "_ s)", text))
    return texts


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_said(path):
    assert path.stat().st_size < LARGEST
    committed = nbformat.read(path, as_version=4)
    again = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(again, timeout=600, kernel_name="python3").execute()
    assert said(again) == said(committed) and any(said(again))


def test_there_are_notebooks():
    assert len(NOTEBOOKS) == 3
