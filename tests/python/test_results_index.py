"""results/README.md is what descriptors, claims, tables and pictures give, and leads to what there is."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from program import ROOT

PAGE = ROOT / "results/README.md"


def index(*arguments):
    done = subprocess.run([sys.executable, ROOT / "scripts/results_index", *arguments], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture
def tree(tmp_path):
    """The repository's descriptors and claims, with one table and two of its pictures."""
    for folder in ("experiments/descriptors", "paper"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for folder in ("tables", "figures", "runs"):
        (tmp_path / "results" / folder).mkdir(parents=True)
    (tmp_path / "results/runs/current.json").write_text("{}")
    (tmp_path / "results/tables/eta-quick.md").write_text("# eta\n")
    for picture in ("eta-paper-eta-fineweb_sample", "eta-paper-eta-web_sample", "eta-quick-eta"):
        (tmp_path / f"results/figures/{picture}.svg").write_text("<svg/>")
    return tmp_path


def test_the_committed_page_is_made_again():
    assert index("--check") == (0, "")


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", PAGE.read_text())
    assert len(links) > 100
    missing = [link for link in links if not (PAGE.parent / link).exists()]
    assert missing == []


def test_every_descriptor_has_a_question_and_an_answer():
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in PAGE.read_text().splitlines() if line.startswith("| [")]
    entries = {re.search(r"\]\((\S+)\)", row[0])[1]: [cell.strip() for cell in row] for row in rows}
    for file in (ROOT / "experiments/descriptors").glob("*.json"):
        _, question, answer, tables, _ = entries[f"../experiments/descriptors/{file.name}"]
        assert question.endswith("?") and answer.endswith(".") and len(answer.split()) <= 25, file.stem
        assert "tables/" in tables, file.stem
    assert "No positive control yet: read nothing from it." in entries["../scripts/proxy_train"]


def test_a_picture_a_kind_of_the_largest_group(tree):
    assert index("--root", tree) == (0, "")
    row = next(line for line in (tree / "results/README.md").read_text().splitlines() if line.startswith("| [eta]"))
    assert row.endswith("| [quick](tables/eta-quick.md) | [eta](figures/eta-paper-eta-web_sample.svg) |")


def test_a_change_is_told_and_mended(tree):
    assert index("--root", tree)[0] == 0
    page = tree / "results/README.md"
    whole = page.read_text()
    page.write_text(whole.replace("eta", "beta", 1))
    code, errors = index("--root", tree, "--check")
    assert code == 1 and "scripts/results_index writes it" in errors and page.read_text() != whole
    assert index("--root", tree)[0] == 0 and page.read_text() == whole


@pytest.mark.parametrize("key, said", [("topic", "map.json: it has no `topic`"), ("answer", "map: no claim begins")])
def test_a_descriptor_without_its_place_or_answer_is_refused(tree, key, said):
    file = tree / "experiments/descriptors/map.json"
    descriptor = json.loads(file.read_text())
    del descriptor[key]
    file.write_text(json.dumps(descriptor))
    code, errors = index("--root", tree)
    assert code == 2 and said in errors
    assert not (tree / "results/README.md").exists()
