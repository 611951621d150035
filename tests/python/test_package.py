"""The Python package: the program's answers, no copies, stops, threads. Runs where the wheel is installed (scripts/wheel)."""

import doctest
import gc
import inspect
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

mb = pytest.importorskip("maskbench", reason="the package is not built here: scripts/wheel builds and tests it")
np = pytest.importorskip("numpy")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PROGRAM = os.environ.get("MASKBENCH_PROGRAM") or str(Path(sys.executable).parent / "maskbench")
ROWS, DIMS = 240, 8


def made(rows=ROWS, dims=DIMS, seed=0):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, dims))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def table(rows=ROWS):
    draw = np.random.default_rng(1)
    return pl.DataFrame(
        {
            "id": [f"doc-{i}" for i in range(rows)],
            "embedding": pl.Series(list(made(rows)), dtype=pl.Array(pl.Float32, DIMS)),
            "edu": draw.random(rows, dtype=np.float32),
            "wiki": draw.random(rows, dtype=np.float32),
            "tokens": draw.integers(10, 500, rows).astype(np.int32),
            "topic": [["news", "code", "law"][i % 3] for i in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "docs.parquet"
    table().write_parquet(path)
    return path


def program(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300)


QUALITY = ["edu", "wiki"]
OBJECTIVES = ["joint", "facility_location", "disf", "quality"]
SELECTORS = [one["key"] for one in mb.list_selectors()]


@pytest.mark.parametrize("selector", SELECTORS)
def test_every_selector_gives_the_programs_rows_and_digest(parquet, tmp_path, selector):
    data = mb.Data(
        pl.read_parquet(parquet), features="embedding", quality=QUALITY, ids="id", length="tokens", labels="topic"
    )
    answered = 0
    for objective in OBJECTIVES:
        out = tmp_path / f"{objective}.parquet"
        run = program(
            "select", "--data", parquet, "--features", "embedding", "--quality", ",".join(QUALITY), "--id", "id", "--length",
            "tokens", "--label", "topic", "--objective", objective, "--selector", selector, "--rows", 24, "--seed", 7, "--out", out,
        )  # fmt: skip
        assert run.returncode in (0, 2), run.stderr
        if run.returncode == 2:
            with pytest.raises(mb.UserError):
                mb.select(data, 24, objective=objective, selector=selector, seed=7)
            continue
        selection = mb.select(data, 24, objective=objective, selector=selector, seed=7)
        theirs = pq.read_table(out)
        metadata = {key.decode(): value.decode() for key, value in theirs.schema.metadata.items()}
        assert selection.rows.tolist() == theirs["row"].to_pylist()
        assert selection.ids == theirs["id"].to_pylist()
        assert data.digest == metadata["data_digest"]
        ours = pa.table(selection)
        assert ours.schema.names == theirs.schema.names
        for name in theirs.schema.names:
            assert ours[name].to_pylist() == theirs[name].to_pylist(), name
        written = {key.decode(): value.decode() for key, value in ours.schema.metadata.items()}
        assert float(written.pop("value")) == float(metadata["value"])
        assert written.items() <= metadata.items()
        assert selection.value == float(metadata["value"])
        answered += 1
    assert answered > 0 or selector in ("external", "from_ids"), "no objective suits it"


def test_numbers_are_read_where_they_lie():
    x, q = made(), np.random.default_rng(2).random(ROWS, dtype=np.float32)
    for given in (x, np.asfortranarray(x).copy(order="C"), np.concatenate([x, x], axis=1)[:, :DIMS]):
        given.flags.writeable = False
        data = mb.Data(given, quality={"q": q}, allow_copy=False)
        assert data._core.address == given.__array_interface__["data"][0] and data.copied == {}
    column = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), DIMS)
    arrow = pa.table({"embedding": column, "q": q})
    data = mb.Data(arrow, quality="q", allow_copy=False)
    assert data._core.address == column.values.buffers()[1].address
    frame = pl.DataFrame({"embedding": pl.Series(list(x), dtype=pl.Array(pl.Float32, DIMS)), "q": q}).rechunk()
    assert mb.Data(frame, quality="q", allow_copy=False).copied == {}


def test_a_view_outlives_its_array(tmp_path):
    x = made()
    expected = mb.select(mb.Data(x.copy()), 20).rows
    data = mb.Data(x)
    del x
    gc.collect()
    junk = [np.full((ROWS, DIMS), 7, dtype=np.float32) for _ in range(50)]
    assert (mb.select(data, 20).rows == expected).all() and len(junk) == 50
    np.save(tmp_path / "x.npy", made())
    assert (mb.select(tmp_path / "x.npy", 20).rows == expected).all()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (lambda: made().astype(np.float64), "float64"),
        (lambda: 3 * made(), "unit norm"),
        (lambda: np.asfortranarray(made()), "row by row"),
        (lambda: pa.concat_tables([pa.table({"e": list(made(20, 4, s))}) for s in (1, 2)]), "pieces|type"),
    ],
)
def test_what_would_be_copied_is_said(given, why):
    with pytest.raises(mb.UserError, match=why):
        mb.Data(given(), allow_copy=False)
    assert mb.Data(given()).copied


