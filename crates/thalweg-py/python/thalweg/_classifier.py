"""The classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels

from thalweg._base import MLP, keep
from thalweg._descent import accuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalweg.optim import Optimizer
    from thalweg.schedules import Schedule


class MLPClassifier(ClassifierMixin, MLP):
    """Multi-layer perceptron classifier.

    All parameters, attributes and methods of scikit-learn 1.9's class of this name, with the same meaning: changing the
    import is enough. What comes after `max_fun` is thalweg's own.
    """

    def __init__(
        self,
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
        label_smoothing: float = 0.0,
        class_weight: dict[Any, float] | str | None = None,
        precision: str = "auto",
        min_delta: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        progress_bar: bool = False,
        record_path: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        keep(self, locals())

    _parameter_constraints = {
        **MLP._parameter_constraints,
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, None, StrOptions({"balanced"})],
    }

    def _encode(self, X, y, incremental, reset):
        X, y = self._validated(X, y, reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            classes = unique_labels(y)
            if self.warm_start:
                if set(classes) != set(self.classes_):
                    raise ValueError(
                        "warm_start can only be used where `y` has the same "
                        "classes as in the previous call to fit. Previously "
                        f"got {self.classes_}, `y` has {classes}"
                    )
            elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. "
                    f"`self.classes_` has {self.classes_}. 'y' has {classes}."
                )
        return X, self._targets(y, X.dtype)

    def _targets(self, y, dtype):
        """A class from 0 for each row, or 0 and 1 for each label."""
        if self._label_binarizer.y_type_.startswith("multilabel"):
            labels = self._label_binarizer.transform(y)
            labels = labels.toarray() if scipy.sparse.issparse(labels) else labels
            return np.ascontiguousarray(labels, dtype=dtype)
        return np.searchsorted(self.classes_, y).astype(np.uint32)

    def _outputs(self, y):
        if y.ndim == 2:
            return y.shape[1]
        return 1 if len(self.classes_) <= 2 else len(self.classes_)

    def _out_activation(self):
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _encode_validation(self, X, y, dtype):
        X = self._read_features(X).astype(dtype, copy=False)
        y = column_or_1d(y) if np.ndim(y) == 1 else np.asarray(y)
        unknown = np.setdiff1d(unique_labels(y), self.classes_)
        if len(unknown):
            raise ValueError(f"y_val has classes that are not in y: {unknown}")
        return X, self._targets(y, dtype)

    def _decode(self, encoded):
        return encoded if encoded.ndim == 2 else self.classes_[encoded]

    def _class_weights(self, y):
        return compute_sample_weight(self.class_weight, y)

    def _loss_settings(self):
        several = self.n_outputs_ > 1 and self._label_binarizer.y_type_ == "multiclass"
        name = "softmax_cross_entropy" if several else "binary_cross_entropy"
        smoothing = f":label_smoothing={float(self.label_smoothing)!r}" if self.label_smoothing else ""
        return name + smoothing, 1.0, 1.0

    def _name_of_score(self):
        return "accuracy" if self.scoring is None else getattr(self.scoring, "__name__", str(self.scoring))

    def _score_of(self, y, found, weight):
        return accuracy(y, self._chosen(found), weight)

    def _loss_of(self, y, found, weight):
        eps = np.finfo(found.dtype).eps
        found = np.clip(found, eps, 1 - eps)
        if y.ndim == 1 and found.shape[1] > 1:
            losses = -np.log(found[np.arange(len(y)), y])
        else:
            y = y.reshape(len(y), -1)
            losses = -np.where(y == 1, np.log(found), np.log1p(-found)).sum(axis=1)
        return float(np.average(losses, weights=weight))

    def _chosen(self, found):
        """The class of each row, from 0, or its labels."""
        if self._label_binarizer.y_type_.startswith("multilabel"):
            return found > 0.5
        return (found[:, 0] > 0.5).astype(np.intp) if found.shape[1] == 1 else found.argmax(axis=1)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> MLPClassifier:
        """Trains from the start, or from where the last fit ended with `warm_start=True`."""
        self._validate_params()
        return self._fit_all(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
    ) -> MLPClassifier:
        """One epoch over these rows. `classes`, all that will ever come, is needed in the first call."""
        self._validate_params()
        if not hasattr(self, "classes_"):
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._label_binarizer = LabelBinarizer()
            if type_of_target(y).startswith("multilabel"):
                self._label_binarizer.fit(y)
            else:
                self._label_binarizer.fit(classes)
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call "
                f"to partial_fit, was: {self.classes_!r}"
            )
        return self._fit(X, y, sample_weight, True, (X_val, y_val, None))

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row, or its labels as 0 and 1."""
        chosen = self._chosen(self._found(X))
        if chosen.ndim == 2:
            return self._label_binarizer.inverse_transform(chosen.astype(int))
        return self.classes_[chosen]

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class (rows x classes), or of each label."""
        found = self._found(X)
        if self.n_outputs_ == 1:
            return np.hstack([1 - found, found])
        return found

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The logarithm of `predict_proba`."""
        return np.log(self.predict_proba(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
