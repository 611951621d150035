"""Hugging Face datasets: select rows; of a stream, shard by shard."""

import datasets
import maskbench
import numpy as np

draw = np.random.default_rng(0)
x = draw.normal(size=(600, 16)).astype(np.float32)
columns = {"text": [f"document {i}" for i in range(600)], "embedding": x.tolist(), "edu": draw.random(600).tolist()}
pool = datasets.Dataset.from_dict(columns)

chosen = maskbench.select(pool, 0.1, features="embedding", quality="edu")
small = pool.select(chosen.rows)
assert len(small) == 60 and small[0]["text"] == f"document {chosen.rows[0]}"

kept = 0
for shard in pool.to_iterable_dataset(num_shards=3).with_format("arrow").iter(batch_size=200):
    kept += len(shard.take(maskbench.select(shard, 0.1, features="embedding", quality="edu").rows))
assert kept == 60
