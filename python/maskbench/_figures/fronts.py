# mypy: ignore-errors
"""What is traded: time for value, quality for diversity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from textwrap import fill

import matplotlib.pyplot as plt

from .drawing import Drawing
from .families import family_of
from .look import (
    COLOURS,
    LEAST_GAP,
    LOUD,
    POOL,
    QUIET,
    Looks,
    distance_axis,
    label_marks,
    legend_below,
    panels,
    percent,
    seconds_axis,
    short,
    spoken,
    times,
)
from .records import Place, Skip, Spread, bars, labels_of, not_drawn, plain

NEAR = 1e-3  # within it a value counts as the best possible


@dataclass
class Point:
    """A method on a problem: its time, and the value of `source`, which is itself but where its time was extrapolated."""

    place: Place
    label: str
    seconds: Spread
    value: Spread
    source: Place
    ceiling: tuple[float, bool]

    @property
    def guessed(self) -> bool:
        return self.source is not self.place or all(cell["status"] == "extrapolated" for cell in self.place.answered)


def points_of(records) -> dict[tuple, list[Point]]:
    """(data set, objective, budget) -> its points, where there are two."""
    labels = dict(zip(map(id, records.places), labels_of(records.places)))
    twins = records.descriptor["table"].get("same_picks", {})
    named = {(place.problem, place.axes["selector"]): place for place in records.places}
    found = {}
    for place in records.places:
        own = records.over_seeds(place, "normalised")
        source = place if own else named.get((place.problem, twins.get(place.axes["selector"])))
        value = own or source and records.over_seeds(source, "normalised")
        seconds = records.over_seeds(place, "seconds")
        if value and seconds:
            ceiling = records.ceiling(source.answered[0])
            found.setdefault(place.problem, []).append(Point(place, labels[id(place)], seconds, value, source, ceiling))
    return {problem: here for problem, here in found.items() if len(here) > 1}


def quickest(points, near=NEAR) -> Point | None:
    """The fastest within `near` of the best possible."""
    there = [point for point in points if point.value.mean >= 1 - near and not point.guessed]
    return min(there, key=lambda point: point.seconds.mean, default=None)


def finding(points, names, near=NEAR) -> str:
    """What a panel says: the fastest that is near, against the slowest that is no better."""
    best = quickest(points, near)
    if best is None:
        nearest = max(points, key=lambda point: point.value.mean)
        away = percent(gap(nearest.value.mean))
        return f"None comes within {percent(near)} of the best possible; {names[nearest.label]} is {away} away"
    slower = [
        point
        for point in points
        if not point.guessed and point.seconds.mean > best.seconds.mean and point.value.mean <= best.value.mean + near
    ]
    if not slower:
        return f"{names[best.label]} comes within {percent(near)} of the best possible, and none is slower"
    other = max(slower, key=lambda point: point.seconds.mean)
    faster = times(other.seconds.mean / best.seconds.mean)
    if other.value.mean >= best.value.mean - near:
        return f"{names[best.label]} is as good as {names[other.label]} and {faster} faster"
    return f"{names[best.label]} comes nearer to the best possible than {names[other.label]} and is {faster} faster"


def winners(problems, names) -> str:
    """Over several panels: which method is the fastest near the best possible, and where."""
    found = Counter(names[best.label] if (best := quickest(points)) else None for points in problems.values())
    found.pop(None, None)
    if not found:
        return f"no method comes within {percent(NEAR)} of the best possible"
    told = ", ".join(f"{name} on {count}" for name, count in found.most_common())
    rest = len(problems) - found.total()
    return f"first within {percent(NEAR)} of the best possible: {told} of {len(problems)} data sets" + (
        f"; on {rest} no method comes so near" if rest else ""
    )


def of_problem(points) -> str:
    """Where: `web_sample, 10,509 documents, keep 1,050 rows`, as the records have it."""
    place = points[0].place
    name, cell = place.axes["dataset"].partition("[")[0], place.answered[0]
    budget = f"keep {cell['budget']['amount']:,} {cell['budget']['unit']}"
    return f"{name}, {cell['rows']:,} documents, {budget}"


def front_panel(axis, points, names, looks, size: float):
    """Distance from the best possible against time: what nothing beats in colour, the rest grey; returns the names to write beside the marks, and the lines that they must not cover."""
    front = pareto(points)
    # A front between 100 % and the floor reads as steps: at each time the best so far.
    axis.plot(
        [point.seconds.mean for point in front],
        [gap(point.value.mean) for point in front],
        color=POOL,
        drawstyle="steps-post",
        linewidth=0.9,
        zorder=1,
    )
    marks, lines = [], []
    steps = [(point.seconds.mean, gap(point.value.mean)) for point in front]
    for (a, b), (c, d) in zip(steps, steps[1:]):
        lines += [(a, b, c, b), (c, b, c, d)]
    for point in sorted(points, key=lambda point: point in front):
        beaten, y = point not in front, gap(point.value.mean)
        least, most = gap(point.value.high), gap(point.value.low)
        look = looks.mark(point.label) | ({"color": QUIET, "markersize": 3.5} if beaten else {"markersize": 6})
        if beaten or point.guessed:
            look |= {"markerfacecolor": "white", "markeredgewidth": 0.8}
        axis.errorbar(
            point.seconds.mean,
            y,
            xerr=bars([point.seconds]),
            # A bar to the floor would only say that some seed is there.
            yerr=[[max(0.0, y - least) if least > LEAST_GAP else 0], [max(0.0, most - y)]],
            elinewidth=0.6,
            capsize=0,
            zorder=2 if beaten else 3,
            **look,
        )
        lines.append((point.seconds.low, y, point.seconds.high, y))
        name = names[point.label] + (" (extrapolated)" if point.guessed else "")
        marks.append((point.seconds.mean, y, name, QUIET if beaten else LOUD, "normal" if beaten else "bold"))
    low, high = min(point.seconds.low for point in points), max(point.seconds.high for point in points)
    room = (high / low) ** 0.12
    axis.set_xlim(low / room, high * room**1.4)
    least = min(gap(point.value.mean) for point in points)
    axis.set_ylim(max(LEAST_GAP / 2.2, least / 6), max(2.5, 1.8 * max(gap(point.value.low) for point in points)))
    seconds_axis(axis)
    distance_axis(axis, "y")
    axis.text(
        0.006, 0.008, "↙ better", transform=axis.transAxes, fontsize=size, color=QUIET, va="bottom", in_layout=False
    )
    return marks[::-1], lines


FRONT = (
    "Distance of the value from the upper bound (from the best known value where no bound is proved, see the CSV), in per cent of a "
    f"random answer's distance, against time; down and left is better, what is nearer than {percent(LEAST_GAP)} is drawn there. Marks: "
    "means over seeds; bars: least to greatest. In bold what nothing beats in both, grey and hollow what something does."
)


def row_of(point: Point, front, labels) -> dict:
    return {
        "dataset": point.place.axes["dataset"],
        "objective": point.place.axes["objective"],
        "selector": point.label,
        "seconds_mean": point.seconds.mean,
        "seconds_sd": point.seconds.sd,
        "normalised_mean": point.value.mean,
        "normalised_sd": point.value.sd,
        "seeds": point.value.seeds,
        "ceiling": "bound" if point.ceiling[1] else "best known",
        "front": int(point in front),
        "value_of": labels[id(point.source)],
    }


def drawn_front(records, problems, size: float, width: float, height: float, near=NEAR) -> Drawing:
    """One panel a problem of one objective, two a line."""
    labels = dict(zip(map(id, records.places), labels_of(records.places)))
    points = [point for here in problems.values() for point in here]
    looks = Looks([point.label for point in points], [point.place for point in points])
    names = spoken([point.label for point in points])
    columns = min(2, len(problems))
    figure, axes = panels(-(-len(problems) // columns), columns, height, width=width)
    for axis in axes.flat[len(problems) :]:
        axis.remove()
    marks, numbers = {}, []
    for axis, here in zip(axes.flat, problems.values()):
        where = of_problem(here) + (
            "" if all(point.ceiling[1] for point in here) else "; best known value for the best possible"
        )
        says = finding(here, names, near)
        if len(problems) > 1:
            where = fill(says, 64) + "\n" + fill(where, 64)
        axis.set_title(where, loc="left", fontsize=size + 0.5, color=LOUD)
        marks[axis] = front_panel(axis, here, names, looks, size)
        numbers += [row_of(point, pareto(here), labels) for point in here]
    (_, objective, _), lonely = next(iter(problems.items()))

    def finish():
        for axis, one in marks.items():
            label_marks(axis, *one, size)

    return Drawing(
        figure,
        f"Under {spoken([objective])[objective]}, {winners(problems, names)}"
        if len(problems) > 1
        else finding(lonely, names, near),
        numbers,
        f"Objective {objective}. {FRONT} As good: within {percent(near)} of that distance."
        + (
            " An extrapolated time comes from timed candidates, at the value of the rule that makes the same picks."
            if any(point.guessed for point in points)
            else ""
        )
        + not_drawn(records.places, [point.place for point in points], labels.values()),
        [point.place for point in points],
        "; ".join(f"{of_problem(here)}: {finding(here, names, near)}" for here in problems.values()) + "."
        if len(problems) > 1
        else "",
        finish=finish,
        title_size=size + 3,
    )


def time_value(records):
    """Distance from the best possible against time; a drawing an objective, a panel a problem."""
    if not (problems := points_of(records)):
        raise Skip("fewer than two places have a normalised value and a time")
    objectives = list(dict.fromkeys(objective for _, objective, _ in problems))
    for objective in objectives:
        here = {problem: points for problem, points in problems.items() if problem[1] == objective}
        yield (
            objective if len(objectives) > 1 else "",
            drawn_front(records, here, 6.5, 8.4 if len(here) > 1 else 6.2, 3.5),
        )


def front(records):
    """The same of one problem, large enough for a first page: that on which most methods have an answer, of those the largest."""
    if not (problems := points_of(records)):
        raise Skip("fewer than two places have a normalised value and a time")
    problem = max(problems, key=lambda one: (len(problems[one]), problems[one][0].place.answered[0]["rows"]))
    with plt.rc_context({"axes.labelsize": 10, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5}):
        return [("", drawn_front(records, {problem: problems[problem]}, 9.5, 8.3, 4.6, LEAST_GAP))]


def ablation(records):
    """Distance from the best possible and time of each row of the table, a row of panels a problem; rows that differ little stand apart."""
    labels = dict(zip(map(id, records.places), labels_of(records.places)))
    problems = {
        problem: here
        for problem, places in records.problems.items()
        if len(
            here := [
                place
                for place in places
                if records.over_seeds(place, "normalised") and records.over_seeds(place, "seconds")
            ]
        )
        > 1
    }
    if not problems:
        raise Skip("fewer than two places of a problem have a normalised value and a time")
    drawn = [place for places in problems.values() for place in places]
    rows = list(dict.fromkeys(labels[id(place)] for place in records.places if place in drawn))
    asked = [axis for axis in records.descriptor["table"].get("blocks", ()) if axis.startswith("selector.")]
    names = spoken(rows, [axis.removeprefix("selector.") for axis in asked])
    figure, axes = panels(len(problems), 2, 0.75 + 0.17 * len(rows), sharey=True, sharex="col")
    numbers, best = [], {}
    for row, ((dataset, objective, _), places) in enumerate(problems.items()):
        where = f"{dataset.partition('[')[0]}, {places[0].answered[0]['rows']:,} documents"
        axes[row][0].set_title(where + (f", {objective}" if len({one[1] for one in problems}) > 1 else ""), loc="left")
        for place in places:
            label, colour = labels[id(place)], COLOURS[family_of(labels[id(place)], place)]
            at, value, seconds = (
                rows.index(label),
                records.over_seeds(place, "normalised"),
                records.over_seeds(place, "seconds"),
            )
            for axis, mean, seeds in (
                (axes[row][0], gap(value.mean), [gap(one) for one in records.numbers(place, "normalised")]),
                (axes[row][1], seconds.mean, records.numbers(place, "seconds")),
            ):
                axis.plot(
                    seeds, [at] * len(seeds), marker="o", markersize=2.5, linestyle="none", color=colour, alpha=0.4
                )
                axis.plot(mean, at, marker="|", markersize=9, markeredgewidth=1.8, color=colour)
            numbers.append(
                {
                    "dataset": dataset,
                    "objective": objective,
                    "selector": label,
                    "normalised_mean": value.mean,
                    "normalised_sd": value.sd,
                    "seconds_mean": seconds.mean,
                    "seconds_sd": seconds.sd,
                    "seeds": value.seeds,
                }
            )
        best[where] = {labels[id(place)]: records.over_seeds(place, "normalised") for place in places}
    axes[0][0].set_yticks(range(len(rows)), [names[label] for label in rows])
    axes[0][0].set_ylim(len(rows) - 0.5, -0.5)
    for column, words in zip(axes.T, (lambda axis: distance_axis(axis, "x", 5), seconds_axis)):
        ends = [end for axis in column for end in axis.dataLim.intervalx]
        for axis in column:
            axis.set_xlim(min(ends) / 1.3, max(ends) * 1.3)
            words(axis)
            axis.label_outer()
    tops = {where: max(values, key=lambda label: values[label].mean) for where, values in best.items()}
    return [
        (
            "",
            Drawing(
                figure,
                as_good(best, names),
                numbers,
                "Distance of the value from the upper bound (from the best known value where no bound is proved), in per cent of a random "
                f"answer's, and time; less is better, what is nearer than {percent(LEAST_GAP)} is drawn there. Bars: means over seeds; dots: "
                "the seeds." + not_drawn(records.places, drawn, labels.values()),
                drawn,
                f"Nearest mean: {'; '.join(f'{where}: {names[top]} ({percent(gap(best[where][top].mean))})' for where, top in tops.items())}.",
            ),
        )
    ]


def as_good(problems: dict[str, dict[str, Spread]], names) -> str:
    """Which rows no other beats by more than seeds make of themselves (two standard errors), on every problem; else which is the best where."""
    level = []
    for values in problems.values():
        top = max(values.values(), key=lambda one: one.mean)
        noise = lambda one: one.sd**2 / one.seeds  # noqa: E731
        level.append(
            {label for label, one in values.items() if top.mean - one.mean <= 2 * sqrt(noise(top) + noise(one))}
        )
    everywhere = [label for label in names if all(label in one for one in level)]
    count = f"on all {len(problems)} data sets" if len(problems) > 1 else f"on {next(iter(problems))}"
    if len(everywhere) == len(names):
        return f"No setting differs from the best by more than its seeds do, {count}"
    if 0 < len(everywhere) <= 2:
        return f"{' and '.join(names[label] for label in everywhere)}: the nearest to the best possible, or as good, {count}"
    if everywhere:
        worse = [names[label] for label in names if not any(label in one for one in level)]
        if worse:
            return f"{len(everywhere)} of {len(names)} settings are as good as the best {count}; never so: {', '.join(worse)}"
        return f"{len(everywhere)} of {len(names)} settings are as good as the best {count}"
    tops = Counter(names[max(values, key=lambda label: values[label].mean)] for values in problems.values())
    return "The best setting depends on the data: " + ", ".join(
        f"{name} on {count}" for name, count in tops.most_common()
    )


def gap(normalised):
    return max(1 - normalised, LEAST_GAP)


def pareto(points):
    front, best = [], float("-inf")
    for point in sorted(points, key=lambda point: (point.seconds.mean, -point.value.mean)):
        if not point.guessed and point.value.mean > best:
            front.append(point)
            best = point.value.mean
    return front


def quality_diversity(records, settings: int = 2):
    """Mean quality against similarity of the answer, one curve a selector, lambda along it; at least so many settings of it."""
    name = "objective.lambda"
    places = [
        place
        for place in records.places
        if name in place.axes
        and records.over_seeds(place, "mean_quality")
        and records.over_seeds(place, "pairwise_similarity")
    ]
    if len({place.axes[name] for place in places}) < settings:
        few = "no two settings" if settings > 1 else "no setting"
        raise Skip(f"{few} of lambda {'have' if settings > 1 else 'has'} quality and pairwise similarity")
    datasets = list(dict.fromkeys(place.axes["dataset"] for place in places))
    scalings = list(dict.fromkeys(plain(place.axes.get("objective.scaling", "raw")) for place in places))
    labels = dict(zip(map(id, places), labels_of(places)))
    looks = Looks(labels.values(), places)
    figure, axes = panels(len(scalings), len(datasets), 2.5)
    numbers = []
    for row, scaling in enumerate(scalings):
        for column, dataset in enumerate(datasets):
            axis, near = axes[row][column], []
            axis.set_title(f"{short(dataset)}\nterms {scaling}")
            here = [
                place
                for place in places
                if (place.axes["dataset"], plain(place.axes.get("objective.scaling", "raw"))) == (dataset, scaling)
            ]
            for label in dict.fromkeys(labels[id(place)] for place in here):
                rows = []
                for place in sorted(
                    (place for place in here if labels[id(place)] == label), key=lambda place: -place.axes[name]
                ):
                    rows.append(
                        (
                            place.axes[name],
                            records.over_seeds(place, "mean_quality"),
                            records.over_seeds(place, "pairwise_similarity"),
                        )
                    )
                axis.errorbar(
                    [row[2].mean for row in rows],
                    [row[1].mean for row in rows],
                    xerr=[row[2].sd for row in rows],
                    yerr=[row[1].sd for row in rows],
                    elinewidth=0.5,
                    capsize=0,
                    label=label,
                    **looks.line(label),
                )
                near = near or rows
                numbers += [
                    {
                        "dataset": dataset,
                        "scaling": scaling,
                        "selector": label,
                        "lambda": weight,
                        "mean_quality_mean": quality.mean,
                        "mean_quality_sd": quality.sd,
                        "pairwise_similarity_mean": similarity.mean,
                        "pairwise_similarity_sd": similarity.sd,
                        "seeds": quality.seeds,
                    }
                    for weight, quality, similarity in rows
                ]
            for weight, quality, similarity in near[:1] + near[1:][-1:]:
                axis.annotate(
                    f"λ = {weight:g}",
                    (similarity.mean, quality.mean),
                    xytext=(-5, -5),
                    textcoords="offset points",
                    fontsize=6.5,
                    ha="right",
                    va="top",
                )
            axis.margins(x=0.3, y=0.14)
            axis.invert_xaxis()
            if row + 1 == len(scalings):
                axis.set_xlabel("pairwise similarity\n(right is more diverse)")
        axes[row][0].set_ylabel("mean quality")
    legend_below(figure, axes)
    return [
        (
            "",
            Drawing(
                figure,
                moved_by_lambda(numbers),
                numbers,
                "Mean quality against pairwise similarity of the answer, lambda along each curve from high (left) to low; terms raw, or "
                "scaled to equal spread over random sets (sd). Mean and standard deviation over seeds; up and right is better.",
                places,
            ),
        )
    ]


def moved_by_lambda(numbers) -> str:
    """How far lambda moves the answer's similarity, by scaling of the terms: means over data sets and methods."""
    if len({row["lambda"] for row in numbers}) == 1:
        best, apart = (
            max(numbers, key=lambda row: row["mean_quality_mean"]),
            min(numbers, key=lambda row: row["pairwise_similarity_mean"]),
        )
        return f"{best['selector']} keeps the best rows, {apart['selector']} the least alike"
    ranges = {}
    for row in numbers:
        ranges.setdefault(row["scaling"], {}).setdefault((row["dataset"], row["selector"]), []).append(
            row["pairwise_similarity_mean"]
        )
    moved = {
        scaling: sum((max(one) - min(one)) / max(one) for one in curves.values()) / len(curves)
        for scaling, curves in ranges.items()
    }
    if len(moved) == 1:
        return f"Lambda moves the similarity of the answer by {percent(*moved.values())} in the mean"
    far, near = sorted(moved, key=moved.get, reverse=True)[:2]
    return (
        f"Lambda moves the answer further with its terms {far}: similarity falls by {percent(moved[far])}, with {near} by "
        f"{percent(moved[near])}, in the mean"
    )
