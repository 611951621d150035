"""README and pages: short enough to be read, every link leads somewhere, every figure stands in its table, every command runs."""

import os
import re
import subprocess

import pytest
from program import PROGRAM, ROOT

README = (ROOT / "README.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "results/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def section(text, title):
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def words(text):
    return len(LINK.sub(r"\1", text).split())


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


def findings():
    items = re.split(r"^- ", section(README, "Findings"), flags=re.M)[1:]
    return [item.split("\n\n")[0].replace("\n", " ").strip() for item in items]


def test_there_are_five_findings_of_at_most_25_words():
    assert len(findings()) == 5
    for finding in findings():
        assert words(finding) <= 25 and LINK.search(finding), finding


@pytest.mark.parametrize("number", range(5))
def test_a_findings_figures_stand_in_the_table_behind_its_link(number):
    finding = findings()[number]
    for text, target in LINK.findall(finding):
        page = (ROOT / target.split("#")[0]).read_text()
        for figure in text.split(" against "):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}", page), (figure, target)


def tables(text):
    return [block.strip().splitlines() for block in re.findall(r"(?:^\|.*\n)+", text + "\n", flags=re.M)]


def test_the_readmes_tables_are_small():
    assert tables(README)
    for head, rule, *rows in tables(README):
        assert set(rule) <= set("|-: ") and len(rows) <= 8
        for row in (head, *rows):
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            assert len(cells) <= 4 and all(words(cell) <= 12 for cell in cells), row


def anchors(text):
    """As GitHub makes them of headings, and those that stand there as HTML."""
    titles = re.findall(r"^#+ (.*)$", text, flags=re.M)
    made = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return made | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for _, target in LINK.findall(page.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file) if file else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text()), target


@pytest.mark.parametrize("page", ["docs/select.md", "docs/values.md", "docs/gate.md"])
def test_a_pages_commands_run_as_printed(page, tmp_path):
    (tmp_path / "build/release").mkdir(parents=True)
    (tmp_path / "build/release/maskbench").symlink_to(PROGRAM)
    for name in ("datasets", "scripts", ".venv", "results"):
        (tmp_path / name).symlink_to(ROOT / name)
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / page).read_text(), flags=re.S)
    assert blocks
    for block in blocks:
        done = subprocess.run(["bash", "-ec", block], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, block + done.stdout + done.stderr


# What the README said until it was shortened, each by words that only that fact has: they stand in a page now.
FACTS = {
    "docs/select.md": [
        "FEATURES.npy,COLUMNS.jsonl",
        "list-of-float column of any float type",
        "--of tokens",
        "--no-budget",
        "quota",
        "ascending",
        "forecasts memory and time",
        "exit code 2",
        "nameless scratch file",
        "TMPDIR",
        "`random`, `top_k`, `one_shot`,\n`relaxation` and `bounded_greedy`",
        "external[command=",
        "from_ids[file=",
        "few millionths of the bound",
    ],
    "docs/values.md": [
        "from scratch in float64",
        "lambda times mean quality minus (1 - lambda) times mean pairwise similarity",
        "concave extension",
        "with its error",
        "write-certificate",
        "best value for that problem in its records",
        "outside its clock",
        "timed at growing set sizes",
        "**proxies** trained on little data",
    ],
    "docs/gpu.md": ["compute capability 8.0", "device-paper.md"],
    "docs/gate.md": ["rebaseline", "--layout-only", "too noisy", "scripts/micro"],
}


@pytest.mark.parametrize("page", FACTS)
def test_what_left_the_readme_stands_in_a_page(page):
    text = " ".join((ROOT / page).read_text().split())
    for fact in FACTS[page]:
        assert " ".join(fact.split()) in text, fact


def test_the_yaml_of_the_readme_is_that_of_the_page_and_its_options_exist():
    block = re.search(r"```yaml\n(.*?)```", README, flags=re.S)[1]
    assert block in (ROOT / "docs/gate.md").read_text()
    said = subprocess.run([PROGRAM, "check", "--help"], capture_output=True, text=True, env=os.environ).stdout
    for option in re.findall(r"--\w+", block):
        assert option in said


def test_the_selectors_that_are_advised_exist():
    listed = subprocess.run([PROGRAM, "list", "selectors"], capture_output=True, text=True, check=True).stdout
    for row in tables(section(README, "Which selector for which question"))[0][2:]:
        selector = re.findall(r"`(\w+)`", row)[0]
        assert re.search(rf"^\s*{selector}\b", listed, flags=re.M), selector
