"""What a drawing leaves: pictures, its numbers as CSV, and what it shows as JSON. The same records give the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib.pyplot as plt

from lib.figures.drawing import Drawing
from lib.figures.host import shown
from lib.figures.records import Records
from lib.script_support import written_whole

DATES = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(drawing: Drawing, name: str, kind: str, records: Records, folder: Path, formats) -> dict:
    """Writes FOLDER/NAME.{formats,csv,json}; returns what the JSON says."""
    drawing.complete()
    words = " ".join(filter(None, (drawing.caption, drawing.reading)))
    for form in formats:
        drawn = io.BytesIO()
        drawing.figure.savefig(drawn, format=form, metadata=DATES[form])
        with written_whole(folder / f"{name}.{form}") as file:
            file.write_bytes(
                spare(drawn.getvalue().decode(), drawing.title, words).encode() if form == "svg" else drawn.getvalue()
            )
    plt.close(drawing.figure)
    with written_whole(folder / f"{name}.csv") as file, file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(drawing.numbers[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: tidy(value) for key, value in row.items()} for row in drawing.numbers)
    about = {
        "name": name,
        "title": drawing.title,
        "kind": kind,
        "caption": drawing.caption,
        "reading": drawing.reading,
        **evidence(records, drawing.places, drawing.first),
        "files": [f"{name}.{form}" for form in (*formats, "csv")],
    }
    with written_whole(folder / f"{name}.json") as file:
        file.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")
    return about


def tidy(value):
    """Seven digits: what was measured has no more."""
    return f"{value:.7g}" if isinstance(value, float) else value


def spare(svg: str, title: str, words: str) -> str:
    """The picture with a title and a description for who cannot see it, without what no viewer needs: metadata, comments, digits
    beyond a hundredth of a point. Names of fonts that are as wide where DejaVu is not at hand."""
    svg = re.sub(r"<!DOCTYPE.*?>\s*|<!--.*?-->\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r"<[^>]*>",
        lambda tag: re.sub(r"-?\d+\.\d{3,}(?![\d.]*e)", lambda one: f"{round(float(one[0]), 2):g}", tag[0]),
        svg,
    )
    # Matplotlib's ids are digests of coordinates to the last bit, in which machines differ.
    for number, digest in enumerate(dict.fromkeys(re.findall(r'id="([a-z][0-9a-f]{10})"', svg)), 1):
        svg = svg.replace(digest, f"{digest[0]}{number}")
    svg = svg.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    svg = re.sub(r"\n\s+", "\n", svg)
    about = f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(words)}</desc>\n'
    return re.sub(
        r"(<svg [^>]*)>\n", lambda tag: f'{tag[1]} role="img" aria-labelledby="title desc">\n{about}', svg, count=1
    )


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
