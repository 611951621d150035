# mypy: ignore-errors
"""How figures look: colours and marks of selectors, panels, legends, numbers in words."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from .families import FAMILIES, colours_of, turns_of
from .records import split_outside

# Okabe and Ito's palette without black, which marks bounds, and with a darker yellow. A colour is a family of methods.
COLOURS = dict(
    zip(FAMILIES, ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#777777", "#56B4E9", "#8A7A00", "#8C564B"))
)
POOL, KEPT, FLOOR, BOUND = "#bdbdbd", "#A83E00", "#777777", "#000000"  # apart in grey too
LEAST_GAP = 1e-6  # of the normalised value; what is nearer to the best possible is drawn here
QUIET, LOUD = "#6b6b6b", "#111111"  # text and marks of what is beaten, and of what is not
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

    def curve(self, label, points: int) -> dict:
        """A line through many points, marked on a few of them, so that it is known without its colour."""
        every = max(1, points // 5)
        return {**self._looks[label], "markersize": 3.2, "markevery": (min(every // 2, points - 1), every)}

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


def headline(figure, words: str, size: float = 9.5) -> None:
    """The title over all panels, left and bold, in as many lines as it needs; the figure grows by them."""
    title = figure.suptitle("", x=0.008, ha="left", fontsize=size, fontweight="bold", color=LOUD)
    renderer, room, lines = figure.canvas.get_renderer(), 0.98 * figure.bbox.width, [""]
    for word in words.split():
        title.set_text(f"{lines[-1]} {word}".strip())
        if title.get_window_extent(renderer).width > room:
            lines.append(word)
        else:
            lines[-1] = title.get_text()
    title.set_text("\n".join(lines))
    figure.set_figheight(figure.get_figheight() + 0.06 + 0.0165 * size * len(lines))


def percent(share: float) -> str:
    """0.0123 as 1.2 %, in two digits."""
    return f"{float(f'{100 * share:.2g}'):,.12g} %"


# What a logarithmic axis of time is marked with.
MOMENTS = {
    1e-6: "1 µs", 1e-5: "10 µs", 1e-4: "0.1 ms", 1e-3: "1 ms", 1e-2: "10 ms", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min",
    600: "10 min", 3600: "1 h", 36000: "10 h", 345600: "4 days", 3456000: "40 days",
}  # fmt: skip


def duration(seconds: float) -> str:
    """0.0123 as 12 ms, in two digits."""
    for unit, name in ((1e-6, "µs"), (1e-3, "ms"), (1, "s"), (60, "min"), (3600, "h"), (86400, "days")):
        if seconds < {1e-6: 1e-3, 1e-3: 0.995, 1: 99.5, 60: 5970, 3600: 172800}.get(unit, np.inf):
            return f"{float(f'{seconds / unit:.2g}'):,g} {name}"


def times(ratio: float) -> str:
    """1,234.5 as 1,200 times, in two digits."""
    return f"{float(f'{ratio:.2g}'):,.12g} times"


def seconds_axis(axis, which: str = "x", most: int = 6) -> None:
    """Logarithmic, marked in words; at most so many of them."""
    low, high = getattr(axis, f"get_{which}lim")()
    _marked(axis, which, {at: words for at, words in MOMENTS.items() if low <= at <= high} or None, most, duration)
    getattr(axis, f"set_{which}label")("time of the selection")


def distance_axis(axis, which: str, most: int = 7) -> None:
    """Distance from the best possible, logarithmic, in per cent of a random answer's; what is nearer than LEAST_GAP stands there."""
    low, high = getattr(axis, f"get_{which}lim")()
    said = lambda share: ("≤ " if share <= LEAST_GAP * 1.001 else "") + percent(share)  # noqa: E731
    decades = [10.0**power for power in range(-6, 4)]
    _marked(axis, which, {at: said(at) for at in decades if low <= at <= high} or None, most, said)
    getattr(axis, f"set_{which}label")("distance from the best possible\n(a random answer: 100 %)")


