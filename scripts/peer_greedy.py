"""Naive facility-location greedy of another library, for scripts/compare_numpy, in an environment of its own.

    peer_greedy.py LIBRARY FOLDER

FOLDER has kernel.npy (n x n similarities in [0, 1]) and picks. Says `ready`, then answers each line of standard
input with {"seconds": ..., "picks": [...]}. The kernel, in the form that the library wants, is not timed.
"""

import json
import pathlib
import sys
import time

import numpy as np


def apricot_select(kernel):
    from apricot import FacilityLocationSelection

    def pick(count):
        chooser = FacilityLocationSelection(count, metric="precomputed", optimizer="naive")
        return chooser.fit(kernel).ranking.tolist()

    return pick


def submodlib_py(kernel):
    from submodlib import FacilityLocationFunction

    sijs = kernel.astype(np.float32)
    function = FacilityLocationFunction(n=len(kernel), mode="dense", sijs=sijs, separate_rep=False)
    options = {"optimizer": "NaiveGreedy", "stopIfZeroGain": False, "show_progress": False}

    def pick(count):
        return [int(item) for item, _gain in function.maximize(budget=count, **options)]

    return pick


library, folder = sys.argv[1], pathlib.Path(sys.argv[2])
answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print does not disturb the answers
makers = {"apricot-select": apricot_select, "submodlib-py": submodlib_py}
choose = makers[library](np.load(folder / "kernel.npy"))
rows = int((folder / "picks").read_text())
choose(2)  # compiled, where it compiles
print("ready", file=answers, flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    picks = choose(rows)
    print(json.dumps({"seconds": time.perf_counter() - start, "picks": picks}), file=answers, flush=True)
