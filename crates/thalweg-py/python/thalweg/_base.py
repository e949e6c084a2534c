"""What scikit-learn's two multi-layer perceptrons share: fitting, the trainer, prediction."""

import functools
import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_array, check_random_state, check_X_y
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from thalweg import _core, _frames
from thalweg._around import Around
from thalweg._descent import Validation, descend
from thalweg._parameters import Parameters
from thalweg._reporting import Reporter
from thalweg._threads import threads

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:
        """Stands in where scikit-learn has no callbacks."""

    def with_callbacks(method):
        return method

SOLVERS = ("lbfgs", "sgd", "adam")
# What an estimator keeps of its epochs.
RECORDS = (
    "loss_curve_",
    "_no_improvement_count",
    "validation_scores_",
    "best_validation_score_",
    "best_loss_",
    "evals_result_",
)
# How rows are read, and what they are read as.
AS_READ = {"accept_sparse": ["csr", "csc"], "order": "C"}
DTYPES = {"auto": (np.float64, np.float32), "single": np.float32, "double": np.float64}
# scikit-learn's name of an activation that has another one here.
ACTIVATIONS = {"logistic": "sigmoid"}


class MLP(Around, CallbackSupportMixin, BaseEstimator, ABC):
    """What the classifier and the regressor share."""

    _parameter_constraints = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str],
        "solver": [StrOptions(set(SOLVERS))],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "optimizer": "no_validation",
        "schedule": "no_validation",
        "wrappers": "no_validation",
        "init": [str],
        "l1": [Interval(Real, 0, None, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left")],
        "clip_norm": [None, Interval(Real, 0, None, closed="neither")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "dropconnect": [Interval(Real, 0, 1, closed="left")],
        "precision": [StrOptions(set(DTYPES))],
        "min_delta": [None, Interval(Real, 0, None, closed="left")],
        "scoring": "no_validation",
        "progress_bar": ["boolean"],
        "record_path": ["boolean"],
        "n_jobs": [None, Integral],
    }

    @abstractmethod
    def __init__(self):
        """Each estimator names its parameters itself."""

    # What differs between the two.

    @abstractmethod
    def _encode(self, X, y, incremental, reset):
        """`X` as an array or CSR matrix of f32 or f64, and the targets as the trainer reads them."""

    @abstractmethod
    def _loss_settings(self):
        """The loss in its short form, the factor that makes it scikit-learn's, and that of what is reported."""

    # Fitting.

    @with_callbacks
    def _fit_all(self, X, y, sample_weight, validation):
        if hasattr(self, "_init_callback_context"):
            self._callback_context = self._init_callback_context(max_subtasks=self.max_iter)
            self._callback_context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        try:
            self._fit(X, y, sample_weight, False, validation)
            if hasattr(self, "_callback_context"):
                self._callback_context.call_on_fit_task_end(
                    estimator=self, X=X, y=y, reconstruction_attributes=self._reconstruction
                )
        finally:
            self.__dict__.pop("_callback_context", None)
        return self

    def _reconstruction(self):
        """The attributes that make a copy of this estimator predict as it does now."""
        own = Parameters.of(self.coefs_, self.intercepts_, self.coefs_[0].dtype)
        return {"_parameters": own, "coefs_": own.coefs, "intercepts_": own.intercepts}

    def _fit(self, X, y, sample_weight, incremental, validation=(None, None, None)):
        hidden = self._hidden()
        fresh = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        given, targets = X, y
        X, y, weights = self._read(X, y, sample_weight, incremental, fresh)
        self.n_outputs_ = self._outputs(y)
        self._random_state = check_random_state(self.random_state)
        dtype = X.dtype
        widths = [X.shape[1], *hidden, self.n_outputs_]
        if fresh:
            self._begin(widths, dtype)
        self._adopt(dtype)
        trainer = self._trainer_for(widths, dtype, keeps=incremental or not fresh)
        if fresh and self.init != "sklearn":
            self._parameters.flat[:] = trainer.initialize(self._seed)
        self._walked = self._parameters
        if trainer.averages():
            self._walked = getattr(self, "_raw", None) if not fresh else None
            if self._walked is None:
                self._walked = Parameters.of(self.coefs_, self.intercepts_, dtype)
        order, held_out = self._split(X, y, weights, given, validation, incremental)
        _, factor, self._report_factor = self._loss_settings()
        lesson = {
            "x": _readable(X),
            "y": y,
            "order": order,
            "weights": weights,
            "factor": factor,
            "alpha": float(self.alpha),
            "l1": float(self.l1),
            "l2": float(self.l2),
        }
        self._keep_sample(X, y, weights)
        if self._is_solver():
            self._solve(trainer, lesson)
        else:
            self._walk(trainer, lesson, held_out, incremental, (given, targets))
        if trainer.averages():
            self._raw = self._walked
        del self._walked
        if not np.isfinite(self._parameters.flat).all():
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may"
                " contain large values and need to be preprocessed."
            )
        return self

    def _hidden(self):
        sizes = self.hidden_layer_sizes
        sizes = [int(size) for size in sizes] if hasattr(sizes, "__iter__") else [int(sizes)]
        if any(size <= 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return sizes

    def _read(self, X, y, sample_weight, incremental, reset):
        """`X`, the targets, and what each row counts if not all count the same."""
        original = y
        X, y = self._encode(X, y, incremental, reset)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        if getattr(self, "class_weight", None) is not None:
            by_class = self._class_weights(original)
            weights = by_class if weights is None else weights * by_class
        if weights is not None:
            weights = np.ascontiguousarray(weights, dtype=X.dtype)
        return X, y, weights

    @staticmethod
    def _outputs(y):
        return 1 if y.ndim == 1 else y.shape[1]

    def _begin(self, widths, dtype):
        """First weights, in scikit-learn's order of random numbers, and everything that a fit counts."""
        self.n_iter_ = 0
        self.t_ = 0
        self._epochs = 0
        self.n_layers_ = len(widths)
        self.out_activation_ = self._out_activation()
        self._parameters = Parameters(widths, dtype)
        factor = 2.0 if self.activation == "logistic" else 6.0
        if self.init == "sklearn":
            self._parameters.randomize(self._random_state, lambda n, m: np.sqrt(factor / (n + m)))
        self._seed = int(self._random_state.randint(2**31 - 1)) if self._draws() else 0
        self.coefs_, self.intercepts_ = self._parameters.coefs, self._parameters.intercepts
        for name in ("_trainer", "_memory", "_raw", *RECORDS):
            self.__dict__.pop(name, None)

    def _keep_records(self):
        """Begins the records that there are none of yet."""
        self._score_name = self._name_of_score()
        early = self.early_stopping
        begun = {
            "loss_curve_": [],
            "_no_improvement_count": 0,
            "validation_scores_": [] if early else None,
            "best_validation_score_": -np.inf if early else None,
            "best_loss_": None if early else np.inf,
            "evals_result_": {"training": {"loss": []}, "validation": {}},
            "_epochs": 0,
            "t_": 0,
        }
        for name, value in begun.items():
            # What is None was not kept by a fit with the other kind of stopping.
            if getattr(self, name, None) is None:
                setattr(self, name, value)
        for name in ("loss", self._score_name):
            self.evals_result_["validation"].setdefault(name, [])

    def _draws(self):
        """Whether there are random numbers that scikit-learn does not have."""
        return self.init != "sklearn" or any((self.dropout, self.input_dropout, self.dropconnect))

    def _adopt(self, dtype):
        """Makes `coefs_` and `intercepts_` views of one array, whoever has set them."""
        own = getattr(self, "_parameters", None)
        if own is None or own.flat.dtype != dtype or not own.is_behind(self.coefs_, self.intercepts_):
            self._parameters = Parameters.of(self.coefs_, self.intercepts_, dtype)
            self.coefs_, self.intercepts_ = self._parameters.coefs, self._parameters.intercepts

    def _split(self, X, y, weights, given, validation, incremental):
        """The rows to learn from, and those that an epoch is judged by."""
        X_val, y_val, weight_val = validation
        everything = np.arange(X.shape[0], dtype=np.uint32)
        if self._is_solver():
            return everything, None
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val have to be given together.")
        if X_val is not None:
            x, encoded = self._encode_validation(X_val, y_val, X.dtype)
            if weight_val is not None:
                weight_val = _check_sample_weight(weight_val, x)
            return everything, Validation(_readable(x), encoded, weight_val, (X_val, y_val))
        if not self.early_stopping or incremental:
            return everything, None
        binary = is_classifier(self) and y.ndim == 1 and self.n_outputs_ == 1
        train, held = train_test_split(
            everything,
            random_state=self._random_state,
            test_size=self.validation_fraction,
            stratify=y.reshape(-1, 1).astype(bool) if binary else None,
        )
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
        weight_val = None if weights is None else weights[held]
        as_given = (None, None)
        if self.scoring is not None:
            as_given = _safe_indexing(given, held), self._decode(y[held])
        return np.ascontiguousarray(train), Validation(_readable(X[held]), y[held], weight_val, as_given)

    def _walk(self, trainer, lesson, held_out, incremental, seen):
        """Trains by an update rule."""
        rows = len(lesson["order"])
        if self.batch_size == "auto":
            batch_size = min(200, rows)
        else:
            if self.batch_size > rows:
                warnings.warn(
                    "Got `batch_size` less than 1 or larger than "
                    "sample size. It is going to be clipped"
                )
            batch_size = int(np.clip(self.batch_size, 1, rows))
        if not incremental or not hasattr(self, "_sklearn_rate"):
            self._sklearn_rate = None if self.optimizer is not None else float(self.learning_rate_init)
        self._keep_records()
        self._least_gain = self.tol if self.min_delta is None else self.min_delta
        self._best = None
        if self.scoring is not None:
            self._scorer = check_scoring(self, self.scoring)
        with Reporter(self, incremental, seen) as report:
            descend(self, trainer, lesson, batch_size, held_out, once=incremental, report=report)
        if self._best is not None and not incremental:
            self._parameters.flat[:] = self._best
        for name in ("_best", "_scorer", "_least_gain"):
            self.__dict__.pop(name, None)

    def _solve(self, trainer, lesson):
        """Trains by a solver, on all rows at once."""
        try:
            # The least gain is that of scipy's L-BFGS-B.
            steps, _, value, reason = trainer.solve(
                self._parameters.flat, lesson, self.max_iter, self.max_fun, 1e7 * np.finfo(float).eps
            )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
            return
        self.n_iter_ = steps
        weights = lesson["weights"]
        total = len(lesson["order"]) if weights is None else weights.sum()
        squares = sum(float(np.vdot(coef, coef)) for coef in self.coefs_)
        sizes = sum(float(np.abs(coef).sum()) for coef in self.coefs_)
        penalty = 0.5 * (self.alpha / total + self.l2) * squares + self.l1 * sizes
        self.loss_ = self._reported((value - penalty) / lesson["factor"]) + penalty
        if reason in ("steps", "evaluations"):
            what = "ITERATIONS" if reason == "steps" else "EVALUATIONS"
            warnings.warn(
                f"lbfgs failed to converge after {steps} iteration(s) (status=1):\n"
                f"STOP: TOTAL NO. OF {what} REACHED LIMIT\n\n"
                "Increase the number of iterations to improve the convergence "
                f"(max_iter={self.max_iter}).\nYou might also want to scale the data.",
                ConvergenceWarning,
                stacklevel=4,
            )
        if reason == "not_finite":
            self._parameters.flat[:] = np.nan

    # The trainer: a network in the library, with the state of its rule. It is not pickled; its memory is.

    def _is_solver(self):
        return self._spec().partition(":")[0] in _solvers()

    def _spec(self):
        """The update rule or the solver in the library's short form."""
        if self.optimizer is not None:
            return str(self.optimizer)
        if self.solver == "lbfgs":
            return f"lbfgs:tolerance={float(self.tol)!r}"
        if self.solver == "adam":
            return (
                f"adam:lr={float(self.learning_rate_init)!r},beta1={float(self.beta_1)!r},"
                f"beta2={float(self.beta_2)!r},eps={float(self.epsilon)!r},convention=keras"
            )
        lr = f"lr={float(self.learning_rate_init)!r}"
        if self.momentum == 0:
            return f"sgd:{lr}"
        rule = "nesterov" if self.nesterovs_momentum else "momentum"
        return f"{rule}:{lr},momentum={float(self.momentum)!r},convention=keras"

    def _trainer_for(self, widths, dtype, keeps):
        """The trainer; with the memory of the last fit, where that goes on with the same settings."""
        wrappers = self.wrappers if self.wrappers is not None else ()
        wrappers = [wrappers] if isinstance(wrappers, str) else wrappers
        settings = {
            "inputs": widths[0],
            "outputs": widths[-1],
            "hidden": widths[1:-1],
            "activation": ACTIVATIONS.get(self.activation, self.activation),
            "init": "auto" if self.init == "sklearn" else self.init,
            "loss": self._loss_settings()[0],
            "optimizer": self._spec(),
            "schedule": None if self.schedule is None else str(self.schedule),
            "wrappers": [str(wrapper) for wrapper in wrappers],
            "clip_norm": self.clip_norm,
            "dropout": float(self.dropout),
            "input_dropout": float(self.input_dropout),
            "dropconnect": float(self.dropconnect),
            "double": dtype == np.float64,
            "threads": threads(self.n_jobs),
            "seed": getattr(self, "_seed", 0),
            "record_path": self.record_path,
        }
        known, trainer = getattr(self, "_trainer", (None, None))
        if known == settings and keeps:
            return trainer
        trainer = _core.Trainer(**settings)
        remembered, memory = getattr(self, "_memory", (None, None))
        if keeps and memory is not None and remembered == {**settings, "threads": remembered["threads"]}:
            trainer.restore(memory)
        self._trainer = (settings, trainer)
        return trainer

    def __getstate__(self):
        state = dict(super().__getstate__())
        settings, trainer = state.pop("_trainer", (None, None))
        if trainer is not None:
            state["_memory"] = (settings, trainer.memory())
        for name in ("_parameters", "_seen"):
            state.pop(name, None)
        return state

    def _show(self, trainer):
        """Makes `coefs_` and `intercepts_` those to predict with."""
        if self._walked is not self._parameters:
            self._parameters.flat[:] = self._walked.flat
            trainer.evaluated(self._parameters.flat)

    def _reported(self, loss):
        return self._report_factor * loss

    def _end_of_epoch(self):
        if self._sklearn_rate is not None and self.solver == "sgd" and self.learning_rate == "invscaling":
            self._sklearn_rate = float(self.learning_rate_init) / (self.t_ + 1) ** self.power_t

    # Prediction.

    def _found(self, X):
        """What the network says of each row: probabilities or numbers, rows x outputs."""
        check_is_fitted(self)
        X = self._read_features(X)
        own = self._own_parameters()
        trainer = self._predictor(own)
        return trainer.predict(own.flat, _readable(X.astype(own.flat.dtype, copy=False)))

    def _own_parameters(self):
        """The parameters behind `coefs_` and `intercepts_`, whoever has set these."""
        self._adopt(np.asarray(self.coefs_[0]).dtype)
        return self._parameters

    def _predictor(self, own):
        settings, trainer = getattr(self, "_trainer", (None, None))
        double = own.flat.dtype == np.float64
        if trainer is not None and settings["double"] == double and own.widths == [
            settings["inputs"], *settings["hidden"], settings["outputs"]
        ]:
            return trainer
        return _core.Trainer(
            inputs=own.widths[0],
            outputs=own.widths[-1],
            hidden=own.widths[1:-1],
            activation=ACTIVATIONS.get(self.activation, self.activation),
            init="auto",
            loss=self._loss_settings()[0],
            optimizer="sgd",
            schedule=None,
            wrappers=[],
            clip_norm=None,
            dropout=0.0,
            input_dropout=0.0,
            dropconnect=0.0,
            double=double,
            threads=threads(self.n_jobs),
            seed=0,
            record_path=False,
        )

    def _read_features(self, X):
        if hasattr(self, "_encoder"):
            _check_feature_names(self, X, reset=False)
            return check_array(self._encoder.transform(_frames.columns(X)), dtype=np.float32)
        return validate_data(self, X, reset=False, dtype=DTYPES["auto"], **AS_READ)

    def _validated(self, X, y, reset, **how):
        """Rows and targets after scikit-learn's checks. A frame with text or missing values becomes numbers."""
        if reset:
            self.__dict__.pop("_encoder", None)
            if not _frames.is_plain(X):
                self._encoder = _core.Encoder.fit(_frames.columns(X), None)
        if hasattr(self, "_encoder"):
            _check_feature_names(self, X, reset=reset)
            _check_n_features(self, X, reset=reset)
            X = self._encoder.transform(_frames.columns(X))
            # The encoder's numbers are single.
            dtype = np.float64 if self.precision == "double" else np.float32
            return check_X_y(X, y, dtype=dtype, multi_output=True, **how)
        dtype = DTYPES[self.precision]
        return validate_data(self, X, y, multi_output=True, reset=reset, dtype=dtype, **how, **AS_READ)

    def _check_solver(self):
        if self._is_solver():
            raise AttributeError(
                "partial_fit is only available for stochastic"
                f" optimizers. {self.optimizer or self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


@functools.cache
def _solvers():
    """The names of the library's solvers."""
    return [member["name"] for family in _core.families() if family["name"] == "solvers" for member in family["members"]]


def _readable(X):
    """Rows as the trainer reads them: an array as it is, or the parts of a CSR matrix."""
    if not scipy.sparse.issparse(X):
        return np.ascontiguousarray(X)
    X = X.tocsr()
    if not X.has_canonical_format:
        # A copy: the user's matrix stays as it is.
        X = X.copy()
        X.sum_duplicates()
    if X.indices.dtype == np.int32:
        indices = X.indices.view(np.uint32)
    else:
        # What is too large, or negative, stays too large.
        indices = np.minimum(X.indices.astype(np.uint64), 2**32 - 1).astype(np.uint32)
    return X.indptr.astype(np.uintp), np.ascontiguousarray(indices), np.ascontiguousarray(X.data), X.shape[1]


def keep(estimator, arguments):
    """Sets each argument of `__init__` as an attribute, and does nothing else, as scikit-learn's estimators."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)
