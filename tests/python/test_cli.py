"""select and score: what a user types, and what comes of it."""

import json
import os
import signal
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import WEB_SAMPLE, call, call_json, start
from tables import write_table

QUALITY = ["dclm_proxy", "edu_proxy", "wiki_proxy"]
REPORT_KEYS = {
    "rows",
    "files",
    "scratch_bytes",
    "objective",
    "metrics",
    "random",
    "bound",
    "normalised",
    "selector",
    "seed",
    "threads",
    "complete",
    "seconds",
    "peak_bytes",
    "work",
    "warnings",
}


def select(folder, *arguments, data=None, code=0, budget=("--rows", 20)):
    data = data or write_table(folder)
    out, report = folder / "ids.parquet", folder / "report.json"
    _, errors = call("select", "--data", data, *arguments, *budget, "--out", out, "--report", report, code=code)
    if code != 0:
        assert not out.exists() and not report.exists()
        assert sorted(p.name for p in folder.iterdir() if p.suffix not in (".parquet", ".json")) == []
        return errors
    return out, json.loads(report.read_text())


def test_score_gives_the_reports_value_to_the_last_digit(tmp_path):
    columns = ["--features", "embedding", "--quality", ",".join(QUALITY)]
    out, report = select(
        tmp_path,
        *columns,
        "--objective",
        "joint[lambda=0.5,diversity=pairwise_similarity]",
        "--selector",
        "top_k",
        data=WEB_SAMPLE,
        budget=("--fraction", 0.1),
    )
    score = call_json(
        "score",
        "--data",
        WEB_SAMPLE,
        *columns,
        "--ids",
        out,
        "--objective",
        "joint[lambda=0.5,diversity=pairwise_similarity]",
        "--json",
    )
    for key in ("rows", "objective", "metrics", "random", "bound", "normalised"):
        assert json.dumps(score[key]) == json.dumps(report[key]), key
    alone = call_json("score", "--data", WEB_SAMPLE, *columns, "--ids", out, "--metrics", "none", "--json")
    assert (
        set(alone["metrics"]) == {"mean_quality", "upper_half_share"} and alone | {"metrics": score["metrics"]} == score
    )
    some = call_json(
        "score", "--data", WEB_SAMPLE, *columns, "--ids", out, "--metrics", "near_duplicate_rate", "disf", "--json"
    )
    assert set(some["metrics"]) == set(alone["metrics"]) | {"near_duplicate_rate", "disf"}
    assert some["metrics"].items() < score["metrics"].items()
    _, refused = call("score", "--data", WEB_SAMPLE, *columns, "--ids", out, "--metrics", "disff", code=2)
    assert 'there is no metric "disff"; did you mean "disf"?; there are: mean_quality, ' in refused
    assert set(report) == REPORT_KEYS
    assert set(report["seconds"]) == {"read", "prepare", "select", "score"}
    assert report["rows"] == pq.read_metadata(WEB_SAMPLE).num_rows // 10
    assert {f"mean_quality.{q}" for q in QUALITY} | {
        "mean_quality",
        "pairwise_similarity",
        "facility_location",
        "disf",
        "near_duplicate_rate",
    } <= set(report["metrics"])


def test_without_a_word_the_objective_advises_the_selector_and_all_names_are_resolved(tmp_path):
    out, report = select(tmp_path, "--quality", "good")
    assert (report["selector"], report["objective"]["key"], report["warnings"]) == ("relaxation", "joint", [])
    assert pq.read_metadata(out).metadata[b"selector"] == b"relaxation"
    _, same = select(tmp_path, "--quality", "good", "--selector", "auto")
    assert same["objective"] == report["objective"]
    _, other = select(tmp_path, "--objective", "facility_location", "--length", "tokens", budget=("--tokens", 5000))
    assert other["selector"] == "lazy_greedy"


def test_where_no_advised_selector_takes_the_problem_each_says_why(tmp_path):
    none = select(tmp_path, "--objective", "disf", budget=("--no-budget",), code=2)
    assert "frank_wolfe_disf (needs a budget" in none and "greedy (needs a budget" in none


