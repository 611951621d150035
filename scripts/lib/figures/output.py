"""What a drawing leaves: pictures, its numbers as CSV, and what it shows as JSON. The same records give the same bytes."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
from lib.figures.records import Place, Records, shown
from lib.script_support import written_whole

DATES = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@dataclass
class Drawing:
    figure: plt.Figure
    numbers: list[dict]  # one row a mark, columns as in the first row
    caption: str  # what is drawn, how to read it
    places: list[Place]  # what it was drawn from
    reading: str = ""  # one sentence made from the numbers
    first: bool = False  # drawn from the first seed of each place alone


def save(drawing: Drawing, name: str, title: str, records: Records, folder: Path, formats) -> dict:
    """Writes FOLDER/NAME.{formats,csv,json}; returns what the JSON says."""
    for form in formats:
        with written_whole(folder / f"{name}.{form}") as file:
            drawing.figure.savefig(file, format=form, metadata=DATES[form])
    plt.close(drawing.figure)
    with written_whole(folder / f"{name}.csv") as file, file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(drawing.numbers[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(drawing.numbers)
    about = {
        "name": name,
        "title": title,
        "caption": drawing.caption,
        "reading": drawing.reading,
        **evidence(records, drawing.places, drawing.first),
        "files": [f"{name}.{form}" for form in (*formats, "csv")],
    }
    with written_whole(folder / f"{name}.json") as file:
        file.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")
    return about


def evidence(records: Records, places, first: bool) -> dict:
    """n, seeds, budget and records behind a drawing, as data and as one line."""
    cells = [cell for place in places for cell in place.answered]
    problems = {}
    for place in places:
        for cell in place.answered:
            budget = cell["budget"]
            problems.setdefault(
                (place.axes["dataset"], cell["rows"], cell["dimensions"], budget["amount"], budget["unit"])
            )
    data = [dict(zip(("dataset", "n", "d", "budget", "unit"), problem)) for problem in problems]
    seeds = sorted({len(place.answered) for place in places} - {0})
    counts = f"{seeds[0]} to {seeds[-1]} seeds" if len(seeds) > 1 else f"{seeds[0]} seed{'s' if seeds[0] != 1 else ''}"
    if first:
        counts = f"The first of {counts}" if seeds != [1] else counts
    sizes = "; ".join(
        f"{one['dataset'].partition('[')[0]}: n = {one['n']:,}, d = {one['d']}, budget {one['budget']:,} {one['unit']}"
        for one in data
    )
    commit = records.build["commit"][:8] + (" with changes" if records.build["dirty"] else "")
    return {
        "descriptor": records.id,
        "group": records.group,
        "data": data,
        "seeds": seeds,
        "cells": len(cells),
        "records": shown(records.path),
        "commit": commit,
        "evidence": f"{sizes}. {counts}. Records {shown(records.path)}, build {commit}.",
    }
