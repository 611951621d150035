"""torch: a tensor by DLPack, without a copy; a Subset for the DataLoader."""

import maskbench
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
embeddings = torch.nn.functional.normalize(torch.randn(800, 32), dim=1)
labels = torch.randint(0, 4, (800,))

data = maskbench.Data(embeddings, allow_copy=False)
assert data.copied == {}
chosen = maskbench.select(data, 80, objective="facility_location")
subset = Subset(TensorDataset(embeddings, labels), chosen.rows.tolist())
seen = sum(len(batch) for batch, _ in DataLoader(subset, batch_size=32))
assert seen == 80
assert chosen.value > maskbench.score(data, range(80), objective="facility_location").value + 0.01