def test_value_agrees_with_the_formula(tmp_path):
    out, report = select(tmp_path, "--quality", "good,fine", "--selector", "random", "--seed", 3, "--label", "topic")
    table = pq.read_table(tmp_path / "docs.parquet")
    x = np.array(table["embedding"].to_pylist(), dtype=np.float32).astype(np.float64)
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    quality = sum(
        (c - c.min()) / (c.max() - c.min()) for c in (table[k].to_numpy().astype(np.float64) for k in ("good", "fine"))
    )
    rows = pq.read_table(out)["row"].to_numpy()
    s = x[rows].sum(axis=0)
    pairs = len(rows) * (len(rows) - 1)
    similarity = (s @ s - (x[rows] ** 2).sum()) / pairs
    assert report["objective"]["value"] == pytest.approx(0.5 * quality[rows].mean() - 0.5 * similarity, rel=1e-9)
    everything = x.sum(axis=0)
    expected = 0.5 * quality.mean() - 0.5 * (everything @ everything - (x**2).sum()) / (200 * 199)
    assert report["random"] == {"mean": pytest.approx(expected, rel=1e-9), "error": 0.0}


@pytest.mark.parametrize(
    "objective",
    [
        "joint[scaling=sd]",
        "joint[diversity=disf]",
        "facility_location",
        "disf",
        "quality",
        "pairwise_similarity",
    ],
)
def test_values_agree_for_every_objective_and_thread_count(tmp_path, objective):
    columns = ["--quality", "good,fine", "--length", "tokens"]
    out, report = select(
        tmp_path,
        *columns,
        "--objective",
        objective,
        "--selector",
        "random",
        "--threads",
        1,
        budget=("--tokens", 5000),
    )
    score = call_json("score", "--data", tmp_path / "docs.parquet", *columns, "--ids", out, "--json")
    assert score["objective"] == report["objective"] and score["metrics"] == report["metrics"]


def test_npy_features_with_jsonl_columns(tmp_path):
    draws = np.random.default_rng(5)
    np.save(tmp_path / "features.npy", draws.normal(size=(60, 4)).astype(np.float16))
    lines = [json.dumps({"good": float(draws.normal()), "id": f"doc-{i}"}) for i in range(60)]
    (tmp_path / "columns.jsonl").write_text("\n".join(lines) + "\n")
    out, report = tmp_path / "ids.parquet", tmp_path / "report.json"
    call(
        "select",
        "--data",
        f"{tmp_path}/features.npy,{tmp_path}/columns.jsonl",
        "--quality",
        "good",
        "--id",
        "id",
        "--selector",
        "top_k",
        "--rows",
        6,
        "--out",
        out,
        "--report",
        report,
    )
    best = np.argsort([-json.loads(line)["good"] for line in lines])[:6]
    assert pq.read_table(out)["row"].to_pylist() == sorted(best.tolist())


def test_related_data_is_read_and_part_of_the_digest(tmp_path):
    data, other = write_table(tmp_path), write_table(tmp_path, name="targets.parquet", rows=20, seed=3)

    def digest(*arguments):
        out, _ = select(tmp_path, "--quality", "good", "--selector", "top_k", *arguments, data=data)
        return pq.read_schema(out).metadata[b"data_digest"]

    assert len({digest(), digest("--related", f"targets={other}"), digest("--related", f"prototypes={other}")}) == 3
    assert "targets" in select_error(tmp_path, data, "--related", "targets")


def select_error(folder, data, *arguments):
    return call(
        "select",
        "--data",
        data,
        "--selector",
        "random",
        "--rows",
        5,
        *arguments,
        "--out",
        folder / "no.parquet",
        code=2,
    )[1]


