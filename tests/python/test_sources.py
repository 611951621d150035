"""What code, decisions, descriptors and tables cite of paper/facts.md and paper/rules.md stands there."""

import re
import subprocess

import pytest
from program import ROOT

PAGES = {"facts": ROOT / "paper/facts.md", "rules": ROOT / "paper/rules.md"}
CITING = ["algorithms", "datasets", "experiments", "docs", "paper", "scripts", "results/tables", "tests", "*.md"]
PLACE = {"facts": r"\d+[a-z]?", "rules": r"(?:[ABP]\d+|C)"}
# "facts 8a", "facts 7 and 8a", "rules A4, A16, A31", "facts 8a to 8c"; the pages of claims say "paper-facts, mathematics 1e"
CITATION = {
    page: re.compile(
        rf"(?<![\w/.-])(?:paper-{page},? (?:mathematics )?|{page} )((?:{place})\b(?:(?:, (?:and )?| and | to )(?:{place})\b)*)"
    )
    for page, place in PLACE.items()
}
LINE_BREAK = re.compile(r"\s*\n[ \t]*(?://+|#+|\*)?[ \t]*")  # a citation may go on in the next line of a comment


def headings(page):
    return set(re.findall(rf"^##+ ({PLACE[page]})\b", PAGES[page].read_text(), re.MULTILINE))


def cited(text):
    """Each (page, place) that the text cites."""
    text = LINE_BREAK.sub(" ", text)
    return {
        (page, place)
        for page, pattern in CITATION.items()
        for run in pattern.findall(text)
        for place in re.findall(PLACE[page], run)
    }


def missing(text):
    known = {page: headings(page) for page in PAGES}
    return sorted((page, place) for page, place in cited(text) if place not in known[page])


def citing_files():
    listed = subprocess.run(["git", "ls-files", *CITING], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        if name != "tests/python/test_sources.py" and not name.endswith((".parquet", ".npy", ".png", ".svg")):
            yield name, (ROOT / name).read_text(errors="replace")


def test_every_citation_has_its_heading():
    found = {name: missing(text) for name, text in citing_files()}
    assert {name: places for name, places in found.items() if places} == {}
    pages = {name: cited(text) for name, text in citing_files()}
    assert ("facts", "8h") in pages["algorithms/objectives/pairwise_similarity.cpp"]
    assert ("rules", "A31") in pages["algorithms/wrappers/blocked.cpp"]  # in the line after the word
    assert ("facts", "1f") in pages["paper/claims.json"]


def test_pages_have_every_rule_and_nothing_twice():
    wanted = {f"A{k}" for k in range(1, 32)} | {f"B{k}" for k in range(1, 18)}
    assert wanted <= headings("rules")
    for page, file in PAGES.items():
        all_headings = re.findall(rf"^##+ ({PLACE[page]})\b", file.read_text(), re.MULTILINE)
        assert len(all_headings) == len(set(all_headings))


def test_every_rule_has_a_source():
    text = PAGES["rules"].read_text()
    for rule in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        if rule[0] in "AB":
            assert re.search(r"^Source: .+\.$", rule, re.MULTILINE), rule


@pytest.mark.parametrize(
    "planted, absent",
    [
        ("// bound (facts 8z)", [("facts", "8z")]),
        ("// as in facts 8a to\n  // 8q, and so on", [("facts", "8q")]),
        ("rules A4, A12,\n// B7, B18). Guarantee", [("rules", "B18")]),
        ("# rules A32 and P3", [("rules", "A32")]),
        ("paper-facts, mathematics 12b", [("facts", "12b")]),
        ("// rules A12, P3; facts 7 and 8a, and 3 others", []),
    ],
)
def test_a_planted_citation_without_heading_is_found(planted, absent):
    assert missing(planted) == absent


def test_nothing_cites_what_is_not_in_the_repository():
    """Once `../shared`'s names; claims keep the first until they are written anew."""
    old = {name for name, text in citing_files() if re.search(r"paper-facts|selection-rules", text)}
    assert {name for name in old if not name.startswith(("paper/claims.json", "results/tables/claims"))} == set()
