"""A bar after two seconds, where a person looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Union

Progress = Union[None, bool, Callable[[str, float], None]]
QUIET_SECONDS = 2.0


def _watched() -> bool:
    notebook = "ipykernel" in sys.modules
    return notebook or sys.stderr.isatty()


class _Bar:
    """Draws with tqdm where it is there, else one line that rewrites itself on a terminal."""

    def __init__(self, always: bool) -> None:
        self.always = always
        self.since = time.monotonic()
        self.last = 0.0
        self.bar: Any = None
        self.line = False

    def __call__(self, phase: str, done: float) -> None:
        now = time.monotonic()
        if now - self.since < QUIET_SECONDS or now - self.last < 0.1:
            return
        self.last = now
        if self.bar is None and not self.line:
            try:
                from tqdm.auto import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]

                self.bar = tqdm(
                    total=1.0, bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}", leave=False
                )
            except ImportError:
                self.line = True
        if self.bar is not None:
            self.bar.set_description(phase, refresh=False)
            self.bar.n = done
            self.bar.refresh()
        elif sys.stderr.isatty() or self.always:
            print(f"\r{phase} {done:4.0%}  {now - self.since:.0f} s", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        elif self.line and (sys.stderr.isatty() or self.always):
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class shown:
    """`with shown(progress) as report:` gives what the library calls, or None."""

    def __init__(self, progress: Progress) -> None:
        self.bar: _Bar | None = None
        self.report: Any = None
        if callable(progress):
            self.report = progress
        elif progress or (progress is None and _watched()):
            self.report = self.bar = _Bar(progress is True)

    def __enter__(self) -> Any:
        return self.report

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()
