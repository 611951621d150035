"""Estimators with the verbs of apricot and scikit-learn."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from ._data import Data
from ._select import select
from ._selection import Selection

_OPTIMIZERS = {"auto": "auto", "lazy": "lazy_greedy", "naive": "greedy", "stochastic": "stochastic_greedy"}


class _Estimator:
    """Chooses rows of X: ``fit(X).transform(X)``, ``fit_transform(X, y)``, ``get_support()``.

    Parameters
    ----------
    n_samples : int
        Rows to choose.
    optimizer : str
        auto, lazy, naive, stochastic, or any selector.
    random_state : int, optional
    n_jobs : int, optional
        Threads; None or -1: all cores.
    verbose : bool

    Attributes
    ----------
    ranking : array of int64
        The rows in pick order.
    gains : array of float64
        What each added.
    selection_ : Selection
    """

    _objective = "pairwise_similarity"

    def __init__(
        self,
        n_samples: int,
        *,
        optimizer: Any = "auto",
        random_state: int | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_samples = n_samples
        self.optimizer = optimizer
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in list(inspect.signature(type(self)).parameters)}

    def set_params(self, **parameters: Any) -> _Estimator:
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has: {', '.join(known)}")
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> _Estimator:
        """Choose rows of X (n x d). `sample_weight` is the quality, where the objective has one."""
        quality = None if sample_weight is None else {"sample_weight": sample_weight}
        selector = (
            _OPTIMIZERS.get(self.optimizer, self.optimizer) if isinstance(self.optimizer, str) else self.optimizer
        )
        data = X if isinstance(X, Data) else Data(X, quality=quality)
        self.selection_: Selection = select(
            data,
            int(self.n_samples),
            objective=self._objective,
            selector=selector,
            seed=self.random_state or 0,
            threads=None if self.n_jobs in (None, -1) else self.n_jobs,
            progress=bool(self.verbose),
        )
        self.n_features_in_ = data.dims
        self.ranking = self.ranking_ = self.selection_.ranking
        return self

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        return self.selection_.gains

    def transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """The chosen rows of X, and of y and the weights where they are given, in pick order."""
        chosen = tuple(one[self.ranking] for one in (X, y, sample_weight) if one is not None)
        return chosen[0] if len(chosen) == 1 else chosen

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        return self.fit(X, y, sample_weight).transform(X, y, sample_weight)

    def get_support(self, indices: bool = False) -> npt.NDArray[Any]:
        """A mask of n, or the rows, ascending."""
        return self.selection_.rows if indices else self.selection_.mask

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}("
            + ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
            + ")"
        )


class FacilityLocationSelection(_Estimator):
    __doc__ = f"Rows that all rows are near to.\n\n{_Estimator.__doc__}"
    _objective = "facility_location"


class DisfSelection(_Estimator):
    __doc__ = f"Rows whose features are least correlated.\n\n{_Estimator.__doc__}"
    _objective = "disf"


class QualityDiversitySelection(_Estimator):
    __doc__ = f"Rows of high weight that are unlike each other; needs `sample_weight`.\n\n{_Estimator.__doc__}"
    _objective = "joint"
