"""Curves: convergence of a run, sweeps of one parameter, time against size."""

from __future__ import annotations

import math

import numpy as np
from lib.figures.look import BOUND, FLOOR, POOL, Looks, legend_below, panels, plain_log, short, wide_scale
from lib.figures.output import Drawing
from lib.figures.records import Skip, bars, labels_of, plain, problem_of, spread, without

# Share of an objective's variance over masks that is linear in the mask, at n = 1,000, G = 128.
LINEAR_SHARE = {"pairwise_similarity": 0.96, "facility_location": 0.43, "disf": 0.88}


def convergence(records, by: str):
    """Value, quality and diversity along a run; one drawing an objective, one column a data set."""
    drawn = False
    for objective, budget in dict.fromkeys((place.axes["objective"], place.axes["budget"]) for place in records.places):
        places = [
            place for place in records.places if (place.axes["objective"], place.axes["budget"]) == (objective, budget)
        ]
        curves = [place for place in places if any(len(records.points(cell)) >= 3 for cell in place.done)]
        if curves:
            drawn = True
            yield objective, convergence_of(records, places, curves, objective, by)
    if not drawn:
        raise Skip("no cell has three checkpoints")


def convergence_of(records, places, curves, objective, by):
    cells = [cell for place in curves for cell in place.done]
    first = "normalised" if all(records.normalised(cell) is not None for cell in cells) else "value"
    measures = {
        first: "value" if first == "value" else "normalised value",
        "mean_quality": "mean quality",
        "diversity": "diversity term",
    }
    if not any("mean_quality" in point["metrics"] for place in curves for point in records.points(place.done[0])):
        measures.pop("mean_quality")
    if not objective.startswith("joint"):
        measures.pop("diversity")  # it is the value
    single = [place for place in places if place not in curves and any(records.points(cell) for cell in place.done)]
    marked = single if by == "second" else []
    datasets = list(dict.fromkeys(place.axes["dataset"] for place in curves))
    labels = dict(zip(map(id, places), labels_of(places)))
    looks = Looks([labels[id(place)] for place in [*curves, *marked]], [*curves, *marked])
    figure, axes = panels(len(measures), len(datasets), 1.7, sharex="col")
    numbers = []
    for column, dataset in enumerate(datasets):
        axes[0][column].set_title(short(dataset))
        for row, (measure, title) in enumerate(measures.items()):
            axis = axes[row][column]
            for place in (place for place in curves if place.axes["dataset"] == dataset):
                label = labels[id(place)]
                xs, means, sds, seeds = curve_of(records, place, measure, by)
                look = looks.line(label) | {"marker": None}
                axis.plot(xs, means, label=label, **look)
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
                    axis.errorbar(x.mean, y.mean, yerr=y.sd, label=label, **looks.mark(label))
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
        axes[-1][column].set_xlabel("step" if by == "step" else "seconds of selection")
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
    else:
        grid = np.geomspace(max(begin, 1e-9), max(max(xs[-1] for xs, _ in runs), begin), 40)
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


