"""Small tables: in text, in HTML, and as an Arrow stream."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from . import _core


def cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def html_table(lines: list[dict[str, Any]]) -> str:
    if not lines:
        return "<table></table>"
    head = "".join(f"<th>{html.escape(name)}</th>" for name in lines[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell(value))}</td>" for value in line.values()) + "</tr>" for line in lines
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def text_table(lines: list[dict[str, Any]]) -> str:
    if not lines:
        return "(nothing)"
    rows = [list(lines[0])] + [[cell(value) for value in line.values()] for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)


def arrow_stream(lines: list[dict[str, Any]]) -> Any:
    """The lines as columns: strings, int64 or float64, null where a value is missing."""
    columns: list[tuple[str, Any, Any]] = []
    for name in lines[0] if lines else ():
        values = [line[name] for line in lines]
        known = [value is not None for value in values]
        valid = None if all(known) else known
        there = [value for value in values if value is not None]
        if any(isinstance(value, str) for value in there):
            columns.append((name, ["" if value is None else str(value) for value in values], valid))
        else:
            dtype = np.int64 if there and all(isinstance(value, int) for value in there) else np.float64
            columns.append((name, np.array([0 if value is None else value for value in values], dtype=dtype), valid))
    return _core.arrow_stream(columns, {})


class Table(list):  # type: ignore[type-arg]
    """A list of dictionaries that is a table wherever one is wanted."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return arrow_stream(list(self))

    def _repr_html_(self) -> str:
        return html_table(list(self))

    def __repr__(self) -> str:
        return text_table(list(self))
