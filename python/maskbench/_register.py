"""Selectors and objectives written in Python, in the same tables as all others."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np

from . import _core
from ._errors import UserError

Function = TypeVar("Function", bound=Callable[..., Any])
_KINDS: dict[type, str] = {bool: "bool", int: "integer", float: "number", str: "string"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def _read(text: str, like: Any) -> Any:
    return text == "true" if isinstance(like, bool) else type(like)(text)


def _parts(function: Callable[..., Any], known: tuple[str, ...]) -> tuple[list[str], dict[str, Any]]:
    """Which of the known arguments the function takes, and its own parameters with their defaults."""
    taken, own = [], {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in known:
            taken.append(name)
        elif parameter.default is inspect.Parameter.empty or type(parameter.default) not in _KINDS:
            raise UserError(
                f"{function.__name__}: argument {name!r} is none of {', '.join(known)}, so it needs a default that is a bool, int, float or str"
            )
        else:
            own[name] = parameter.default
    return taken, own


def _summary(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "written in Python").split("\n")[0]


@overload
def selector(function: Function) -> Function: ...
@overload
def selector(*, name: str) -> Callable[[Function], Function]: ...
def selector(function: Any = None, *, name: str | None = None) -> Any:
    """Register a function as a selector.

    The function returns row numbers in pick order, and names what it wants of

    - ``features``: n x d float32 array, or None
    - ``quality``: n numbers, the merged quality, or None
    - ``candidates``: the rows that may be picked, ascending
    - ``rows``: how many to pick
    - ``seed``: for ``numpy.random.default_rng(seed)``

    Further arguments with defaults become its parameters. It may be used by name, in wrappers such as
    ``"blocked[inner=NAME]"``, and passed itself as `selector`. Defined again under the same name, it replaces the earlier
    one. The arrays are views: read-only, and gone after the call.

    Examples
    --------
    >>> import numpy as np, maskbench
    >>> @maskbench.selector
    ... def best_quality(quality, candidates, rows, sign=1.0):
    ...     '''the rows of the highest quality'''
    ...     return candidates[np.argsort(-sign * quality[candidates])[:rows]]
    >>> len(maskbench.select("synthetic_web[n=500,d=8]", 50, selector=best_quality))
    50
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        key = name or function.__name__
        taken, own = _parts(function, ("features", "quality", "candidates", "rows", "seed"))

        def call(features: Any, quality: Any, candidates: Any, rows: int, seed: int, arguments: dict[str, str]) -> Any:
            given = {"features": features, "quality": quality, "candidates": candidates, "rows": rows, "seed": seed}
            parameters = {one: _read(text, own[one]) for one, text in arguments.items()}
            answer = np.asarray(function(**{one: given[one] for one in taken}, **parameters))
            if answer.ndim != 1 or answer.dtype.kind not in "iu":
                raise TypeError(f"selector {key}: row numbers are wanted, not {answer.dtype} of shape {answer.shape}")
            return answer.tolist()

        fields = [(one, _KINDS[type(value)], _text(value), "as the function has it") for one, value in own.items()]
        _core.register_selector(key, _summary(function), fields, call)
        function.__maskbench_spec__ = lambda: key  # type: ignore[attr-defined]
        return function

    return register if function is None else register(function)


@overload
def objective(function: Function) -> Function: ...
@overload
def objective(*, name: str) -> Callable[[Function], Function]: ...
def objective(function: Any = None, *, name: str | None = None) -> Any:
    """Register a function as an objective: the larger, the better.

    The function returns the value of a set as a float, and names what it wants of ``features`` (n x d), ``quality`` (n
    numbers or None) and ``rows`` (the set, ascending). Greedy methods call it for every gain, so that it suits small
    problems.

    Examples
    --------
    >>> import maskbench
    >>> @maskbench.objective
    ... def spread(features, rows):
    ...     '''variance of the chosen rows'''
    ...     return float(features[rows].var()) if len(rows) else 0.0
    >>> len(maskbench.select("synthetic_web[n=60,d=8]", 5, objective=spread, selector="greedy"))
    5
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        key = name or function.__name__
        taken, own = _parts(function, ("features", "quality", "rows"))
        if own:
            raise UserError(f"objective {key}: it takes features, quality and rows, not {', '.join(own)}")

        def call(features: Any, quality: Any, rows: Any) -> float:
            given = {"features": features, "quality": quality, "rows": rows}
            return float(function(**{one: given[one] for one in taken}))

        _core.register_objective(key, _summary(function), call)
        function.__maskbench_spec__ = lambda: key  # type: ignore[attr-defined]
        return function

    return register if function is None else register(function)