def test_dump_gives_scripts_the_bytes_that_methods_see(tmp_path):
    call("dump", "synthetic_web[n=50,d=8]", "--out", tmp_path / "columns")
    features = np.load(tmp_path / "columns" / "features.npy")
    assert features.shape == (50, 8) and features.dtype == np.float32
    assert np.allclose(np.linalg.norm(features.astype(np.float64), axis=1), 1, atol=1e-5)
    names = {file.name for file in (tmp_path / "columns").iterdir()}
    assert {
        "score.dclm.npy",
        "score.edu.npy",
        "score.wiki.npy",
        "label.cluster.npy",
        "size.tokens.npy",
    } <= names
    assert np.load(tmp_path / "columns" / "score.edu.npy").shape == (50,)


def test_ids_file_says_what_made_it(tmp_path):
    out, report = select(tmp_path, "--quality", "good", "--selector", "top_k", "--id", "id", "--seed", 9)
    table = pq.read_table(out)
    rows = table["row"].to_pylist()
    assert rows == sorted(set(rows)) and len(rows) == 20 and table["count"].to_pylist() == [1] * 20
    assert table["id"].to_pylist() == [f"doc-{row}" for row in rows]
    metadata = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    assert metadata["selector"] == "top_k" and metadata["seed"] == "9"
    assert float(metadata["upper_bound"]) == report["bound"] >= report["objective"]["value"]
    assert float(metadata["value"]) == report["objective"]["value"]
    assert len(metadata["data_digest"]) == 64 and metadata["version"]


def test_same_seed_same_ids_other_seed_other_ids_any_threads(tmp_path):
    def rows(*arguments):
        return pq.read_table(select(tmp_path, "--quality", "good", "--selector", "random", *arguments)[0])[
            "row"
        ].to_pylist()

    first = rows("--seed", 1, "--threads", 1)
    assert first == rows("--seed", 1, "--threads", 2)
    assert first != rows("--seed", 2)


def test_short_command_works_on_a_registered_data_set(tmp_path):
    out, report = select(
        tmp_path, "--selector", "random", data="synthetic_web[n=500,d=16]", budget=("--fraction", 0.05)
    )
    assert report["rows"] == 25 and report["objective"]["key"].startswith("joint")
    score = call_json("score", "--data", "synthetic_web[n=500,d=16]", "--ids", out, "--json")
    assert score["objective"] == report["objective"]


def test_objective_without_quality_is_pairwise_similarity(tmp_path):
    _, report = select(tmp_path, "--selector", "random")
    assert report["objective"]["key"] == "pairwise_similarity"


def test_kept_rows_count_in_the_budget_and_stay(tmp_path):
    data = write_table(tmp_path)
    first, _ = select(
        tmp_path, "--quality", "good", "--selector", "random", "--seed", 4, data=data, budget=("--rows", 5)
    )
    kept = first.rename(tmp_path / "kept.parquet")
    out, report = select(tmp_path, "--quality", "good", "--selector", "top_k", "--keep", kept, data=data)
    assert report["rows"] == 20
    assert set(pq.read_table(kept)["row"].to_pylist()) <= set(pq.read_table(out)["row"].to_pylist())


def test_quota_limits_a_label(tmp_path):
    data = write_table(tmp_path)
    quota = tmp_path / "quota.json"
    quota.write_text('{"0": 2, "1": 0.25}')
    out, _ = select(
        tmp_path,
        "--quality",
        "good",
        "--selector",
        "top_k",
        "--label",
        "topic",
        "--quota",
        f"topic={quota}",
        data=data,
    )
    topics = [row % 5 for row in pq.read_table(out)["row"].to_pylist()]
    assert topics.count(0) <= 2 and topics.count(1) <= 5 and len(topics) == 20
    quota.write_text('{"site-1": 1}')
    out, _ = select(
        tmp_path,
        "--quality",
        "good",
        "--selector",
        "top_k",
        "--label",
        "site",
        "--quota",
        f"site={quota}",
        data=data,
    )
    assert [row % 3 for row in pq.read_table(out)["row"].to_pylist()].count(1) <= 1


