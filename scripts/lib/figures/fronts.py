"""What is traded: time for value, quality for diversity."""

from __future__ import annotations

from textwrap import fill

import matplotlib.pyplot as plt
from lib.figures.families import family_of
from lib.figures.look import COLOURS, FLOOR, POOL, Looks, legend_below, panels, plain_log, short
from lib.figures.output import Drawing
from lib.figures.records import Skip, bars, labels_of, not_drawn, plain, spread

LEAST_GAP = 1e-6  # of the normalised value; smaller gaps are drawn here


def time_value(records):
    """Gap to the ceiling against time, both logarithmic; rows are data sets, columns objectives."""
    labels = dict(zip(map(id, records.places), labels_of(records.places)))
    points = []
    valued = {}  # the place that has a point's value: of a time that was extrapolated, the rule with the same picks
    twins = records.descriptor["table"].get("same_picks", {})
    named = {(place.problem, place.axes["selector"]): place for place in records.places}
    for place in records.places:
        own = records.over_seeds(place, "normalised")
        source = place if own else named.get((place.problem, twins.get(place.axes["selector"])))
        value, seconds = (
            own or source and records.over_seeds(source, "normalised"),
            records.over_seeds(place, "seconds"),
        )
        if value and seconds:
            points.append((place, labels[id(place)], seconds, value))
            valued[id(place)] = source
    if len(points) < 2:
        raise Skip("fewer than two places have a normalised value and a time")
    datasets = list(dict.fromkeys(place.axes["dataset"] for place, *_ in points))  # a refused one has no panel
    objectives = list(dict.fromkeys(place.axes["objective"] for place, *_ in points))
    looks = Looks([label for _, label, _, _ in points], [place for place, _, _, _ in points])
    figure, axes = panels(len(datasets), len(objectives), 2.2, sharey=True, width=5.6 if len(objectives) == 1 else 7.0)
    numbers, fastest = [], []
    for row, dataset in enumerate(datasets):
        for column, objective in enumerate(objectives):
            axis = axes[row][column]
            here = [
                point
                for point in points
                if (point[0].axes["dataset"], point[0].axes["objective"]) == (dataset, objective)
            ]
            if not here:
                axis.set_visible(False)
                continue
            ceilings = [records.ceiling(valued[id(place)].answered[0]) for place, *_ in here]
            axis.set_title(
                f"{dataset}\n{objective}"
                + ("" if all(proved for _, proved in ceilings) else "\n1 is the best known value")
            )
            front = pareto(here)
            if len(front) > 1:
                axis.plot(
                    [point[2].mean for point in front],
                    [gap(point[3].mean) for point in front],
                    color=POOL,
                    drawstyle="steps-post",
                    linewidth=0.9,
                    zorder=1,
                    label="best for the time",
                )
            for point, ceiling in zip(here, ceilings):
                place, label, seconds, value = point
                source = valued[id(place)]
                hollow, name = (
                    ({}, label) if source is place else ({"markerfacecolor": "none"}, f"{label}, extrapolated")
                )
                axis.errorbar(
                    seconds.mean,
                    gap(value.mean),
                    label=name,
                    elinewidth=0.7,
                    capsize=0,
                    **looks.mark(label) | hollow,
                    xerr=bars([seconds]),
                    yerr=[[max(0.0, gap(value.mean) - gap(value.high))], [max(0.0, gap(value.low) - gap(value.mean))]],
                )
                numbers.append(
                    {
                        "dataset": dataset,
                        "objective": objective,
                        "selector": label,
                        "seconds_mean": seconds.mean,
                        "seconds_sd": seconds.sd,
                        "normalised_mean": value.mean,
                        "normalised_sd": value.sd,
                        "seeds": value.seeds,
                        "ceiling": "bound" if ceiling[1] else "best known",
                        "front": int(point in front),
                        "value_of": labels[id(source)],
                    }
                )
            near = [point for point in here if point[3].mean >= 0.999]
            if near:
                quick = min(near, key=lambda point: point[2].mean)
                fastest.append(f"{dataset.partition('[')[0]}, {objective}: {quick[1]} ({quick[2].mean:.2g} s)")
            axis.set_xscale("log")
            axis.set_yscale("log")
            if row + 1 == len(datasets):
                axis.set_xlabel("seconds of selection")
        axes[row][0].set_ylabel("1 - normalised value")
    axes[0][0].set_ylim(LEAST_GAP / 1.6, 1.6 * max(axis.dataLim.y1 for axis in axes.flat))  # one for all
    legend_below(figure, axes)
    return [
        (
            "",
            Drawing(
                figure,
                numbers,
                "Gap of the normalised value to the upper bound (to the best known value where no bound is proved, see the "
                f"CSV) against time; down and left is better, 1 is a random answer, gaps below {LEAST_GAP:g} are drawn there. "
                "Marks: means over seeds; bars: least to greatest."
                + (
                    " Hollow: a time extrapolated from timed candidates, at the value of the rule that makes the same picks."
                    if any(valued[id(place)] is not place for place, *_ in points)
                    else ""
                )
                + not_drawn(records.places, [point[0] for point in points], labels.values()),
                [point[0] for point in points],
                "Fastest mean within 0.1 % of the room between random and ceiling: " + "; ".join(fastest) + "."
                if fastest
                else "No method comes within 0.1 % of the room between random and ceiling.",
            ),
        )
    ]


