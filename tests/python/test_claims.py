"""maskbench claims and check claims on the repository's own claims and records."""

import json
import re

from program import ROOT, call

CLAIMS = ROOT / "paper/claims.json"
TABLES = ROOT / "results/tables"


def rows_of(page):
    """The cells of every row of every table, less headings."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in page.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() not in ("claim", "---")]


def test_the_pages_are_what_the_records_give(tmp_path):
    page = tmp_path / "claims.md"
    output, _ = call("claims", "--out", page)
    for name in ("claims.md", "claims-evidence.md"):
        assert (tmp_path / name).read_bytes() == (TABLES / name).read_bytes()
        assert (tmp_path / name).read_text().rstrip().endswith(output.strip())


def test_a_page_for_people_leads_to_the_evidence():
    claims = json.loads(CLAIMS.read_text())["claims"]
    rows, evidence = rows_of(TABLES / "claims.md"), (TABLES / "claims-evidence.md").read_text()
    assert len(rows) == len(claims)
    anchors = [re.search(r"\(claims-evidence\.md#(\w+)\)", row[0])[1] for row in rows]
    assert sorted(anchors) == sorted(claim["id"] for claim in claims)
    for row, anchor in zip(rows, anchors):
        assert all(len(cell.split()) <= 40 for cell in row), anchor
        assert evidence.replace("\\_", "_").count(f"\n### {anchor}\n") == 1


def test_nothing_is_read_from_a_proxy_without_control():
    verdicts = {row[0]: row[2:] for row in rows_of(TABLES / "claims.md")}
    of_proxy = [cells for title, cells in verdicts.items() if "#proxy_" in title]
    assert len(of_proxy) == 3
    assert all(cells == ["No positive control yet: read nothing from it.", "no control"] for cells in of_proxy)
    sections = (TABLES / "claims-evidence.md").read_text().split("\n### ")
    for section in (part for part in sections if part.startswith("proxy")):
        assert not re.search(r"\| (holds|fails|not decided) \|", section)


def test_a_contradicted_status_is_told_until_the_file_says_so(tmp_path):
    claims = json.loads(CLAIMS.read_text())
    (edu,) = [claim for claim in claims["claims"] if claim["id"] == "edu_gain"]
    assert edu["status"] == "differs"
    edu["status"] = "reproduced"
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(claims, indent=2))

    def contradicted():
        verdicts = json.loads(call("claims", "--claims", file, "--json")[0])
        return {claim["id"]: claim["measured"] for claim in verdicts["claims"] if not claim["agrees"]}

    assert contradicted() == {"edu_gain": "differs"}
    call("claims", "--claims", file, "--accept")
    assert contradicted() == {}
    edu["status"] = "differs"
    assert json.loads(file.read_text()) == claims


def test_the_page_for_the_report_has_every_claim(tmp_path):
    page = tmp_path / "claims.tex"
    output, _ = call("claims", "--out", page)
    text = page.read_text()
    assert text.count("\\\\\n") >= len(json.loads(CLAIMS.read_text())["claims"]) and output.strip() in text
    assert page.read_bytes() == (TABLES / "claims.tex").read_bytes()


def test_a_terminal_has_every_claim_in_100_columns():
    claims = json.loads(CLAIMS.read_text())["claims"]
    output, _ = call("claims")
    lines = output.splitlines()
    assert max(map(len, lines)) == 100
    shown = " ".join(output.split())
    assert all(claim["title"].split()[0] in shown for claim in claims)
    assert sum(line.startswith("-" * 100) for line in lines) == len({claim["topic"] for claim in claims})
    assert re.fullmatch(r"claims: \d+ reproduced, .*", lines[-1])


def test_json_has_all(tmp_path):
    whole = json.loads(call("claims", "--json")[0])
    for claim in whole["claims"]:
        assert {"topic", "title", "finding", "text", "measured", "tests", "outcomes"} <= claim.keys()
        assert all(outcome["test"] < len(claim["tests"]) for outcome in claim["outcomes"])


def test_a_broken_file_is_the_callers_mistake(tmp_path):
    file = tmp_path / "claims.json"
    file.write_text('{"schema": 1, "claims": [{"id": "one"}]}')
    _, errors = call("claims", "--claims", file, code=2)
    assert "claims.json, line 1, claims.0 (one)" in errors and 'lacks the key "topic"' in errors
    _, errors = call("claims", "--claims", tmp_path / "none.json", code=2)
    assert "none.json" in errors


def test_a_list_of_records_of_another_shape_is_refused_by_key(tmp_path):
    current = tmp_path / "current.json"
    for text, words in (("[1]", "allowed: an object"), ('{\n "speedup-ci": 3}', "line 2, speedup-ci: is 3")):
        current.write_text(text)
        _, errors = call("claims", "--current", current, code=2)
        assert f"{current.name}, line" in errors and words in errors
