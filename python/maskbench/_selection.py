"""What was chosen, what it would take, and several answers beside each other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._data import Data
from ._errors import UserError
from ._judged import Judged, Rows
from ._progress import Progress, shown
from ._show import Table, cell, html_table


class Selection(Judged):
    """What :func:`select` chose."""

    def __init__(self, data: Data, answer: Any, seed: int, kept: Rows, progress: Progress) -> None:
        super().__init__(data, answer, progress)
        self.seed = seed
        self.kept = kept

    @property
    def selector(self) -> str:
        """What chose, as records print it."""
        return str(self._answer.selector)

    @cached_property
    def ranking(self) -> Rows:
        """The rows in the order in which they were picked, without those that were kept from before."""
        ranking: Rows = self._answer.ranking
        return ranking

    @cached_property
    def scores(self) -> npt.NDArray[np.float32] | None:
        """The method's own score of each row of `ranking`, where it has one."""
        scores: npt.NDArray[np.float32] = self._answer.scores
        return scores if len(scores) else None

    @cached_property
    def repeats(self) -> npt.NDArray[np.int32] | None:
        """How often each row of `ranking` is taken, where a method repeats rows."""
        repeats: npt.NDArray[np.int32] = self._answer.repeats
        return repeats if len(repeats) else None

    @property
    def stop(self) -> str:
        """Why it ended: filled, exhausted, threshold or time_limit."""
        return str(self._answer.stop)

    @property
    def complete(self) -> bool:
        """False: the time limit came before the end."""
        return bool(self._answer.complete)

    @property
    def seconds(self) -> float:
        """Of the method itself."""
        return float(self._answer.seconds)

    @property
    def work(self) -> dict[str, int]:
        """What the method did, in counts that are the same on every machine."""
        return dict(self._answer.work)

    @property
    def notes(self) -> list[str]:
        """What one should know, such as why ``"auto"`` passed over a selector."""
        return list(self._answer.notes)

    @cached_property
    def gains(self) -> npt.NDArray[np.float64]:
        """f(U + row) - f(U) along `ranking`: one pass."""
        with shown(self._progress) as report:
            gains: npt.NDArray[np.float64] = self._answer.gains(self.ranking.tolist(), self.kept.tolist(), report)
        return gains

    def why(self, row: int) -> str:
        """In a sentence, why a row was chosen or was not.

        Raises
        ------
        UserError
            The row is not one of the data set's.
        """
        row = int(row)
        if not 0 <= row < self.data.rows:
            raise UserError(f"row {row} is not in 0 to {self.data.rows - 1}")
        near = self._answer.nearest(row)
        nearest = f"; nearest chosen row: {near[0]}, cosine {near[1]:.3f}" if near else ""
        if row in set(self.kept.tolist()):
            return f"row {row} is in: kept from before{nearest}"
        at = np.flatnonzero(self.ranking == row)
        if len(at):
            return f"row {row} is in: pick {at[0] + 1} of {len(self.ranking)}, gain {self.gains[at[0]]:.3g}{nearest}"
        inside = float(self._answer.value([*self.rows.tolist(), row], None))
        return f"row {row} is out: with it {self.objective} would go from {self.value:.6g} to {inside:.6g}{nearest}"

    @property
    def report(self) -> dict[str, Any]:
        """What ``maskbench select --report`` writes, as far as it is about the rows. Computes all of it."""
        return {
            "rows": len(self),
            "objective": {"key": self.objective, "value": self.value},
            "selector": self.selector,
            "seed": self.seed,
            "complete": self.complete,
            "seconds": {"select": self.seconds},
            "work": self.work,
            "metrics": self.metrics,
            "random": {"mean": self.random},
            "bound": self.bound,
            "normalised": self.normalised,
        }

    def _columns(self) -> list[tuple[str, Any, Any]]:
        place = np.full(self.data.rows, -1, dtype=np.int32)
        place[self.ranking] = np.arange(len(self.ranking), dtype=np.int32)
        pick = place[self.rows]
        columns: list[tuple[str, Any, Any]] = [("row", self.rows, None)]
        if (ids := self.ids) is not None:
            columns.append(("id", ids, None))
        count = np.ones(len(self.rows), dtype=np.int32)
        picked = pick >= 0
        if self.repeats is not None:
            count[picked] = self.repeats[pick[picked]]
        columns.append(("count", count, None))
        if self.scores is not None and picked.all():
            columns.append(("score", self.scores[pick], None))
        columns.append(("pick", pick, None if picked.all() else picked.tolist()))
        return columns

    def _metadata(self) -> dict[str, str]:
        parameters = _core.parameters_of(self.selector)
        return {
            "data_digest": self.data.digest,
            "selector": self.selector,
            "parameters": json.dumps(parameters, separators=(",", ":")),
            "objective": self.objective,
            "quality": json.dumps(self._answer.quality, separators=(",", ":")),
            "value": repr(self.value),
            "expected_rows": str(self._answer.expected_rows),
            "seed": str(self.seed),
            "version": _core.version(),
        }

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return _core.arrow_stream(self._columns(), self._metadata())

    def to_arrow(self) -> Any:
        """row, id, count, score and pick as a pyarrow.Table, with what made it as metadata."""
        import pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return pyarrow.table(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes SELECTED.parquet, as the program does. Needs pyarrow."""
        try:
            import pyarrow.parquet  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise UserError(
                f"{os.fspath(path)}: writing needs pyarrow; or hand the selection to your own library, it is a table"
            ) from None
        beside = f"{os.fspath(path)}.partial"
        pyarrow.parquet.write_table(self.to_arrow(), beside, compression="zstd")
        os.replace(beside, path)

    def _line(self) -> dict[str, Any]:
        return {
            "selector": self.selector,
            "rows": len(self),
            "value": self.value,
            "bound": self.bound,
            "normalised": self.normalised,
            "seconds": self.seconds,
        }

    def __repr__(self) -> str:
        end = "" if self.complete else ", stopped at the time limit"
        return f"Selection({len(self)} of {self.data.rows} rows by {self.selector}, {self.objective}, {self.seconds:.3g} s{end})"

    def _repr_html_(self) -> str:
        line = {"rows": f"{len(self)} of {self.data.rows}", "selector": self.selector, "objective": self.objective}
        return html_table([{**line, "seconds": self.seconds, "stop": self.stop}])


class Plan:
    """What a selection would take: bytes beside the data, and why it would be refused."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.selector: str = found["selector"]
        self.objective: str = found["objective"]
        self.rows: int = found["rows"]
        self.memory: int = found["memory"]
        self.refusals: list[str] = found["refusals"]
        self.notes: list[str] = found["notes"]

    def _line(self) -> dict[str, Any]:
        return {
            "selector": self.selector,
            "objective": self.objective,
            "rows": self.rows,
            "MiB": self.memory / 2**20,
            "refusals": "; ".join(self.refusals) or "none",
        }

    def __repr__(self) -> str:
        return "Plan(" + ", ".join(f"{name}: {cell(value)}" for name, value in self._line().items()) + ")"

    def _repr_html_(self) -> str:
        return html_table([self._line()])


class Comparison(Table):
    """Answers to one problem, a line each: a table wherever one is wanted. `selections` are the answers themselves."""

    def __init__(self, selections: Iterable[Selection]) -> None:
        self.selections = list(selections)
        super().__init__([{**one._line(), "seed": one.seed} for one in self.selections])
