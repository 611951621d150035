"""Texts that name a selector or an objective with its parameters: KEY[name=value,...]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from ._errors import UserError

Spec = Union[str, "tuple[str, Mapping[str, Any]]"]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, dict)) or callable(getattr(value, "__maskbench_spec__", None)):
        return spec_text(value)
    if isinstance(value, list):
        return ";".join(_value(one) for one in value)
    return repr(value) if isinstance(value, float) else str(value)


def spec_text(spec: Any) -> str:
    """The text of a spec: a text itself, (key, parameters), or a function that :func:`maskbench.selector` registered."""
    if isinstance(spec, str):
        return spec
    if callable(getattr(spec, "__maskbench_spec__", None)):
        return str(spec.__maskbench_spec__())
    if isinstance(spec, tuple) and len(spec) == 2 and isinstance(spec[0], str) and isinstance(spec[1], Mapping):
        key, parameters = spec
        return str(key) + (
            "[" + ",".join(f"{name}={_value(value)}" for name, value in parameters.items()) + "]" if parameters else ""
        )
    raise UserError(f"{spec!r} names nothing; give 'key', 'key[name=value]' or ('key', {{'name': value}})")