def sweep(records, parameter: str, title: str):
    """Normalised value, time and theory against one parameter of datamask; one column a problem."""
    axis_name = f"selector.{parameter}"
    swept = [place for place in records.places if axis_name in place.axes]
    settings = list(dict.fromkeys(plain(place.axes[axis_name]) for place in swept))
    if len(settings) < 2:
        raise Skip(f"no two settings of {parameter}")
    numeric = all(isinstance(place.axes[axis_name], (int, float)) for place in swept)
    if numeric:
        settings.sort(key=float)
    at = {setting: float(setting) if numeric else turn for turn, setting in enumerate(settings)}
    problems = {
        problem: places
        for problem, places in records.problems.items()
        if any(place in swept and place.done for place in places)
    }
    if not problems:
        raise Skip("no cell is done")
    objectives = {problem[1] for problem in problems}
    fixed = [place for place in records.places if place not in swept]
    series_of = dict(zip(map(id, swept + fixed), labels_of(swept, but=parameter) + labels_of(fixed)))
    for place in swept:  # one setting each: a series in which the updates move along, so that cost stays
        label = series_of[id(place)]
        if len({plain(other.axes[axis_name]) for other in swept if series_of[id(other)] == label}) == 1:
            series_of[id(place)] = without(label, "steps") + ", updates adjusted"
    looks = Looks(series_of.values(), swept + fixed)
    theory = THEORY.get(parameter, ())
    figure, axes = panels(
        2 + len(theory), len(problems), 1.75, width=max(3.6, min(7.0, 2.6 * len(problems))), sharex="col"
    )
    numbers, used = [], []
    for column, (problem, places) in enumerate(problems.items()):
        axes[0][column].set_title(short(problem[0]) + (f"\n{problem[1]}" if len(objectives) > 1 else ""))
        levels = []
        for label in dict.fromkeys(series_of[id(place)] for place in places):
            members = {
                plain(place.axes[axis_name]): place
                for place in places
                if place in swept and series_of[id(place)] == label
            }
            if not members:
                reference = next(place for place in places if series_of[id(place)] == label)
                if level := records.over_seeds(reference, "normalised"):
                    used.append(reference)
                    levels.append((level.mean, label))
                    numbers.append(
                        sweep_row(problem, label, parameter, "", level, records.over_seeds(reference, "seconds"), None)
                    )
                continue
            rows = []
            for setting in (setting for setting in settings if setting in members):
                place = members[setting]
                value, seconds = records.over_seeds(place, "normalised"), records.over_seeds(place, "seconds")
                if value and seconds:
                    used.append(place)
                    rows.append((at[setting], value, seconds, noise(records, place)))
                    numbers.append(sweep_row(problem, label, parameter, setting, value, seconds, rows[-1][3]))
            if not rows:
                continue
            xs, look = [row[0] for row in rows], looks.line(label)
            for axis, which in ((axes[0][column], 1), (axes[1][column], 2)):
                axis.errorbar(
                    xs, [row[which].mean for row in rows], yerr=bars([row[which] for row in rows]), label=label, **look
                )
            if not all(row[3] for row in rows):
                continue
            for axis, (_, _, lines) in zip(axes[2:, column], theory):
                for name, title_of_line, changed in lines:
                    told = [(row[0], row[3][name]) for row in rows if row[3][name] != ""]
                    if told:
                        axis.plot(*zip(*told), label=title_of_line, **(look | changed))
        low, high = axes[0][column].get_ylim()
        for level, label in levels:
            if low < level < high + (high - low):  # a line far away would flatten the curves; it is in the numbers
                axes[0][column].axhline(level, label=label, **(looks.line(label) | {"marker": None, "linewidth": 0.9}))
        wide_scale(axes[1][column])
        if parameter == "eta":
            axes[2][column].axhspan(3, 6, color=POOL, alpha=0.3, linewidth=0, label="3 to 6, expected to do best")
        if numeric:
            axes[-1][column].set_xscale("log")
            axes[-1][column].minorticks_off()
        axes[-1][column].set_xticks(
            list(at.values()), [f"{at[one] / 1000:g}k" if numeric and at[one] >= 1000 else one for one in settings]
        )
        axes[-1][column].set_xlabel(title)
    axes[0][0].set_ylabel("normalised value")
    axes[1][0].set_ylabel("seconds of selection")
    for row, (what, scale, _) in zip(axes[2:], theory):
        row[0].set_ylabel(what)
        for axis in row:
            scale(axis)
    if not used:
        raise Skip("no cell has a normalised value")
    legend_below(figure, axes)
    text = f"Objective {objectives.pop()}. " if len(objectives) == 1 else ""
    text += "Normalised value: 0 is a random answer, 1 the upper bound (or the best known value). Marks: means over seeds; bars: least to greatest. "
    if parameter == "eta":
        text += (
            "Theory, from the counts on record: a row one deviation from the mean moves its logit by eta E sqrt(S_b) / N' in all, N' the rows left by "
            "pruning; of final logits that deviate by 3 to 6 (grey) it was expected that they neither lock in early nor leave the draw to chance: "
            "the caption ends with the settings that did best. "
        )
    elif theory:
        text += (
            "Theory, from the counts on record: cosine of one step with the exact gradient sqrt(G R^2 / (N_b + G R^2)), R^2 the linear share "
            "of the objective's variance; signal to noise of the whole run sqrt(E G / N), N the rows left by pruning. There is none of ours: it knows of no control variate. "
        )
    return [("", Drawing(figure, numbers, text, used, best_setting(numbers, parameter)))]


