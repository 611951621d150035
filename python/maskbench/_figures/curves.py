# mypy: ignore-errors
"""Curves: convergence of a run, time against size."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from .drawing import Drawing
from .look import (
    BOUND,
    FLOOR,
    Looks,
    duration,
    legend_below,
    panels,
    seconds_axis,
    short,
    spoken,
)
from .records import Skip, bars, labels_of, problem_of, spread

MARKS = 40  # points of a curve that is drawn


def convergence(records, by: str, step: str = "step"):
    """Value, quality and diversity along a run; one drawing an objective, one column a data set."""
    drawn = False
    for objective, budget in dict.fromkeys((place.axes["objective"], place.axes["budget"]) for place in records.places):
        places = [
            place for place in records.places if (place.axes["objective"], place.axes["budget"]) == (objective, budget)
        ]
        curves = [place for place in places if any(len(records.points(cell)) >= 3 for cell in place.done)]
        if curves:
            drawn = True
            yield objective, convergence_of(records, places, curves, objective, by, step)
    if not drawn:
        raise Skip("no cell has three checkpoints")


def convergence_of(records, places, curves, objective, by, step):
    cells = [cell for place in curves for cell in place.done]
    first = "normalised" if all(records.normalised(cell) is not None for cell in cells) else "value"
    measures = {
        first: "value" if first == "value" else "normalised value",
        "mean_quality": "mean quality",
        "diversity": "diversity term",
    }
    known = {name for place in curves for point in records.points(place.done[0]) for name in point["metrics"]}
    if "mean_quality" not in known:
        measures.pop("mean_quality")
    if "diversity" not in known or not objective.startswith("joint"):
        measures.pop("diversity")  # it is the value
    single = [place for place in places if place not in curves and any(records.points(cell) for cell in place.done)]
    marked = single if by == "second" else []
    datasets = list(dict.fromkeys(place.axes["dataset"] for place in curves))
    labels = dict(zip(map(id, places), labels_of(places)))
    looks = Looks([labels[id(place)] for place in [*curves, *marked]], [*curves, *marked])
    figure, axes = panels(len(measures), len(datasets), 1.7, sharex="col")
    numbers, ends = [], {}  # ends: of each data set what reached how much, and when
    names = spoken(labels.values())
    for column, dataset in enumerate(datasets):
        axes[0][column].set_title(short(dataset))
        for row, (measure, title) in enumerate(measures.items()):
            axis = axes[row][column]
            for place in (place for place in curves if place.axes["dataset"] == dataset):
                label = labels[id(place)]
                xs, means, sds, seeds = curve_of(records, place, measure, by)
                look = looks.curve(label, len(xs))
                axis.plot(xs, means, label=names[label], **look)
                if measure == first:
                    ends.setdefault(dataset, {})[names[label]] = list(zip(xs, means))
                axis.fill_between(xs, means - sds, means + sds, color=look["color"], alpha=0.2, linewidth=0)
                numbers += [
                    {
                        "dataset": dataset,
                        "objective": objective,
                        "selector": label,
                        "measure": measure,
                        by: x,
                        "mean": mean,
                        "sd": sd,
                        "seeds": seeds,
                    }
                    for x, mean, sd in zip(xs, means, sds)
                ]
            for place in (place for place in marked if place.axes["dataset"] == dataset):
                label, last = (
                    labels[id(place)],
                    [(cell, records.points(cell)[-1]) for cell in place.done if records.points(cell)],
                )
                y, x = (
                    spread(value_of(records, *end, measure) for end in last),
                    spread(point["seconds"] for _, point in last),
                )
                if y:
                    axis.errorbar(x.mean, y.mean, yerr=y.sd, label=names[label], **looks.mark(label))
                    if measure == first:
                        ends.setdefault(dataset, {})[names[label]] = [(x.mean, y.mean)]
                    numbers.append(
                        {
                            "dataset": dataset,
                            "objective": objective,
                            "selector": label,
                            "measure": measure,
                            by: x.mean,
                            "mean": y.mean,
                            "sd": y.sd,
                            "seeds": y.seeds,
                        }
                    )
            if measure == first:
                for name, dash, level in limits(
                    records, [place for place in curves if place.axes["dataset"] == dataset]
                ):
                    at = level.mean if first == "value" else float(name != "random answer")
                    axis.axhline(
                        at,
                        color=FLOOR if dash == ":" else BOUND,
                        linestyle=dash,
                        linewidth=1.2 if dash == ":" else 0.9,
                        label=name,
                    )
                    numbers.append(
                        {
                            "dataset": dataset,
                            "objective": objective,
                            "selector": name,
                            "measure": "value",
                            by: "",
                            "mean": level.mean,
                            "sd": level.sd,
                            "seeds": level.seeds,
                        }
                    )
            axis.set_xscale("log")
            axis.margins(y=0.12)  # a mark at the edge is whole
            if column == 0:
                axis.set_ylabel(title)
        if by == "step":
            axes[-1][column].set_xlabel(step)
        else:
            seconds_axis(axes[-1][column], most=4 if len(datasets) > 1 else 6)
    legend_below(figure, axes)
    what = (
        " and its two terms"
        if "diversity" in measures
        else " and the answer's mean quality"
        if "mean_quality" in measures
        else ""
    )
    return Drawing(
        figure,
        soonest(ends, by, first == "normalised", step),
        numbers,
        f"Objective {objective}{what} along the run: mean over seeds, band of one standard "
        "deviation (a seed also draws synthetic data anew). "
        + (
            "Normalised: 0 is a random answer, 1 the upper bound, or the best known value where none is proved. "
            if first == "normalised"
            else ""
        )
        + (
            "Of seeds that stopped at different steps each keeps its last answer to the end of the curve. "
            if by == "step"
            else "At each time the answer that a run had by then. "
            + ("A mark is a method with one answer, at its end. " if marked else "")
        )
        + "Dotted: expectation of a random answer. Dashed black: upper bound, or best known value where no bound is proved.",
        [*curves, *marked],
    )


def soonest(ends, by: str, normalised: bool, step: str = "step") -> str:
    """Which curve first comes within 1 % of the best end, by data set; of values that have no zero, of the room between least and most."""
    found, when = Counter(), []
    for curves in ends.values():
        values = [value for curve in curves.values() for _, value in curve]
        low, high = (0.0 if normalised else min(values)), max(curve[-1][1] for curve in curves.values())
        reached = {
            label: next((x for x, value in curve if value >= high - 0.01 * (high - low)), math.inf)
            for label, curve in curves.items()
        }
        label = min(reached, key=reached.get)
        found[label] += 1
        when.append(duration(reached[label]) if by == "second" else f"{step} {reached[label]:,.0f}")
    told = ", ".join(f"{label} on {count}" if len(ends) > 1 else label for label, count in found.most_common())
    where = f" of {len(ends)} data sets" if len(ends) > 1 else ""
    return f"First within 1 % of the best end: {told}{where} ({', '.join(when)})"


def value_of(records, cell, point, measure):
    if measure == "normalised":
        return records.normalised(cell, point["value"])
    return point["value"] if measure == "value" else point["metrics"].get(measure)


def curve_of(records, place, measure, by):
    """Mean and deviation over seeds on a common axis; each run holds its last checkpoint's answer."""
    runs = []
    for cell in place.done:
        points = [
            (point, value)
            for point in records.points(cell)
            if (value := value_of(records, cell, point, measure)) is not None
        ]
        if points:
            runs.append(
                (
                    np.array([point["step" if by == "step" else "seconds"] for point, _ in points], float),
                    np.array([value for _, value in points]),
                )
            )
    begin = max(xs[0] for xs, _ in runs)
    if by == "step":
        grid = np.unique(np.concatenate([xs for xs, _ in runs]))
        grid = grid[grid >= begin]
        if len(grid) > MARKS:  # as dense on a logarithmic axis as anyone sees
            wanted = np.geomspace(max(grid[0], 1), grid[-1], MARKS)
            grid = grid[np.unique([0, *np.searchsorted(grid, wanted * (1 - 1e-12)), len(grid) - 1])]
    else:
        grid = np.geomspace(max(begin, 1e-9), max(max(xs[-1] for xs, _ in runs), begin), MARKS)
    values = np.array(
        [ys[np.clip(np.searchsorted(xs, grid * (1 + 1e-12), side="right") - 1, 0, None)] for xs, ys in runs]
    )
    return grid, values.mean(axis=0), values.std(axis=0, ddof=1) if len(runs) > 1 else np.zeros(len(grid)), len(runs)


