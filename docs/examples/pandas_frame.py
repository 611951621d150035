"""pandas: the same from a data frame, and every answer as a data frame."""

import maskbench
import numpy as np
import pandas as pd

draw = np.random.default_rng(0)
frame = pd.DataFrame({"embedding": list(draw.normal(size=(500, 16)).astype(np.float32)), "edu": draw.random(500)})

chosen = maskbench.select(frame, 50, features="embedding", quality="edu")
small = frame.iloc[chosen.rows]
assert len(small) == 50
lines = pd.DataFrame(list(maskbench.compare(["random", "relaxation"], frame, 50, features="embedding", quality="edu")))
assert lines["normalised"].iloc[1] > 0.99
