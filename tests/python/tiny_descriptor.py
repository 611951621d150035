"""A descriptor that runs in a second."""

import copy
import json

TINY = {
    "schema": 1,
    "id": "tiny",
    "question": "Does the runner do what it says?",
    "datasets": [{"name": "synthetic_web", "params": {"n": 200, "d": 8}}],
    "objectives": [{"name": "joint", "params": {"lambda": 0.5}}],
    "budgets": [{"rows": 20}],
    "selectors": [{"name": "random"}, {"name": "top_k"}],
    "seeds": {"base": 11, "repetitions": 2},
    "limits": {"seconds": 20, "threads": 1},
    "groups": {"ci": {}, "quick": {}, "paper": {}},
    "table": {
        "rows": "selector",
        "columns": ["dataset"],
        "cells": ["objective", "seconds"],
        "show": "mean_sd",
    },
}


def descriptor(**changes):
    return {**copy.deepcopy(TINY), **changes}


def write_descriptor(folder, **changes):
    file = folder / "tiny.json"
    file.write_text(json.dumps(descriptor(**changes), indent=2))
    return file
