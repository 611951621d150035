"""Pictures of selections, comparisons and records, as the project draws its own. Needs matplotlib (``pip install maskbench[plots]``).

>>> import maskbench
>>> data = maskbench.load("synthetic_web[n=500,d=16]")
>>> lines = maskbench.compare(["random", "top_k", "relaxation"], data, 50)
>>> figure = maskbench.plots.time_value(lines)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ._errors import UserError
from ._program import Records as Measured
from ._recorded import SELECTED, is_records, lines_of
from ._selection import Comparison, Selection

__all__ = ["convergence", "kept_against_pool", "quality_diversity", "time_value"]

Source = Any


def _records(source: Source, want: Sequence[str]) -> Any:
    from ._figures.records import Records

    made: Any = Records
    if isinstance(source, Records):
        return source
    if isinstance(source, Measured):
        return made.of(source.lines)
    if is_records(source):
        return made(Path(source))
    alone = isinstance(source, (Selection, Comparison)) or not isinstance(source, Iterable)
    selections: list[Any] = []
    for one in [source] if alone else source:
        selections += one.selections if isinstance(one, Comparison) else [one]
    for one in selections:
        if not isinstance(one, Selection):
            raise UserError(
                f"{type(one).__name__} is not drawn; give a Selection, a Comparison, a list of them, or a file of records"
            )
    if not selections:
        raise UserError("nothing is given to draw")
    return made.of(lines_of(selections, want))


def _drawn(function: Callable[[Any], Any], source: Source, want: Sequence[str], part: str | None) -> Any:
    try:
        import matplotlib.pyplot as plt  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UserError("pictures need matplotlib: pip install maskbench[plots]") from None
    from ._figures.records import Skip

    with plt.style.context(Path(__file__).parent / "_figures" / "style.mplstyle"):
        before = set(plt.get_fignums())
        try:
            drawings = dict(function(_records(source, want)))
            if part is None and len(drawings) > 1 or part is not None and part not in drawings:
                given = "several pictures" if part is None else f"part={part!r}"
                raise UserError(f"{given}; name one with part=: {', '.join(map(repr, drawings))}")
            drawing = next(iter(drawings.values())) if part is None else drawings[part]
            drawing.complete()
        except Skip as why:
            raise UserError(f"nothing to draw: {why}") from None
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)  # whoever holds a figure shows it once
    return drawing.figure


def time_value(source: Source, *, part: str | None = None) -> Any:
    """Distance from the best possible against time: two answers to one problem, or more.

    Parameters
    ----------
    source : Comparison, list of Selection, or path
        A path: records (JSON lines) that ``maskbench run`` wrote.
    part : str, optional
        Which objective, where there are several.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UserError
        Fewer than two answers to a problem have a bound; or matplotlib is not there.
    """
    from ._figures import fronts

    return _drawn(fronts.time_value, source, ["bound"], part)


def quality_diversity(source: Source) -> Any:
    """Mean quality against pairwise similarity of the answers, a curve a selector where lambda moves.

    Parameters
    ----------
    source : Selection, Comparison, list of them, or path
        Of a joint objective (``"joint[lambda=0.5]"``).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UserError
        No answer has quality, similarity and a lambda; or matplotlib is not there.
    """
    from ._figures import fronts

    return _drawn(partial(fronts.quality_diversity, settings=1), source, ["metrics"], None)


def kept_against_pool(source: Source, *, part: str | None = None) -> Any:
    """Quality of the pool and of what was kept: shares of rows.

    Parameters
    ----------
    source : Selection, Comparison, list of them, or path
        Of data with a quality; of records, those whose descriptor asks for histograms.
    part : str, optional
        Which data set, where there are several.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UserError
        There is no quality; or matplotlib is not there.
    """
    from ._figures import pools

    return _drawn(partial(pools.histograms, of="merged_quality"), source, ["pool"], part)


def convergence(source: Source, *, by: str = "step", part: str | None = None) -> Any:
    """The value on its way: of selections along their picks, of records along a run's steps or seconds.

    Parameters
    ----------
    source : Selection, Comparison, list of them, or path
    by : {"step", "second"}
        Of records. A selection has picks alone.
    part : str, optional
        Which objective, where there are several.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UserError
        No answer has three points; or matplotlib is not there.
    """
    if by not in ("step", "second"):
        raise UserError(f"by={by!r}; there are: step, second")
    from ._figures import curves

    records = _records(source, ["bound", "picks"])
    picks = records.group == SELECTED
    if by == "second" and picks:
        raise UserError('by="second": selections have no times on their way; by="step" goes along the picks')
    return _drawn(partial(curves.convergence, by=by, step="pick" if picks else "step"), records, [], part)
