"""What scripts/site shows, read from records and rendered tables: places, curves, sweeps and table blocks."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from statistics import fmean

from lib.figures.families import colours_of, turns_of
from lib.figures.records import Place, Records, split_outside, spread, status_of, without
from lib.script_support import NOTE_MARK, Failure
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


# What plots show -------------------------------------------------------------------------------------------------------

NAME = " · "  # between the parts of a problem's name
TITLES = {
    "objective": "value",
    "seconds": "time (s)",
    "peak_bytes": "memory (MiB)",
    "pairwise_similarity": "pairwise similarity (lower: more diverse)",
}
LOSSES = {"kneser_ney": "a 3-gram", "transformer": "a small transformer"}  # of the training proxy
LESS = " less that of "  # between a measure and the method that it is compared with, seed by seed
LEADING = ["objective", "normalised", "seconds", "mean_quality", "pairwise_similarity", "facility_location", "disf"]


def title_of(measure: str) -> str:
    measure, less, reference = measure.partition(LESS)
    if less:
        return f"{title_of(measure)}{LESS}{reference}"
    name, _, column = measure.partition(".")
    if name in LOSSES:
        return f"loss of {LOSSES[name]} on {column.replace('heldout', 'held-out')} text (nats a word)"
    title = TITLES.get(name, name.replace("_", " "))
    return f"{title} of {column}" if column else title


def rounded(value: float, digits: int = 7) -> float:
    return float(f"{value:.{digits}g}")


def mean_and_sd(values: list[float]) -> list[float]:
    over_seeds = spread(values)
    return [rounded(over_seeds.mean), rounded(over_seeds.sd, 3)]


def measures_of(cell: dict) -> dict[str, float]:
    found = dict(cell["metrics"])
    found.update(
        {
            "objective": cell["value"],
            "peak_bytes": cell["peak_bytes"] / 2**20 or None,
            "seconds": (cell["seconds"] or {}).get("select"),
        }
    )
    return {name: value for name, value in found.items() if value is not None}


def problem_of(axes: dict) -> tuple[str, ...]:
    return axes["dataset"], axes["objective"], axes["budget"]


def short_names(full: list[tuple[str, ...]]) -> dict[str, str]:
    """Problems as `full name -> what tells it from the others`; a part or parameter that all share is left out."""
    parts = []
    for column in zip(*full):
        keys = [text.partition("[")[0] for text in column]
        inside = [split_outside(text.partition("[")[2].removesuffix("]")) if "[" in text else [] for text in column]
        shared = set.intersection(*map(set, inside))
        own = [", ".join(part for part in parameters if part not in shared) for parameters in inside]
        if len(set(keys)) > 1:
            alone = {key for key in keys if len({text for text in column if text.partition("[")[0] == key}) == 1}
            own = [f"{key}[{text}]" if text and key not in alone else key for key, text in zip(keys, own)]
        elif len(set(own)) > 1:
            own = [text or key for key, text in zip(keys, own)]
        else:
            own = [""] * len(own)
        parts.append(own)
    return {NAME.join(names): NAME.join(filter(None, own)) or NAME.join(names) for names, own in zip(full, zip(*parts))}


def compared_with(records: Records) -> list[tuple[str, str]]:
    """(measure, method that it is compared with, seed by seed), as the table asks of records that have no value to show against time."""
    if any(cell["value"] is not None for cell in records.cells.values()):
        return []
    return [
        (cell["measure"], cell["paired"])
        for cell in records.descriptor["table"]["cells"]
        if isinstance(cell, dict) and "paired" in cell
    ]


def differences(records: Records, place: Place, measure: str, reference: str) -> list[float]:
    """Of a measure from the reference's on the same data and seed, over the seeds that both answered."""
    others = [
        cell for other in records.problems[place.problem] if other.axes["selector"] == reference for cell in other.cells
    ]
    measured = {(cell["digest"], cell["repetition"]): measures_of(cell).get(measure) for cell in others}
    pairs = [
        (measures_of(cell).get(measure), measured.get((cell["digest"], cell["repetition"]))) for cell in place.cells
    ]
    return [own - other for own, other in pairs if own is not None and other is not None]