def of_one(axis):
    axis.set_ylim(0, 1.05)


# What the panels below value and time draw: (label of the axis, its scale, lines); a line is (name in the numbers, label, change of the
# series' look).
COSINE = (
    ("cosine", "cosine of a step, theory", {"marker": None}),
    ("cosine_measured", "cosine of a step, measured", {"linestyle": "none"}),
)
SNR = (("snr", "signal to noise of the run, theory", {"marker": None, "linestyle": ":"}),)
TRAVEL = (("travel", "way of a logit, theory", {"marker": None, "linestyle": ":"}),)
NOISE = (("cosine to the\nexact gradient", of_one, COSINE), ("signal to noise", wide_scale, SNR))
THEORY = {"group_size": NOISE, "batch": NOISE, "steps": NOISE, "eta": (("way of a logit", plain_log, TRAVEL),)}


def noise(records, place):
    """What theory says of a run of the paper's preset, from its work counts, beside the measured cosine; None where it says nothing."""
    cell = place.done[0]
    work = cell["work"]
    if (
        not all(work.get(name) for name in ("keys_drawn", "rows_read", "steps"))
        or "preset=ours" in cell["selector"]
        or "control_variate" in cell["selector"]
    ):
        return None  # a control variate reads rows without drawing keys
    masks, batch, steps = work["keys_drawn"] / work["rows_read"], work["rows_read"] / work["steps"], work["steps"]
    measured = records.over_seeds(place, "gradient_cosine")
    share = next(
        (share for name, share in LINEAR_SHARE.items() if name in cell["objective"]),
        LINEAR_SHARE["pairwise_similarity"],
    )
    pruned = float(place.axes.get("selector.prune", 0.5 if cell["quality"] else 0))
    left = (1 - pruned) * cell["rows"]
    eta = place.axes.get("selector.eta", "")
    travel = eta * steps * math.sqrt(batch * cell["budget"]["amount"] / left) / left if eta else ""
    return {
        "G": masks,
        "N_b": batch,
        "E": steps,
        "travel": travel,
        "cosine": math.sqrt(masks * share / (batch + masks * share)),
        "cosine_measured": measured.mean if measured else "",
        "snr": math.sqrt(steps * masks / left),
    }


def sweep_row(problem, label, parameter, setting, value, seconds, theory):
    theory = theory or dict.fromkeys(("G", "N_b", "E", "travel", "cosine", "cosine_measured", "snr"), "")
    return {
        "dataset": problem[0],
        "objective": problem[1],
        "selector": label,
        parameter: setting,
        "normalised_mean": value.mean,
        "normalised_sd": value.sd,
        "seconds_mean": seconds.mean if seconds else "",
        "seconds_sd": seconds.sd if seconds else "",
        "seeds": value.seeds,
        **theory,
    }


def best_setting(numbers, parameter):
    """The best setting of each series on each problem, in a sentence."""
    swept = [row for row in numbers if row[parameter] != ""]
    best, problems = {}, {(row["dataset"].partition("[")[0], row["objective"]) for row in swept}
    several = len({dataset for dataset, _ in problems}) < len(problems), len({row["selector"] for row in swept}) > 1
    for row in swept:
        key = row["dataset"].partition("[")[0], row["objective"], row["selector"]
        if key not in best or row["normalised_mean"] > best[key]["normalised_mean"]:
            best[key] = row
    found = [
        ", ".join([dataset, *[name for name, told in zip(rest, several) if told]])
        + f": {parameter} = {row[parameter]} ({row['normalised_mean']:.3f})"
        for (dataset, *rest), row in best.items()
    ]
    return f"Best mean: {'; '.join(found)}."


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
            axis.errorbar(xs, ys, yerr=bars([row[1] for row in rows]), label=label, **look)
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
    axes[0][0].set_ylabel("seconds of selection")
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
