"""Files as users have them: many, packed, partitioned, with gaps and types of every kind."""

import gzip
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import call

ROWS, PICKS = 60, 7
RNG = np.random.default_rng(18)
X = RNG.normal(size=(ROWS, 8)).astype(np.float32)
Q = RNG.random(ROWS)


def refused(*arguments):
    return call(*arguments, code=2)[1]


def embedding(values=X, kind=None):
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1), kind), values.shape[1])


def write(path, **columns):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def write_lines(path, rows, end="\n", packed=None, first=""):
    text = (first + "".join(row if isinstance(row, str) else json.dumps(row) + end for row in rows)).encode()
    path.write_bytes(packed(text) if packed else text)
    return path


def best(values, count=PICKS):
    return sorted(sorted(range(len(values)), key=lambda row: (-values[row], row))[:count])


def select(folder, *data, quality="q", rows=PICKS, selector="top_k", more=()):
    """The rows that are picked, and the report."""
    out, report = folder / "o.parquet", folder / "r.json"
    arguments = [part for one in data for part in ("--data", one)] + (["--quality", quality] if quality else [])
    call("select", *arguments, "--selector", selector, "--rows", rows, "--out", out, "--report", report, *more)
    return pq.read_table(out)["row"].to_pylist(), json.loads(report.read_text())


