"""Value and time against one parameter of a method, and what theory says of it."""

from __future__ import annotations

import math

from lib.figures.drawing import Drawing
from lib.figures.look import (
    POOL,
    Looks,
    legend_below,
    panels,
    plain_log,
    short,
    spoken,
    wide_scale,
)
from lib.figures.records import Skip, bars, labels_of, plain, without

# Share of an objective's variance over masks that is linear in the mask, at n = 1,000, G = 128.
LINEAR_SHARE = {"pairwise_similarity": 0.96, "facility_location": 0.43, "disf": 0.88}


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
    names = spoken(series_of.values())
    theory = THEORY.get(parameter, ())
    width = max(4.6, min(7.0, 2.6 * len(problems)))
    figure, axes = panels(2, len(problems), 1.9, width=width, sharex="col")
    numbers, used, told_by_theory = [], [], []
    heads = {problem: short(problem[0]) + (f"\n{problem[1]}" if len(objectives) > 1 else "") for problem in problems}
    for column, (problem, places) in enumerate(problems.items()):
        axes[0][column].set_title(heads[problem])
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
                        sweep_row(problem, label, parameter, "", level, records.over_seeds(reference, "seconds"))
                    )
                continue
            rows = []
            for setting in (setting for setting in settings if setting in members):
                place = members[setting]
                value, seconds = records.over_seeds(place, "normalised"), records.over_seeds(place, "seconds")
                if value and seconds:
                    used.append(place)
                    rows.append((at[setting], value, seconds))
                    numbers.append(sweep_row(problem, label, parameter, setting, value, seconds))
                    if formula := noise(records, place):
                        told_by_theory.append((problem, label, at[setting], formula))
            if not rows:
                continue
            xs, look = [row[0] for row in rows], looks.line(label)
            for axis, which in ((axes[0][column], 1), (axes[1][column], 2)):
                axis.errorbar(
                    xs,
                    [row[which].mean for row in rows],
                    yerr=bars([row[which] for row in rows]),
                    label=names[label],
                    **look,
                )
        low, high = axes[0][column].get_ylim()
        for level, label in levels:
            if low < level < high + (high - low):  # a line far away would flatten the curves; it is in the numbers
                axes[0][column].axhline(
                    level, label=names[label], **(looks.line(label) | {"marker": None, "linewidth": 0.9})
                )
        wide_scale(axes[1][column])
        if numeric:
            axes[-1][column].set_xscale("log")
            axes[-1][column].minorticks_off()
        ticks(axes[-1][column], at, numeric, title)
    axes[0][0].set_ylabel("normalised value")
    axes[1][0].set_ylabel("seconds of selection")
    if not used:
        raise Skip("no cell has a normalised value")
    legend_below(figure, axes)
    text = f"Objective {objectives.pop()}. " if len(objectives) == 1 else ""
    text += "Normalised value: 0 is a random answer, 1 the upper bound (or the best known value). Marks: means over seeds; bars: least to greatest."
    reading = best_setting(numbers, parameter)
    drawings = [("", Drawing(figure, one_setting(numbers, parameter, title), numbers, text, used, reading))]
    if theory and told_by_theory:
        drawings.append(("formulas", formulas(theory, told_by_theory, heads, at, title, parameter, used, width)))
    return drawings


def ticks(axis, at, numeric, title):
    axis.set_xticks(list(at.values()), [f"{at[one] / 1000:g}k" if numeric and at[one] >= 1000 else one for one in at])
    axis.set_xlabel(title)


def one_setting(numbers, parameter: str, title: str) -> str:
    """Whether one setting is the best of each series on every problem, and how much hangs on it."""
    rows = {}
    for row in numbers:
        if row[parameter] != "":
            key = row["dataset"], row["objective"], row["selector"]
            rows.setdefault(key, {})[row[parameter]] = row["normalised_mean"]
    best = [max(one, key=one.get) for one in rows.values()]
    lost = max(max(one.values()) - min(one.values()) for one in rows.values())
    if lost < 0.005:
        return f"The value hardly depends on the {title}: at most {lost:.1g} of the room between random and best"
    count = f"on all {len(rows)} curves" if len(rows) > 1 else "here"
    rest = f"the worst setting loses up to {lost:.2g} of the room between random and best"
    if len(set(best)) == 1:
        return f"Best setting of {title}: {best[0]} {count}; {rest}"
    order = [setting for setting in dict.fromkeys(name for one in rows.values() for name in one) if setting in best]
    return f"No one setting of {title} is best: {', '.join(order)}, by problem and method; {rest}"


def formulas(theory, told, heads, at, title, parameter, used, width) -> Drawing:
    """What theory says of each setting, beside what was measured of it: a row of panels a formula, a column a problem."""
    figure, axes = panels(len(theory), len(heads), 1.75, width=width, sharex="col")
    names = spoken([label for _, label, _, _ in told])
    looks = Looks([label for _, label, _, _ in told])
    for column, problem in enumerate(heads):
        axes[0][column].set_title(heads[problem])
        for axis, (_, scale, lines) in zip(axes[:, column], theory):
            for label in dict.fromkeys(names):
                for name, line, changed in lines:
                    here = [
                        (x, formula[name])
                        for where, one, x, formula in told
                        if (where, one) == (problem, label) and formula[name] != ""
                    ]
                    if here:
                        shown = line + (f": {names[label]}" if len(names) > 1 else "")
                        axis.plot(*zip(*here), label=shown, **(looks.line(label) | changed))
            scale(axis)
        if parameter == "eta":
            axes[0][column].axhspan(3, 6, color=POOL, alpha=0.3, linewidth=0, label="3 to 6, expected to do best")
        axes[-1][column].set_xscale("log")
        axes[-1][column].minorticks_off()
        ticks(axes[-1][column], at, True, title)
    for row, (what, _, _) in zip(axes, theory):
        row[0].set_ylabel(what)
    legend_below(figure, axes)
    if parameter == "eta":
        text = (
            "From the counts on record: a row one deviation from the mean moves its logit by eta E sqrt(S_b) / N' in all, N' the rows left by "
            "pruning; of final logits that deviate by 3 to 6 (grey) it was expected that they neither lock in early nor leave the draw to chance."
        )
    else:
        text = (
            "From the counts on record: cosine of one step with the exact gradient sqrt(G R^2 / (N_b + G R^2)), R^2 the linear share "
            "of the objective's variance; signal to noise of the whole run sqrt(E G / N), N the rows left by pruning. There is none of ours: it knows of no control variate."
        )
    numbers = [
        {"dataset": problem[0], "objective": problem[1], "selector": label, parameter: x, **formula}
        for problem, label, x, formula in told
    ]
    return Drawing(
        figure, f"What theory says of the {title}, and what was measured", numbers, text, used, formulas=True
    )


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


def sweep_row(problem, label, parameter, setting, value, seconds):
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
