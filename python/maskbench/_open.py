"""Tables from files, by whichever library for tables is installed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ._errors import UserError

ENDINGS = (".parquet", ".npy", ".jsonl")


def is_path(source: Any) -> bool:
    """Whether these are files: a path, a glob, or a list of them."""
    if isinstance(source, os.PathLike):
        return True
    if isinstance(source, str):
        return source.endswith(ENDINGS) or "/" in source or "*" in source
    return (
        isinstance(source, (list, tuple))
        and bool(source)
        and all(isinstance(one, (str, os.PathLike)) for one in source)
    )


def files_of(source: Any) -> list[str]:
    """The files, globs and folders of Parquet files resolved, in order."""
    files: list[str] = []
    for one in source if isinstance(source, (list, tuple)) else [source]:
        path = os.fspath(one)
        if os.path.isdir(path):
            found = sorted(str(file) for file in Path(path).rglob("*.parquet"))
        else:
            found = sorted(glob.glob(path)) if any(c in path for c in "*?[") else [path]
        if not found or not os.path.exists(found[0]):
            raise UserError(f"{path}: no such file")
        files += found
    return files


def _columns(wanted: Sequence[str], there: Iterable[str]) -> list[str] | None:
    """The wanted columns that are there, or None for all: what is missing is said later, with what there is."""
    names = list(there)
    unknown = [column for column in wanted if column not in names]
    return None if unknown or not wanted else list(dict.fromkeys(wanted))


def open_table(files: Sequence[str], columns: Sequence[str] = ()) -> Any:
    """An object with an Arrow stream: these columns of the files, or all where none are named.

    Uses pyarrow, polars or duckdb, the first that is there. What that library cannot read is a UserError in its words.
    """
    files = list(files)
    try:
        return _opened(files, columns)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        name = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
        mistake = UserError(f"{name} cannot be read: {error}")
        mistake.where = name
        raise mistake from error


def _opened(files: list[str], columns: Sequence[str]) -> Any:
    jsonl = files[0].endswith(".jsonl")
    try:
        import pyarrow.dataset as arrow  # type: ignore[import-untyped,import-not-found,unused-ignore]

        table = arrow.dataset(files, format="json" if jsonl else "parquet")
        return table.to_table(columns=_columns(columns, table.schema.names)).combine_chunks()
    except ImportError:
        pass
    try:
        import polars

        lazy = polars.scan_ndjson(files) if jsonl else polars.scan_parquet(files)
        names = _columns(columns, lazy.collect_schema().names())
        return (lazy if names is None else lazy.select(names)).collect().rechunk()
    except ImportError:
        pass
    try:
        import duckdb  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UserError(f"{files[0]}: pyarrow, polars or duckdb is needed to read it; install one of them") from None
    reader = "read_json_auto" if jsonl else "read_parquet"
    relation: Any = duckdb.sql(f"select * from {reader}({files!r})")
    names = _columns(columns, relation.columns)
    return relation if names is None else relation.select(*names)
