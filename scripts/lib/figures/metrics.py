"""A metric of every method, one row each."""

from __future__ import annotations

from textwrap import fill

import matplotlib.pyplot as plt

from lib.figures.drawing import Drawing
from lib.figures.families import family_of
from lib.figures.look import (
    COLOURS,
    FLOOR,
    panels,
    percent,
    short,
    spoken,
)
from lib.figures.records import Skip, bars, labels_of, spread


def dots(
    records,
    metric: str,
    what: str,
    neutral: float | None = None,
    share: bool = False,
    less: str | None = None,
    published: str = "",
    caution: str = "",
    subject: str = "",
):
    """A metric of every selector, one panel a data set (and a label, for a metric of labels). less: seed by seed, less that of this selector.
    published: title of the table's published column that has this metric. caution: the title, whatever the numbers are;
    subject: of whose greatest and least the title tells, where there is none."""
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
    said = spoken(names)
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
    axes[0][0].set_yticks(range(len(names)), [said[name] for name in names])
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
                caution or extremes(numbers, subject, share),
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


def extremes(numbers, subject: str, share: bool) -> str:
    """The method with the greatest mean over the panels, and with the least."""
    rows = {}
    for row in numbers:
        rows.setdefault(row["selector"], []).append(row["mean"])
    whole = max(map(len, rows.values()))
    means = {label: sum(one) / len(one) for label, one in rows.items() if len(one) == whole}
    said = percent if share else "{:.2f}".format
    high, low = max(means, key=means.get), min(means, key=means.get)
    where = ", in the mean over data sets" if len({row["dataset"] for row in numbers}) > 1 else ""
    return f"{subject}: most with {high} ({said(means[high])}), least with {low} ({said(means[low])}){where}"


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
