"""scripts/figures and scripts/report on small records that the program makes."""

import csv
import json
import math
import re
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from program import PROGRAM, ROOT, call, records
from tiny_descriptor import descriptor

sys.path.insert(0, str(ROOT / "scripts"))

from lib.figures import curves, fronts, output, sweeps  # noqa: E402
from lib.figures.families import family_of, turns_of  # noqa: E402
from lib.figures.look import QUIET, Looks, duration, percent, spoken, times  # noqa: E402
from lib.figures.records import Place, Records, labels_of, spread, without  # noqa: E402

FIGURES = set(
    re.findall(r'^    "([a-z_]+)": (?:Figure|sweep|proxy)\(', (ROOT / "scripts/figures").read_text(), re.MULTILINE)
)
DETAILS = ["ids", "deciles", "histograms", "map", "spectrum"]
SELECTORS = [
    {"name": "random"},
    {"name": "greedy"},
    {"name": "datamask", "params": {"preset": "paper", "steps": 40}, "sweep": {"group_size": [8, 32]}},
]


def figures(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/figures", *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows_of(file):
    with Path(file).open(newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Records of two data sets, and a folder of results that names them."""
    folder = tmp_path_factory.mktemp("figures")
    file = folder / "tiny.jsonl"
    sizes = [{"name": "synthetic_web", "params": {"n": n, "d": 8}} for n in (100, 200)]
    main = folder / "main.json"
    main.write_text(
        json.dumps(
            descriptor(id="main", details=DETAILS, datasets=sizes, selectors=SELECTORS, budgets=[{"fraction": 0.1}])
        )
    )
    call("run", main, "--group", "ci", "--records", file)
    (folder / "results/runs").mkdir(parents=True)
    (folder / "results/tables").mkdir()
    (folder / "results/runs/current.json").write_text(json.dumps({"main-ci": str(file)}))
    return folder


def cells_of(made, **wanted):
    """selector as printed -> its cells, of the data set with these rows"""
    found = {}
    for cell in records(made / "tiny.jsonl", "cell"):
        if all(cell[name] == value for name, value in wanted.items()):
            found.setdefault(cell["selector"], []).append(cell)
    return found


def test_numbers_beside_a_figure_are_those_of_the_records(made):
    figures(made / "tiny.jsonl", "--only", "time_value,jaccard,heatmap", "--formats", "png", "--out", made / "drawn")
    greedy = cells_of(made, rows=200)["greedy"]
    [row] = [
        row
        for row in rows_of(made / "drawn/main-ci-time_value.csv")
        if row["selector"] == "greedy" and "n=200" in row["dataset"]
    ]
    assert float(row["seconds_mean"]) == pytest.approx(np.mean([cell["seconds"]["select"] for cell in greedy]))
    assert float(row["normalised_mean"]) == pytest.approx(np.mean([cell["normalised"] for cell in greedy]))
    assert int(row["seeds"]) == len(greedy) == 2

    answer = {
        name: set(np.cumsum(cells[0]["details"]["ids"]))
        for name, cells in cells_of(made, rows=200, repetition=0).items()
    }
    overlap = {
        (row["selector"], row["other"]): float(row["jaccard"])
        for row in rows_of(made / "drawn/main-ci-jaccard-synthetic_web_d_8_n_200.csv")
    }
    assert overlap["greedy", "greedy"] == 1
    assert overlap["greedy", "random"] == pytest.approx(
        len(answer["greedy"] & answer["random"]) / len(answer["greedy"] | answer["random"])
    )

    shares = [
        row
        for row in rows_of(made / "drawn/main-ci-heatmap-synthetic_web_d_8_n_200.csv")
        if row["selector"] == "greedy"
    ]
    assert len(shares) == 100
    assert sum(int(row["kept_rows"]) for row in shares) == sum(cell["ids"]["count"] for cell in greedy)
    assert sum(int(row["pool_rows"]) for row in shares) == sum(cell["rows"] for cell in greedy)


def test_all_that_the_records_carry_is_drawn_and_the_rest_is_counted(made):
    said = figures("--results", made / "results", "--only", "map,eta,scores")
    index = json.loads((made / "results/figures/index.json").read_text())
    assert {one["figure"] for one in index["skipped"]} == {
        "eta",
        "map",
    }  # drawn for descriptors that have no records here
    assert f"{len(index['drawn'])} drawn, {len(index['skipped'])} skipped" in said
    assert all(one["reason"] in said for one in index["skipped"])
    for name in index["drawn"]:
        about = json.loads((made / f"results/figures/{name}.json").read_text())
        assert about["files"] == [f"{name}.svg", f"{name}.csv"]
        assert all((made / "results/figures" / file).stat().st_size > 100 for file in about["files"])
        assert "n = 200" in about["evidence"] or "n = 100" in about["evidence"]
        assert "2 seeds" in about["evidence"] and "budget" in about["evidence"] and "tiny.jsonl" in about["evidence"]
        assert str(made) not in json.dumps(about)


def test_a_refused_data_set_has_no_panel(made):
    refused, lines = made / "refused.jsonl", records(made / "tiny.jsonl")
    for line in lines:
        if line["kind"] == "cell" and line["rows"] == 100:
            line.update(status="refused", reason="not on this machine", value=None, normalised=None, seconds=None)
    refused.write_text("".join(json.dumps(line) + "\n" for line in lines))
    [(_, front)] = fronts.time_value(Records(refused))
    assert [axis.get_title(loc="left") for axis in front.figure.axes] == ["synthetic_web, 200 documents, keep 20 rows"]
    columns = sweeps.sweep(Records(refused), "group_size", "masks a step (G)")[0][1].figure.axes
    assert [axis.get_title().replace("\n", "") for axis in columns] == ["synthetic_web[d=8,n=200]", ""]


def test_records_without_what_a_figure_needs_are_a_reason(made):
    bare = made / "bare.jsonl"
    lines = [{key: value for key, value in line.items() if key != "details"} for line in records(made / "tiny.jsonl")]
    bare.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "skipped jaccard of main-ci: no record holds the detail 'ids'" in figures(
        bare, "--only", "jaccard", "--out", made / "none"
    )
    assert not list((made / "none").glob("*.svg"))


def test_the_same_records_give_the_same_bytes(made):
    for folder in ("once", "twice"):
        drawn = ["--only", "group_size,time_value,map", "--formats", "svg,png,pdf"]
        figures(made / "tiny.jsonl", *drawn, "--out", made / folder)
    files = sorted(file.name for file in (made / "once").iterdir())
    assert len(files) == 4 * 5 + 1  # of four drawings three formats, numbers, caption; index
    for file in files:
        assert (made / "once" / file).read_bytes() == (made / "twice" / file).read_bytes(), file


def test_the_index_holds_what_earlier_runs_drew(made):
    out = made / "parts"
    for only in ("group_size", "eta", "group_size"):
        figures(made / "tiny.jsonl", "--only", only, "--formats", "svg", "--out", out)
    index = json.loads((out / "index.json").read_text())
    kept = {file.stem for file in out.iterdir()} - {"index"}
    assert set(index["drawn"]) == kept and len(kept) == len(index["drawn"])
    assert [one["figure"] for one in index["skipped"]] == (["eta"] if len(kept) == 1 else [])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--only", "pie"], "no figure pie"),
        (["--formats", "bmp"], "any of svg, png, pdf"),
        (["nothing.jsonl"], "no such file"),
        ([__file__], "line 1: not a record"),
        (["--descriptors", "mian"], "no descriptor mian; there are batch_ratio, "),
        ([__file__, "--group", "ci"], "leave them out where files are given"),
    ],
)
def test_mistakes_are_named(arguments, said, tmp_path):
    assert said in figures(*arguments, "--out", tmp_path, code=2)
    assert not list(tmp_path.iterdir())


def test_theory_comes_from_the_counts(made):
    loaded = Records(made / "tiny.jsonl")
    place = next(
        place
        for place in loaded.places
        if place.axes.get("selector.group_size") == 32 and place.axes["dataset.n"] == 200
    )
    theory = sweeps.noise(loaded, place)
    batch = place.done[0]["work"]["rows_read"] / 40
    assert (theory["G"], theory["N_b"], theory["E"]) == (32, batch, 40)
    assert theory["cosine"] == pytest.approx(math.sqrt(32 * 0.96 / (batch + 32 * 0.96)))
    assert theory["snr"] == pytest.approx(math.sqrt(40 * 32 / 100))  # half of the rows are pruned
    place.done[0]["selector"] = "datamask[preset=ours]"
    assert sweeps.noise(loaded, place) is None


def test_limits_count_a_seed_once(made):
    """Methods share the data of a seed: their floor is no further sample of it."""
    loaded = Records(made / "tiny.jsonl")
    places = [place for place in loaded.places if place.axes["dataset.n"] == 200]
    floors = {cell["digest"]: cell["random"]["mean"] for place in places for cell in place.done}
    [(_, _, floor), (_, _, ceiling)] = curves.limits(loaded, places)
    assert len(places) > 1 and floor.seeds == ceiling.seeds == len(floors) == 2
    assert floor.sd == pytest.approx(np.std(list(floors.values()), ddof=1))


def test_the_best_setting_is_told_of_each_series():
    rows = [
        {"dataset": "web", "objective": "joint", "selector": selector, "steps": steps, "normalised_mean": mean}
        for selector, steps, mean in (
            ("paper", "100", 0.5),
            ("paper", "400", 0.6),
            ("ours", "100", 0.9),
            ("ours", "400", 0.8),
        )
    ]
    assert (
        sweeps.best_setting(rows, "steps")
        == "Best mean: web, paper: steps = 400 (0.600); web, ours: steps = 100 (0.900)."
    )
    assert sweeps.best_setting(rows[:2], "steps") == "Best mean: web: steps = 400 (0.600)."


def test_a_stopped_answer_counts_whole(made):
    """Its value and its time, as in the tables."""
    loaded = Records(made / "tiny.jsonl")
    place = next(place for place in loaded.places if place.axes["selector"] == "greedy")
    before = loaded.over_seeds(place, "seconds"), loaded.over_seeds(place, "value")
    place.cells[0]["status"] = "stopped"
    assert (loaded.over_seeds(place, "seconds"), loaded.over_seeds(place, "value")) == before
    assert len(place.answered) == 2 and len(place.done) == 1


class Checkpoints:
    def __init__(self, *runs):
        self.runs = runs

    def points(self, cell):
        return [
            {"step": step, "seconds": step / 10, "value": value, "metrics": {}}
            for step, value in self.runs[cell["run"]]
        ]


class TwoRuns:
    done = [{"run": 0}, {"run": 1}]


def test_a_curve_holds_the_last_answer_of_a_run_that_stopped():
    xs, means, sds, seeds = curves.curve_of(
        Checkpoints([(1, 0.0), (2, 4.0)], [(1, 2.0), (2, 6.0), (5, 8.0)]), TwoRuns, "value", "step"
    )
    assert (list(xs), list(means), seeds) == ([1, 2, 5], [1, 5, 6], 2)
    assert sds == pytest.approx([math.sqrt(2), math.sqrt(2), math.sqrt(8)])
    xs, means, _, _ = curves.curve_of(
        Checkpoints([(1, 0.0), (3, 4.0)], [(2, 2.0), (4, 6.0)]), TwoRuns, "value", "second"
    )
    assert xs[0] == pytest.approx(0.2) and means[0] == 1  # from where both runs have an answer
    assert xs[-1] == pytest.approx(0.4) and means[-1] == 5


def test_labels_say_what_differs_and_looks_differ(made):
    assert without("datamask[eta=4,steps=10]", "eta") == "datamask[steps=10]"
    assert without("datamask[steps=10,eta=4]", "eta") == "datamask[steps=10]"
    assert without("datamask[eta=4]", "eta") == "datamask"
    labels = labels_of(Records(made / "tiny.jsonl").places)
    assert len(set(labels)) == 4
    looks = Looks(labels)
    assert len({json.dumps(looks.line(label)) for label in labels}) == 4


def test_a_colour_is_the_family_of_the_method():
    place = lambda selector: Place({}, [{"selector": selector}])  # noqa: E731
    assert family_of("greedy, edu") == "greedy" and family_of("nothing known") == "wrappers"
    assert family_of("random start", place("datamask[preset=paper]")) == "datamask"
    assert family_of("diversity alone", place("relaxation")) == "relaxation"
    assert family_of("greedy in blocks", place("blocked[blocks=10,inner=greedy]")) == "greedy"
    assert family_of("uniform initialisation", place("datamask[initialisation=uniform]")) == "datamask"
    assert family_of("+ pruning", place("pruned[inner=datamask[preset=paper],keep=0.5]")) == "datamask"
    assert family_of("greedy (edu, wiki)", place("bounded_greedy")) == "greedy"


def test_a_method_looks_the_same_whatever_stands_beside_it():
    one = ["datamask (ours)", "greedy", "datamask (paper)", "bounded_greedy"]
    two = [
        "bounded_greedy",
        "datamask (paper), batch=0.1",
        "relaxation",
        "datamask (paper)",
        "datamask (ours)",
        "greedy",
        "stochastic_greedy",
    ]
    for looks in (turns_of(one), turns_of([*two[3:], *two[:3]])):
        assert looks["datamask (paper)"] == ("datamask", 0) and looks["datamask (ours)"] == ("datamask", 1)
        assert (
            looks["greedy"] == ("greedy", 0)
            and looks["bounded_greedy"] == turns_of(["bounded_greedy"])["bounded_greedy"]
        )
    assert len(set(turns_of(two).values())) == len(two)


@pytest.mark.parametrize("descriptor", ["one_shot", "prune_init", "speedup"])
def test_every_point_is_inside_its_panel(descriptor):
    """Panels of a row share their limits: no panel's may cut another's points."""
    current = json.loads((ROOT / "results/runs/current.json").read_text())
    for _, drawing in fronts.time_value(Records(ROOT / current[f"{descriptor}-quick"])):
        for axis in drawing.figure.axes:
            (low, high), inside = axis.get_ylim(), axis.dataLim
            assert low < inside.y0 and inside.y1 < high
            (low, high) = axis.get_xlim()
            assert low < inside.x0 and inside.x1 < high
            bars = [y for bar in axis.collections for segment in bar.get_segments() for _, y in segment]
            assert min(bars) > axis.get_ylim()[0], "a bar that ends at the floor has no end"


@pytest.mark.parametrize("draw", [fronts.front, fronts.time_value])
def test_names_stand_beside_their_marks_and_cover_none(draw):
    """Of the picture on the first page, and of the panels that it is one of."""
    current = json.loads((ROOT / "results/runs/current.json").read_text())
    for _, drawing in draw(Records(ROOT / current["main-paper"])):
        drawing.figure.draw_without_rendering()
        drawing.finish()
        renderer = drawing.figure.canvas.get_renderer()
        for axis in drawing.figure.axes:
            boxes = {text.get_text(): text.get_window_extent(renderer) for text in axis.texts}
            marks = [line for line in axis.lines if line.get_marker() not in ("None", "none", None, "")]
            assert len(boxes) == len(marks) + 1, "one name a mark, and which way is better"
            for one, box in boxes.items():
                assert axis.get_window_extent().padded(1).contains(*box.min), one
                assert not [other for other in boxes if other != one and box.overlaps(boxes[other])], one


def point(label, seconds, *values):
    place = Place({"dataset": "web", "selector": label}, [{"status": "done"}])
    return fronts.Point(place, label, spread([seconds]), spread(values), place, (1.0, True))


def test_the_title_of_a_front_is_what_its_numbers_say():
    names = {name: name for name in ("quick", "slow", "poor", "mid")}
    slow, poor = point("slow", 20.0, 0.9999), point("poor", 0.1, 0.2)
    assert fronts.finding([point("quick", 0.1, 0.9995), slow, poor], names) == (
        "quick is as good as slow and 200 times faster"
    )
    assert fronts.finding([point("quick", 0.1, 0.9995), point("slow", 20.0, 0.9), poor], names) == (
        "quick comes nearer to the best possible than slow and is 200 times faster"
    )
    assert fronts.finding([slow, poor], names) == "slow comes within 0.1 % of the best possible, and none is slower"
    away = [poor, point("mid", 1.0, 0.95)]
    assert fronts.finding(away, names) == "None comes within 0.1 % of the best possible; mid is 5 % away"
    assert fronts.winners({1: [slow, poor], 2: away}, names) == (
        "first within 0.1 % of the best possible: slow on 1 of 2 data sets; on 1 no method comes so near"
    )


def test_an_extrapolated_time_wins_nothing():
    guessed = point("quick", 0.001, 1.0)
    guessed.place.cells[0]["status"] = "extrapolated"
    names = {"quick": "quick", "slow": "slow"}
    assert fronts.quickest([guessed, point("slow", 2.0, 1.0)]).label == "slow"
    assert fronts.pareto([guessed, point("slow", 2.0, 0.9)])[0].label == "slow"
    assert "quick" not in fronts.finding([guessed, point("slow", 2.0, 1.0)], names)


def test_settings_are_told_apart_by_more_than_their_seeds():
    names = {name: name for name in "abc"}
    level = {"a": spread([0.9, 0.92]), "b": spread([0.91, 0.9]), "c": spread([0.89, 0.92])}
    assert fronts.as_good({"one": level}, names) == "No setting differs from the best by more than its seeds do, on one"
    apart = level | {"b": spread([0.99, 0.991])}
    assert fronts.as_good({"one": apart, "two": apart}, names) == (
        "b: the nearest to the best possible, or as good, on all 2 data sets"
    )
    other = level | {"c": spread([0.99, 0.991])}
    assert fronts.as_good({"one": apart, "two": other}, names) == "The best setting depends on the data: b on 1, c on 1"


def test_names_say_what_differs():
    assert spoken(["datamask[final=top,preset=ours,steps=500]", "datamask[final=sample,preset=ours,steps=2500]"]) == {
        "datamask[final=top,preset=ours,steps=500]": "top, steps 500",
        "datamask[final=sample,preset=ours,steps=2500]": "sample, steps 2,500",
    }
    assert spoken(["greedy", "datamask[preset=paper]", "softmax, temperature=0.1"]) == {
        "greedy": "greedy",
        "datamask[preset=paper]": "datamask, paper",
        "softmax, temperature=0.1": "softmax, temperature 0.1",
    }
    one, two = "datamask[final=top,steps=500]", "datamask[final=sample,steps=2500]"
    assert list(spoken([one, two], first=["steps"]).values()) == ["steps 500, top", "steps 2,500, sample"]
    assert (percent(0.000001), percent(1), percent(12.34)) == ("0.0001 %", "100 %", "1,200 %")
    assert [duration(one) for one in (2e-6, 0.0123, 2.04, 340, 90000)] == ["2 µs", "12 ms", "2 s", "5.7 min", "25 h"]
    assert (times(1.234), times(1234)) == ("1.2 times", "1,200 times")


def test_what_is_beaten_is_grey(made):
    [(_, drawing)] = fronts.time_value(Records(made / "tiny.jsonl"))
    for axis, dataset in zip(drawing.figure.axes, dict.fromkeys(row["dataset"] for row in drawing.numbers)):
        rows = [row for row in drawing.numbers if row["dataset"] == dataset]
        marks = {
            line.get_xdata()[0]: line for line in axis.lines if line.get_marker() not in ("None", "none", None, "")
        }
        assert len(marks) == len(rows)
        for row in rows:
            mark = marks[row["seconds_mean"]]
            assert (mark.get_color() == QUIET) == (not row["front"])
            assert (mark.get_markerfacecolor() == "white") == (not row["front"])


def test_a_picture_speaks_to_who_cannot_see_it(made):
    out = made / "spoken"
    figures(made / "tiny.jsonl", "--only", "time_value,map", "--out", out)
    for file in out.glob("*.svg"):
        text, about = file.read_text(), json.loads(file.with_suffix(".json").read_text())
        tree = ElementTree.fromstring(text)
        name = "{http://www.w3.org/2000/svg}"
        assert tree.get("role") == "img" and tree.get("aria-labelledby") == "title desc"
        assert (tree[0].tag, tree[0].text) == (name + "title", about["title"])
        assert tree[1].tag == name + "desc" and about["caption"] in tree[1].text
        written = [element.text for element in tree.iter(name + "text")]
        assert "greedy" in written, "text is text"
        assert not re.search("<metadata|<!--|<!DOCTYPE|Matplotlib", text)


def test_what_only_compares_a_formula_is_for_the_report(made):
    for folder, more in (("without", []), ("with", ["--formulas"])):
        figures(made / "tiny.jsonl", "--only", "group_size", "--out", made / folder, *more)
    drawn = [json.loads((made / folder / "index.json").read_text())["drawn"] for folder in ("without", "with")]
    assert drawn == [["main-ci-group_size"], ["main-ci-group_size", "main-ci-group_size-formulas"]]
    assert "cosine" not in (made / "with/main-ci-group_size.csv").read_text().partition("\n")[0]
    [row, *_] = rows_of(made / "with/main-ci-group_size-formulas.csv")
    assert 0 < float(row["cosine"]) < 1 and float(row["group_size"]) == 8


def test_coordinates_are_short_and_words_are_left_alone():
    svg = '<?xml version="1.0"?>\n<svg width="10.123456pt">\n  <path d="M 1.23456 -0.00012"/>\n  <text x="0.555555">0.99651</text></svg>\n'
    assert output.spare(svg, "a < b", "c") == (
        '<?xml version="1.0"?>\n<svg width="10.12pt" role="img" aria-labelledby="title desc">\n<title id="title">a &lt; b</title>\n'
        '<desc id="desc">c</desc>\n<path d="M 1.23 -0"/>\n<text x="0.56">0.99651</text></svg>\n'
    )


def test_an_ablation_has_a_bar_for_each_row_and_a_dot_for_each_seed(made):
    records = Records(made / "tiny.jsonl")
    [(_, drawing)] = fronts.ablation(records)
    places = [place for place in records.places if place.answered]
    assert len(drawing.numbers) == len(places) == len(drawing.places)
    left, right = (drawing.figure.axes[side::2] for side in (0, 1))
    for column, measure, drawn in ((left, "normalised", fronts.gap), (right, "seconds", float)):
        lines = [line for axis in column for line in axis.lines]
        bars, dots = ([line for line in lines if line.get_marker() == marker] for marker in "|o")
        assert [line.get_xdata()[0] for line in bars] == pytest.approx(
            [drawn(records.over_seeds(place, measure).mean) for place in places]
        )
        assert [list(line.get_xdata()) for line in dots] == [
            [drawn(records.number(cell, measure)) for cell in place.cells] for place in places
        ]


def test_a_figure_of_one_seed_says_so(made):
    figures(made / "tiny.jsonl", "--only", "jaccard,time_value", "--formats", "svg", "--out", made / "seeds")
    said = {file.stem: json.loads(file.read_text()).get("evidence") for file in (made / "seeds").glob("main-*.json")}
    assert len(said) > 1
    assert all(
        ("The first of 2 seeds" in text) == ("jaccard" in name) and "2 seeds" in text for name, text in said.items()
    )


def test_the_report_is_made_of_tables_and_figures(made):
    if shutil.which("latexmk") is None or shutil.which("pdflatex") is None:
        pytest.skip("latexmk or pdflatex is not installed")
    call("render", made / "tiny.jsonl", "--format", "tex", "--out", made / "results/tables/main-ci.tex")
    out = made / "report.pdf"
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "scripts/report",
            "--group",
            "ci",
            "--results",
            made / "results",
            "--out",
            out,
            "--program",
            PROGRAM,
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode == 3 and "the report needs TeX" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert out.read_bytes().startswith(b"%PDF")
    log = (made / "report/report.log").read_text(errors="replace")
    assert not re.search("(Citation|Reference) .* undefined", log)
    drawn = json.loads((made / "report/figures/index.json").read_text())["drawn"]
    assert drawn and all(f"{name}.pdf" in log for name in drawn)
    assert "No records of" not in (made / "report/results-main.tex").read_text()
    assert "no records" in (made / "report/missing.tex").read_text(), "the other descriptors, with what they cost"
    symbols, given = (made / "report/symbols.tex").read_text(), (ROOT / "paper/symbols.md").read_text()
    rows = [line for line in given.splitlines() if line.startswith("|") and not line.startswith("|---")]
    assert symbols.count(r"\subsection*") == given.count("\n## ") and symbols.count(r" \\") >= len(rows)
    cells = [line.count(" & ") for line in symbols.splitlines() if " & " in line]
    assert sorted(cells) == sorted(row.count("|") - 2 for row in rows), "a cell without words is a cell"


def generated(labels, columns, rows):
    """A table as `maskbench render` writes it, and the letters of its cells."""
    head = [f"label {at}" for at in range(labels)] + [f"a: column {at}" for at in range(columns)]
    cells = [
        [f"row {row} of {at}" for at in range(labels)] + [rf"$-$0.{row:02}{at:03} (0.1\%)" for at in range(columns)]
        for row in range(rows)
    ]
    body = "".join(" & ".join(row) + " \\\\\n" for row in cells)
    return (
        "\\begin{table}[tb]\n\\centering\\small\n\\caption{some table}\n\\begin{tabular}{"
        + "l" * labels
        + "r" * columns
        + "}\n\\toprule\n"
        + " & ".join(head)
        + " \\\\\n\\midrule\n"
        + body
        + "\\bottomrule\n\\end{tabular}\n\n\\par\\footnotesize a note\n\\end{table}\n"
    ), cells


@pytest.mark.parametrize(("labels", "columns", "parts"), [(1, 3, 1), (2, 6, 1), (2, 7, 2), (1, 16, 3)])
def test_wide_tables_of_the_report_go_on_below(labels, columns, parts):
    """Every number once, the labels before each part, no part without a column; what fits the line stays whole."""
    loader = SourceFileLoader("report", str(ROOT / "scripts/report"))
    report = module_from_spec(spec_from_loader("report", loader))
    loader.exec_module(report)
    table, cells = generated(labels, columns, 3)
    text = report.fitted(table)
    assert text.count("\\begin{tabular}") == text.count("\\end{tabular}") == parts
    for row in cells:
        assert all(text.count(label) == parts for label in row[:labels])
        assert all(text.count(number) == 1 for number in row[labels:])
    specs = re.findall(r"begin\{tabular\}\{(l+)(r+)\}", text)
    assert [len(spec[0]) for spec in specs] == [labels] * parts and sum(len(spec[1]) for spec in specs) == columns
    assert max(len(spec[1]) for spec in specs) == math.ceil(columns / parts)
    assert text.count("a note") == text.count("some table") == 1


def test_a_report_without_records_is_refused(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "scripts/report",
            "--results",
            tmp_path,
            "--out",
            tmp_path / "report.pdf",
            "--program",
            PROGRAM,
        ],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "names no records" in done.stderr, "the report needs TeX" in done.stderr) in (
        (2, True, False),
        (3, False, True),
    )
    assert not (tmp_path / "report.pdf").exists()


def test_committed_figures_are_those_of_the_committed_records(tmp_path):
    """Drawn again they have the same bytes; all but the maps by t-SNE, whose sums depend on the machine."""
    committed = ROOT / "results/figures"
    if not (committed / "index.json").exists():
        pytest.skip("no figures are committed: scripts/figures")
    index = json.loads((committed / "index.json").read_text())
    current = json.loads((ROOT / "results/runs/current.json").read_text())
    for name in index["drawn"]:
        about = json.loads((committed / f"{name}.json").read_text())
        assert ("No positive control yet: read nothing from it" in about["title"]) == (about["descriptor"] == "proxy")
        assert about["records"] == current[f"{about['descriptor']}-{about['group']}"], name
    kept = {file.stem for file in committed.iterdir()} - {"index"}
    assert kept == set(index["drawn"]), "files of figures that are drawn no more, or lacking"
    assert {file.suffix for file in committed.iterdir()} == {".svg", ".csv", ".json"}
    sizes = [file.stat().st_size for file in committed.glob("*.svg")]
    assert max(sizes) < 2**18 and sum(sizes) < 10 * 2**20, "pictures are small"
    others = ",".join(sorted(FIGURES - {"tsne"}))
    figures("--out", tmp_path, "--only", others)
    again = json.loads((tmp_path / "index.json").read_text())["drawn"]
    assert again == [name for name in index["drawn"] if "-tsne" not in name]
    different = [
        name
        for name in again
        for kind in ("svg", "csv")
        if (tmp_path / f"{name}.{kind}").read_bytes() != (committed / f"{name}.{kind}").read_bytes()
    ]
    assert not different, "scripts/figures draws them otherwise now"
