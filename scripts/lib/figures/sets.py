"""What was picked: answers against the pool and against each other, from the `details` that a descriptor asks records to hold."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from lib.figures.drawing import Drawing
from lib.figures.look import KEPT, POOL, Looks, legend_below, panels, percent, plain_log, spoken
from lib.figures.pools import detailed, part, pictures
from lib.figures.records import Skip
from lib.script_support import ROOT


def jaccard(records):
    """Overlap of the answers of each pair of selectors: rows in both over rows in either."""
    found = detailed(records, "ids")
    for dataset, rows in found.items():
        labels = [label for label, _, _ in rows]
        answers = [(cells[0]["digest"], set(np.cumsum(cells[0]["details"]["ids"]).tolist())) for _, _, cells in rows]
        matrix = np.array(
            [
                [len(a & b) / max(1, len(a | b)) if one == other else np.nan for other, b in answers]
                for one, a in answers
            ]
        )
        side = 1.7 + 0.34 * len(labels)
        figure, axes = panels(1, 1, side, width=min(7.0, side + 0.5))
        axis = axes[0][0]
        axis.grid(False)
        picture = axis.imshow(matrix, vmin=0, vmax=1, cmap="cividis")
        for (i, j), overlap in np.ndenumerate(matrix):
            if np.isfinite(overlap):
                axis.text(
                    j,
                    i,
                    "1" if overlap == 1 else f"{overlap:.2f}".lstrip("0"),
                    ha="center",
                    va="center",
                    fontsize=5.5,
                    color="white" if overlap < 0.5 else "black",
                )
        axis.set_xticks(range(len(labels)), labels, rotation=90)
        axis.set_yticks(range(len(labels)), labels)
        figure.colorbar(picture, ax=axis, shrink=0.7, label="rows in both / rows in either")
        numbers = [
            {"selector": labels[i], "other": labels[j], "jaccard": float(overlap)}
            for (i, j), overlap in np.ndenumerate(matrix)
            if np.isfinite(overlap)
        ]
        yield (
            part(dataset, found),
            Drawing(
                figure,
                most_alike(numbers, part(dataset, found)),
                numbers,
                "Overlap of the answers of each pair of methods on the same data (Jaccard index), first seed.",
                [place for _, place, _ in rows],
                first=True,
            ),
        )


def most_alike(numbers, where: str) -> str:
    """The two methods whose answers share most; those with the same answer together."""
    pairs = [row for row in numbers if row["selector"] < row["other"]]
    same = {name for row in pairs if row["jaccard"] == 1 for name in (row["selector"], row["other"])}
    rest = [row for row in pairs if row["jaccard"] < 1]
    if not rest:
        return f"{where}: all methods keep the same rows"
    top = max(rest, key=lambda row: row["jaccard"])
    alike = f"; {', '.join(sorted(same))} keep the same rows" if same else ""
    names = f"{top['selector']} and {top['other']}".replace("\n", ", ")
    return f"{where}: {names} share most, {percent(top['jaccard'])} of the rows that either keeps{alike}"


def heatmap(records):
    """Share of rows kept in each cell of quality decile x density decile."""
    found = detailed(records, "deciles")
    for dataset, rows in found.items():
        figure, axes = pictures(len(rows), 1.7)
        axes, numbers, corner = list(axes), [], {}
        names = spoken(label for label, _, _ in rows)
        for axis, (label, _, cells) in zip(axes, rows):
            pool, kept = (
                sum(np.array(cell["details"]["deciles"][name]) for cell in cells) for name in ("pool", "kept")
            )
            share = np.divide(kept, pool, out=np.full(pool.shape, np.nan), where=pool > 0)
            budget = kept.sum() / pool.sum()
            picture = axis.imshow(
                share,
                origin="lower",
                cmap="cividis",
                norm=TwoSlopeNorm(min(max(budget, 1e-3), 0.999), 0, 1),
                extent=(0.5, 10.5, 0.5, 10.5),
            )
            axis.set_title("\n".join(fill(line, 20) for line in names[label].split("\n")))
            axis.grid(False)
            axis.set_facecolor("white")
            corner[names[label].replace("\n", ", ")] = kept[5:, :5].sum() / kept.sum()
            axis.set_xticks((1, 4, 7, 10))
            axis.set_yticks((1, 4, 7, 10))
            numbers += [
                {
                    "selector": label,
                    "quality_decile": q + 1,
                    "density_decile": d + 1,
                    "pool_rows": int(pool[q, d]),
                    "kept_rows": int(kept[q, d]),
                    "kept_share": float(share[q, d]) if pool[q, d] else "",
                    "seeds": len(cells),
                }
                for q, d in np.ndindex(*pool.shape)
            ]
        told = " to ".join(
            f"{percent(corner[name])} ({name})" for name in (min(corner, key=corner.get), max(corner, key=corner.get))
        )
        ticks = sorted({0.0, round(budget, 3), 0.25, 0.5, 1.0})
        figure.colorbar(
            picture, ax=axes, label="share kept (middle of the scale: the budget's)", shrink=0.8, ticks=ticks
        )
        figure.supxlabel("density decile (10: nearest neighbours closest)", fontsize=8)
        figure.supylabel("quality decile (10: best)", fontsize=8)
        yield (
            part(dataset, found),
            Drawing(
                figure,
                f"{part(dataset, found)}: {told} of the rows kept are better and looser than the middle",
                numbers,
                "Share of rows kept by decile of quality and of density (mean cosine to the ten nearest rows), rows of all seeds together; "
                "the middle of the scale is the budget's share, white a cell without rows. The better and looser quarter: quality above, density below the middle. A cell holds about a hundredth of the rows: on few hundred rows chance alone "
                "makes patterns, as random shows.",
                [place for _, place, _ in rows],
            ),
        )


def picture_map(records):
    """Rows along the first two principal directions, what each selector kept on top."""
    for dataset, rows, found in maps(records):
        places = [[np.array(cells[0]["details"]["map"][axis]) for axis in "xy"] for _, _, cells in rows]
        yield (
            part(dataset, found),
            scattered(
                rows,
                places,
                f"{part(dataset, found)}: where along the first two principal directions does each method keep rows?",
                "along the two principal directions after the mean's",
            ),
        )


def tsne_map(records):
    """The same rows, placed by t-SNE of their features."""
    from sklearn.manifold import TSNE

    for dataset, rows, found in maps(records):
        sample = np.cumsum(rows[0][2][0]["details"]["map"]["rows"])
        placed = TSNE(init="pca", random_state=0, n_jobs=1).fit_transform(features_of(rows[0][2][0])[sample]).T
        yield (
            part(dataset, found),
            scattered(
                rows,
                [placed] * len(rows),
                f"{part(dataset, found)}: where on a t-SNE map does each method keep rows?",
                "placed by t-SNE of their features (perplexity 30; only "
                "nearness means something, axes and distances between groups do not)",
                bare=True,
            ),
        )


def maps(records):
    found = detailed(records, "map")
    for dataset, rows in found.items():
        yield dataset, rows, found


def features_of(cell):
    """The rows that the cell's method saw, from the program that makes or reads them; Skip where they are not those."""
    program = Path(os.environ.get("MASKBENCH_PROGRAM", ROOT / "build/release/maskbench"))
    if not program.is_file():
        raise Skip("needs the features, which no record holds: build the program")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, "dump", cell["dataset"], "--out", folder], capture_output=True, text=True)
        if done.returncode or done.stdout.strip() != cell["digest"]:
            raise Skip(f"{cell['dataset']}: " + (done.stderr.strip() or "not the data of the records any more"))
        return np.load(Path(folder) / "features.npy")


