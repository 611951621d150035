"""select, score, plan and compare."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from . import _core
from ._data import Data, Quality
from ._errors import UserError
from ._judged import Judged, Rows, Score
from ._progress import Progress, shown
from ._selection import Comparison, Plan, Selection
from ._specs import spec_text

UNITS = ("rows", "tokens", "bytes", "characters")


def _data_of(source: Any, columns: dict[str, Any], allow_copy: bool, progress: Progress) -> Data:
    if not isinstance(source, Data):
        return Data(source, allow_copy=allow_copy, progress=progress, **columns)
    given = [name for name, value in columns.items() if value is not None and name != "quality"]
    if given:
        raise UserError(f"{given[0]}=: the columns of a Data are named where it is made")
    return source


def _quality_names(source: Any, quality: Quality) -> list[str]:
    if not isinstance(source, Data) or quality is None:
        return []
    if isinstance(quality, Mapping):
        raise UserError("quality=: arrays are given to Data; here name its columns")
    return [quality] if isinstance(quality, str) else list(quality)


def _rows_of(given: Any, data: Data, what: str) -> Rows:
    if isinstance(given, Judged):
        return given.rows
    rows = np.asarray(given)
    if rows.dtype == bool:
        if rows.shape != (data.rows,):
            raise UserError(f"{what}: a mask of shape {rows.shape}; one for each of {data.rows} rows is wanted")
        return np.flatnonzero(rows).astype(np.int64)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise UserError(f"{what}: row numbers, a mask or a Selection is wanted, not {rows.dtype} of shape {rows.shape}")
    return rows.astype(np.int64)


def _question(
    data: Data,
    *,
    budget: Any,
    objective: Any,
    quality: list[str],
    unit: str = "rows",
    fill: str = "at_most",
    keep: Any = None,
    quotas: Mapping[str, Mapping[Any, Any]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    device: str = "cpu",
    memory: int | None = None,
    time_limit: float | None = None,
    force: bool = False,
) -> dict[str, Any]:
    if unit not in UNITS:
        raise UserError(f"unit={unit!r}; there are: {', '.join(UNITS)}")
    fraction, amount = None, 0
    if budget is None:
        unit = "none"
    elif isinstance(budget, (bool, np.bool_)):
        raise UserError(f"budget={budget}; a whole number of {unit}, or a share between 0 and 1")
    elif isinstance(budget, (float, np.floating)):
        fraction = float(budget)
    elif isinstance(budget, (int, np.integer)):
        amount = int(budget)
    else:
        raise UserError(f"budget={budget!r}; a whole number of {unit}, or a share between 0 and 1")
    if seed < 0:
        raise UserError(f"seed={seed}; a whole number from 0 on")
    if time_limit is not None and not time_limit > 0:
        raise UserError(f"time_limit={time_limit}; seconds, more than 0")
    if threads is not None and threads < 1:
        raise UserError(f"threads={threads}; at least 1")
    return {
        "objective": "" if objective is None else spec_text(objective),
        "quality": quality,
        "unit": unit,
        "fraction": fraction,
        "amount": amount,
        "fill": fill,
        "keep": [] if keep is None else _rows_of(keep, data, "keep").tolist(),
        "quotas": json.dumps(
            {
                column: {str(label): most for label, most in amounts.items()}
                for column, amounts in (quotas or {}).items()
            }
        ),
        "seed": int(seed),
        "threads": int(threads or 0),
        "device": device,
        "memory": int(memory or 0),
        "time_limit": time_limit,
        "force": force,
    }


def select(
    data: Any,
    budget: int | float | None = 0.1,
    *,
    objective: Any = None,
    selector: Any = "auto",
    features: str | None = None,
    quality: Quality = None,
    ids: Any = None,
    length: Any = None,
    text: str | None = None,
    labels: Any = None,
    unit: str = "rows",
    fill: str = "at_most",
    keep: Any = None,
    quotas: Mapping[str, Mapping[Any, Any]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    device: str = "cpu",
    memory: int | None = None,
    time_limit: float | None = None,
    force: bool = False,
    progress: Progress = None,
    allow_copy: bool = True,
) -> Selection:
    """Choose rows of a data set.

    Parameters
    ----------
    data : Data, array, table, path, list of paths, name or HF dataset
        n rows; as :class:`Data` takes it.
    budget : int, float or None
        How much of `unit`: a whole number, or a share in (0, 1]. None: the selector's own thresholds decide.
    objective : spec, optional
        What is made large: ``"joint"`` (quality and diversity; the standard with a quality), ``"pairwise_similarity"``
        (without), ``"facility_location"``, ``"disf"``, ... as :func:`list_objectives` has them. A text
        ``"key[name=value]"``, a pair ``("key", {"name": value})`` or ``maskbench.objectives.key(name=value)``.
    selector : spec
        How: as :func:`list_selectors` has them; ``"auto"`` takes what the objective advises.
    features, quality, ids, length, text, labels
        Columns, as :class:`Data` takes them. With a Data, `quality` may name some of its scores.
    unit : {"rows", "tokens", "bytes", "characters"}
        What the budget counts.
    fill : {"at_most", "at_least", "pack"}
        The longest prefix of the selector's order within the budget, the shortest that reaches it, or every row in
        turn that still fits.
    keep : rows, mask or Selection, optional
        Chosen already; part of the answer and of the budget.
    quotas : mapping of column to mapping of label to int or float, optional
        Most units (int) or share of the budget (float) of a label: ``{"topic": {"code": 0.25, "news": 400}}``.
    seed : int
        Of stochastic selectors. The same seed gives the same rows on any number of threads.
    threads : int, optional
        Default: the cores that this process may run on. The host's own OpenMP stays as it is.
    memory : int, optional
        Bytes that the selection may add; default: what is free. `force` goes on where they will not do.
    time_limit : float, optional
        Seconds for the selector; then it gives what it has, with ``complete=False`` and a warning.
    progress : bool or callable, optional
        None: a bar after two seconds where a person looks. True, False, or ``progress(phase, share)``.
    allow_copy : bool
        False: a UserError names what would have to be copied.

    Returns
    -------
    Selection
        The rows; value, bound and metrics are computed when they are asked for.

    Raises
    ------
    UserError
        What is asked cannot be: it says what was given and what is allowed.
    TimeoutError
        The time limit was over before the selector had a row.

    Examples
    --------
    >>> import maskbench
    >>> chosen = maskbench.select("synthetic_web[n=1000,d=16]", 100)
    >>> len(chosen), chosen.complete
    (100, True)
    """
    columns = {"features": features, "quality": quality, "ids": ids, "length": length, "text": text, "labels": labels}
    held = _data_of(data, columns, allow_copy, progress)
    question = _question(
        held, budget=budget, objective=objective, quality=_quality_names(data, quality), unit=unit, fill=fill, keep=keep,
        quotas=quotas, seed=seed, threads=threads, device=device, memory=memory, time_limit=time_limit, force=force,
    )  # fmt: skip
    with shown(progress) as report:
        answer = _core.select(held._core, spec_text(selector), question, report)
    selection = Selection(held, answer, seed, np.array(question["keep"], dtype=np.int64), progress)
    if not selection.complete:
        warnings.warn(f"the time limit of {time_limit} s came before the end; {len(selection)} rows", stacklevel=2)
    return selection


def score(
    data: Any,
    rows: Any,
    *,
    objective: Any = None,
    metrics: Sequence[str] | None = None,
    bound: bool = True,
    features: str | None = None,
    quality: Quality = None,
    ids: Any = None,
    length: Any = None,
    text: str | None = None,
    labels: Any = None,
    threads: int | None = None,
    progress: Progress = None,
    allow_copy: bool = True,
) -> Score:
    """What rows are worth, whoever chose them.

    Parameters
    ----------
    data, objective, features, quality, ids, length, text, labels, threads, progress, allow_copy
        As in :func:`select`.
    rows : rows, mask or Selection
        Distinct rows of the data set.
    metrics : list of str, optional
        Names of :func:`list_metrics`; default: all; ``[]``: none.
    bound : bool
        Whether `bound`, `random` and `normalised` are looked for when they are asked.
    """
    columns = {"features": features, "quality": quality, "ids": ids, "length": length, "text": text, "labels": labels}
    held = _data_of(data, columns, allow_copy, progress)
    question = _question(held, budget=1, objective=objective, quality=_quality_names(data, quality), threads=threads)
    return Score(
        held, _core.given(held._core, _rows_of(rows, held, "rows").tolist(), question), metrics, bound, progress
    )


def plan(data: Any, budget: int | float | None = 0.1, *, selector: Any = "auto", **as_select: Any) -> Plan:
    """What :func:`select` with the same arguments would take, without doing it."""
    names = ("features", "quality", "ids", "length", "text", "labels")
    columns = {name: as_select.pop(name, None) for name in names}
    held = _data_of(data, columns, as_select.pop("allow_copy", True), as_select.pop("progress", None))
    objective = as_select.pop("objective", None)
    question = _question(
        held, budget=budget, objective=objective, quality=_quality_names(data, columns["quality"]), **as_select
    )
    return Plan(_core.plan(held._core, spec_text(selector), question))


def compare(
    selectors: Iterable[Any],
    data: Any,
    budget: int | float | None = 0.1,
    *,
    seeds: Sequence[int] | None = None,
    seed: int = 0,
    **as_select: Any,
) -> Comparison:
    """Several selectors on one problem, a line each.

    Parameters
    ----------
    selectors : list of specs
        As `selector` of :func:`select`.
    seeds : list of int, optional
        Each selector once a seed; default: `seed` alone.
    """
    names = ("features", "quality", "ids", "length", "text", "labels")
    columns = {name: as_select.pop(name, None) for name in names}
    held = _data_of(data, columns, as_select.pop("allow_copy", True), as_select.get("progress"))
    quality = _quality_names(data, columns["quality"]) or None
    return Comparison(
        select(held, budget, selector=one, seed=each, quality=quality, **as_select)
        for one in selectors
        for each in (seeds or [seed])
    )