def ablation(records):
    """Gap to the ceiling and time of each row of the table, a row of panels a problem; rows that differ little stand apart."""
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
    names = list(dict.fromkeys(labels[id(place)] for place in records.places if place in drawn))
    figure, axes = panels(len(problems), 2, 0.75 + 0.16 * len(names), sharey=True, sharex="col")
    numbers, best = [], []
    for row, ((dataset, objective, _), places) in enumerate(problems.items()):
        axes[row][0].set_title(f"{dataset}\n{objective}", loc="left")
        for place in places:
            label, colour = labels[id(place)], COLOURS[family_of(labels[id(place)], place)]
            at, value, seconds = (
                names.index(label),
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
        top = max(places, key=lambda place: records.over_seeds(place, "normalised").mean)
        best.append(
            f"{dataset.partition('[')[0]}, {objective}: {labels[id(top)]} ({records.over_seeds(top, 'normalised').mean:.4f})"
        )
    axes[0][0].set_yticks(range(len(names)), names)
    axes[0][0].set_ylim(len(names) - 0.5, -0.5)
    for column, title in zip(axes.T, ("1 - normalised value", "seconds of selection")):
        plain_log(column[-1], "x", column)
        column[-1].set_xlabel(title)
    return [
        (
            "",
            Drawing(
                figure,
                numbers,
                "Gap of the normalised value to the upper bound (to the best known value where no bound is proved), and time; less is "
                f"better, a gap of 1 is a random answer, gaps below {LEAST_GAP:g} are drawn there. Bars: means over seeds; dots: the seeds."
                + not_drawn(records.places, drawn, labels.values()),
                drawn,
                f"Best mean: {'; '.join(best)}.",
            ),
        )
    ]


def gap(normalised):
    return max(1 - normalised, LEAST_GAP)


def pareto(points):
    front, best = [], float("-inf")
    for point in sorted(points, key=lambda point: (point[2].mean, -point[3].mean)):
        if point[3].mean > best:
            front.append(point)
            best = point[3].mean
    return front


def quality_diversity(records):
    """Mean quality against similarity of the answer, one curve a selector, lambda along it."""
    name = "objective.lambda"
    places = [
        place
        for place in records.places
        if name in place.axes
        and records.over_seeds(place, "mean_quality")
        and records.over_seeds(place, "pairwise_similarity")
    ]
    if len({place.axes[name] for place in places}) < 2:
        raise Skip("no two settings of lambda have quality and pairwise similarity")
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
            for weight, quality, similarity in near[:1] + near[-1:]:
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
                numbers,
                "Mean quality against pairwise similarity of the answer, lambda along each curve from high (left) to low; terms raw, or "
                "scaled to equal spread over random sets (sd). Mean and standard deviation over seeds; up and right is better.",
                places,
            ),
        )
    ]


