"""A session as a user would type it, in an environment with the wheel and polars alone; scripts/wheel runs it in every Python it finds."""

import maskbench as mb
import numpy as np
import polars as pl

draw = np.random.default_rng(0)
x = draw.normal(size=(3000, 48)).astype(np.float32)
x /= np.linalg.norm(x, axis=1, keepdims=True)
scores = {name: draw.random(len(x), dtype=np.float32) for name in ("dclm", "edu")}
df = pl.DataFrame({"embedding": pl.Series(list(x), dtype=pl.Array(pl.Float32, 48)), **scores})

sel = mb.select(df, 0.1, features="embedding", quality=["dclm", "edu"])
print(sel)
assert len(sel) == 300 and sel.value <= sel.bound and sel.normalised > 0.99
assert df[sel.rows].height == 300
print(sel.why(int(sel.rows[0])), sel.why(2), sep="\n")

data = mb.Data(df, features="embedding", quality=["edu"])
assert data.copied == {}
print(data)
print(mb.compare(["random", "top_k", ("datamask", {"steps": 200}), "relaxation", "bounded_greedy"], data, 300, seed=1))

more = mb.select(data, 600, keep=sel)
assert np.isin(sel.rows, more.rows).all()
assert mb.score(data, np.arange(300), metrics=[], bound=False)["value"] < mb.select(data, 300).value


@mb.selector
def far_from_mean(features, quality, candidates, rows, seed):
    """rows least like the mean"""
    return candidates[np.argsort(features[candidates] @ features.mean(0))[:rows]]


alone = mb.select(data, 300, selector="far_from_mean", objective="pairwise_similarity")
parts = mb.select(
    data, 300, selector=("blocked", {"inner": "far_from_mean", "blocks": 4}), objective="pairwise_similarity"
)
assert len(alone) == len(parts) == 300

chooser = mb.FacilityLocationSelection(50, optimizer="lazy", random_state=0)
xs, ys = chooser.fit_transform(x, np.arange(len(x)))
assert xs.shape == (50, 48) and (ys == chooser.ranking).all() and (np.diff(chooser.gains) <= 1e-12).all()
assert pl.DataFrame(sel)["row"].to_list() == sel.rows.tolist()
assert mb.load("fineweb_sample").rows == 450
try:
    mb.select(df, 0.1, features="embeding")
except mb.UserError as error:
    print("UserError:", error)
else:
    raise SystemExit("a mistake was not found")
