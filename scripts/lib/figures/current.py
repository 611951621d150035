"""Which records are current, and what was not run."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lib.figures.records import Records
from lib.script_support import ROOT


def notes_of(descriptor: dict, group: str) -> list[str]:
    """Without those that begin with `Group NAME` of another group, as in the tables."""
    others = [f"Group {name}" for name in ("ci", "quick", "paper") if name != group]
    return [note for note in descriptor.get("notes", []) if not any(re.match(rf"{other}\b", note) for other in others)]


def not_run(records: dict[str, Records], group: str) -> list[dict]:
    """Descriptors of the tree that were not run in this group, or in part, with the notes that say what it costs; `records` by descriptor."""
    found = []
    for file in sorted((ROOT / "experiments/descriptors").glob("*.json")):
        run = records.get(file.stem)
        missing = run.statuses().get("missing", 0) if run else None
        if missing != 0:
            notes = notes_of(run.descriptor if run else json.loads(file.read_text()), group)
            found.append(
                {
                    "id": file.stem,
                    "missing": missing,
                    "planned": len(run.plan) if run else None,
                    "note": " ".join(note for note in notes if note.startswith(f"Group {group}")),
                }
            )
    return found


def current_records(results: Path) -> dict[str, str]:
    """table -> file of its records, from the repository's root"""
    current = results / "runs/current.json"
    return json.loads(current.read_text()) if current.is_file() else {}