def test_token_budget_is_a_ceiling(tmp_path):
    out, _ = select(
        tmp_path, "--quality", "good", "--selector", "top_k", "--length", "tokens", budget=("--tokens", 3000)
    )
    tokens = pq.read_table(tmp_path / "docs.parquet")["tokens"].to_numpy()
    taken = tokens[pq.read_table(out)["row"].to_numpy()].sum()
    assert 2400 < taken <= 3000


def heavy_tail(folder, rows=400, longest=200_000, draws=0):
    """Rows of 3 to some hundred tokens, and one that no budget here can hold."""
    random = np.random.default_rng(draws)
    tokens = np.minimum(3 / (1 - random.random(rows)), 800).astype(np.int32)
    tokens[random.integers(rows)] = longest
    table = pa.table(
        {
            "embedding": pa.FixedSizeListArray.from_arrays(
                pa.array(random.normal(size=rows * 16).astype(np.float32) + 0.5), 16
            ),
            "good": random.random(rows),
            "tokens": tokens,
        }
    )
    pq.write_table(table, folder / "tail.parquet")
    return folder / "tail.parquet", tokens


@pytest.mark.parametrize(
    "selector",
    ["auto", "greedy", "lazy_greedy", "bounded_greedy", "relaxation", "top_k", "datamask[steps=200]", "kmeans"],
)
@pytest.mark.parametrize("fill", ["at_most", "pack", "at_least"])
def test_one_long_row_does_not_spoil_a_budget_in_tokens(tmp_path, selector, fill):
    data, tokens = heavy_tail(tmp_path)
    objective = "facility_location" if selector == "lazy_greedy" else "joint"
    columns = ["--quality", "good", "--length", "tokens", "--objective", objective, "--selector", selector]
    out, report = select(tmp_path, *columns, "--fill", fill, data=data, budget=("--tokens", 2000))
    taken = tokens[pq.read_table(out)["row"].to_numpy()]
    if fill == "at_least":
        assert taken.sum() >= 2000
    else:
        assert 2000 - 800 < taken.sum() <= 2000
        assert any("1 of 400 rows do not fit alone" in warning for warning in report["warnings"])
    assert report["bound"] >= report["objective"]["value"] - 1e-9
    assert report["normalised"] <= 1
    score = call_json("score", "--data", data, "--quality", "good", "--length", "tokens", "--ids", out, "--json")
    assert [score["bound"], score["random"], score["objective"]] == [
        pytest.approx(report["bound"], rel=1e-12),
        report["random"],
        report["objective"],
    ]


def test_certificate_of_a_budget_in_tokens_is_verified_from_its_file(tmp_path):
    data, _ = heavy_tail(tmp_path)
    columns = ["--quality", "good", "--length", "tokens"]
    out, report = select(tmp_path, *columns, data=data, budget=("--tokens", 2000))
    ids = ["--data", data, *columns, "--ids", out]
    call("score", *ids, "--write-certificate", tmp_path / "proof.json")
    proof = json.loads((tmp_path / "proof.json").read_text())
    assert proof["within"]["unit"] == "tokens" and proof["within"]["amount"] == 2000
    assert call_json("score", *ids, "--certificate", tmp_path / "proof.json", "--json")["bound"] == pytest.approx(
        report["bound"], rel=1e-12
    )
    _, errors = call(
        "score", "--data", data, "--quality", "good", "--ids", out, "--certificate", tmp_path / "proof.json", code=2
    )
    assert "proof.json certifies another problem" in errors


def test_no_row_fits_says_how_long_the_shortest_is(tmp_path):
    data, tokens = heavy_tail(tmp_path)
    errors = select(tmp_path, "--quality", "good", "--length", "tokens", data=data, budget=("--tokens", 2), code=2)
    assert "no row fits into 2 tokens: the shortest has 3" in errors


