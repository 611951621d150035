"""How figures look: colours and marks of selectors, panels, legends."""

from __future__ import annotations

import re
from functools import lru_cache

import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter

from script_support import ROOT

# Okabe and Ito's palette without black, which marks bounds, and with a darker yellow. A colour is a family of methods.
FAMILIES = {"datamask": "#D55E00", "greedy": "#0072B2", "relaxation": "#009E73", "topk": "#CC79A7", "clustering": "#E69F00",
            "random": "#777777", "sampling": "#56B4E9", "targeted": "#8A7A00", "wrappers": "#8C564B"}
POOL, KEPT, FLOOR, BOUND = "#9a9a9a", "#D55E00", "#777777", "#000000"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*", "h", "d", "H", "8")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (3, 1, 1, 1, 1, 1)))
WIDTH = 7.0  # inches, the report's line


@lru_cache
def families() -> dict[str, str]:
    """method -> the folder that its file stands in"""
    return {file.stem: file.parent.name for file in ROOT.glob("algorithms/*/*.cpp") if file.parent.name in FAMILIES}


def family_of(label: str) -> str:
    return families().get(re.split(r"[^a-z0-9_]", label)[0], "wrappers")


class Looks:
    """Colour by family, mark and dash by turn within it, so that no two labels look alike; one family alone takes all colours."""

    def __init__(self, labels):
        labels = list(dict.fromkeys(labels))
        alone = len({family_of(label) for label in labels}) == 1
        self._looks, turns = {}, dict.fromkeys(FAMILIES, 0)
        for label in labels:
            family = family_of(label)
            turn, first = turns[family], list(FAMILIES).index(family)
            turns[family] += 1
            colours = list(FAMILIES.values())
            self._looks[label] = {"color": colours[turn % len(colours)] if alone else FAMILIES[family],
                                  "marker": MARKERS[(first + turn) % len(MARKERS)], "linestyle": DASHES[turn % len(DASHES)]}

    def line(self, label) -> dict:
        return self._looks[label]

    def mark(self, label) -> dict:
        return {**self._looks[label], "linestyle": "none"}


def panels(rows: int, columns: int, height: float, width: float = WIDTH, **options):
    """A grid of panels, `height` inches each; axes are always a 2-D array."""
    return plt.subplots(rows, columns, figsize=(width, rows * height), squeeze=False, **options)


def legend_below(figure, axes) -> None:
    """One legend for all panels, under them, each label once, in as many columns as fit."""
    entries = {}
    for axis in axes.flat:
        for handle, label in zip(*axis.get_legend_handles_labels()):
            entries.setdefault(label, handle)
    fits = int(figure.get_figwidth() / (0.5 + 0.066 * max(map(len, entries), default=1)))  # inches: handle, letters
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=max(1, min(4, fits, len(entries))))


def plain_log(axis) -> None:
    """A logarithmic vertical axis whose numbers read 0.2, 5, 100."""
    low, high = axis.dataLim.intervaly
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1,) if high > 100 * low > 0 else (1, 2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter(NullFormatter())


def wide_scale(axis) -> None:
    """Logarithmic where the numbers span more than a factor of 5, else from 0, as a reader expects it."""
    low, high = axis.dataLim.intervaly
    if low > 0 and high > 5 * low:
        plain_log(axis)
    else:
        axis.set_ylim(bottom=0)


def short(dataset: str) -> str:
    """synthetic_web[d=64,n=1000] on two lines."""
    name, bracket, rest = dataset.partition("[")
    return f"{name}\n{bracket}{rest}" if bracket else name
