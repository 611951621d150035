"""scripts/coverage: sums by folder, and what is named as below."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

from program import ROOT

loader = SourceFileLoader("coverage_script", str(ROOT / "scripts/coverage"))
coverage = module_from_spec(spec_from_loader("coverage_script", loader))
loader.exec_module(coverage)

FILES = [
    {"filename": "algorithms/greedy/a.cpp", "line_total": 100, "line_covered": 84},
    {"filename": "algorithms/greedy/b.cpp", "line_total": 100, "line_covered": 90},
    {"filename": "algorithms/objectives/disf/c.cpp", "line_total": 50, "line_covered": 50},
    {"filename": "experiments/main.cpp", "line_total": 10, "line_covered": 0},
    {"filename": "datasets/core/empty.hpp", "line_total": 0, "line_covered": 0},
]


def test_folders_rooms_and_all_are_summed():
    sums = coverage.by_folder(FILES)
    assert sums["algorithms/greedy"] == [174, 200]
    assert sums["algorithms/objectives"] == [50, 50]
    assert sums["algorithms"] == [224, 250]
    assert sums["experiments"] == [0, 10]  # folder and room are one here
    assert sums["all"] == [224, 260]


def test_what_is_below_is_named_lowest_first():
    lines = coverage.table(FILES, 85)
    assert lines[-3:] == [
        "\nfiles below 85 %: 2",
        "   0.0 % of   10 lines  experiments/main.cpp",
        "  84.0 % of  100 lines  algorithms/greedy/a.cpp",
    ]
    assert f"{'experiments':<34} {10:>7} {0:>7.1f} %  below 85 %" in lines
    assert f"{'algorithms/greedy':<34} {200:>7} {87:>7.1f} %" in lines
