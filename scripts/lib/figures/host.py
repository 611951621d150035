"""What the drawing code asks of where it runs; in the package, its own host.py answers."""

from __future__ import annotations

from pathlib import Path

from lib.script_support import ROOT, UserError

__all__ = ["UserError", "method_files", "shown"]


def method_files(family: str) -> list[str]:
    """The stems of the files that a family's methods stand in."""
    return [file.stem for file in (ROOT / "algorithms" / family).glob("*.cpp")]


def shown(path: Path) -> str:
    """A path as captions print it: from the repository's root where it is inside."""
    path = path.resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
