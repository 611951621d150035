"""MaskBench: choose training data, say how good the choice is, and prove it.

>>> import maskbench
>>> data = maskbench.load("synthetic_web[n=2000,d=32]")
>>> chosen = maskbench.select(data, 0.1)
>>> len(chosen)
200
"""

import os as _os
from typing import Any as _Any

# libgomp's threads spin at a barrier before they sleep, which costs a time slice where others want the core. It reads
# its setting when it is loaded, which is now, and is the module's own copy: the host's stays as it is.
_quiet = not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & _os.environ.keys()
if _quiet:
    _os.environ["GOMP_SPINCOUNT"] = "10000"
try:
    from . import _core
finally:
    if _quiet:
        del _os.environ["GOMP_SPINCOUNT"]

from . import objectives, selectors
from ._errors import UserError
from ._data import Data, load
from ._estimators import DisfSelection, FacilityLocationSelection, QualityDiversitySelection
from ._judged import Score
from ._listing import list_datasets, list_metrics, list_objectives, list_selectors
from ._program import Records, Verdict, check, run
from ._register import objective, selector
from ._select import compare, plan, score, select
from ._selection import Comparison, Plan, Selection


def __getattr__(name: str) -> _Any:
    if name != "plots":  # it needs matplotlib, which takes long to load
        raise AttributeError(f"module 'maskbench' has no attribute {name!r}")
    from importlib import import_module

    return import_module(".plots", __name__)


__version__ = _core.version()

__all__ = [
    "Comparison",
    "Data",
    "DisfSelection",
    "FacilityLocationSelection",
    "Plan",
    "QualityDiversitySelection",
    "Records",
    "Score",
    "Selection",
    "UserError",
    "Verdict",
    "check",
    "compare",
    "list_datasets",
    "list_metrics",
    "list_objectives",
    "list_selectors",
    "load",
    "objective",
    "objectives",
    "plan",
    "plots",
    "run",
    "score",
    "select",
    "selector",
    "selectors",
]