def places_of(records: Records) -> list[dict]:
    """The plan's cells, those that differ only in the seed as one place with means and standard deviations."""
    places = []
    pairs = compared_with(records)
    for same in records.places:
        axes, cells = same.axes, same.cells
        answered = [cell for cell in cells if cell["value"] is not None or cell["metrics"]]
        values: dict[str, list[float]] = {}
        for cell in answered:
            for name, value in {**measures_of(cell), "normalised": records.normalised(cell)}.items():
                if value is not None:
                    values.setdefault(name, []).append(value)
        for measure, reference in pairs:
            if found := differences(records, same, measure, reference):
                values[measure + LESS + reference] = found
        place = {
            "problem": NAME.join(same.problem),
            "selector": axes["selector"],
            "axes": axes,
            "n": len(answered),
            "measures": {name: mean_and_sd(found) for name, found in sorted(values.items())},
        }
        if not answered:
            place["why_not"] = f"{status_of(cells[0])}: {cells[0]['reason']}" if cells else status_of(None)
        for name, found in (
            ("random", [cell["random"]["mean"] for cell in answered if cell["random"]]),
            ("bound", [cell["bound"] for cell in answered if cell["bound"] is not None]),
        ):
            if found and len(found) == len(answered):
                place[name] = rounded(fmean(found))
        curve = curve_of(
            [
                [{**point, "normalised": records.normalised(cell, point["value"])} for point in records.points(cell)]
                for cell in answered
                if records.descriptor.get("curves") and records.points(cell)  # else those that a table reads
            ]
        )
        if curve:
            place["curve"] = curve
        places.append(place)
    return places


def curve_of(curves: list[list[dict]]) -> dict | None:
    """Mean and spread over seeds at every step that any of them recorded; a run that has ended keeps its last point."""
    steps = sorted({point["step"] for curve in curves for point in curve})
    if not steps:
        return None
    columns: dict[str, list] = {"step": steps, "seconds": []}
    at = [0] * len(curves)
    for step in steps:
        for run, curve in enumerate(curves):
            while at[run] + 1 < len(curve) and curve[at[run] + 1]["step"] <= step:
                at[run] += 1
        now = [curve[at[run]] for run, curve in enumerate(curves)]
        columns["seconds"].append(rounded(fmean(point["seconds"] for point in now), 4))
        columns.setdefault("objective", []).append(mean_and_sd([point["value"] for point in now]))
        if all(point["normalised"] is not None for point in now):
            columns.setdefault("normalised", []).append(mean_and_sd([point["normalised"] for point in now]))
        for name in sorted(set.intersection(*(set(point["metrics"]) for point in now))):
            columns.setdefault(name, []).append(mean_and_sd([point["metrics"][name] for point in now]))
    return {name: column for name, column in columns.items() if len(column) == len(steps)}


def sweeps_of(places: list[dict]) -> list[dict]:
    """Parameters that take several values while all else stands: their lines, by problem. The longest comes first."""
    parameters = {name: None for place in places for name in place["axes"] if "." in name}
    sweeps = []
    for axis in parameters:
        family, parameter = axis.split(".", 1)
        problems: dict[tuple, dict[str, list]] = {}
        for number, place in enumerate(places):
            if axis not in place["axes"]:
                continue
            axes = {**place["axes"], family: without(place["axes"][family], parameter)}
            line = problems.setdefault(problem_of(axes), {}).setdefault(axes["selector"], [])
            line.append([place["axes"][axis], number])
        values = {
            json.dumps(x): x for lines in problems.values() for line in lines.values() if len(line) > 1 for x, _ in line
        }
        if len(values) < 2:
            continue
        numeric = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values.values())
        shown, names = [], short_names(list(problems))
        for problem, lines in problems.items():
            drawn = []
            for label, line in lines.items():
                if len({json.dumps(x) for x, _ in line}) < len(line):
                    continue  # something else differs along it
                line = (
                    sorted(line)
                    if numeric
                    else [[x if isinstance(x, str) else json.dumps(x), place] for x, place in line]
                )
                drawn.append({"label": label, "points": line})
            if any(len(line["points"]) > 1 for line in drawn) and any(
                places[number]["n"] for line in drawn for _, number in line["points"]
            ):
                name = NAME.join(problem)
                shown.append({"name": name, "short": names[name], "lines": drawn})
        if shown:
            sweeps.append(
                {
                    "axis": axis,
                    "title": parameter.replace("_", " "),
                    "numeric": numeric,
                    "problems": shown,
                    "values": len(values),
                }
            )
    return sorted(sweeps, key=lambda sweep: (not sweep["numeric"], -sweep["values"]))


