"""scikit-learn: reduce with a Pipeline, choose rows, train on them."""

import maskbench
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

x, y = make_blobs(1200, n_features=40, centers=6, random_state=0)
chooser = maskbench.FacilityLocationSelection(60, optimizer="lazy", random_state=0)
pipeline = make_pipeline(StandardScaler(), PCA(8), Normalizer(), chooser)
pipeline.fit(x, y)

rows = chooser.get_support(indices=True)
assert len(rows) == 60 and len(set(y[rows])) == 6
model = LogisticRegression(max_iter=1000).fit(x[rows], y[rows])
assert model.score(np.delete(x, rows, axis=0), np.delete(y, rows)) > 0.98
