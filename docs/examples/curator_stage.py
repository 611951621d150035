"""A stage as NeMo Curator has them: a function of a batch, here documents as a data frame."""

import maskbench
import numpy as np
import pandas as pd


def keep_a_tenth(batch: pd.DataFrame) -> pd.DataFrame:
    """The batch's best and most different documents; a small batch goes through whole."""
    if len(batch) < 10:
        return batch
    chosen = maskbench.select(batch, 0.1, features="embedding", quality="score", progress=False)
    return batch.iloc[chosen.rows]


def batch(size: int) -> pd.DataFrame:
    draw = np.random.default_rng(size)
    return pd.DataFrame({"embedding": list(draw.normal(size=(size, 16))), "score": draw.random(size)})


assert [len(keep_a_tenth(batch(size))) for size in (300, 200, 5)] == [30, 20, 5]