def _marked(axis, which: str, marks: dict | None, most: int, words) -> None:
    low, high = getattr(axis, f"get_{which}lim")()
    if not marks or len(marks) < 2:
        decades = [10.0**power for power in range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)]
        fine = [decade * step for decade in decades for step in (1, 2, 5) if low <= decade * step <= high]
        marks = {at: words(at) for at in fine}
    every = -(-len(marks) // most)
    marks = dict(list(marks.items())[(len(marks) - 1) % every :: every])
    getattr(axis, f"set_{which}scale")("log")
    getattr(axis, f"set_{which}lim")(low, high)
    one = getattr(axis, f"{which}axis")
    one.set_major_locator(FixedLocator(list(marks)))
    one.set_major_formatter(FuncFormatter(lambda value, _: marks.get(value, "")))
    one.set_minor_locator(NullLocator())


def spoken(labels, first=()) -> dict[str, str]:
    """label -> what a picture writes: `datamask[final=top,steps=500]` among others of datamask: `top, steps 500`; what all of them share
    is left out, a word stands without its parameter's name, parameters named in `first` lead."""
    first = list(first)
    number = lambda value: f"{int(value):,}" if re.fullmatch(r"\d{4,}", value) else value  # noqa: E731
    taken = {}
    for label in dict.fromkeys(labels):
        whole = re.fullmatch(r"(\w+)\[(.*)\](|, [^\[\]]*|\n.*)", label)
        parts = [part.partition("=")[::2] for part in split_outside(whole[2])] if whole else None
        taken[label] = (whole[1] if whole else label, parts, whole[3] if whole else "")
    given = [dict(parts) for _, parts, _ in taken.values() if parts]
    alike = len(taken) > 1 and len(given) == len(taken)
    shared = {name for name in (given[0] if alike else ()) if len({one.get(name) for one in given}) == 1}
    one_key = alike and len({key for key, _, _ in taken.values()}) == 1
    names = {}
    for label, (key, parts, tail) in taken.items():
        if parts is None:
            names[label] = re.sub(r"(\w)=(\d+$)?", lambda one: f"{one[1]} " + number(one[2] or ""), label)
            continue
        parts = sorted(parts, key=lambda part: first.index(part[0]) if part[0] in first else len(first))
        words = [
            f"{name} {number(value)}" if re.match(r"[-\d.]", value) else value
            for name, value in parts
            if name not in shared
        ]
        names[label] = (", ".join(([] if one_key else [key]) + words) + tail).removeprefix(", ")
    return names if len(set(names.values())) == len(names) else {label: label for label in names}


def label_marks(axis, marks, lines, size: float) -> None:
    """Writes each name beside its mark, where it covers no other name, mark or line; a line leads to one that had to move away.
    marks: (x, y, name, colour, weight), the important first; lines: (x, y, x, y), level or upright. Called when the layout stands."""
    renderer = axis.figure.canvas.get_renderer()
    scale = axis.figure.dpi / 72
    inside = axis.get_window_extent(renderer)
    at = [tuple(axis.transData.transform((x, y))) for x, y, *_ in marks]
    radius = 3.2 * scale
    taken = [(x - radius, y - radius, x + radius, y + radius) for x, y in at]
    for a, b, c, d in lines:
        (left, low), (right, high) = np.sort(
            [axis.transData.transform((a, b)), axis.transData.transform((c, d))], axis=0
        )
        taken.append((left - 0.5, low - 0.5, right + 0.5, high + 0.5))
    for (x, y), (*_, name, colour, weight) in zip(at, marks):
        probe = axis.text(0, 0, name, fontsize=size, fontweight=weight)
        box = probe.get_window_extent(renderer)
        probe.remove()
        best = min(
            _spots(x, y, box.width, box.height, scale),
            key=lambda spot: _cost(spot, taken, inside, scale),
        )
        left, low, right, high, far = best
        taken.append((left, low, right, high))
        near = (min(max(x, left), right), min(max(y, low), high))
        back = axis.transData.inverted().transform
        if far > 9 * scale:
            (a, b), (c, d) = back((x, y)), back(near)
            axis.plot([a, c], [b, d], color=colour, linewidth=0.4, zorder=1.5, in_layout=False)
        axis.text(
            *back((left, (low + high) / 2)),
            name,
            fontsize=size,
            fontweight=weight,
            color=colour,
            va="center",
            in_layout=False,
            zorder=5,
        )


def _spots(x, y, width, height, scale):
    """Boxes around a mark, ever further away: (left, low, right, high, distance)."""
    for far in (5, 8, 12, 17, 23, 30, 38, 48, 60, 75, 92):
        far *= scale
        for turn in range(16):
            dx, dy = np.cos(turn * np.pi / 8), np.sin(turn * np.pi / 8)
            centre_x = x + far * dx + (width / 2) * np.clip(2 * dx, -1, 1)
            centre_y = y + far * dy + (height / 2) * np.clip(2 * dy, -1, 1)
            yield centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2, far


def _cost(spot, taken, inside, scale) -> float:
    left, low, right, high, far = spot
    pad = 0.8 * scale
    over = sum(
        max(0.0, min(right + pad, c) - max(left - pad, a)) * max(0.0, min(high + pad, d) - max(low - pad, b))
        for a, b, c, d in taken
    )
    out = (
        max(0.0, inside.x0 - left)
        + max(0.0, right - inside.x1)
        + max(0.0, inside.y0 - low)
        + max(0.0, high - inside.y1)
    )
    return round(over + 40 * out * scale + far / scale * 1.2, 6)  # a tie is one on every machine


def short(dataset: str) -> str:
    """synthetic_web[d=64,n=1000] on two lines."""
    name, bracket, rest = dataset.partition("[")
    return f"{name}\n{bracket}{rest}" if bracket else name
