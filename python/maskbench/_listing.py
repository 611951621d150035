"""What there is: tables of selectors, objectives, metrics and data sets."""

from __future__ import annotations

import json
from typing import Any

from . import _core
from ._show import Table


def _entries(kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(_core.listing(kind))
    return entries


def _table(kind: str) -> Table:
    return Table([{"key": one["key"], "summary": one["summary"]} for one in _entries(kind)])


def list_selectors() -> Table:
    """Methods that choose rows; each is a function in :mod:`maskbench.selectors`."""
    return _table("selectors")


def list_objectives() -> Table:
    """What can be optimised; each is a function in :mod:`maskbench.objectives`."""
    return _table("objectives")


def list_metrics() -> Table:
    """What is measured of an answer."""
    return _table("metrics")


def list_datasets() -> Table:
    """Registered data sets, for :func:`load`."""
    return _table("datasets")