def test_again_asks_the_same_and_options_beside_it_replace_its_own(tmp_path):
    data, (out, report) = write_table(tmp_path), (tmp_path / "ids.parquet", tmp_path / "report.json")
    (tmp_path / "most.json").write_text('{"site-1": 0.5}')
    kept = tmp_path / "kept.parquet"
    call("select", "--data", data, "--selector", "random", "--rows", 3, "--out", kept)
    columns = ["--features", "embedding", "--quality", "good,fine", "--length", "tokens", "--label", "site"]
    more = ["--keep", kept, "--quota", f"site={tmp_path / 'most.json'}", "--seed", 5, "--selector", "random"]
    call("select", "--data", data, *columns, *more, "--tokens", 9000, "--out", out, "--report", report)
    (tmp_path / "most.json").unlink()  # the question holds what it said
    again = tmp_path / "again.parquet"
    call("select", "--again", out, "--out", again)
    assert pq.read_table(again).equals(pq.read_table(out))
    assert pq.read_schema(again).metadata == pq.read_schema(out).metadata
    call("select", "--again", out, "--seed", 6, "--rows", 12, "--out", again, "--overwrite")
    assert pq.read_table(again).num_rows == 12
    assert json.loads(pq.read_schema(again).metadata[b"question"])["budget"]["unit"] == "rows"
    _, errors = call("select", "--again", data, "--out", tmp_path / "x.parquet", code=2)
    assert "docs.parquet" in errors and not (tmp_path / "x.parquet").exists()
    write_table(tmp_path, seed=9)
    _, notes = call("select", "--again", out, "--out", again, "--overwrite")
    assert "ids.parquet was made of other data" in notes
    assert "--data is required" in call("select", "--rows", 5, "--out", again, code=2)[1]


def test_two_files_are_one_data_set(tmp_path):
    both = [write_table(tmp_path, name="a.parquet"), write_table(tmp_path, name="b.parquet", seed=1)]
    out, _ = select(tmp_path, "--quality", "good", "--selector", "top_k", data=",".join(map(str, both)))
    assert max(pq.read_table(out)["row"].to_pylist()) >= 200


def test_file_changed_while_it_was_used_writes_nothing(tmp_path):
    data = write_table(tmp_path)
    answer = select(tmp_path, "--selector", "random", data=data)[0].rename(tmp_path / "answer.parquet")
    (tmp_path / "report.json").unlink()
    meddle = tmp_path / "meddle.json"  # a name that select() takes for one of ours
    meddle.write_text(f'#!/bin/sh\ntouch "{data}"\ncp "{answer}" "$2"\n')
    errors = select(tmp_path, "--selector", f"external[command=sh {meddle}]", data=data, code=2)
    assert "docs.parquet" in errors, errors


def test_ctrl_c_ends_select_with_nothing_written(tmp_path):
    data = write_table(tmp_path, rows=5000, dims=32)
    program = start(
        "select",
        "--data",
        data,
        "--selector",
        "naive_greedy",
        "--fraction",
        0.5,
        "--out",
        tmp_path / "ids.parquet",
    )
    time.sleep(2.0)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 1 and "nothing is written" in errors, errors
    assert sorted(p.name for p in tmp_path.iterdir()) == ["docs.parquet"]


def test_scores_of_another_programs_ids(tmp_path):
    data = write_table(tmp_path)
    ids = tmp_path / "theirs.parquet"
    pq.write_table(pa.table({"row": pa.array([5, 3, 199], pa.int64())}), ids)
    score = call_json("score", "--data", data, "--quality", "good", "--ids", ids, "--json")
    assert score["rows"] == 3 and score["bound"] > score["objective"]["value"] > score["random"]["mean"] - 1
    disf = call_json("score", "--data", data, "--ids", ids, "--objective", "disf", "--json")
    assert disf["bound"] is None and "no concave extension" in disf["bound_reason"] and disf["normalised"] is None
    text, _ = call("score", "--data", data, "--quality", "good", "--ids", ids)
    assert "pairwise_similarity" in text and "joint" in text


def test_answer_with_fewer_rows_has_no_bound(tmp_path):
    _, report = select(tmp_path, "--quality", "good", "--selector", "semdedup[epsilon=1.2]", budget=("--rows", 150))
    assert report["rows"] < 150 and report["bound"] is None and report["normalised"] is None
    assert report["bound_reason"] == f"the answer has {report['rows']} rows, bounds are for answers of 150"