def plot_data(records: Records) -> dict:
    places = places_of(records)
    measures = {name: None for place in places for name in place["measures"]}
    cells = [{"measure": cell} if isinstance(cell, str) else cell for cell in records.descriptor["table"]["cells"]]
    asked = [cell["measure"] + (LESS + cell["paired"] if "paired" in cell else "") for cell in cells]
    first = [*LEADING, *asked]
    order = sorted(measures, key=lambda name: (first.index(name) if name in first else len(first), name))
    sweeps = sweeps_of(places)
    short = short_names([problem_of(place["axes"]) for place in places])
    looks = looks_of(records.places, places, sweeps)
    for place in places:
        del place["axes"]
    return {
        "places": places,
        "problems": short,
        "sweeps": sweeps,
        "looks": looks,
        "measures": [[name, title_of(name)] for name in order],
        "first": next(
            (name for name in asked if name in measures and name not in ("seconds", "peak_bytes")), "objective"
        ),
    }


def looks_of(own: list[Place], places: list[dict], sweeps: list[dict]) -> dict[str, tuple[int, int]]:
    """label -> colour, as in the figures, and shape, its turn in the family."""
    labelled = [(place["selector"], own[number]) for number, place in enumerate(places)]
    labelled += [
        (line["label"], own[line["points"][0][1]])
        for sweep in sweeps
        for problem in sweep["problems"]
        for line in problem["lines"]
    ]
    turns = turns_of(*zip(*labelled))
    return {label: (colour, turns[label][1]) for label, colour in colours_of(turns).items()}


# Rendered tables -------------------------------------------------------------------------------------------------------


@dataclass
class Cell:
    html: str
    notes: list[str] = field(default_factory=list)  # numbers of notes below the table
    sort: str = ""  # the unrounded number of the .csv; empty where there are words