def limits(records, places):
    """The random floor and the ceiling of one problem, over its seeds: (name, dash, level)."""
    cells = list(
        {problem_of(cell): cell for place in places for cell in place.done}.values()
    )  # methods share a seed's data
    levels = []
    if floor := spread(cell["random"]["mean"] for cell in cells if cell["random"]):
        levels.append(("random answer", ":", floor))
    ceilings = [records.ceiling(cell) for cell in cells]
    if cells and all(ceilings):
        name = "upper bound" if all(proved for _, proved in ceilings) else "best known value"
        levels.append((name, "--", spread(value for value, _ in ceilings)))
    return levels


def scaling(records):
    """Seconds against rows, both logarithmic; one column an objective."""
    sizes = {place.axes.get("dataset.n") for place in records.places} - {None}
    if len(sizes) < 2:
        raise Skip("one size of a data set only")
    places = [place for place in records.places if "dataset.n" in place.axes]
    labels = dict(zip(map(id, places), labels_of(places)))
    objectives = list(dict.fromkeys(place.axes["objective"] for place in places))
    looks = Looks(labels.values(), places)
    figure, axes = panels(1, len(objectives), 3.2, sharey=True)
    names = spoken(labels.values())
    numbers, used, slopes = [], [], []
    for axis, objective in zip(axes[0], objectives):
        axis.set_title(objective)
        for label in dict.fromkeys(labels.values()):
            rows = []
            for place in (
                place for place in places if labels[id(place)] == label and place.axes["objective"] == objective
            ):
                seconds = records.over_seeds(place, "seconds")
                if seconds:
                    guessed = all(cell["status"] == "extrapolated" for cell in place.answered)
                    rows.append((place.axes["dataset.n"], seconds, guessed))
                    used.append(place)
            rows.sort(key=lambda row: row[0])
            if not rows:
                continue
            xs, ys = [row[0] for row in rows], [row[1].mean for row in rows]
            slope = float(np.polyfit(np.log(xs), np.log(ys), 1)[0]) if len(set(xs)) > 1 else ""
            look = looks.line(label)
            axis.errorbar(xs, ys, yerr=bars([row[1] for row in rows]), label=names[label], **look)
            for x, y in ((x, y) for x, y, row in zip(xs, ys, rows) if row[2]):
                axis.plot(x, y, marker=look["marker"], color=look["color"], markerfacecolor="white", zorder=4)
            numbers += [
                {
                    "objective": objective,
                    "selector": label,
                    "n": x,
                    "seconds_mean": seconds.mean,
                    "seconds_sd": seconds.sd,
                    "seeds": seconds.seeds,
                    "extrapolated": int(guessed),
                    "slope": slope,
                }
                for x, seconds, guessed in rows
            ]
            if slope != "":
                slopes.append((slope, label, objective))
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xticks(sorted(sizes), [f"{size:,}" for size in sorted(sizes)])
        axis.minorticks_off()
        axis.set_xlabel("rows n")
    for axis in axes[0]:
        axis.set_ylim(*axis.get_ylim())
    seconds_axis(axes[0][0], "y")
    if not slopes:
        raise Skip("no method has two sizes done")
    legend_below(figure, axes)
    low, high = min(slopes), max(slopes)
    cut = [
        f"{labels[id(place)]} at {place.axes['dataset.n']:,} rows"
        for place in places
        if place.cells and all(cell["status"] == "timeout" for cell in place.cells)
    ]
    return [
        (
            "",
            Drawing(
                figure,
                growth(slopes, names, sizes, len(objectives)),
                numbers,
                "Time of the selection alone against the rows of the data set. Marks: means over seeds; bars: least to greatest"
                + (
                    "; hollow: extrapolated from candidates timed at growing set sizes"
                    if any(row["extrapolated"] for row in numbers)
                    else ""
                )
                + ". The budget grows with n where it is a share."
                + (f" Timed out, and not drawn: {'; '.join(cut)}." if cut else ""),
                used,
                f"Slopes in the logarithms run from {low[0]:.2f} ({low[1]}) to {high[0]:.2f} ({high[1]}).",
            ),
        )
    ]


def growth(slopes, names, sizes, objectives: int) -> str:
    """Which methods take about as much longer as there are more rows, and which take more."""

    def told(slope, label, objective):
        return f"{names[label]}{f' under {objective}' if objectives > 1 else ''} (n^{slope:.1f})"

    steep = [one for one in sorted(slopes, reverse=True) if one[0] > 1.25]
    span = f"From {min(sizes):,} to {max(sizes):,} rows"
    if not steep:
        return f"{span} no method's time grows faster than n^{max(slopes)[0]:.1f}"
    if len(steep) == len(slopes):
        return f"{span} every method's time grows faster than the rows, least {told(*min(slopes))}"
    flat = max(one for one in slopes if one not in steep)
    return f"{span} time grows no faster than n^{flat[0]:.1f}, but for {', '.join(told(*one) for one in steep)}"