def halves(folder, names):
    for k, name in enumerate(names):
        part = slice(k * ROWS // len(names), (k + 1) * ROWS // len(names))
        write(str(folder / name), embedding=embedding(X[part]), q=Q[part])


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_shards_by_folder_pattern_list_and_repeated_option(here):
    names = ["s/part-0.parquet", "s/part-1.PARQUET", "s/sub/part-2.pq"]
    halves(here, names)
    write("s/_metadata.parquet", q=Q)
    write("s/.part-9.parquet", q=Q)
    (here / "s" / "notes.txt").write_text("no data")
    (here / "all.txt").write_text("\n".join(names) + "\n\n")
    for data in (["s"], ["s/"], ["s/**"], ["s/**/part-[0-2].[pP]*"], ["@all.txt"], names, [",".join(names)]):
        rows, report = select(here, *data)
        assert rows == best(Q), data
        assert report["files"] == [{"path": name, "first_row": 20 * k, "rows": 20} for k, name in enumerate(names)]
    assert select(here, "s/part-?.*", rows=3)[0] == best(Q[:40], 3)
    assert "no file matches" in refused("select", "--data", "s/x*", "--rows", 3, "--out", "o.parquet")
    os.symlink("../..", "s/sub/up")
    os.symlink(".", "s/self")
    assert select(here, "s")[0] == select(here, "s/**")[0] == best(Q)
    (here / "empty").mkdir()
    assert "without data files" in refused("select", "--data", "empty", "--rows", 3, "--out", "o.parquet")


def test_the_same_file_twice_by_any_name(here):
    write("a.parquet", embedding=embedding(), q=Q)
    os.link("a.parquet", "hard.parquet")
    os.symlink("a.parquet", "soft.parquet")
    for other in ("a.parquet", "./a.parquet", "hard.parquet", "soft.parquet"):
        text = refused("select", "--data", f"a.parquet,{other}", "--quality", "q", "--rows", 3, "--out", "o.parquet")
        assert "the same file as a.parquet" in text and "--allow-repeats" in text
    rows, report = select(here, "a.parquet,soft.parquet", rows=2, more=["--allow-repeats"])
    assert rows == [int(Q.argmax()), ROWS + int(Q.argmax())]


def test_names_with_commas_stars_and_backslashes(here):
    for name in ("lr=0.1,wd=0/a.parquet", "x*y[1].parquet", "@at.parquet", "back\\slash,.parquet"):
        write(name, embedding=embedding(), q=Q)
        assert select(here, name)[0] == best(Q)
        escaped = "".join("\\" + c if c in "\\,*?[]@" else c for c in name)
        assert select(here, escaped)[0] == best(Q)
    write("b.parquet", embedding=embedding(X[:9]), q=Q[:9])
    assert len(select(here, "lr=0.1\\,wd=0/a.parquet,b.parquet")[1]["files"]) == 2
    assert len(select(here, "lr=0.1,wd=0/a.parquet", "b.parquet")[1]["files"]) == 2


def test_folders_of_partitions_are_columns(here):
    for k, (lang, year) in enumerate([("de", 2024), ("en", 2023), ("fr%20CA", 2024)]):
        part = slice(20 * k, 20 * k + 20)
        write(f"h/lang={lang}/year={year}/p.parquet", embedding=embedding(X[part]), q=Q[part])
    (here / "quota.json").write_text('{"fr CA": 0, "de": 1}')
    rows, _ = select(here, "h", more=["--label", "lang", "--quota", "lang=quota.json"])
    assert rows == sorted(best(Q[:20], 1) + [20 + row for row in best(Q[20:40], PICKS - 1)])
    assert set(select(here, "h", quality="year", rows=20)[0]) <= set(range(20)) | set(range(40, 60))
    write_lines(here / "x.jsonl", [{"t": "a"}])
    text = refused("select", "--data", "h", "--quality", "lang", "--rows", 3, "--out", "o.parquet")
    assert "de" in text and "a score is a number" in text


@pytest.mark.parametrize(
    "ending, packed",
    [
        ("jsonl", None),
        ("NDJSON", None),
        ("json.gz", gzip.compress),
        ("jsonl.zst", lambda text: pa.compress(text, "zstd", asbytes=True)),
        ("jsonl.GZ", lambda t: gzip.compress(t[:900]) + gzip.compress(t[900:])),
    ],
)
def test_json_lines_packed_or_not(here, ending, packed):
    np.save("x.npy", X)
    write_lines(here / f"c.{ending}", [{"q": v, "text": "ä" * 9} for v in Q], packed=packed)
    assert select(here, f"x.npy,c.{ending}")[0] == best(Q)
    if packed:
        whole = (here / f"c.{ending}").read_bytes()
        (here / f"c.{ending}").write_bytes(whole[: len(whole) // 2])
        assert f"c.{ending}" in refused(
            "select", "--data", f"x.npy,c.{ending}", "--quality", "q", "--rows", 3, "--out", "o.parquet"
        )


def test_json_lines_are_looked_at_only_where_asked(here):
    rows = [
        f'{{"q": {v!r}, "other": {other}, "t": "x"}}\r\n'
        for v, other in zip(
            Q.tolist(), ["NaN", "-Infinity", '"\\ud83d"', '{"a": [NaN, "}]"]}', '"\\"}"', "[[], {}]"] * 10
        )
    ]
    rows[5:5] = ["\r\n", "   \r\n"]
    write_lines(here / "c.jsonl", rows, first="\ufeff")
    assert select(here, "c.jsonl")[0] == best(Q)
    for bad, said in [
        ('{"q": NaN}', "not a number"),
        ('{"q": 1', "comma or the closing"),
        ('{"q": 1}}', "line's end"),
        ('{"q": [1}', "whole value"),
        ("{'q': 1}", "name in quotes"),
        ('{"q" 1}', "colon"),
    ]:
        write_lines(here / "bad.jsonl", ['{"q": 1}\n', "\n", bad + "\n"])
        text = refused("select", "--data", "bad.jsonl", "--quality", "q", "--rows", 1, "--out", "o.parquet")
        assert "bad.jsonl, line 3" in text and said in text
    write_lines(here / "deep.jsonl", [{"m": {"s": v, "l": "en"}} for v in Q])
    assert select(here, "deep.jsonl", quality="m.s")[0] == best(Q)


def test_features_in_npy_beside_columns_in_parquet(here):
    for k in range(2):
        np.save(f"x{k}.npy", X[30 * k : 30 * k + 30].astype(np.float64))
        write(f"c{k}.parquet", q=Q[30 * k : 30 * k + 30])
    write("both.parquet", embedding=embedding(), q=Q)
    wanted = select(here, "both.parquet", selector="bounded_greedy")[0]
    assert select(here, "x0.npy,c0.parquet,x1.npy,c1.parquet", selector="bounded_greedy")[0] == wanted
    assert "60 rows, x0.npy has 30 rows" in refused(
        "select", "--data", "x0.npy,c0.parquet,c1.parquet", "--quality", "q", "--rows", 3, "--out", "o.parquet"
    )
    np.save("i8.npy", np.round(X * 40).astype(np.int8))
    assert len(select(here, "i8.npy,both.parquet", selector="bounded_greedy")[0]) == PICKS


def test_embeddings_of_small_types(here):
    whole = np.round(X / abs(X).max() * 127)
    write("f.parquet", e=embedding(whole.astype(np.float32)), q=Q)
    wanted = select(here, "f.parquet", selector="bounded_greedy")[0]
    write("i.parquet", e=embedding(whole.astype(np.int8)), q=Q)
    assert select(here, "i.parquet", selector="bounded_greedy", more=["--features", "e"])[0] == wanted
    write("b.parquet", e=pa.array([row.astype("<f4").tobytes() for row in whole]), q=Q)
    assert select(here, "b.parquet", selector="bounded_greedy", more=["--features", "e:float32"])[0] == wanted
    bits = np.packbits(X > 0, axis=1)
    write("p.parquet", e=pa.array([row.tobytes() for row in bits], pa.binary(1)), q=Q)
    write("s.parquet", e=embedding(np.where(X > 0, 1, -1).astype(np.float32)), q=Q)
    rows, report = select(here, "p.parquet", selector="bounded_greedy", more=["--features", "e"])
    assert rows == select(here, "s.parquet", selector="bounded_greedy")[0]
    assert any("8 bits each" in warning for warning in report["warnings"])


@pytest.mark.parametrize(
    "values",
    [
        1 - RNG.random(ROWS) * 1e-15,
        (RNG.random(ROWS) - 0.5) * 1e300,
        (1 << 60) + RNG.permutation(ROWS),
        RNG.permutation(ROWS).astype(np.uint64) + (1 << 63),
    ],
)
def test_what_ranks_ranks_the_columns_own_order(here, values):
    write("a.parquet", q=values, embedding=embedding())
    exact = [value.item() for value in values]
    for selector, more in [
        ("top_k", ()),
        ("top_k[column=q]", ()),
        ("greedy", ("--objective", "quality")),
        ("relaxation", ("--objective", "quality")),
        ("bounded_greedy", ("--objective", "quality")),
    ]:
        assert select(here, "a.parquet", selector=selector, more=more)[0] == best(exact), selector
    ascending = [-value for value in exact]
    if values.dtype != np.uint64:
        assert select(here, "a.parquet", quality="q:asc")[0] == best(ascending)
    pruned = "pruned[inner=random,keep=0.05]"
    assert select(here, "a.parquet", selector=pruned)[0] == best(exact)


def test_missing_values_are_counted(here):
    gaps = [None if row % 9 == 0 else value for row, value in enumerate(Q)]
    write("a.parquet", q=pa.array(gaps), embedding=embedding(), id=[f"d{row}" for row in range(ROWS)])
    assert "--missing q=" in refused(
        "select", "--data", "a.parquet", "--quality", "q", "--rows", 3, "--out", "o.parquet"
    )
    lowest = [-1 if value is None else value for value in gaps]
    for rule in ("drop", "lowest", "q=drop", "q=-1"):
        rows, report = select(here, "a.parquet", more=["--missing", rule, "--id", "id"])
        assert rows == best(lowest)
        assert report["missing"] == {"q": {"rule": rule.split("=")[-1], "rows": 7}}
        assert any("7 rows without a value" in warning for warning in report["warnings"])
        table = pq.read_table("o.parquet")
        assert table["id"].to_pylist() == [f"d{row}" for row in rows]
        scored = json.loads(
            call(
                "score",
                "--data",
                "a.parquet",
                "--quality",
                "q",
                "--missing",
                rule,
                "--id",
                "id",
                "--ids",
                "o.parquet",
                "--json",
            )[0]
        )
        assert scored["rows"] == PICKS and scored["objective"]["value"] == report["objective"]["value"]
    write("theirs.parquet", row=[0, 1])
    text = refused("score", "--data", "a.parquet", "--quality", "q", "--missing", "drop", "--ids", "theirs.parquet")
    assert "row 0" in text and "left out" in text
    os.rename("o.parquet", "kept.parquet")
    more = ["--missing", "drop", "--keep", "kept.parquet"]
    assert set(pq.read_table("kept.parquet")["row"].to_pylist()) <= set(select(here, "a.parquet", rows=9, more=more)[0])


def test_scores_that_are_no_quality(here):
    write("a.parquet", q=Q, other=1 - Q, text=["t"] * ROWS)
    rows, report = select(here, "a.parquet", quality=None, selector="top_k[column=other]", more=["--score", "other"])
    assert rows == best(1 - Q)
    assert report["objective"] == {"key": "none", "value": None} and report["normalised"] is None
    assert any("the objective is none" in warning for warning in report["warnings"])
    assert "needs an objective" in refused(
        "select", "--data", "a.parquet", "--selector", "greedy", "--rows", 3, "--out", "o.parquet"
    )
    assert select(here, "a.parquet", selector="auto")[0] == best(Q)
    text = refused("select", "--data", "a.parquet", "--quality", "q", "b.parquet", "--rows", 3, "--out", "o.parquet")
    assert "looks like a file" in text


def test_ids_of_each_file(here):
    for name in ("a.parquet", "b.parquet"):
        write(name, embedding=embedding(), q=Q, id=[str(row) for row in range(ROWS)])
    refused(
        "select", "--data", "a.parquet,b.parquet", "--quality", "q", "--id", "id", "--rows", 3, "--out", "o.parquet"
    )
    more = ["--id", "id", "--id-scope", "file"]
    rows, _ = select(here, "a.parquet,b.parquet", rows=2, more=more)
    assert rows == [int(Q.argmax()), ROWS + int(Q.argmax())]
    write("ids.parquet", id=[str(Q.argmax())])
    text = refused("score", "--data", "a.parquet,b.parquet", "--quality", "q", *more, "--ids", "ids.parquet")
    assert "several rows" in text
    write("c.parquet", embedding=embedding(), q=Q, id=["same"] * ROWS)
    assert "also the id of" in refused(
        "select", "--data", "c.parquet", "--quality", "q", *more, "--rows", 3, "--out", "o"
    )


def test_short_answers_say_so(here):
    write("a.parquet", embedding=embedding(), q=Q, c=["a", "b", "c"] * (ROWS // 3))
    (here / "q.json").write_text('{"a": 1, "b": 2, "c": 1}')
    more = ["--label", "c", "--quota", "c=q.json"]
    for selector in ("top_k", "chain", "greedy", "pruned"):
        rows, report = select(here, "a.parquet", selector=selector, more=more)
        assert len(rows) == 4
        assert any("asked for 7 rows, got 4: the quotas" in warning for warning in report["warnings"])


def test_only_what_is_read_counts_in_the_forecast(here):
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(ROWS * 50000, np.int32)), 50000)
    write(
        "a.parquet",
        embedding=embedding(),
        q=Q,
        input_ids=lists,
        more=pa.array([[0.5] * 9000] * ROWS, pa.list_(pa.float64())),
    )
    select(here, "a.parquet", more=["--features", "embedding", "--memory", "60M"])


def test_labels_are_named_by_value(here):
    names = ["wiki", "code", "web"] * (ROWS // 3)
    large = [7 + (1 << 40) * (row % 3) for row in range(ROWS)]
    write("a.parquet", q=Q, c=names, n=np.array(large), f=np.array(large) / 2)
    wanted = [3 * row + 1 for row in best(Q[1::3])]
    for column, value in (("c", "code"), ("n", 7 + (1 << 40)), ("f", "549755813891.5")):
        more = ["--label", column]
        selector = f"filtered[inner=top_k,label={column},values={value}]"
        assert select(here, "a.parquet", selector=selector, more=more)[0] == wanted
        others = f"filtered[inner=top_k,label={column},values={value},drop=true]"
        assert not {row % 3 for row in select(here, "a.parquet", selector=others, more=more)[0]} & {1}
        no_value = f"filtered[label={column},values=1]"
        text = refused(
            "select", "--data", "a.parquet", *more, "--selector", no_value, "--rows", 3, "--out", "o.parquet"
        )
        assert 'has no value "1"' in text


def test_text_alone(here):
    write("a.parquet", t=["word " * (row + 1) for row in range(ROWS)])
    rows, report = select(here, "a.parquet", quality=None, selector="random", more=["--text", "t"])
    assert len(rows) == PICKS and report["objective"]["value"] is None
    budget = ["--text", "t", "--characters", 3000]
    call("select", "--data", "a.parquet", *budget, "--out", "c.parquet")
    assert 0 < sum(5 * (row + 1) for row in pq.read_table("c.parquet")["row"].to_pylist()) <= 3000
    scored = json.loads(call("score", "--data", "a.parquet", "--ids", "o.parquet", "--json")[0])
    assert scored["objective"] == {"key": "none", "value": None}
    assert "none" in call("score", "--data", "a.parquet", "--ids", "o.parquet")[0]
    call("plan", "--data", "a.parquet", "--rows", 3)
