"""datatrove: a block between a reader and a writer."""

from collections.abc import Iterable, Iterator

import maskbench
import numpy as np
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep


class KeepATenth(PipelineStep):
    def run(self, data: Iterable[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        pool = list(data)  # a rank's documents
        x = np.array([one.metadata["embedding"] for one in pool])
        edu = [one.metadata["edu"] for one in pool]
        for row in maskbench.select(x, 0.1, quality={"edu": edu}, seed=rank):
            yield pool[row]


draw = np.random.default_rng(0)
about = [{"embedding": draw.normal(size=16), "edu": draw.random()} for _ in range(200)]
made = [Document(f"text {i}", str(i), metadata=one) for i, one in enumerate(about)]
kept = list(KeepATenth().run(made))
assert len(kept) == 20 and np.mean([one.metadata["edu"] for one in kept]) > 0.8
