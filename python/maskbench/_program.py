"""run and check: what the program of the package does, cell by cell, a process each."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

from ._cli import PROGRAM, environment
from ._errors import UserError
from ._progress import Progress, shown
from ._show import Table
from ._specs import spec_text

GROUPS = ("ci", "quick", "paper")
CHECKS = ("all", "values", "speed", "tables", "claims")

Path_ = Union[str, "os.PathLike[str]"]


class Records(Table):
    """What :func:`run` measured, a line a cell: a table wherever one is wanted. `lines` are the records as the program writes them."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self.lines = list(lines)
        cells = {line["key"]: line for line in self.lines if line["kind"] == "cell"}  # of one key the last counts
        super().__init__([self._line(cell) for cell in cells.values()])

    @staticmethod
    def _line(cell: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "dataset": cell["dataset"],
            "objective": cell["objective"],
            "budget": cell["budget"]["amount"],
            "selector": cell["selector"],
            "seed": cell["seed"],
            "status": cell["status"],
            "value": cell["value"],
            "bound": cell["bound"],
            "normalised": cell["normalised"],
            "seconds": cell["seconds"]["select"] if cell["seconds"] else None,
        }


class Verdict(Table):
    """What :func:`check` found, a line a case. `passed`: nothing failed; `undecided`: cases that could not be told."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.passed: bool = found["passed"]
        self.undecided: int = found["undecided"]
        super().__init__([{"check": part["check"], **case} for part in found["parts"] for case in part["cases"]])

    def __repr__(self) -> str:
        failed = [case for case in self if case["outcome"] == "fail"]
        text = f"{'passed' if self.passed else 'failed'}: {len(self)} cases, {len(failed)} failed, {self.undecided} undecided"
        return "\n".join([text, *(f"{case['check']}: {case['case']}: {case['detail']}" for case in failed)])


def _said(text: str) -> str:
    """The program's words, its options by the names that they have here."""
    text = text.strip().removeprefix("maskbench: ")
    return re.sub(r"--([a-z]+(?:-[a-z]+)*)\b ?", lambda one: one[1].replace("-", "_") + "=", text)


def _called(words: Iterable[str], phase: str, progress: Progress) -> tuple[int, str, str]:
    """Exit code, output and words of the program; it is stopped with whatever stops this call."""
    child = subprocess.Popen(
        [PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        stdout=(output := tempfile.TemporaryFile("w+")),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,  # Ctrl-C comes from here, once
    )
    errors: list[str] = []
    with output, shown(progress) as report:
        try:
            assert child.stderr is not None
            for line in child.stderr:
                errors.append(line)
                if report and (at := re.match(r"(\d+)/(\d+) ", line)):
                    report(phase, int(at[1]) / int(at[2]))
            code = child.wait()
        except BaseException:
            child.send_signal(signal.SIGINT)
            child.wait()
            raise
        output.seek(0)
        text = output.read()
    if code == 2:
        raise UserError(_said("".join(errors)))
    return code, text, "".join(errors)


def _each(name: str, given: Any) -> list[str]:
    """An option once for each value: texts, paths, or specs."""
    alone = (
        isinstance(given, (str, os.PathLike))
        or callable(given)
        or isinstance(given, tuple)
        and given[1:]
        and isinstance(given[1], Mapping)
    )
    texts = [
        os.fspath(one) if isinstance(one, os.PathLike) else spec_text(one) for one in ([given] if alone else given)
    ]
    return [word for text in texts for word in (name, text)]


def run(
    descriptor: Path_,
    group: str = "quick",
    *,
    records: Path_ | None = None,
    fresh: bool = False,
    only: str | Sequence[str] = (),
    add_selector: Any = (),
    threads: int | None = None,
    plugin: Path_ | Sequence[Path_] = (),
    allow_commands: bool = False,
    progress: Progress = None,
) -> Records:
    """Run a descriptor, one table or figure, cell by cell in processes of their own: ``maskbench run``.

    Parameters
    ----------
    descriptor : str or path
        A file, or the name of one that the package holds, such as ``"speedup"``.
    group : {"ci", "quick", "paper"}
        Seconds, minutes, or the paper's sizes.
    records : path, optional
        JSON lines that are kept there; started again with the same file, it goes on where it was. Default: not kept.
    fresh : bool
        Drop what `records` holds.
    only : str or list of str
        ``"PATH=VALUE"``: cells of this axis value, such as ``"selector=greedy"`` or ``"repetition=0"``.
    add_selector : spec or list of specs
        Further selectors beside the descriptor's, as `selector` of :func:`select`; not those written in Python, which
        the program does not know.
    threads : int, optional
        Instead of the descriptor's.
    plugin : path or list of paths
        FILE.so with further selectors.
    allow_commands : bool
        Let a descriptor from elsewhere run the commands that it names.
    progress : bool or callable, optional
        As in :func:`select`.

    Returns
    -------
    Records

    Raises
    ------
    UserError
        No such descriptor, group, selector or cell.
    RuntimeError
        A cell failed: the program's words say which.
    """
    if group not in GROUPS:
        raise UserError(f"group={group!r}; there are: {', '.join(GROUPS)}")
    with tempfile.TemporaryDirectory(prefix="maskbench-") as folder:
        file = Path(folder) / "records.jsonl" if records is None else Path(records)
        words = ["run", os.fspath(descriptor), "--group", group, "--records", os.fspath(file)]
        words += ["--fresh"] if fresh else []
        words += ["--allow-commands"] if allow_commands else []
        words += [] if threads is None else ["--threads", str(threads)]
        words += [*_each("--only", only), *_each("--add-selector", add_selector), *_each("--plugin", plugin)]
        code, _, errors = _called(words, "run", progress)
        if code:
            raise RuntimeError(_said(errors) or f"the program ended with code {code}")
        return Records([json.loads(line) for line in file.read_text().splitlines()])


def check(
    what: str = "all",
    *,
    baseline: Path_ | None = None,
    against: Path_ | None = None,
    only: str | None = None,
    plugin: Path_ | Sequence[Path_] = (),
    progress: Progress = None,
) -> Verdict:
    """Hold every method's answers and speed against a baseline: ``maskbench check``.

    Parameters
    ----------
    what : {"all", "values", "speed", "tables", "claims"}
    baseline : path, optional
        A file, or a folder of them.
    against : path, optional
        Another maskbench program: speed of the two, in turn, without a baseline.
    only : str, optional
        Cases of this selector.
    plugin : path or list of paths
        FILE.so with further selectors.
    progress : bool or callable, optional
        As in :func:`select`.

    Returns
    -------
    Verdict
        `passed`, and a line a case. What failed is an answer, not an error.

    Raises
    ------
    UserError
        Nothing of that name, or no such baseline.
    RuntimeError
        The program could not do it.
    """
    if what not in CHECKS:
        raise UserError(f"what={what!r}; there are: {', '.join(CHECKS)}")
    words = ["check", what, "--json"]
    for name, given in (("--baseline", baseline), ("--against", against), ("--only", only)):
        words += [] if given is None else [name, os.fspath(given)]
    code, text, errors = _called([*words, *_each("--plugin", plugin)], "check", progress)
    try:
        return Verdict(json.loads(text))
    except ValueError:
        raise RuntimeError(_said(errors) or f"the program ended with code {code}") from None
