"""Functions made from the registry's fields: their signatures, defaults and documentation are the registry's."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from . import _core
from ._errors import UserError

_TYPES = {"bool": bool, "integer": int, "number": float, "string": str}


def _default(field: dict[str, Any]) -> Any:
    kind, text = field["type"], field["default"]
    if not isinstance(text, str):
        return text
    return text == "true" if kind == "bool" else _TYPES.get(kind, str)(text)


def keys(kind: str) -> list[str]:
    return [one["key"] for one in json.loads(_core.listing(kind))]


def factory(kind: str, key: str) -> Callable[..., tuple[str, dict[str, Any]]]:
    """The function of one key. UserError: there is none."""
    entry = json.loads(_core.listing(kind, key))
    entry = entry[0] if isinstance(entry, list) else entry
    fields = entry["parameters"]

    def make(**parameters: Any) -> tuple[str, dict[str, Any]]:
        known = {field["name"] for field in fields}
        for name in parameters:
            if name not in known:
                raise UserError(f"{key} has no parameter {name!r}; it has: {', '.join(sorted(known)) or 'none'}")
        return key, parameters

    make.__name__ = make.__qualname__ = key
    lines = [entry["summary"], "", "Parameters", "----------"] if fields else [entry["summary"]]
    for field in fields:
        lines += [f"{field['name']} : {field['type']}, {field.get('allowed') or 'any'}", f"    {field['meaning']}"]
    if entry.get("citation"):
        lines += ["", "References", "----------", entry["citation"]]
    make.__doc__ = "\n".join(lines)
    make.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                field["name"],
                inspect.Parameter.KEYWORD_ONLY,
                default=_default(field),
                annotation=_TYPES.get(field["type"], str),
            )
            for field in fields
        ]
    )
    return make
