# mypy: ignore-errors
"""A picture with the words and the numbers that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt

from .look import headline
from .records import Place


@dataclass
class Drawing:
    figure: plt.Figure
    title: str  # the finding, made from the numbers; where there is none, the question
    numbers: list[dict]  # one row a mark, columns as in the first row
    caption: str  # what is drawn, how to read it
    places: list[Place]  # what it was drawn from
    reading: str = ""  # one sentence made from the numbers
    first: bool = False  # drawn from the first seed of each place alone
    finish: Callable[[], None] | None = None  # what is drawn once the layout stands
    title_size: float = 9.5
    formulas: bool = False  # compares a formula alone: for the report

    def complete(self) -> None:
        """The title over it, and what is drawn once the layout stands."""
        headline(self.figure, self.title, self.title_size)
        self.figure.draw_without_rendering()
        if self.finish:
            self.figure.set_layout_engine("none")  # it stands
            self.finish()