def scattered(rows, places, title, how, bare=False):
    """One panel a selector, the rows at their places: kept on top of the others."""
    figure, axes = pictures(len(rows), 1.75)
    numbers = []
    for axis, (label, _, cells), (x, y) in zip(axes, rows, places):
        drawn = cells[0]["details"]["map"]
        kept = np.array(drawn["kept"])
        axis.scatter(
            x[kept == 0], y[kept == 0], s=2, color=POOL, alpha=0.6, linewidth=0, rasterized=True, label="not kept"
        )
        axis.scatter(x[kept == 1], y[kept == 1], s=5, color=KEPT, linewidth=0, rasterized=True, label="kept")
        axis.set_title(label)
        axis.grid(False)
        if bare:
            axis.set_xticks([])
            axis.set_yticks([])
        numbers += [
            {"selector": label, "row": int(row), "x": float(f"{a:.6g}"), "y": float(f"{b:.6g}"), "kept": int(k)}
            for row, a, b, k in zip(np.cumsum(drawn["rows"]), x, y, kept)
        ]
    legend_below(figure, np.array(list(axes)), markerscale=2.5)
    return Drawing(
        figure,
        title,
        numbers,
        f"{len(x):,} rows of the pool, the same for every method, {how}: kept and not kept, first seed.",
        [place for _, place, _ in rows],
        first=True,
    )


def spectrum(records):
    """Largest eigenvalues of the features' covariance: the pool and each answer."""
    found = detailed(records, "spectrum")
    for dataset, rows in found.items():
        looks = Looks([label for label, _, _ in rows], [place for _, place, _ in rows])
        figure, axes = panels(1, 1, 3.4, width=5.4)
        axis, numbers = axes[0][0], []
        lines = {"pool": (rows[0][2][0]["details"]["spectrum"]["pool"], {"color": "black", "linewidth": 2.2})}
        lines |= {
            label: (
                cells[0]["details"]["spectrum"]["kept"],
                looks.curve(label, len(cells[0]["details"]["spectrum"]["kept"])),
            )
            for label, _, cells in rows
        }
        for label, (values, look) in lines.items():
            values = np.array(values)
            values = values[values > 1e-9 * values[0]]  # an answer of S rows has at most S - 1
            axis.plot(np.arange(1, len(values) + 1), values, label=label, **look)
            numbers += [
                {"selector": label, "place": place + 1, "eigenvalue": float(value)}
                for place, value in enumerate(values)
            ]
        plain_log(axis)
        plain_log(axis, "x")
        axis.set_xlabel("eigenvalue, largest first")
        axis.set_ylabel("variance along it")
        legend_below(figure, axes)
        yield (
            part(dataset, found),
            Drawing(
                figure,
                flattest(numbers, part(dataset, found)),
                numbers,
                "Largest eigenvalues of the features' covariance over the pool and over each answer, first seed; "
                "a flatter line is a more even use of the directions. An answer has fewer rows than the pool, and fewer rows "
                "spread further in the small directions by chance: compare answers with random, not with the pool.",
                [place for _, place, _ in rows],
                first=True,
            ),
        )


def flattest(numbers, where: str) -> str:
    """Whose answer uses the largest directions most evenly, and whose least: (sum of eigenvalues)^2 / sum of their squares."""
    values = {}
    for row in numbers:
        if row["selector"] != "pool":
            values.setdefault(row["selector"].replace("\n", ", "), []).append(row["eigenvalue"])
    even = {label: sum(one) ** 2 / sum(value * value for value in one) for label, one in values.items()}
    high, low = max(even, key=even.get), min(even, key=even.get)
    return f"{where}: {high} spreads its rows most evenly over directions (as over {even[high]:.0f}), {low} least ({even[low]:.0f})"
