# mypy: ignore-errors
"""Answers against the pool that they were chosen from, by the `details` that records hold."""

from __future__ import annotations

import numpy as np

from .drawing import Drawing
from .look import KEPT, POOL, legend_below, panels
from .records import Skip, labels_of

NAMES = {"log10_length": "length (tokens)", "merged_quality": "merged quality"}


def detailed(records, detail: str):
    """data set -> [(label, place, cells with this detail)], in the plan's order; labels name the objective where there are several."""
    objectives = {place.axes["objective"] for place in records.places}
    families = {objective.partition("[")[0] for objective in objectives}
    found = {}
    for place, label in zip(records.places, labels_of(records.places)):
        cells = [cell for cell in place.done if detail in cell.get("details", {})]
        if cells:
            objective = (
                place.axes["objective"].partition("[")[0]
                if len(families) == len(objectives)
                else place.axes["objective"]
            )
            name = f"{label}\n{objective}" if len(objectives) > 1 else label
            found.setdefault(place.axes["dataset"], []).append((name, place, cells))
    if not found:
        raise Skip(f"no record holds the detail '{detail}'")
    return found


def part(dataset: str, found) -> str:
    """What tells the drawings of one record file apart: the data set's name, its parameters too where two have one name."""
    name = dataset.partition("[")[0]
    return dataset if sum(other.partition("[")[0] == name for other in found) > 1 else name


def pictures(count: int, height: float):
    """Small panels, four a line at most, with shared axes; those left over are hidden."""
    columns = -(-count // -(-count // 4))  # as even as can be
    figure, axes = panels(
        -(-count // columns), columns, height, width=max(3.4, 1.75 * columns), sharex=True, sharey=True
    )
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    if count % columns and count > columns:  # the hidden panel had the ticks of its column
        for axis in axes[-2][count % columns :]:
            axis.tick_params(labelbottom=True)
    return figure, axes.flat[:count]


def histograms(records, of: str):
    """Shares of the pool and of what each selector kept, by merged quality or by length."""
    found = detailed(records, "histograms")
    drawn = False
    for dataset, rows in found.items():
        if not (rows := [row for row in rows if of in row[2][0]["details"]["histograms"]]):
            continue
        drawn = True
        figure, axes = pictures(len(rows), 1.4)
        numbers, middles = [], {}
        for axis, (label, _, cells) in zip(axes, rows):
            histogram = cells[0]["details"]["histograms"][of]
            edges = np.power(10.0, histogram["edges"]) if of == "log10_length" else np.array(histogram["edges"])
            shares = {name: np.array(histogram[name]) / max(1, sum(histogram[name])) for name in ("pool", "kept")}
            axis.stairs(shares["pool"], edges, fill=True, color=POOL, alpha=0.5, label="pool")
            axis.stairs(shares["kept"], edges, color=KEPT, linewidth=1.3, label="kept")
            axis.set_title(label)
            if of == "log10_length":
                axis.set_xscale("log")
            middles["the pool"] = middle(shares["pool"], edges)
            middles[label.replace("\n", ", ")] = middle(shares["kept"], edges)
            numbers += [
                {
                    "selector": label,
                    "from": float(low),
                    "to": float(high),
                    "pool_share": float(pool),
                    "kept_share": float(kept),
                }
                for low, high, pool, kept in zip(edges, edges[1:], shares["pool"], shares["kept"])
            ]
        figure.supylabel("share of rows", fontsize=8)
        for axis in axes:
            if axis.get_subplotspec().is_last_row():
                axis.set_xlabel(NAMES.get(of, of), fontsize=7)
        legend_below(figure, np.array(list(axes)))
        yield (
            part(dataset, found),
            Drawing(
                figure,
                furthest(middles, f"{part(dataset, found)}: median {NAMES.get(of, of)}"),
                numbers,
                f"Share of rows by {NAMES.get(of, of)}, in {len(edges) - 1} bins: the pool, and what each "
                "method kept, first seed.",
                [place for _, place, _ in rows],
                first=True,
            ),
        )
    if not drawn:
        raise Skip(f"no histogram of {of}")


def middle(shares, edges) -> float:
    """The median of a histogram, evenly spread within its bin."""
    below = np.concatenate([[0.0], np.cumsum(shares)])
    return float(np.interp(0.5 * below[-1], below, edges))


def furthest(middles: dict[str, float], what: str) -> str:
    """Which methods keep the least and the most, beside the pool."""
    pool = middles.pop("the pool")
    low, high = min(middles, key=middles.get), max(middles, key=middles.get)
    said = lambda number: f"{number:,.0f}" if pool > 20 else f"{number:.2f}"  # noqa: E731
    if low == high:
        return f"{what}: {said(middles[low])} ({low}); the pool has {said(pool)}"
    return f"{what}: from {said(middles[low])} ({low}) to {said(middles[high])} ({high}); the pool has {said(pool)}"
