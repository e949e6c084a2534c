"""The regressor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from thalweg._base import MLP, keep
from thalweg._descent import r2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalweg.optim import Optimizer
    from thalweg.schedules import Schedule


class MLPRegressor(RegressorMixin, MLP):
    """Multi-layer perceptron regressor.

    All parameters, attributes and methods of scikit-learn 1.9's class of this name, with the same meaning: changing the
    import is enough. What comes after `max_fun` is thalweg's own, and so are the losses besides `squared_error` and
    `poisson`.
    """

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        optimizer: str | Optimizer | None = None,
        schedule: str | Schedule | None = None,
        wrappers: str | Sequence[str] | None = None,
        init: str = "sklearn",
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        dropconnect: float = 0.0,
        precision: str = "auto",
        min_delta: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        progress_bar: bool = False,
        record_path: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        keep(self, locals())

    _parameter_constraints = {**MLP._parameter_constraints, "loss": [str]}

    def _encode(self, X, y, incremental, reset):
        X, y = self._validated(X, y, reset, y_numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, self._targets(y, X.dtype)

    def _targets(self, y, dtype):
        y = np.ascontiguousarray(y, dtype=dtype).reshape(len(y), -1)
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError("Some value(s) of y are out of the valid range of the loss 'poisson': y has to be >= 0.")
        return y

    def _out_activation(self):
        return "exp" if self.loss == "poisson" else "identity"

    def _encode_validation(self, X, y, dtype):
        return self._read_features(X).astype(dtype, copy=False), self._targets(np.asarray(y), dtype)

    def _decode(self, encoded):
        return encoded.ravel() if encoded.shape[1] == 1 else encoded

    def _loss_settings(self):
        if self.loss == "squared_error":
            # Half the sum over outputs is learned from, half the mean is reported: as scikit-learn does.
            return "mean_squared", self.n_outputs_ / 2, 0.5
        if self.loss == "poisson":
            return "poisson", float(self.n_outputs_), float(self.n_outputs_)
        return self.loss, 1.0, 1.0

    def _name_of_score(self):
        return "r2" if self.scoring is None else getattr(self.scoring, "__name__", str(self.scoring))

    def _score_of(self, y, found, weight):
        return r2(y, found, weight)

    def _loss_of(self, y, found, weight):
        return float(0.5 * np.average((y - found) ** 2, weights=weight, axis=0).mean())

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> MLPRegressor:
        """Trains from the start, or from where the last fit ended with `warm_start=True`."""
        self._validate_params()
        return self._fit_all(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> MLPRegressor:
        """One epoch over these rows."""
        self._validate_params()
        return self._fit(X, y, sample_weight, True, (X_val, y_val, None))

    def predict(self, X: Any) -> NDArray[Any]:
        """The number of each row, or its numbers (rows x outputs)."""
        found = self._found(X)
        return found.ravel() if found.shape[1] == 1 else found
