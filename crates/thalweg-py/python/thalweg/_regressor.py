"""The regressor."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from thalweg._base import MLP, keep
from thalweg._descent import r2


class MLPRegressor(RegressorMixin, MLP):
    """Multi-layer perceptron regressor.

    All parameters, attributes and methods of scikit-learn 1.9's class of this name, with the same meaning: changing the
    import is enough. What comes after `max_fun` is thalweg's own, and so are the losses besides `squared_error` and
    `poisson`.
    """

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        optimizer=None,
        schedule=None,
        wrappers=None,
        init="sklearn",
        l1=0.0,
        l2=0.0,
        clip_norm=None,
        dropout=0.0,
        input_dropout=0.0,
        dropconnect=0.0,
        min_delta=None,
        scoring=None,
        progress_bar=False,
        n_jobs=None,
    ):
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

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Trains from the start, or from where the last fit ended with `warm_start=True`."""
        self._validate_params()
        return self._fit_all(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    def partial_fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """One epoch over these rows."""
        self._validate_params()
        return self._fit(X, y, sample_weight, True, (X_val, y_val, None))

    def predict(self, X):
        """The number of each row, or its numbers (rows x outputs)."""
        found = self._found(X)
        return found.ravel() if found.shape[1] == 1 else found