def test_certificate_is_written_verified_and_refused(tmp_path):
    data, certificate = write_table(tmp_path), tmp_path / "certificate.json"
    out, report = select(tmp_path, "--quality", "good", "--selector", "relaxation", data=data)
    ask = ["score", "--data", data, "--quality", "good", "--ids", out]
    assert "of the way from random to the best possible" in call(*ask, "--write-certificate", certificate)[0]
    verified = call_json(*ask, "--certificate", certificate, "--json")
    assert verified["bound"] == pytest.approx(report["bound"], rel=1e-12)
    claim = json.loads(certificate.read_text())
    certificate.write_text(json.dumps(claim | {"bound": report["objective"]["value"] - 1}))
    assert "its dual proves" in call(*ask, "--certificate", certificate, code=2)[1]
    certificate.write_text(json.dumps(claim | {"dual": []}))
    assert "dual has 0 numbers" in call(*ask, "--certificate", certificate, code=2)[1]
    certificate.write_text("{")
    assert "certificate.json" in call(*ask, "--certificate", certificate, code=2)[1]
    assert (
        "no concave extension"
        in call(*ask, "--objective", "disf", "--write-certificate", tmp_path / "none.json", code=2)[1]
    )
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize("rows", [[0, 0], [200], [-1], []])
def test_score_refuses_rows_that_are_none(tmp_path, rows):
    data = write_table(tmp_path)
    ids = tmp_path / "theirs.parquet"
    pq.write_table(pa.table({"row": pa.array(rows, pa.int64())}), ids)
    call("score", "--data", data, "--quality", "good", "--ids", ids, code=2)


def test_a_fraction_may_be_of_tokens_and_fill_says_which_side(tmp_path):
    tokens = pq.read_table(write_table(tmp_path))["tokens"].to_numpy()
    amount = int(0.2 * tokens.sum())

    def taken(fill):
        out, report = select(
            tmp_path,
            "--quality",
            "good",
            "--length",
            "tokens",
            "--selector",
            "top_k",
            "--fill",
            fill,
            budget=("--fraction", 0.2, "--of", "tokens"),
        )
        return tokens[pq.read_table(out)["row"].to_numpy()].sum(), report["rows"]

    below, fewer = taken("at_most")
    above, more = taken("at_least")
    assert below <= amount <= above and more == fewer + 1
    (tmp_path / "ids.parquet").unlink()
    (tmp_path / "report.json").unlink()
    assert "--fraction" in select(tmp_path, "--of", "tokens", budget=("--rows", 5), code=2)


def test_no_budget_leaves_it_to_thresholds_and_the_floor_has_the_answers_size(tmp_path):
    out, report = select(
        tmp_path,
        "--quality",
        "good",
        "--objective",
        "quality",
        "--selector",
        "filtered[inner=top_k,by=rank,low=0.8]",
        budget=("--no-budget",),
    )
    assert report["rows"] == pq.read_metadata(out).num_rows == 40
    assert report["bound"] is None
    all_rows = pq.read_table(tmp_path / "docs.parquet")["good"].to_numpy()
    scaled = (all_rows - all_rows.min()) / (all_rows.max() - all_rows.min())
    assert report["random"]["mean"] == pytest.approx(scaled.mean(), rel=1e-6)
    assert report["objective"]["value"] > 0.7


