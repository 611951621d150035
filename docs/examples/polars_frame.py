"""polars: a tenth of a frame, and what is left."""

import maskbench
import numpy as np
import polars as pl

draw = np.random.default_rng(0)
x = draw.normal(size=(1000, 32)).astype(np.float32)
x /= np.linalg.norm(x, axis=1, keepdims=True)
frame = pl.DataFrame(
    {"embedding": pl.Series(list(x), dtype=pl.Array(pl.Float32, 32)), "edu": draw.random(1000, dtype=np.float32)}
)

chosen = maskbench.select(frame, 0.1, features="embedding", quality="edu")
small, rest = frame[chosen.rows], frame.filter(~chosen.mask)
assert (small.height, rest.height) == (100, 900)
assert small["edu"].to_numpy().mean() > frame["edu"].to_numpy().mean() + 0.3
