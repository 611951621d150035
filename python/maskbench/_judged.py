"""Rows with the problem that they answer: what costs something is computed when it is asked for, and then kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ._data import Data
from ._progress import Progress, shown
from ._show import cell, html_table

Rows = npt.NDArray[np.int64]


class Judged:
    """Rows with the problem that they answer."""

    def __init__(self, data: Data, answer: Any, progress: Progress) -> None:
        self.data = data
        self._answer = answer
        self._progress = progress

    @cached_property
    def rows(self) -> Rows:
        """The rows, ascending, as int64: an index for arrays, tables and HF datasets."""
        rows: Rows = self._answer.rows
        return rows

    @property
    def objective(self) -> str:
        """What the rows are judged by, as records print it."""
        return str(self._answer.objective)

    @cached_property
    def value(self) -> float:
        """The objective of the rows, by its own definition in float64."""
        with shown(self._progress) as report:
            return float(self._answer.value(None, report))

    @cached_property
    def _bounded(self) -> dict[str, Any]:
        with shown(self._progress) as report:
            judged: dict[str, Any] = self._answer.judge([], True, report)
        return judged

    @property
    def bound(self) -> float | None:
        """No choice of as many rows is worth more: proved by a search that is made when this is first asked for."""
        bound: float | None = self._bounded["bound"]
        return bound

    @property
    def bound_reason(self) -> str:
        """Why there is no bound; "" where there is one."""
        return str(self._bounded["bound_reason"])

    @property
    def random(self) -> float | None:
        """What as many random rows are worth on average."""
        random: float | None = self._bounded["random"]
        return random

    @property
    def normalised(self) -> float | None:
        """At least this share of the way from random rows to the best possible."""
        share: float | None = self._bounded["normalised"]
        return share

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Every metric of the rows. May take far longer than the choice."""
        with shown(self._progress) as report:
            metrics: dict[str, float] = self._answer.judge(None, False, report)["metrics"]
        return metrics

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """True for each chosen row; n long."""
        mask = np.zeros(self.data.rows, dtype=bool)
        mask[self.rows] = True
        return mask

    @property
    def ids(self) -> list[str] | None:
        """The source's names of the rows, or None where it has none."""
        return cast("list[str] | None", self.data._core.ids(self.rows.tolist()))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self.rows.astype(dtype) if dtype is not None and dtype != self.rows.dtype else self.rows


class Score(Judged):
    """What somebody's rows are worth. Works as a mapping too: ``score["value"]``."""

    _KEYS = ("value", "bound", "bound_reason", "random", "normalised", "metrics")

    def __init__(self, data: Data, answer: Any, metrics: Sequence[str] | None, bound: bool, progress: Progress) -> None:
        super().__init__(data, answer, progress)
        self._names = metrics
        self._with_bound = bound

    @cached_property
    def _bounded(self) -> dict[str, Any]:
        if not self._with_bound:
            return {"bound": None, "bound_reason": "not asked for", "random": None, "normalised": None}
        with shown(self._progress) as report:
            judged: dict[str, Any] = self._answer.judge([], True, report)
        return judged

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The metrics that were asked for."""
        names = None if self._names is None else list(self._names)
        with shown(self._progress) as report:
            metrics: dict[str, float] = self._answer.judge(names, False, report)["metrics"]
        return metrics

    def __getitem__(self, key: str) -> Any:
        if key not in self._KEYS:
            raise KeyError(f"{key!r}; there are: {', '.join(self._KEYS)}")
        return getattr(self, key)

    def __repr__(self) -> str:
        return f"Score({len(self)} of {self.data.rows} rows, {self.objective} = {cell(self.value)})"

    def _repr_html_(self) -> str:
        return html_table(
            [
                {
                    "rows": len(self),
                    "objective": self.objective,
                    "value": self.value,
                    "bound": self.bound,
                    "normalised": self.normalised,
                }
            ]
        )