@dataclass
class Block:
    """One table as `maskbench render` wrote it: words and units from the .md, unrounded numbers from the .csv."""

    title: str
    headings: list[str] = field(default_factory=list)
    numeric: list[bool] = field(default_factory=list)  # a column of numbers, aligned to the right
    rows: list[list[Cell]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def labels(self) -> int:
        """Columns that name a row: those before the first number; of words alone, the first."""
        return self.numeric.index(True) if True in self.numeric else 1


def as_rendered(line):
    """The texts of a csv without the apostrophe that keeps a spreadsheet from taking them for formulas."""
    return {key: text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r" else text for key, text in line.items()}


def read_blocks(markdown: Path) -> list[Block]:
    """The tables of a rendered .md, with the numbers of the .csv beside it where there is one."""
    blocks = parse_blocks(markdown.read_text())
    numbers = markdown.with_suffix(".csv")
    if numbers.exists():
        with numbers.open(newline="") as file:
            add_numbers(blocks, [as_rendered(line) for line in csv.DictReader(file)], numbers)
    return blocks


def parse_blocks(text: str) -> list[Block]:
    """Each table under its heading, with the list below it; other paragraphs and lists are left out."""
    blocks: list[Block] = []
    title, inside, in_list = "", "", False
    for token in MARKDOWN.parse(text):
        if token.type.endswith("_open"):
            inside = token.tag
        in_list = token.type != "bullet_list_close" and (in_list or token.type == "bullet_list_open")
        if token.type == "table_open":
            blocks.append(Block(title))
        elif token.type == "th_open":
            blocks[-1].numeric.append("right" in (token.attrGet("style") or ""))
        elif token.type == "tr_open" and blocks[-1].headings:
            blocks[-1].rows.append([])
        elif token.type == "inline":
            html = MARKDOWN.renderer.render(token.children, MARKDOWN.options, {}).replace("&lt;br&gt;", "<br>")
            if inside.startswith("h"):
                title = "".join(child.content for child in token.children)
            elif inside == "th":
                blocks[-1].headings.append(html)
            elif inside == "td":
                blocks[-1].rows[-1].append(cell_of(html))
            elif in_list and blocks and blocks[-1].title == title:
                note = re.fullmatch(r"\[(\d+)\] (.*)", html, re.DOTALL)
                blocks[-1].notes.append((note[1], note[2])) if note else blocks[-1].remarks.append(html)
    return blocks


def cell_of(html: str) -> Cell:
    """`0.1 (0.02) [1, 3]` less the numbers of its notes."""
    found = re.fullmatch(rf"(.*?)(?: {NOTE_MARK})?", html, re.DOTALL)
    return Cell(found[1], found[2].split(", ") if found[2] else [])


def add_numbers(blocks: list[Block], lines: list[dict], source: Path) -> None:
    """Gives each cell its unrounded number; the .csv has those that the .md leaves out too."""
    numbers = {}
    for line in lines:
        for heading in heads_of(line):
            numbers[line["table"], line["row"], heading] = line["mean"]
    for block in blocks:
        for row in block.rows:
            label = ", ".join(unescape(cell.html) for cell in row[: block.labels])
            for heading, cell in zip(block.headings[block.labels :], row[block.labels :]):
                place = block.title, label, unescape(heading)
                if place not in numbers:
                    raise Failure(f"{source}: no line for {', '.join(place)} of the .md beside it; render both again")
                cell.sort = numbers[place]


def heads_of(line: dict) -> list[str]:
    """What the column of this line may be called in the .md: by its title, its group, or both."""
    group, title = line["column"], line["title"]
    return [group, f"{group}: {title}"] if group else [title]


def evidence_of(markdown: str) -> str:
    """HTML of the page of evidence: a claim's id leads to it, and its table scrolls by itself, under the claim's name."""
    claims = re.split(r"<h3>(\w+)</h3>", MARKDOWN.render(markdown))
    html = claims[0]
    for claim, text in zip(claims[1::2], claims[2::2]):
        region = f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{claim}">'
        html += f'<h3 id="{claim}">{claim}</h3>' + text.replace("<table>", f"{region}\n<table>").replace(
            "</table>", "</table>\n</div>"
        )
    return html


def read_claims(markdown: Path) -> dict:
    """What `maskbench claims` wrote: its tables, the paragraphs around them, how many claims have which verdict, and the evidence."""
    text = markdown.read_text()
    blocks = parse_blocks(text)
    counts = Counter()
    for block in blocks:
        if "verdict" not in block.headings:
            raise Failure(f"{markdown}: no column 'verdict'")
        verdict = block.headings.index("verdict")
        for row in (block.headings, block.numeric, *block.rows):  # beside the claim, where a narrow screen shows it
            row.insert(1, row.pop(verdict))
        counts.update(row[1].html for row in block.rows)
        for cell in (row[0] for row in block.rows):
            cell.html = cell.html.replace("claims-evidence.md", "claims-evidence.html")
    paragraphs = [part for part in text.split("\n\n") if not part.startswith(("#", "|"))]
    evidence = markdown.with_name(f"{markdown.stem}-evidence.md")
    if not evidence.exists():
        raise Failure(f"{evidence} is missing; scripts/claims writes it")
    return {
        "blocks": blocks,
        "counts": dict(counts),
        "around": [MARKDOWN.render(part) for part in paragraphs],
        "evidence": evidence_of(evidence.read_text()),
    }


def section_of(markdown: Path, heading: str) -> str:
    """HTML of what stands between one heading and the next, without pictures and links into the repository."""
    lines = markdown.read_text().splitlines()
    if heading not in lines:
        raise Failure(f"{markdown}: no heading '{heading}'")
    start = lines.index(heading) + 1
    end = next((i for i in range(start, len(lines)) if lines[i].startswith("#")), len(lines))
    text = "\n".join(line for line in lines[start:end] if not line.startswith("!["))
    return MARKDOWN.render(re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", text))
