"""A small causal transformer on word ids, for scripts/proxy_train: trains one for each subset, the same start and the same order of
batches for all, and prints {"losses": {subset: {held-out text: nats a word}}}.

    transformer.py JOB.json

JOB: subsets and heldout ({name: .npy of int32 ids}), vocabulary, seed, passes over each subset. Runs in .cache/proxy/bin/python (JAX).
"""

import functools
import json
import math
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np

WIDTH, LAYERS, HEADS, CONTEXT, BATCH = 64, 2, 4, 64, 16
RATE, WARM_UP, DECAY, CLIP = (
    3e-3,
    0.1,
    0.01,
    1.0,
)  # peak rate of AdamW; share of the steps that it rises over, before it falls as a cosine
BETA = (0.9, 0.99)


def first_weights(vocabulary, seed):
    keys = iter(jax.random.split(jax.random.key(seed), 3 + 4 * LAYERS))

    def normal(*shape):
        return 0.02 * jax.random.normal(next(keys), shape)

    def layer():
        return {
            "before_attention": jnp.ones(WIDTH),
            "query_key_value": normal(WIDTH, 3 * WIDTH),
            "from_heads": normal(WIDTH, WIDTH),
            "before_wide": jnp.ones(WIDTH),
            "to_wide": normal(WIDTH, 4 * WIDTH),
            "from_wide": normal(4 * WIDTH, WIDTH),
        }

    return {
        "words": normal(vocabulary, WIDTH),
        "places": normal(CONTEXT, WIDTH),
        "layers": [layer() for _ in range(LAYERS)],
        "before_out": jnp.ones(WIDTH),
        "out": normal(WIDTH, vocabulary),
    }


def normed(x, scale):
    return scale * x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-6)


def losses(weights, ids):
    """Nats of each word of windows of CONTEXT + 1 ids, but the first."""
    x = weights["words"][ids[:, :-1]] + weights["places"]
    rows = x.shape[0]
    for layer in weights["layers"]:
        heads = (normed(x, layer["before_attention"]) @ layer["query_key_value"]).reshape(
            rows, CONTEXT, 3, HEADS, WIDTH // HEADS
        )
        seen = jax.nn.dot_product_attention(heads[:, :, 0], heads[:, :, 1], heads[:, :, 2], is_causal=True)
        x = x + seen.reshape(rows, CONTEXT, WIDTH) @ layer["from_heads"]
        x = x + jax.nn.gelu(normed(x, layer["before_wide"]) @ layer["to_wide"]) @ layer["from_wide"]
    logits = normed(x, weights["before_out"]) @ weights["out"]
    return jax.nn.logsumexp(logits, axis=-1) - jnp.take_along_axis(logits, ids[:, 1:, None], axis=-1)[..., 0]


@functools.partial(jax.jit, donate_argnums=(0, 1))
def step(weights, moments, ids, number, rate):
    """One of AdamW, gradients clipped to norm CLIP; `number` from 1."""
    slopes = jax.grad(lambda weights: losses(weights, ids).mean())(weights)
    norm = jnp.sqrt(sum(jnp.sum(slope * slope) for slope in jax.tree.leaves(slopes)))
    slopes = jax.tree.map(lambda slope: slope * jnp.minimum(1.0, CLIP / norm), slopes)
    first = jax.tree.map(lambda m, g: BETA[0] * m + (1 - BETA[0]) * g, moments[0], slopes)
    second = jax.tree.map(lambda v, g: BETA[1] * v + (1 - BETA[1]) * g * g, moments[1], slopes)

    def moved(w, m, v):
        return w - rate * (m / (1 - BETA[0] ** number) / (jnp.sqrt(v / (1 - BETA[1] ** number)) + 1e-8) + DECAY * w)

    return jax.tree.map(moved, weights, first, second), (first, second)


def windows(ids):
    """Windows that overlap by one id, so that every id but the first is predicted once; the rest at the end is left out."""
    count = (len(ids) - 1) // CONTEXT
    return ids[CONTEXT * np.arange(count)[:, None] + np.arange(CONTEXT + 1)]


def rate_at(share):
    return RATE * (
        share / WARM_UP if share < WARM_UP else 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))
    )


def train(ids, job):
    weights = first_weights(job["vocabulary"], job["seed"])
    moments = (jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights))
    rows, draw = windows(ids), np.random.default_rng(job["seed"])
    order = np.concatenate([draw.permutation(len(rows)) for _ in range(job["passes"])])
    batches = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH) if len(order) >= BATCH else order[None]
    for number, batch in enumerate(batches, 1):
        weights, moments = step(weights, moments, rows[batch], float(number), rate_at(number / len(batches)))
    return weights


def main():
    job = json.loads(pathlib.Path(sys.argv[1]).read_text())
    scored, found = jax.jit(losses), {}
    for name, file in job["subsets"].items():
        weights = train(np.load(file), job)
        found[name] = {}
        for text, heldout in job["heldout"].items():
            rows = windows(np.load(heldout))
            whole = rows[np.arange(-(-len(rows) // BATCH) * BATCH) % len(rows)].reshape(
                -1, BATCH, CONTEXT + 1
            )  # one shape for all, the rest again
            parts = [np.asarray(scored(weights, batch), np.float64) for batch in whole]
            found[name][text] = float(np.concatenate(parts)[: len(rows)].mean())
    print(json.dumps({"losses": found}))


if __name__ == "__main__":
    main()
