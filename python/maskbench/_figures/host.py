"""What the drawing code asks of where it runs; beside scripts/figures its own host.py answers."""

from __future__ import annotations

import os
from pathlib import Path

from .._errors import UserError

__all__ = ["UserError", "method_files", "shown"]


def method_files(family: str) -> list[str]:
    """The stems of the files that a family's methods stand in."""
    files = (Path(__file__).parent / "method_files.txt").read_text().split()
    return [Path(file).stem for file in files if Path(file).parent.name == family]


def shown(path: Path) -> str:
    """A path as messages print it."""
    return os.fspath(path)
