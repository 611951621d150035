"""maskbench claims and check claims on the repository's own claims and records."""

import json

from program import ROOT, call

CLAIMS = ROOT / "paper/claims.json"
PAGE = ROOT / "results/tables/claims.md"


def test_the_page_is_what_the_records_give(tmp_path):
    page = tmp_path / "claims.md"
    output, _ = call("claims", "--out", page)
    assert page.read_bytes() == PAGE.read_bytes()
    assert page.read_text().rstrip().endswith(output.strip())


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


def test_a_broken_file_is_the_callers_mistake(tmp_path):
    file = tmp_path / "claims.json"
    file.write_text('{"schema": 1, "claims": [{"id": "one"}]}')
    _, errors = call("claims", "--claims", file, code=2)
    assert "claims.json, line 1, claims.0" in errors and 'lacks the key "text"' in errors
    _, errors = call("claims", "--claims", tmp_path / "none.json", code=2)
    assert "none.json" in errors