def dots(
    records,
    metric: str,
    what: str,
    neutral: float | None = None,
    share: bool = False,
    less: str | None = None,
    published: str = "",
):
    """A metric of every selector, one panel a data set (and a label, for a metric of labels). less: seed by seed, less that of this selector.
    published: title of the table's published column that has this metric."""
    shown = {}
    labels = [label + note for label, note in zip(objective_named_where_it_matters(records), warned(records))]
    others = next(
        (column for column in records.descriptor["table"].get("published", ()) if column["title"] == published),
        {"source": "", "rows": {}},
    )
    for place, label in zip(records.places, labels):
        for measure in sorted(
            {name for cell in place.done for name in cell["metrics"] if name.partition(".")[0] == metric}
        ):
            shown.setdefault((place.axes["dataset"], measure), []).append((place, label))
    if not shown:
        raise Skip(f"no cell has the metric {metric}")
    whole = (
        []
        if not share
        else [
            key for key, rows in shown.items() if all(records.over_seeds(place, key[1]).mean == 1 for place, _ in rows)
        ]
    )
    if len(whole) < len(shown):
        for key in whole:  # a panel of ones
            del shown[key]
    else:
        whole = []
    names = [
        label for label in dict.fromkeys(labels) if any(label == one for rows in shown.values() for _, one in rows)
    ]
    figure, axes = panels(1, len(shown), 0.6 + 0.17 * len(names), width=7.0 if len(shown) > 1 else 4.5, sharey=True)
    numbers = []
    for axis, ((dataset, measure), rows) in zip(axes[0], shown.items()):
        column = measure.partition(".")[2].replace("heldout", "held-out")
        axis.set_title(short(dataset) + (f"\n{column}" if column else ""))
        for place, label in rows:
            number = records.over_seeds(place, measure)
            if less:
                number = difference(
                    records,
                    place,
                    next(other for other in records.problems[place.problem] if other.axes["selector"] == less),
                    measure,
                )
            axis.errorbar(
                number.mean,
                names.index(label),
                xerr=bars([number]) if less else number.sd,
                marker="o",
                linestyle="none",
                color=COLOURS[family_of(label, place)],
            )
            theirs = leading_number(others["rows"].get(str(place.axes["selector"]), ""))
            if theirs is not None:
                axis.plot(
                    theirs, names.index(label), marker="D", markerfacecolor="none", color="black", linestyle="none"
                )
            numbers.append(
                {
                    "dataset": dataset,
                    "metric": measure,
                    "objective": place.axes["objective"],
                    "selector": label,
                    "mean": number.mean,
                    "sd": number.sd,
                    "seeds": number.seeds,
                    "published": "" if theirs is None else theirs,
                }
            )
        if share:
            axis.set_xlim(0, min(1.04, 1.3 * max(records.over_seeds(place, measure).high for place, _ in rows)))
            axis.xaxis.set_major_locator(plt.MaxNLocator(3))
        if neutral is not None:
            axis.axvline(neutral, color=FLOOR, linestyle=":")
    axes[0][0].set_yticks(range(len(names)), names)
    axes[0][0].set_ylim(len(names) - 0.5, -0.5)
    figure.supxlabel(fill(what + (f", less that of {less}" if less else ""), 100), fontsize=8)
    how = (
        f"less that of {less} with the same seed: mean, least and greatest."
        if less
        else "mean and standard deviation over seeds."
    )
    if any(row["published"] != "" for row in numbers):
        how += f" Diamond: published ({others['source']})."
    how += "".join(
        f" *: {text}."
        for text in dict.fromkeys(text for place in records.places for cell in place.done for text in cell["warnings"])
    )
    return [
        (
            "",
            Drawing(
                figure,
                numbers,
                f"{what[0].upper()}{what[1:]}, {how}"
                + (
                    f" Left out, since every answer covers all: {', '.join(dataset + ' ' + measure.partition('.')[2] for dataset, measure in whole)}."
                    if whole
                    else ""
                ),
                [place for rows in shown.values() for place, _ in rows],
            ),
        )
    ]


def objective_named_where_it_matters(records) -> list[str]:
    """Labels of the places; an answer that is the same under every objective is one row."""
    labels, answers = labels_of(records.places), {}
    for place, label in zip(records.places, labels):
        answers.setdefault(label, {}).setdefault(place.axes["objective"], []).append(
            [cell["ids"]["sha256"] for cell in place.done]
        )
    alike = {label for label, by_objective in answers.items() if len({str(ids) for ids in by_objective.values()}) == 1}
    return [
        label if label in alike else f"{label}, {place.axes['objective']}"
        for place, label in zip(records.places, labels)
    ]


def warned(records) -> list[str]:
    """A star for each place whose cells warn of something."""
    return [" *" if any(cell["warnings"] for cell in place.done) else "" for place in records.places]


def leading_number(text) -> float | None:
    """1.47 of "1.47 (FineWeb-Edu)"; None where there is none."""
    try:
        return float(str(text).split()[0])
    except (IndexError, ValueError):
        return None


def difference(records, place, against, measure):
    """Spread of a measure less that of another place, over the repetitions that both have."""
    theirs = {cell["repetition"]: records.number(cell, measure) for cell in against.cells}
    pairs = [(records.number(cell, measure), theirs.get(cell["repetition"])) for cell in place.cells]
    return spread(one - other for one, other in pairs if one is not None and other is not None)
