# mypy: ignore-errors
"""Records of one run, as figures, report and site ask for them: places of a plan, numbers over seeds, checkpoints, what made them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from .host import UserError, shown

ANSWERED = ("done", "stopped", "extrapolated")  # cells whose time and value, where they have them, tables show too


class Skip(Exception):
    """A figure cannot be drawn from these records; the text says what is missing."""


@dataclass
class Place:
    """One selector on one problem: its cells, in order of repetition."""

    axes: dict
    cells: list = field(default_factory=list)

    @property
    def problem(self):
        return self.axes["dataset"], self.axes["objective"], self.axes["budget"]

    @property
    def done(self):
        return [cell for cell in self.cells if cell["status"] == "done"]

    @property
    def answered(self):
        return [cell for cell in self.cells if cell["status"] in ANSWERED]


@dataclass
class Spread:
    """Mean, sample standard deviation and range over seeds."""

    mean: float
    sd: float
    low: float
    high: float
    seeds: int


def spread(numbers) -> Spread | None:
    """Exactly rounded, so that equal numbers have no deviation."""
    numbers = [float(number) for number in numbers if number is not None]
    if not numbers:
        return None
    return Spread(fmean(numbers), stdev(numbers) if len(numbers) > 1 else 0.0, min(numbers), max(numbers), len(numbers))


def bars(spreads):
    """From the mean to the least and the greatest."""
    return [[max(0.0, one.mean - one.low) for one in spreads], [max(0.0, one.high - one.mean) for one in spreads]]


class Records:
    """One file of records: what made it, its plan, its cells and the points of their curves. Of cells with one key the last counts."""

    def __init__(self, path: Path | None):
        self.path = path
        self.builds, self.hosts, self.runs = [], [], []
        self.cells, self.curves = {}, {}  # by key
        if path is None:
            return
        if not path.is_file():
            raise UserError(f"records {shown(path)}: no such file")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                record = json.loads(line)
                self._add(record.pop("kind"), record)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UserError(f"records {shown(path)}, line {number}: not a record ({error})") from None
        if not self.runs or not self.builds:
            raise UserError(f"records {shown(path)}: no run in it")

    @classmethod
    def of(cls, lines) -> Records:
        """Of records in memory."""
        records = cls(None)
        for line in lines:
            records._add(line["kind"], {name: value for name, value in line.items() if name != "kind"})
        return records

    id = property(lambda self: self.descriptor["id"])
    group = property(lambda self: self.run["group"])

    def _add(self, kind, record):
        if kind == "cell":
            self.cells[record["key"]] = record
        elif kind == "point":
            points = self.curves.setdefault(record["cell"], [])
            if points and record["step"] <= points[-1]["step"]:
                points.clear()  # a new attempt
            points.append(record)
        else:
            seen = {"build": self.builds, "host": self.hosts, "run": self.runs}[kind]
            if record in seen:
                seen.remove(record)
            seen.append(record)

    build = property(lambda self: self.builds[-1])
    host = property(lambda self: self.hosts[-1] if self.hosts else None)
    run = property(lambda self: self.runs[-1])
    plan = property(lambda self: self.run["plan"])
    descriptor = property(lambda self: self.run["descriptor"])

    def points(self, cell) -> list:
        return self.curves.get(cell["key"], [])

    def statuses(self) -> dict[str, int]:
        """Planned cells by status in words, the most frequent first."""
        found = Counter(status_of(self.cells.get(cell["key"])) for cell in self.plan)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def seeds(self) -> list[int]:
        return sorted({cell["seed"] for cell in self.cells.values()})

    def data_sets(self) -> list[dict]:
        """Name, rows, dimensions and the digests of all seeds."""
        found = {}
        for cell in self.cells.values():
            found.setdefault((without(cell["dataset"], "seed"), cell["rows"], cell["dimensions"]), set()).add(
                cell["digest"]
            )
        return [
            {"name": name, "rows": rows, "dimensions": dimensions, "digests": sorted(digests)}
            for (name, rows, dimensions), digests in found.items()
        ]

    @cached_property
    def places(self) -> list[Place]:
        places = {}
        for entry in self.plan:
            place = places.setdefault(json.dumps(entry["axes"], sort_keys=True), Place(entry["axes"]))
            if entry["key"] in self.cells:
                place.cells.append(self.cells[entry["key"]])
        return list(places.values())

    @cached_property
    def problems(self) -> dict:
        """(data set, objective, budget) -> its places, in the plan's order."""
        problems = {}
        for place in self.places:
            problems.setdefault(place.problem, []).append(place)
        return problems

    @cached_property
    def _ceilings(self):
        """What a value of a problem can be at most: the least bound on record, or else the best value on record."""
        bounds, best = {}, {}
        for cell in self.cells.values():
            problem = problem_of(cell)
            if cell["bound"] is not None:
                bounds[problem] = min(cell["bound"], bounds.get(problem, np.inf))
            if cell["value"] is not None:
                best[problem] = max(cell["value"], best.get(problem, -np.inf))
        return {problem: (bounds.get(problem, value), problem in bounds) for problem, value in best.items()}

    def ceiling(self, cell) -> tuple[float, bool] | None:
        """(value, whether it is a proved bound)"""
        return self._ceilings.get(problem_of(cell))

    def normalised(self, cell, value=None) -> float | None:
        """Of a value on the cell's problem, else its own: (value - random) / (ceiling - random); None where the room is within rounding."""
        value = cell["value"] if value is None else value
        if value is None or cell["random"] is None or (ceiling := self.ceiling(cell)) is None:
            return None
        floor = cell["random"]["mean"]
        room = ceiling[0] - floor
        if room <= max(1e-9 * max(abs(ceiling[0]), abs(floor)), 3 * cell["random"]["error"]):
            return None
        return (value - floor) / room

    def number(self, cell, measure: str) -> float | None:
        """value | normalised | seconds | a metric, of one cell."""
        if measure == "normalised":
            return self.normalised(cell)
        if measure == "seconds":
            return cell["seconds"]["select"] if cell["seconds"] and cell["status"] in ANSWERED else None
        return cell["value"] if measure == "value" else cell["metrics"].get(measure)

    def numbers(self, place: Place, measure: str) -> list[float]:
        """One of each seed that has it."""
        return [number for cell in place.cells if (number := self.number(cell, measure)) is not None]

    def over_seeds(self, place: Place, measure: str) -> Spread | None:
        return spread(self.numbers(place, measure))


