"""What is chosen from: columns that stay where they are wherever they can."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np

from . import _core
from ._errors import UserError
from ._open import files_of, is_path, open_table
from ._progress import Progress, shown

Quality = Union[None, str, Sequence[str], Mapping[str, Any]]

_core.set_folders(str(Path(__file__).parent / "_root"), tempfile.gettempdir())
_core.set_table_opener(open_table)


def _names(given: Any, what: str) -> list[str]:
    if given is None:
        return []
    names = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(name, str) for name in names):
        raise UserError(f"{what} are names of columns, not {names!r}")
    return names


def _table_of(source: Any) -> Any:
    """What has an Arrow stream, of what people hold."""
    if type(source).__module__.partition(".")[0] == "datasets" and hasattr(source, "with_format"):
        # An HF Dataset has no stream of its own; with indices its rows must be taken first.
        return source.data.table if source._indices is None else source.with_format("arrow")[:]
    if hasattr(source, "collect") and not hasattr(source, "__arrow_c_stream__"):
        source = source.collect()  # a polars LazyFrame
    if hasattr(source, "rechunk") and getattr(source, "n_chunks", lambda: 1)() > 1:
        return source.rechunk()
    return source


def _array(values: Any, dtype: type, name: str, rows: int | None, copied: dict[str, str], allow_copy: bool) -> Any:
    """Numbers as the library reads them; what had to be copied is noted."""
    try:
        given = values if isinstance(values, np.ndarray) else np.asarray(values)
    except Exception as error:
        raise UserError(f"{name}: {type(values).__name__} is no array: {error}") from None
    if given.dtype.kind not in "fiub":
        raise UserError(f"{name}: of type {given.dtype}; numbers are wanted")
    if rows is not None and given.shape != (rows,):
        raise UserError(f"{name}: of shape {given.shape}; one number for each of {rows} rows is wanted")
    rows_in_order = given.ndim == 2 and given.strides[-1] == given.itemsize
    if given.dtype == dtype and (given.flags.c_contiguous or rows_in_order):
        return given
    why = f"its numbers are {given.dtype}" if given.dtype != dtype else "it does not lie row by row"
    if not allow_copy:
        raise UserError(f"{name} would be copied, since {why}; allow_copy=False forbids it")
    copied[name] = why
    if np.issubdtype(dtype, np.integer) and given.dtype.kind in "fiu":
        whole: Any = given.astype(dtype)
        if not np.array_equal(whole, given):
            raise UserError(f"{name}: whole numbers that fit {np.dtype(dtype)} are wanted")
        return whole
    return np.ascontiguousarray(given, dtype=dtype)


class Data:
    """A data set to choose from, read once and used many times.

    Parameters
    ----------
    source : array, table, path, list of paths, name or HF dataset
        n x d numbers (numpy, torch, jax, memmap); anything with ``__arrow_c_stream__`` (polars, pandas, pyarrow,
        duckdb); Parquet, JSON-lines or .npy files; a registered name such as ``"synthetic_web[n=2000]"``.
    features : str, optional
        The column of lists of floats; default: the only one. ``"-"``: none.
    quality : str, list of str or mapping of str to array, optional
        Score columns, higher is better; or arrays of n numbers by their name.
    ids, length, text : str or array, optional
        Columns: the name of each row (distinct), its tokens, its text.
    labels : str, list of str or mapping, optional
        Columns of whole numbers or strings: domains, topics, clusters.
    unit_rows : bool
        Bring rows to unit norm. Those within 1e-5 of it stay as they are.
    allow_copy : bool
        False: a UserError names a column that would have to be copied, and why.
    progress : bool or callable, optional
        As in :func:`select`.

    Raises
    ------
    UserError
        A column that is missing or of another type; nulls; numbers that are not finite; rows of zeros.

    Notes
    -----
    Columns that are not copied must not be changed while they are used. `copied` says which were, and why.
    """

    def __init__(
        self,
        source: Any,
        *,
        features: str | None = None,
        quality: Quality = None,
        ids: Any = None,
        length: Any = None,
        text: str | None = None,
        labels: Any = None,
        unit_rows: bool = True,
        allow_copy: bool = True,
        name: str | None = None,
        progress: Progress = None,
    ) -> None:
        self._copied: dict[str, str] = {}
        roles: dict[str, Any] = {"name": name or "data", "unit_rows": unit_rows, "features_optional": True}
        with shown(progress) as report:
            if isinstance(source, str) and not is_path(source):
                if any(one is not None for one in (features, quality, ids, length, text, labels)):
                    raise UserError(f"data set {source} is registered and brings its own columns")
                self._core = _core.load(source, report)
                return
            if is_path(source):
                files = files_of(source)
                if files[0].endswith(".npy"):
                    if len(files) > 1:
                        raise UserError("one .npy file of features; other columns are given as arrays")
                    source = np.load(files[0], mmap_mode="r")
                else:
                    wanted = [features, ids, length, text, *_names(quality, "quality"), *_names(labels, "labels")]
                    known = [] if features is None else [one for one in wanted if one and one != "-"]
                    source = open_table(files, known)
                    roles["name"] = name or Path(files[0]).stem
            source = _table_of(source)
            if hasattr(source, "__arrow_c_stream__") and not isinstance(source, np.ndarray):
                for role, given in (("features", features), ("id", ids), ("length", length), ("text", text)):
                    if given is not None:
                        if not isinstance(given, str):
                            raise UserError(f"{role}: the name of a column of the table is wanted")
                        roles[role] = given
                roles["quality"] = _names(quality, "quality")
                roles["labels"] = _names(labels, "labels")
                self._core = _core.from_stream(source, roles, allow_copy, report)
                return
            self._core = self._from_arrays(source, roles, quality, ids, length, labels, allow_copy, report)

    def _from_arrays(
        self,
        source: Any,
        roles: dict[str, Any],
        quality: Quality,
        ids: Any,
        length: Any,
        labels: Any,
        allow_copy: bool,
        report: Any,
    ) -> Any:
        if not hasattr(source, "shape") and not hasattr(source, "__array__") and not isinstance(source, (list, tuple)):
            raise UserError(f"data: {type(source).__name__} is neither an array nor a table nor a path")
        if not isinstance(source, np.ndarray) and hasattr(source, "__dlpack__"):
            source = np.from_dlpack(source.detach() if hasattr(source, "detach") else source)
        rows = _array(source, np.float32, "features", None, self._copied, allow_copy)
        if rows.ndim != 2:
            raise UserError(f"features: of shape {rows.shape}; n rows of d numbers are wanted")
        n = len(rows)

        def columns(given: Any, dtype: type, what: str) -> dict[str, Any]:
            if given is None:
                return {}
            if not isinstance(given, Mapping):
                raise UserError(f"{what}: beside an array, give columns by name: {what}={{'name': values}}")
            return {key: _array(values, dtype, key, n, self._copied, allow_copy) for key, values in given.items()}

        scores = columns(quality, np.float32, "quality")
        sizes = {} if length is None else {"tokens": _array(length, np.int32, "length", n, self._copied, allow_copy)}
        names = [] if ids is None else [str(one) for one in ids]
        if names and len(names) != n:
            raise UserError(f"ids: {len(names)} for {n} rows")
        return _core.from_arrays(
            roles["name"], n, rows, scores, columns(labels, np.int32, "labels"), sizes, names, list(scores),
            roles["unit_rows"], allow_copy, report,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """n."""
        return int(self._core.rows)

    @property
    def dims(self) -> int:
        """d; 0 where there are no features."""
        return int(self._core.dims)

    @property
    def quality(self) -> list[str]:
        """The score columns that make the quality unless others are named."""
        return list(self._core.quality)

    @property
    def copied(self) -> dict[str, str]:
        """Columns that had to be copied, and why; the others lie where they lay."""
        return {**self._copied, **self._core.copied}

    @property
    def digest(self) -> str:
        """sha256, hex, of all that methods see. Computed when first asked for."""
        return str(self._core.digest)

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        copied = f"; copied: {', '.join(self.copied)}" if self.copied else ""
        return f"Data({self.rows} rows x {self.dims}, quality: {', '.join(self.quality) or 'none'}{copied})"


def load(name: str, *, progress: Progress = None) -> Data:
    """A registered data set, such as ``"fineweb_sample"`` or ``"synthetic_web[n=2000,d=64]"``.

    Raises
    ------
    UserError
        No such data set, or it is not on this machine; then the message says how to get it.
    """
    return Data(name, progress=progress)
