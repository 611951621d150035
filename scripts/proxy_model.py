"""A small causal transformer on word ids, for scripts/proxy_train: trains one for each subset, the same start and the same order of
batches for all, and prints {"losses": {subset: {held-out text: nats a word}}}.

    proxy_model.py JOB.json

JOB: subsets and heldout ({name: .npy of int32 ids}), vocabulary, seed, threads, passes over each subset. Runs in .cache/peers/bin/python.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn

WIDTH, LAYERS, HEADS, CONTEXT, BATCH = 64, 2, 4, 64, 32
RATE, WARM_UP = 3e-3, 0.1  # peak learning rate; share of the steps that it rises over


class Model(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Embedding(CONTEXT, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, norm=nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.out = nn.Linear(WIDTH, vocabulary)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(CONTEXT))
        for table in (self.words, self.places):
            nn.init.normal_(table.weight, std=0.02)

    def losses(self, ids):
        """Nats of each word of windows of CONTEXT + 1 ids, but the first."""
        x = self.words(ids[:, :-1]) + self.places.weight
        logits = self.out(self.layers(x, mask=self.mask, is_causal=True))
        return nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")


def windows(ids):
    """Windows that overlap by one id, so that every id but the first is predicted once; the rest at the end is left out."""
    count = (len(ids) - 1) // CONTEXT
    starts = CONTEXT * np.arange(count)[:, None]
    return torch.from_numpy(ids[starts + np.arange(CONTEXT + 1)].astype(np.int64))


def train(ids, job):
    torch.manual_seed(job["seed"])
    model = Model(job["vocabulary"])
    rows = windows(ids)
    order = torch.cat([torch.randperm(len(rows)) for _ in range(job["passes"])])
    batches = order.split(BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=max(2, len(batches)), pct_start=WARM_UP)
    for batch in batches:
        optimiser.zero_grad()
        model.losses(rows[batch]).mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return model


def main():
    job = json.loads(pathlib.Path(sys.argv[1]).read_text())
    torch.set_num_threads(job["threads"])
    losses = {}
    for name, file in job["subsets"].items():
        model = train(np.load(file), job).eval()
        losses[name] = {}
        with torch.no_grad():
            for text, heldout in job["heldout"].items():
                parts = [model.losses(batch) for batch in windows(np.load(heldout)).split(BATCH)]
                losses[name][text] = torch.cat(parts).double().mean().item()
    print(json.dumps({"losses": losses, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
