"""How figures look: colours and marks of selectors, panels, legends."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from lib.figures.families import FAMILIES, colours_of, turns_of
from matplotlib.ticker import LogLocator, NullFormatter

# Okabe and Ito's palette without black, which marks bounds, and with a darker yellow. A colour is a family of methods.
COLOURS = dict(
    zip(FAMILIES, ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#777777", "#56B4E9", "#8A7A00", "#8C564B"))
)
POOL, KEPT, FLOOR, BOUND = "#9a9a9a", "#D55E00", "#777777", "#000000"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*", "h", "d", (4, 1, 0), (6, 1, 0))
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (3, 1, 1, 1, 1, 1)))
WIDTH = 7.0  # inches, the report's line


class Looks:
    """Colour by family, mark and dash by turn within it, so that no two labels look alike; one family alone takes all colours."""

    def __init__(self, labels, places=None):
        turns = turns_of(labels, places)
        colours = colours_of(turns)
        self._looks = {
            label: {
                "color": COLOURS[FAMILIES[colours[label]]],
                "marker": MARKERS[(FAMILIES.index(family) + turn) % len(MARKERS)],
                "linestyle": DASHES[turn % len(DASHES)],
            }
            for label, (family, turn) in turns.items()
        }

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
    columns = next(
        columns
        for columns in range(min(4, len(entries)), 0, -1)
        if columns == 1 or width(columns) <= figure.get_figwidth()
    )
    figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(entries) // columns))
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns, markerscale=markerscale)


def plain_log(axis, which: str = "y", shared=()) -> None:
    """A logarithmic axis, of `shared` panels too, whose numbers read 0.2, 5, 100."""
    ends = [end for one in (axis, *shared) for end in getattr(one.dataLim, f"interval{which}")]
    low, high = min(ends), max(ends)
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
