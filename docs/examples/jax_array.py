"""jax: an array by DLPack, and back by its rows."""

import jax
import jax.numpy as jnp
import maskbench

x = jax.random.normal(jax.random.key(0), (500, 16))
x /= jnp.linalg.norm(x, axis=1, keepdims=True)

chosen = maskbench.select(x, 50, allow_copy=False)
assert x[chosen.rows].shape == (50, 16)
assert chosen.value > maskbench.score(x, range(50)).value