def test_a_killed_select_takes_its_external_program_along(tmp_path):
    script = tmp_path / "sleeps.sh"
    script.write_text(f"(sleep 301 & echo $! > {tmp_path}/pid.part; mv {tmp_path}/pid.part {tmp_path}/pid; wait)\n")
    process = start(
        "select",
        "--data",
        "synthetic_web[n=100,d=8]",
        "--rows",
        5,
        "--out",
        tmp_path / "ids.parquet",
        "--selector",
        f"external[command=sh {script}]",
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    while not (tmp_path / "pid").exists():
        assert process.poll() is None
        time.sleep(0.02)
    pid = int((tmp_path / "pid").read_text())
    assert list(tmp_path.glob("maskbench-external-*"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 20
    while list(tmp_path.glob("maskbench-external-*")) or running(pid):
        assert time.monotonic() < until, "the program or its folder is still there"
        time.sleep(0.05)


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    "chosen, spins", [({}, "10000"), ({"OMP_WAIT_POLICY": "active"}, "unset"), ({"GOMP_SPINCOUNT": "7"}, "7")]
)
def test_threads_wait_briefly_at_barriers_unless_the_user_chose(tmp_path, chosen, spins):
    answer, _ = select(tmp_path, "--selector", "random")
    script = tmp_path / "asks.sh"
    script.write_text(f'echo "${{GOMP_SPINCOUNT-unset}}" > {tmp_path}/spins; cp "{answer}" "$2"\n')
    clean = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    process = start(
        "select",
        "--data",
        tmp_path / "docs.parquet",
        "--rows",
        20,
        "--out",
        tmp_path / "again.parquet",
        "--selector",
        f"external[command=sh {script}]",
        env={**clean, **chosen},
    )
    assert process.wait() == 0
    assert (tmp_path / "spins").read_text().strip() == spins


@pytest.mark.parametrize("options", [["--only", "greedy"], ["--write-why", "x"], ["--baseline", "somewhere/"]])
@pytest.mark.parametrize("part", ["tables", "claims"])
def test_options_about_selectors_are_refused_where_they_mean_nothing(part, options):
    _, errors = call("check", part, *options, code=2)
    assert f"check {part}: --only, --baseline and --write-why are for values and speed" in errors


def test_what_is_not_listed_is_told_beside_what_is():
    _, errors = call("list", "descriptors", "speedupp", code=2)
    assert 'no "speedupp" among the descriptors; did you mean "speedup"?; there are: batch_ratio, ' in errors


@pytest.mark.parametrize(
    "option, text",
    [
        ("--rows", "0x10"),
        ("--rows", "-3"),
        ("--rows", "1e2"),
        ("--rows", "10 "),
        ("--seed", "-1"),
        ("--seed", "18446744073709551616"),
        ("--threads", "-1"),
        ("--tokens", "+5"),
    ],
)
def test_numbers_are_decimal_and_in_range(tmp_path, option, text):
    budget = () if option in ("--rows", "--tokens") else ("--rows", 20)
    errors = select(tmp_path, "--selector", "random", "--length", "tokens", f"{option}={text}", budget=budget, code=2)
    assert option in errors and text.strip() in errors


def test_zeros_in_front_of_a_number_mean_nothing(tmp_path):
    _, report = select(tmp_path, "--selector", "random", "--seed", "007", budget=("--rows", "0100"))
    assert report["rows"] == 100 and report["seed"] == 7


def test_a_share_is_what_its_decimal_says(tmp_path):
    data = write_table(tmp_path, rows=100)
    for share, rows in ((0.29, 29), (0.57, 57), (0.07, 7), (1, 100), (0.001, 1)):
        assert select(tmp_path, "--selector", "random", data=data, budget=("--fraction", share))[1]["rows"] == rows
    (tmp_path / "most.json").write_text('{"0": 0.29}')
    out, _ = select(
        tmp_path,
        "--quality",
        "good",
        "--selector",
        "top_k",
        "--label",
        "same",
        "--quota",
        f"same={tmp_path / 'most.json'}",
        data=write_table(tmp_path, rows=300, same=pa.array([0] * 150 + [1] * 150)),
        budget=("--rows", 100),
    )
    assert sum(row < 150 for row in pq.read_table(out)["row"].to_pylist()) <= 29
    _, report = select(
        tmp_path, "--quality", "good", "--selector", "pruned[keep=0.07,inner=random]", data=data, budget=("--rows", 7)
    )
    assert report["rows"] == 7