def labels_of(places, but: str = "") -> list[str]:
    """The selector of each place, with the parameters in which places of one name differ; without the parameter `but`."""
    names = [without(place.axes["selector"], but) for place in places]
    rivals = {}
    for name, place in zip(names, places):
        rivals.setdefault((name, place.problem), []).append(place.axes)
    moved = {}  # name -> parameters that tell its places apart on some problem
    for (name, _), axes in rivals.items():
        keys = {key for one in axes for key in one if key.startswith("selector.") and key != f"selector.{but}"}
        moved.setdefault(name, set()).update(key for key in keys if len({plain(one.get(key)) for one in axes}) > 1)
    labels = []
    for name, place in zip(names, places):
        given = ", ".join(
            f"{key.removeprefix('selector.')}={plain(place.axes[key])}"
            for key in sorted(moved[name])
            if key in place.axes
        )
        labels.append(name + (f" [{given}]" if given else ""))
    return labels


def not_drawn(places, drawn, labels) -> str:
    """Of each problem that is drawn the methods that are not, by why: a sentence, or ""."""
    problems = {}
    for place in drawn:
        problems.setdefault(place.problem)
    missing = {}  # why, and on what -> methods
    for objective in dict.fromkeys(objective for _, objective, _ in problems):
        here = [
            (place, label)
            for place, label in zip(places, labels)
            if place.problem in problems and place.axes["objective"] == objective
        ]
        for label in dict.fromkeys(label for place, label in here if place not in drawn):
            lacking = [place for place, one in here if one == label and place not in drawn]
            status = status_of(lacking[0].cells[0]) if lacking[0].cells else "not run"
            whole = len(lacking) == len({problem for problem in problems if problem[1] == objective})
            where = objective + (
                "" if whole else " on " + ", ".join(place.axes["dataset"].partition("[")[0] for place in lacking)
            )
            missing.setdefault(
                f"{'extrapolated, without a value' if status == 'extrapolated' else status} under {where}", []
            ).append(label)
    return (
        f" Not drawn: {'. '.join(f'{why}: ' + '; '.join(names) for why, names in missing.items())}." if missing else ""
    )


def status_of(cell: dict | None) -> str:
    if cell is None:
        return "missing"
    return "timed out" if cell["status"] == "timeout" else cell["status"]


def split_outside(text: str) -> list[str]:
    """Parts between the commas that no bracket holds."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def without(text: str, name: str) -> str:
    """`datamask[eta=4,steps=300]` or `datamask[eta=4], steps=300` less `steps`: `datamask[eta=4]`."""
    first, *rest = (part for part in split_outside(text) if not part.strip().startswith(f"{name}="))
    key, bracket, inside = first.partition("[")
    if bracket and inside.endswith("]"):
        kept = [part for part in split_outside(inside[:-1]) if not part.startswith(f"{name}=")]
        first = f"{key}[{','.join(kept)}]" if kept else key
    return ",".join([first, *rest])


def problem_of(cell):
    return cell["digest"], cell["objective"], tuple(cell["quality"]), tuple(cell["budget"].items())


def plain(value) -> str:
    """A parameter as text: 0.5, 1000, a name."""
    if isinstance(value, float):
        return f"{value:g}"
    return value.get("name", json.dumps(value)) if isinstance(value, dict) else str(value)
