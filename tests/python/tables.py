"""A small table as a user's would be."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write_table(folder, rows=200, dims=8, name="docs.parquet", seed=0, **replaced):
    draws = np.random.default_rng(seed)
    features = draws.normal(size=(rows, dims)).astype(np.float32)
    columns = {
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(features.ravel()), dims),
        "good": pa.array(draws.normal(size=rows).astype(np.float32)),
        "fine": pa.array(draws.normal(size=rows).astype(np.float32)),
        "tokens": pa.array(draws.integers(10, 500, rows).astype(np.int32)),
        "topic": pa.array((np.arange(rows) % 5).astype(np.int32)),
        "site": pa.array([f"site-{i % 3}" for i in range(rows)]),
        "id": pa.array([f"doc-{i}" for i in range(rows)]),
    }
    columns.update(replaced)
    file = folder / name
    pq.write_table(pa.table({k: v for k, v in columns.items() if v is not None}), file)
    return file
