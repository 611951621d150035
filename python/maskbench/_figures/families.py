# mypy: ignore-errors
"""Families of methods, and a turn within the family for each label: the same method looks the same in every picture and on the site."""

from __future__ import annotations

import re
from functools import lru_cache

from .host import method_files

FAMILIES = ("datamask", "greedy", "relaxation", "topk", "clustering", "random", "sampling", "targeted", "wrappers")


@lru_cache
def methods() -> dict[str, tuple[str, int]]:
    """method -> the folder that its file stands in, and its place there"""
    found = {}
    for family in FAMILIES:
        for turn, stem in enumerate(sorted(method_files(family), key=lambda stem: (stem != family, stem))):
            found[stem] = family, turn
    return found


def method_of(label: str, place=None) -> str:
    """The method that the label begins with, where the place's selector has it too (`greedy in blocks`); else that of the selector, and
    of a wrapper what it wraps. "" for none that is known."""
    cells = place.cells if place else []
    named, given = (re.findall(r"[a-z0-9_]+", text) for text in (label, cells[0]["selector"] if cells else label))
    known = [
        word
        for word in (named[:1] if named and named[0] in methods() and named[0] in given else given)
        if word in methods()
    ]
    return next((word for word in known if methods()[word][0] != "wrappers"), known[0] if known else "")


def family_of(label: str, place=None) -> str:
    return methods().get(method_of(label, place), ("wrappers", 0))[0]


def turns_of(labels, places=None) -> dict[str, tuple[str, int]]:
    """label -> (family, turn). The first label of a method, of the paper's preset if there is one, has the method's own turn, further ones
    the next that are free, preset ours before the rest; a family has no turn twice."""
    labels = list(labels)
    of = {
        label: methods().get(method_of(label, place), ("wrappers", 0))
        for label, place in reversed(list(zip(labels, places or [None] * len(labels))))
    }
    labels = list(dict.fromkeys(labels))
    turns, taken = {}, set()
    for label in sorted(labels, key=lambda label: "ours" in label):
        if of[label] not in taken:
            taken.add(of[label])
            turns[label] = of[label]
    for label in sorted(labels, key=lambda label: "ours" not in label):
        if label not in turns:
            family, turn = of[label]
            turns[label] = next(
                (family, free)
                for free in range(turn, turn + len(labels) + len(methods()))
                if (family, free) not in taken
            )
            taken.add(turns[label])
    return {label: turns[label] for label in labels}


def colours_of(turns: dict[str, tuple[str, int]]) -> dict[str, int]:
    """label -> which of the families' colours: its family's, by turn where one family stands alone."""
    alone = len({family for family, _ in turns.values()}) == 1
    return {
        label: (turn if alone else FAMILIES.index(family)) % len(FAMILIES) for label, (family, turn) in turns.items()
    }
