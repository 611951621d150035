"""How figures look: colours and marks of selectors, panels, legends."""

from __future__ import annotations

import re
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
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


def family_of(label: str, place=None) -> str:
    """Of the method that the label begins with, where the place's selector has it too (`greedy in blocks`); else of the selector, of
    what a wrapper wraps."""
    cells = place.cells if place else []
    named, given = (re.findall(r"[a-z0-9_]+", text) for text in (label, cells[0]["selector"] if cells else label))
    found = [families().get(word, "wrappers") for word in (named[:1] if named[0] in families() and named[0] in given else given)]
    return next((family for family in found if family != "wrappers"), "wrappers")


class Looks:
    """Colour by family, mark and dash by turn within it, so that no two labels look alike; one family alone takes all colours."""

    def __init__(self, labels, places=None):
        labels = list(labels)
        of = {label: family_of(label, place) for label, place in reversed(list(zip(labels, places or [None] * len(labels))))}
        labels = list(dict.fromkeys(labels))
        alone = len(set(of.values())) == 1
        self._looks, turns = {}, dict.fromkeys(FAMILIES, 0)
        for label in labels:
            family = of[label]
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


def legend_below(figure, axes, markerscale: float = 1) -> None:
    """One legend for all panels, under them, each label once, in as many columns as fit; the figure grows by its lines."""
    entries = {}
    for axis in axes.flat:
        for handle, label in zip(*axis.get_legend_handles_labels()):
            entries.setdefault(label, handle)
    lengths = list(map(len, entries))
    width = lambda columns: sum(0.5 + 0.066 * max(part) for part in np.array_split(lengths, columns))  # noqa: E731  inches: handle, letters
    columns = next(columns for columns in range(min(4, len(entries)), 0, -1) if columns == 1 or width(columns) <= figure.get_figwidth())
    figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(entries) // columns))
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns, markerscale=markerscale)


def plain_log(axis, which: str = "y") -> None:
    """A logarithmic axis whose numbers read 0.2, 5, 100."""
    low, high = getattr(axis.dataLim, f"interval{which}")
    getattr(axis, f"set_{which}scale")("log")
    one = getattr(axis, f"{which}axis")
    one.set_major_locator(LogLocator(subs=(1,) if high > 100 * low > 0 else (1, 2, 5)))
    one.set_major_formatter("{x:g}")
    one.set_minor_formatter(NullFormatter())


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
