"""Selections as records, so that the code which draws the project's figures draws them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _core
from ._errors import UserError
from ._selection import Selection

BINS = 40
SELECTED = "selected"  # the group of such records: steps are picks


def _number(text: Any) -> Any:
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _parameters(kind: str, text: str) -> dict[str, Any]:
    """Those that the text leaves out too, at their defaults."""
    entry = json.loads(_core.listing(f"{kind}s", text.partition("[")[0]))
    fields = (entry[0] if isinstance(entry, list) else entry)["parameters"]
    values = {field["name"]: field["default"] for field in fields} | _core.parameters_of(text)
    return {f"{kind}.{name}": _number(value) for name, value in values.items()}


def _histogram(pool: Any, kept: Any) -> dict[str, list[float]]:
    edges = np.histogram_bin_edges(pool, BINS)
    return {
        "edges": edges.tolist(),
        "pool": np.histogram(pool, edges)[0].tolist(),
        "kept": np.histogram(kept, edges)[0].tolist(),
    }


def _points(one: Selection, key: str) -> list[dict[str, Any]]:
    """The objective along the picks."""
    if len(one.kept):
        start = float(one._answer.value(one.kept.tolist(), None))
    else:
        start = one.value - float(one.gains.sum())
    reached = start + np.cumsum(one.gains)
    return [
        {"kind": "point", "cell": key, "step": step, "seconds": None, "value": float(value), "metrics": {}}
        for step, value in enumerate(reached, 1)
    ]


def lines_of(selections: Sequence[Selection], want: Sequence[str]) -> list[dict[str, Any]]:
    """Records of the selections. `want`: bound, metrics, pool, picks; each costs something."""
    plan: list[dict[str, Any]] = []
    cells: list[dict[str, Any]] = []
    for one in selections:
        data, budget = one.data, {"unit": "rows", "amount": len(one)}
        key = f"{len(plan)}"
        axes = {
            "dataset": data._core.name,
            "objective": one.objective,
            "budget": f"{len(one)} rows",
            "selector": one.selector,
            **_parameters("objective", one.objective),
            **_parameters("selector", one.selector),
        }
        plan.append({"key": key, "axes": axes})
        floor = "bound" in want and one.normalised is not None
        details = {}
        if "pool" in want:
            quality = one._answer.merged_quality
            if not len(quality):
                raise UserError(f"{one!r} has no quality: nothing to compare with the pool")
            details = {"histograms": {"merged_quality": _histogram(quality, quality[one.rows])}}
        cells.append(
            {
                "kind": "cell",
                "key": key,
                "status": "done",
                "dataset": data._core.name,
                "digest": data.digest,
                "rows": data.rows,
                "dimensions": data.dims,
                "objective": one.objective,
                "quality": one._answer.quality,
                "budget": budget,
                "selector": one.selector,
                "seed": one.seed,
                "value": one.value,
                "bound": one.bound if "bound" in want else None,
                "random": {"mean": one.random, "error": 0.0} if floor else None,
                "metrics": one.metrics if "metrics" in want else {},
                "seconds": {"select": max(one.seconds, 1e-9)},
                "details": details,
            }
        )
        if "picks" in want:
            cells += _points(one, key)
    run = {"kind": "run", "group": SELECTED, "plan": plan, "descriptor": {"id": "selections", "table": {}}}
    return [{"kind": "build", "commit": "", "dirty": False, "version": _core.version()}, run, *cells]


def is_records(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike))
