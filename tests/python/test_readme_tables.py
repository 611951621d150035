"""The README's tables are those of results/tables."""

import subprocess
import sys

import pytest
from program import ROOT


def fill(*arguments):
    done = subprocess.run([sys.executable, ROOT / "scripts/readme_tables", *arguments], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture
def readme(tmp_path):
    file = tmp_path / "README.md"
    file.write_text((ROOT / "README.md").read_text())
    return file


def test_the_committed_readme_is_what_the_tables_give(readme):
    assert "<!-- table " in readme.read_text()
    assert fill("--check") == (0, "")


def test_a_number_typed_by_hand_is_found_and_mended(readme):
    whole = readme.read_text()
    row = next(line for line in whole.splitlines() if line.startswith("| greedy |"))
    readme.write_text(whole.replace(row, row.replace("greedy", "greedy ", 1) + " 1 |"))
    assert fill("--check", readme)[0] == 1
    assert fill(readme)[0] == 0
    assert readme.read_text() == whole


@pytest.mark.parametrize(
    "mark, said",
    [
        ("nothing-quick | web_sample", "no table results/tables/nothing-quick.md"),
        ("speedup-quick | nowhere", "no block 'nowhere'; there are: "),
        ("speedup-quick | web_sample, disf | colour", "no column 'colour'; there are: selector; "),
        ("claims | Speed | claim | tomorrow", "no row with 'tomorrow'"),
    ],
)
def test_what_there_is_not_is_refused_and_nothing_written(readme, mark, said):
    readme.write_text(f"<!-- table {mark} -->\n<!-- end -->\n")
    code, errors = fill(readme)
    assert code == 2 and said in errors
    assert readme.read_text() == f"<!-- table {mark} -->\n<!-- end -->\n"


def test_links_of_a_table_lead_there_from_the_readme(readme):
    readme.write_text("<!-- table claims | Speed | claim; verdict | naive_greedy_time -->\n<!-- end -->\n")
    assert fill(readme)[0] == 0
    assert "](results/tables/claims-evidence.md#naive_greedy_time) | reproduced |" in readme.read_text()