def test_one_answer_whatever_the_rows_come_in(parquet, tmp_path):
    expected = mb.select(table(), 24, features="embedding", quality=QUALITY)
    arrow = table().to_arrow()
    sources = [
        arrow,
        pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches(max_chunksize=50)),
        parquet,
        str(parquet),
        [parquet],
    ]
    sources += [str(parquet.parent / "*.parquet"), table().lazy()]
    for source in sources:
        chosen = mb.select(source, 24, features="embedding", quality=QUALITY)
        assert (chosen.rows == expected.rows).all() and chosen.value == expected.value
    arrays = mb.select(made(), 24, quality={name: table()[name].to_numpy() for name in QUALITY})
    assert (arrays.rows == expected.rows).all()


def test_a_selection_is_an_index_and_a_table(parquet, tmp_path):
    frame = table()
    selection = mb.select(frame, 0.1, features="embedding", quality=QUALITY, ids="id")
    assert len(selection) == 24 and frame[selection.rows].height == 24 and made()[selection].shape == (24, DIMS)
    assert sorted(selection.ranking) == selection.rows.tolist() and selection.mask.sum() == 24
    assert pl.DataFrame(selection)["id"].to_list() == selection.ids
    assert (
        selection.bound >= selection.value and 0 < selection.normalised <= 1 and "mean_quality.edu" in selection.metrics
    )
    assert abs(selection.gains.sum() - selection.value) < 1 and len(selection.gains) == 24
    out = tmp_path / "selected.parquet"
    selection.write(out)
    run = program(
        "score",
        "--data",
        parquet,
        "--features",
        "embedding",
        "--quality",
        ",".join(QUALITY),
        "--id",
        "id",
        "--ids",
        out,
        "--json",
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["objective"]["value"] == selection.value and "digest" not in run.stderr
    assert report["metrics"] == selection.metrics and report["bound"] == selection.bound
    assert "<table>" in selection._repr_html_() and "24 of 240" in repr(selection)
    inside, outside = int(selection.ranking[0]), int(np.flatnonzero(~selection.mask)[0])
    assert "pick 1 of 24" in selection.why(inside) and "is out" in selection.why(outside)


def test_score_keep_quotas_units_plan_and_compare():
    data = mb.Data(table(), features="embedding", quality=QUALITY, ids="id", length="tokens", labels="topic")
    first = mb.select(data, 24, seed=3)
    more = mb.select(data, 48, keep=first)
    assert len(more) == 48 and np.isin(first.rows, more.rows).all() and len(more.ranking) == 24
    assert pa.table(more)["pick"].null_count == 24
    found = mb.score(data, more, metrics=["disf"], bound=False)
    assert found["value"] == more.value and set(found.metrics) >= {"disf"} and found.bound is None
    few = mb.select(data, 30, selector="greedy", quotas={"topic": {"code": 3, "law": 0.2}})
    topics = [["news", "code", "law"][row % 3] for row in few]
    assert topics.count("code") <= 3 and topics.count("law") <= 6
    tokens = mb.select(data, 4000, unit="tokens", selector="top_k")
    assert table()["tokens"].to_numpy()[tokens.rows].sum() <= 4000
    plan = mb.plan(data, 24, selector="lazy_greedy", objective="facility_location")
    assert plan.rows == 24 and plan.memory > 0 and plan.refusals == []
    assert "submodular" in mb.plan(data, 24, selector="lazy_greedy", objective="joint").refusals[0]
    lines = mb.compare(["random", ("datamask", {"steps": 50}), "relaxation"], data, 24, seeds=[0, 1])
    assert len(lines) == 6 and pl.DataFrame(lines)["rows"].to_list() == [24] * 6 and "relaxation" in repr(lines)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: mb.select(table(), 24, features="embeding"), ["embeding", 'did you mean "embedding"', "wiki"]),
        (lambda: mb.select(table(), 0, features="embedding"), ["budget", "at least 1"]),
        (lambda: mb.select(table(), 2.5, features="embedding"), ["2.5"]),
        (lambda: mb.select(made(), True), ["budget"]),
        (lambda: mb.select(made(), 5, selector="greedi"), ['did you mean "greedy"']),
        (lambda: mb.select(made(), 5, selector="datamask[stepps=1]"), ["stepps", "steps"]),
        (lambda: mb.select(made(), 5, memory=1), ["memory=", "force=True"]),
        (lambda: mb.select(made(), 5, quality=["edu"]), ["quality"]),
        (lambda: mb.select(object(), 5), ["neither an array nor a table"]),
        (lambda: mb.select("no/such.parquet", 5), ["no such file"]),
        (lambda: mb.select("no_such_set", 5), ["no_such_set", "fineweb_sample"]),
        (lambda: mb.select(made(), 5, keep=[3, 3]), ["3", "twice"]),
        (lambda: mb.score(made(), [1, 240]), ["240"]),
        (lambda: mb.score(made(), [1], metrics=["disff"]).metrics, ["disff", 'did you mean "disf"']),
        (lambda: mb.Data(np.full((4, 3), np.nan, dtype=np.float32)), ["row 0", "not a number"]),
        (lambda: mb.Data(pa.table({"e": [[1.0, 0.0], None]})), ["row 1", '"e"', "null"]),
    ],
)
def test_mistakes_say_what_is_allowed(ask, words):
    with pytest.raises(mb.UserError) as caught:
        ask()
    assert isinstance(caught.value, ValueError)
    for word in words:
        assert word in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    "ask, about",
    [
        (lambda: mb.select(made(), 5, selector="greedi"), {"where": "selector", "given": "greedi", "row": None}),
        (
            lambda: mb.select(made(), 5, selector="datamask[group_size=1]"),
            {"where": "selector datamask", "column": "group_size", "given": "1"},
        ),
        (lambda: mb.Data(pa.table({"e": [[1.0, 0.0], None]})), {"column": "e", "row": 1}),
        (lambda: mb.select("docs.jsonl", 1, quality="q"), {"where": "docs.jsonl"}),
        (lambda: mb.select("docs.parquet", 1, quality="q"), {"where": "docs.parquet"}),
        (lambda: mb.select(["docs.parquet", "docs.jsonl"], 1, quality="q"), {"where": "docs.parquet and 1 more"}),
        (lambda: mb.select(made(), 5, fill="most"), {"where": None, "given": None}),
    ],
)
def test_mistakes_say_what_they_are_about(ask, about, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs.jsonl").write_text('{"q": 1.5}\n{"q": "high"}\n')
    (tmp_path / "docs.parquet").write_text("PAR1 and no more")
    with pytest.raises(mb.UserError) as caught:
        ask()
    for name, value in about.items():
        assert getattr(caught.value, name) == value
    assert caught.value.allowed is None or caught.value.allowed in str(caught.value)


ENDLESS = """
import maskbench as mb, numpy as np, threading, sys, time
data = mb.load("synthetic_web[n=%d,d=%d]")
print("ready", flush=True)
try:
    %s
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.parametrize(
    ("rows", "dims", "work"),
    [
        (2000, 16, 'mb.select(data, 100, selector="datamask[steps=1000000000]")'),
        (
            60000,
            256,
            'mb.select(data, 6000, selector="lazy_greedy", objective="facility_location[similarity=compact]", force=True, threads=1)',
        ),
        (60000, 256, 'mb.score(data, np.arange(6000), objective="facility_location", threads=1).normalised'),
    ],
)
def test_ctrl_c_is_heard_while_it_works(rows, dims, work):
    child = subprocess.Popen([sys.executable, "-c", ENDLESS % (rows, dims, work)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "ready\n"
        threading.Event().wait(1.0)
        assert child.poll() is None, "too small to be interrupted"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "stopped\n"
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        child.wait()


def test_time_limit_gives_what_there_is():
    with pytest.warns(UserWarning, match="time limit"):
        part = mb.select(made(), 24, selector="datamask[steps=1000000000]", time_limit=0.05)
    assert len(part) == 24 and not part.complete and part.stop == "time_limit"
    with pytest.raises(TimeoutError):
        mb.select(made(2000), 24, objective="facility_location", selector="lazy_greedy", time_limit=1e-9)


def test_other_threads_run_and_selections_at_once_are_as_alone():
    data = mb.Data(made(4000, 16))
    alone = [mb.select(data, 400, selector="datamask[steps=300]", seed=seed).rows for seed in (1, 2)]
    counted, together, done = [0], {}, threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1

    def choose(seed):
        together[seed] = mb.select(data, 400, selector="datamask[steps=300]", seed=seed).rows

    threads = [threading.Thread(target=count), *(threading.Thread(target=choose, args=(seed,)) for seed in (1, 2))]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    done.set()
    threads[0].join()
    assert counted[0] > 1000
    assert all((together[seed] == rows).all() for seed, rows in zip((1, 2), alone))


def _in_child(seed):
    return mb.select(made(), 24, selector="relaxation", seed=seed).rows.tolist()


def test_forked_workers_work_after_a_selection():
    expected = _in_child(0)
    assert mb.score(made(), expected).metrics
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_in_child, [0, 0, 0]).get(timeout=120) == [expected] * 3


def test_progress_is_told_and_what_it_raises_stops_the_work():
    seen = []
    mb.select(
        mb.load("synthetic_web[n=20000,d=64]"),
        2000,
        selector="datamask[steps=1500]",
        progress=lambda phase, done: seen.append((phase, done)),
    )
    assert any(phase == "select" and 0 < done < 1 for phase, done in seen)

    def refuse(phase, done):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mb.select(made(), 24, selector="datamask[steps=1000000000]", progress=refuse)


def test_selectors_and_objectives_of_python():
    data = mb.Data(made(), quality={"q": np.arange(ROWS, dtype=np.float32)})

    @mb.selector
    def largest(quality, candidates, rows, sign=1.0):
        """rows of the largest quality"""
        return candidates[np.argsort(-sign * quality[candidates])[:rows]]

    assert mb.select(data, 5, selector=largest).rows.tolist() == [235, 236, 237, 238, 239]
    assert mb.select(data, 5, selector="largest[sign=-1]").rows.tolist() == [0, 1, 2, 3, 4]
    assert len(mb.select(data, 8, selector=("blocked", {"inner": largest, "blocks": 4}))) == 8
    assert (
        "largest" in [one["key"] for one in mb.list_selectors()]
        and "sign" in inspect.signature(mb.selectors.largest).parameters
    )

    @mb.selector(name="largest")
    def broken(candidates, rows):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        mb.select(data, 5, selector="largest")

    @mb.selector
    def too_many(candidates):
        return candidates

    with pytest.raises(RuntimeError, match="wrong answer"):
        mb.select(data, 5, selector=too_many)
    with pytest.raises(mb.UserError, match="exists already"):
        mb.selector(lambda candidates, rows: candidates[:rows], name="greedy")

    @mb.objective
    def total(quality, rows):
        return float(quality[rows].sum()) if len(rows) else 0.0

    best = mb.select(data, 3, objective=total, selector="greedy")
    assert best.rows.tolist() == [237, 238, 239] and best.value == pytest.approx((237 + 238 + 239) / 239)


def test_estimators_have_the_known_verbs():
    x, y = made(), np.arange(ROWS)
    chooser = mb.FacilityLocationSelection(12, optimizer="lazy", random_state=0)
    xs, ys = chooser.fit_transform(x, y)
    assert xs.shape == (12, DIMS) and (ys == chooser.ranking).all() and (np.diff(chooser.gains) <= 1e-12).all()
    assert chooser.get_support().sum() == 12 and chooser.set_params(n_samples=5).get_params()["n_samples"] == 5
    greedy = mb.select(x, 12, objective="facility_location", selector="greedy")
    assert (chooser.get_support(indices=True) == greedy.rows).all()
    assert mb.QualityDiversitySelection(7).fit(x, sample_weight=np.arange(ROWS, dtype=np.float32)).transform(
        x
    ).shape == (7, DIMS)


def test_registered_data_and_lists():
    sample = mb.load("fineweb_sample")
    assert sample.rows == 450 and sample.quality == ["dclm_proxy", "edu_proxy", "wiki_proxy"]
    about = json.loads(program("list", "datasets", "fineweb_sample", "--json").stdout)
    assert sample.digest == (about[0] if isinstance(about, list) else about)["card"]["digest"]
    assert {"greedy", "datamask"} <= {one["key"] for one in mb.list_selectors()} and "joint" in repr(
        mb.list_objectives()
    )
    assert (
        mb.selectors.datamask(steps=5) == ("datamask", {"steps": 5})
        and "steps" in inspect.signature(mb.selectors.datamask).parameters
    )
    with pytest.raises(AttributeError):
        mb.selectors.no_such()
    with pytest.raises(mb.UserError):
        mb.selectors.datamask(stepps=5)


SAMPLES = sorted((Path(__file__).parents[2] / "datasets" / "samples").glob("*.parquet"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_has_the_same_rows_in_pyarrow_polars_and_duckdb(path):
    duckdb = pytest.importorskip("duckdb")
    expected = np.stack(pq.read_table(path)["embedding"].to_numpy()).astype(np.float32)
    assert (pl.read_parquet(path)["embedding"].to_numpy() == expected).all()
    theirs = duckdb.sql(f"select embedding from '{path}'").fetchnumpy()["embedding"]
    assert (np.stack([np.asarray(row, dtype=np.float32) for row in theirs]) == expected).all()


def test_pictures_show_the_numbers_of_what_they_are_made_of(tmp_path):
    pytest.importorskip("matplotlib")
    data = mb.Data(table(), features="embedding", quality=QUALITY)
    lines = mb.compare(["random", "top_k", "greedy"], data, 24)
    axis = mb.plots.time_value(lines).axes[0]
    drawn = {text.get_text() for text in axis.texts}
    assert {"random", "top_k", "greedy"} <= drawn
    heights = sorted(float(line.get_ydata()[0]) for line in axis.lines if line.get_marker() not in ("None", "", "|"))
    expected = sorted(max(1 - one.normalised, 1e-6) for one in lines.selections)
    assert np.allclose(np.unique(heights), np.unique(expected), rtol=1e-6)

    weights = [0.1, 0.9]
    moved = [mb.select(data, 24, objective=f"joint[lambda={weight}]", selector="greedy") for weight in weights]
    [curve] = [one for one in mb.plots.quality_diversity(moved).axes[0].lines if len(one.get_xdata()) == 2]
    assert sorted(curve.get_ydata()) == sorted(one.metrics["mean_quality"] for one in moved)
    assert sorted(curve.get_xdata()) == sorted(one.metrics["pairwise_similarity"] for one in moved)

    pool, kept = (patch.get_data() for patch in mb.plots.kept_against_pool(moved[1]).axes[0].patches)
    assert pool.values.sum() == pytest.approx(1) and kept.values.sum() == pytest.approx(1)
    assert np.average(kept.edges[1:], weights=kept.values) > np.average(pool.edges[1:], weights=pool.values)

    covered = mb.select(data, 24, objective="facility_location", selector="greedy")
    curve = mb.plots.convergence(covered).axes[0].lines[0]
    assert curve.get_xdata()[-1] == 24 and curve.get_ydata()[-1] == pytest.approx(covered.normalised)
    measured = mb.run("lambda", "ci", only="selector=greedy")
    assert mb.plots.quality_diversity(measured).axes[-1].get_xlabel().startswith("pairwise similarity")


def test_pictures_that_cannot_be_say_why():
    plt = pytest.importorskip("matplotlib.pyplot")
    alone = mb.select(made(), 24)
    for ask, words in (
        (lambda: mb.plots.time_value(alone), "fewer than two"),
        (lambda: mb.plots.kept_against_pool(alone), "no quality"),
        (lambda: mb.plots.quality_diversity(alone), "lambda"),
        (lambda: mb.plots.convergence(alone, by="second"), "picks"),
        (lambda: mb.plots.convergence(alone, by="hour"), "step, second"),
        (lambda: mb.plots.time_value([3]), "int is not drawn"),
        (lambda: mb.plots.time_value("no/such.jsonl"), "no such file"),
    ):
        with pytest.raises(mb.UserError, match=words):
            ask()
    assert plt.get_fignums() == []


def test_run_gives_the_records_of_the_program(tmp_path):
    seen = []
    file = tmp_path / "lambda.jsonl"
    given = {"only": ["selector=greedy", "repetition=0"], "records": file}
    lines = mb.run("lambda", "ci", **given, progress=lambda phase, done: seen.append(done))
    assert len(lines) == 12 and seen[-1] == 1 and seen == sorted(seen)
    theirs = tmp_path / "theirs.jsonl"
    run = program(
        "run", "lambda", "--group", "ci", "--only", "selector=greedy", "--only", "repetition=0", "--records", theirs
    )
    assert run.returncode == 0, run.stderr
    cells = [one for one in map(json.loads, theirs.read_text().splitlines()) if one["kind"] == "cell"]
    assert [one["value"] for one in lines] == [one["value"] for one in cells]
    assert pl.DataFrame(lines)["selector"].to_list() == ["greedy"] * 12 and "<table>" in lines._repr_html_()
    size = file.stat().st_size
    assert list(mb.run("lambda", "ci", **given)) == list(lines) and file.stat().st_size == size  # all are there already
    further = mb.run("lambda", "ci", only="selector=top_k", add_selector=("top_k", {}))
    assert {one["selector"] for one in further} == {"top_k"}


def test_check_gives_a_verdict_and_a_failure_is_one(tmp_path):
    verdict = mb.check("values", only="random")
    assert verdict.passed and len(verdict) == 9 and {one["outcome"] for one in verdict} == {"pass"}
    assert "passed: 9 cases" in repr(verdict) and "<table>" in verdict._repr_html_()
    baseline = Path(mb.__file__).parent / "_root/results/baselines/values.jsonl"
    changed = tmp_path / "values.jsonl"
    lines = baseline.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"random | quality' in line)
    case = json.loads(lines[at])
    name = next(key for key, value in case.items() if isinstance(value, float))
    lines[at] = json.dumps({**case, name: case[name] + 1})
    changed.write_text("\n".join(lines) + "\n")
    failed = mb.check("values", only="random", baseline=changed)
    assert (
        not failed.passed
        and [one["outcome"] for one in failed].count("fail") == 1
        and "random | quality" in repr(failed)
    )


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: mb.run("no_such"), "speedup"),
        (lambda: mb.run("lambda", "big"), "ci, quick, paper"),
        (lambda: mb.run("lambda", "ci", only="selector=no_such"), "only=selector=no_such.*greedy"),
        (lambda: mb.run("lambda", "ci", add_selector="greedi"), 'did you mean "greedy"'),
        (lambda: mb.check("everything"), "values, speed"),
        (lambda: mb.check("values", baseline="no/such.jsonl"), "no/such.jsonl"),
        (lambda: mb.check("speed", against="no/such"), "against="),
    ],
)
def test_mistakes_of_run_and_check_are_user_errors(ask, words):
    with pytest.raises(mb.UserError, match=words) as caught:
        ask()
    assert "--" not in str(caught.value)


def test_what_stops_a_run_stops_the_program(tmp_path):
    file = tmp_path / "main.jsonl"

    def enough(phase, done):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mb.run("speedup", "quick", records=file, progress=enough)
    there = file.stat().st_size
    threading.Event().wait(0.5)
    assert file.stat().st_size == there


def test_options_of_run_and_check_are_those_of_the_program():
    for function in (mb.run, mb.check):
        words = program(function.__name__, "--help").stdout
        for name in list(inspect.signature(function).parameters)[1:]:
            assert name == "progress" or f"--{name.replace('_', '-')}" in words, name


def test_nothing_of_the_host_changes():
    before = (
        signal.getsignal(signal.SIGINT),
        os.sched_getaffinity(0),
        os.getcwd(),
        dict(os.environ),
        threading.active_count(),
    )
    mb.select(made(), 24, threads=1)
    assert before == (
        signal.getsignal(signal.SIGINT),
        os.sched_getaffinity(0),
        os.getcwd(),
        dict(os.environ),
        threading.active_count(),
    )
    assert len(os.listdir("/proc/self/task")) == threading.active_count() or "numpy" in sys.modules


def test_options_are_those_of_the_program():
    words = program("select", "--help").stdout
    named = {
        "ids": "id", "labels": "label", "quotas": "quota", "budget": "fraction", "time_limit": "time-limit", "unit": "of",
        "progress": None, "allow_copy": None,
    }  # fmt: skip
    for name in inspect.signature(mb.select).parameters:
        option = named.get(name, name)
        assert option is None or f"--{option}" in words, name


def test_docstrings_run():
    for module in ("", "._register", "._select"):
        result = doctest.testmod(sys.modules["maskbench" + module])
        assert result.failed == 0 and result.attempted > 0, module


def test_the_package_is_typed():
    pytest.importorskip("mypy")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-p", "maskbench"], capture_output=True, text=True, cwd="/"
    )
    assert run.returncode == 0, run.stdout


def test_licences_of_what_is_bundled_are_there():
    texts = {one.name for one in (Path(mb.__file__).parent / "_licenses").iterdir()}
    for part in ("pyarrow", "scipy_openblas32", "libfaiss", "libhwy", "libfmt", "libssl"):
        assert any(part in name for name in texts), part


def test_every_block_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes pictures
    page = Path(__file__).parents[2] / "docs" / "python.md"
    blocks = page.read_text().split("```python\n")[1:]
    assert len(blocks) >= 8 and len(blocks[0].split("```")[0].splitlines()) <= 5  # the first result in five lines
    names = {}
    for block in blocks:
        exec(compile(block.split("```")[0], str(page), "exec"), names)
