"""The estimators beside scikit-learn's: the same numbers, and what scikit-learn lacks."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import scale
from sklearn.utils.estimator_checks import parametrize_with_checks

from thalweg import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DIGITS = load_digits(return_X_y=True)
DIGITS = DIGITS[0] / 16, DIGITS[1]
DIABETES = load_diabetes(return_X_y=True)
DIABETES = scale(DIABETES[0]), scale(DIABETES[1])


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_they_are_estimators_of_scikit_learn(estimator, check):
    check(estimator)


RULES = [
    {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1},
    {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.02},
    {"solver": "sgd", "learning_rate_init": 0.02},
    {"solver": "sgd", "learning_rate_init": 0.1, "learning_rate": "invscaling", "power_t": 0.2},
    {"solver": "sgd", "learning_rate_init": 0.1, "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 2},
    {"solver": "adam"},
    {"solver": "adam", "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3, "alpha": 1.0},
]


# Sums are taken in another order: after 20 epochs 1e-9 apart is what f64 leaves where the descent does not magnify it.
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_the_same_losses_as_scikit_learn(rule, shuffled):
    settings = {"max_iter": 20, "hidden_layer_sizes": (20, 10), "shuffle": shuffled, "random_state": 3, **rule}
    ours = MLPClassifier(**settings).fit(*DIGITS)
    theirs = TheirClassifier(**settings).fit(*DIGITS)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict_proba(DIGITS[0]), theirs.predict_proba(DIGITS[0]), atol=1e-7)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_the_same_losses_of_a_regression(loss, activation):
    X, y = DIABETES
    y = y - y.min() if loss == "poisson" else y
    weight = np.random.default_rng(0).uniform(0.2, 2, len(y))
    settings = {"loss": loss, "activation": activation, "max_iter": 20, "random_state": 1, "alpha": 0.1}
    ours, theirs = MLPRegressor(**settings), TheirRegressor(**settings)
    for estimator in (ours, theirs):
        estimator.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-7)


def test_the_same_losses_of_several_outputs():
    X, y = DIABETES
    Y = np.column_stack([y, y**2, -y])
    settings = {"max_iter": 10, "random_state": 1}
    ours, theirs = MLPRegressor(**settings).fit(X, Y), TheirRegressor(**settings).fit(X, Y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    X, Y = make_multilabel_classification(100, random_state=0)
    ours, theirs = MLPClassifier(**settings).fit(X, Y), TheirClassifier(**settings).fit(X, Y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_the_same_early_stop():
    settings = {"early_stopping": True, "random_state": 5, "n_iter_no_change": 3, "tol": 0.01}
    ours, theirs = MLPClassifier(**settings).fit(*DIGITS), TheirClassifier(**settings).fit(*DIGITS)
    assert ours.validation_scores_ == theirs.validation_scores_
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-8)


def test_lbfgs_reaches_the_same_optimum():
    X, y = DIABETES
    settings = {"solver": "lbfgs", "hidden_layer_sizes": (), "alpha": 1.0, "tol": 1e-9, "max_iter": 2000, "random_state": 0}
    # Without a hidden layer the optimum is one.
    ours = MLPRegressor(**settings).fit(X, y)
    H = np.column_stack([X, np.ones(len(X))])
    curvature = H.T @ H + np.diag([1.0] * X.shape[1] + [0.0])
    exact = np.linalg.solve(curvature, H.T @ y)
    squares = ((y - H @ exact) ** 2).sum() + (exact[:-1] ** 2).sum()
    # A step has to gain 2e-9, as in scipy.
    assert ours.loss_ == pytest.approx(0.5 * squares / len(y), rel=1e-8)
    # So far from the optimum a loss that is 1e-8 above it may lie, along the flattest direction.
    flattest = np.linalg.eigvalsh(curvature / len(y))[0]
    bound = np.sqrt(2 * 1e-8 * ours.loss_ / flattest)
    assert np.linalg.norm(np.append(ours.coefs_[0].ravel(), ours.intercepts_[0]) - exact) < bound
    settings = {"solver": "lbfgs", "hidden_layer_sizes": (8,), "activation": "tanh", "alpha": 10.0, "tol": 1e-7}
    settings |= {"max_iter": 5000, "random_state": 0}
    ours, theirs = MLPRegressor(**settings).fit(X, y), TheirRegressor(**settings).fit(X, y)
    # Both stop where a step gains 2e-9 and no sooner than that.
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-3)


def test_sparse_rows_are_dense_rows():
    sparse = pytest.importorskip("scipy.sparse")
    X, y = DIGITS
    settings = {"max_iter": 5, "random_state": 0}
    dense = MLPClassifier(**settings).fit(X, y)
    for kind in (sparse.csr_matrix, sparse.csc_array):
        other = MLPClassifier(**settings).fit(kind(X), y)
        np.testing.assert_array_equal(other.coefs_[0], dense.coefs_[0])
        np.testing.assert_array_equal(other.predict_proba(kind(X)), dense.predict_proba(X))


def test_sparse_rows_may_come_in_any_form():
    sparse = pytest.importorskip("scipy.sparse")
    X, y = DIGITS
    X = np.where(np.arange(X.size).reshape(X.shape) % 7 == 0, X, 0.0)
    settings = {"max_iter": 3, "random_state": 0, "early_stopping": True}
    dense = MLPClassifier(**settings).fit(X, y)
    csr = sparse.csr_matrix(X)
    # Each number in two halves, the second half of a row first, a 0 in front of each row, wide indices.
    rows = np.arange(len(X))
    at = np.concatenate([rows, *[np.repeat(rows, np.diff(csr.indptr))] * 2])
    columns = np.concatenate([np.full(len(X), 5), csr.indices, csr.indices])
    values = np.concatenate([np.zeros(len(X)), 0.25 * csr.data, 0.75 * csr.data])
    order = np.lexsort((-columns, at))
    starts = np.searchsorted(at[order], np.arange(len(X) + 1))
    scattered = sparse.csr_array((values[order], columns[order].astype(np.int64), starts), shape=X.shape)
    scattered.indices, scattered.indptr = scattered.indices.astype(np.int64), scattered.indptr.astype(np.int64)
    assert not scattered.has_canonical_format and scattered.nnz == len(values)
    for matrix in (csr, scattered, sparse.coo_array(X), sparse.lil_matrix(X)):
        other = MLPClassifier(**settings).fit(matrix, y)
        np.testing.assert_array_equal(other.coefs_[0], dense.coefs_[0])
        np.testing.assert_array_equal(other.predict_proba(matrix), dense.predict_proba(X))
    # It is the user's, and stays as it was.
    assert not scattered.has_canonical_format and scattered.nnz == len(values)
    single = MLPClassifier(**settings).fit(csr.astype(np.float32), y)
    np.testing.assert_array_equal(single.coefs_[0], MLPClassifier(**settings).fit(X.astype(np.float32), y).coefs_[0])


def test_a_broken_sparse_matrix_is_an_error():
    sparse = pytest.importorskip("scipy.sparse")
    X, y = DIGITS
    for kind, wrong in [(np.int32, 64), (np.int64, 2**32 + 1)]:
        csr = sparse.csr_array(X)
        csr.indices = csr.indices.astype(kind)
        csr.has_canonical_format = True
        csr.indices[csr.indptr[3]] = wrong
        with pytest.raises(ValueError, match="X is not a sound CSR matrix: row 3, counted from 0.*less than 64"):
            MLPClassifier(max_iter=2).fit(csr, y)


@pytest.mark.parametrize("extra", [{}, {"dropout": 0.2, "optimizer": "adamw:lr=0.01"}, {"wrappers": ["ema"]}])
def test_the_same_bits_on_any_number_of_threads(extra):
    fits = [MLPClassifier(random_state=0, max_iter=4, n_jobs=n, **extra).fit(*DIGITS) for n in (1, 2, 3)]
    for fit in fits[1:]:
        for a, b in zip(fit.coefs_, fits[0].coefs_):
            np.testing.assert_array_equal(a, b)


def test_the_input_is_not_copied():
    X = np.ascontiguousarray(DIGITS[0], dtype=np.float32)
    before = X.copy()
    seen = {}

    class Watched(MLPClassifier):
        def _walk(self, trainer, lesson, *rest):
            seen["x"] = lesson["x"]
            super()._walk(trainer, lesson, *rest)

    Watched(max_iter=2).fit(X, DIGITS[1])
    assert np.shares_memory(seen["x"], X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_the_precision_can_be_chosen(kind):
    X, y = DIGITS
    y = y if kind is MLPClassifier else y / 10
    single, double = (X.astype(dtype) for dtype in (np.float32, np.float64))
    for precision, rows, same in (("single", double, single), ("double", single, single.astype(np.float64))):
        asked = kind(max_iter=3, random_state=0, precision=precision, early_stopping=True).fit(rows, y)
        plain = kind(max_iter=3, random_state=0, early_stopping=True).fit(same, y)
        assert asked.coefs_[0].dtype == same.dtype
        np.testing.assert_array_equal(asked.coefs_[0], plain.coefs_[0])
        np.testing.assert_array_equal(asked.predict(rows), plain.predict(same))
        assert asked.validation_scores_ == plain.validation_scores_
    # A warm start goes on in the precision of the day.
    asked.set_params(warm_start=True, precision="single").fit(double, y)
    assert asked.coefs_[0].dtype == np.float32


def test_everything_of_the_library_can_be_asked_for():
    X, y = DIGITS
    for settings in (
        {"optimizer": "muon:lr=0.02", "schedule": "cosine"},
        {"optimizer": "lion:lr=0.0005", "init": "orthogonal", "activation": "gelu"},
        {"optimizer": "schedule_free_adamw:lr=0.01"},
        {"optimizer": "momentum:lr=0.1", "schedule": "reduce_on_plateau", "clip_norm": 1.0},
        {"dropout": 0.2, "input_dropout": 0.05, "dropconnect": 0.1, "max_iter": 60},
        {"label_smoothing": 0.1, "l1": 1e-5, "l2": 1e-4},
        {"optimizer": "newton_cg", "activation": "tanh", "hidden_layer_sizes": (16,), "l2": 1e-3, "max_iter": 8},
        {"optimizer": "sgd:lr=0.2", "wrappers": ["lookahead", "swa"]},
    ):
        found = MLPClassifier(**{"max_iter": 30, "random_state": 0, **settings}).fit(X, y).score(X, y)
        assert found > 0.9, (settings, found)
    for loss in ("huber:delta=0.5", "mean_absolute"):
        assert MLPRegressor(loss, random_state=0, max_iter=300).fit(*DIABETES).score(*DIABETES) > 0.4


def test_own_validation_rows_and_scorer():
    X, y = DIGITS
    train, val = slice(0, 1200), slice(1200, None)
    fit = MLPClassifier(early_stopping=True, scoring="neg_log_loss", n_iter_no_change=3, random_state=0)
    fit.fit(X[train], y[train], X_val=X[val], y_val=y[val])
    scores = fit.evals_result_["validation"]["neg_log_loss"]
    assert fit.best_validation_score_ == max(scores) and len(scores) == fit.n_iter_
    # The best epoch's weights are the ones that are kept.
    losses = fit.evals_result_["validation"]["loss"]
    found = -np.log(fit.predict_proba(X[val])[np.arange(len(y[val])), y[val]]).mean()
    assert found == pytest.approx(min(losses)) == pytest.approx(-max(scores))
    with pytest.raises(ValueError, match="together"):
        fit.fit(X, y, X_val=X)


def test_class_weights_are_row_weights():
    X, y = DIGITS[0], DIGITS[1] > 7
    settings = {"max_iter": 5, "random_state": 0}
    by_class = MLPClassifier(class_weight={False: 1.0, True: 4.0}, **settings).fit(X, y)
    by_row = MLPClassifier(**settings).fit(X, y, sample_weight=np.where(y, 4.0, 1.0))
    np.testing.assert_array_equal(by_class.coefs_[0], by_row.coefs_[0])
    balanced = MLPClassifier(class_weight="balanced", **settings).fit(X, y)
    plain = MLPClassifier(**settings).fit(X, y)
    assert balanced.predict(X).mean() > plain.predict(X).mean()


def test_a_fit_goes_on_with_its_rule():
    X, y = DIGITS
    whole = MLPClassifier(max_iter=6, random_state=np.random.RandomState(0), shuffle=False).fit(X, y)
    parts = MLPClassifier(max_iter=3, random_state=np.random.RandomState(0), shuffle=False, warm_start=True).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts)).fit(X, y)
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])
    assert parts.loss_curve_ == whole.loss_curve_


def test_partial_fit_together_with_early_stopping():
    X, y = DIGITS
    fit = MLPClassifier(early_stopping=True, random_state=0, max_iter=5).fit(X, y)
    before = len(fit.loss_curve_)
    fit.partial_fit(X, y, X_val=X[:100], y_val=y[:100])
    assert len(fit.loss_curve_) == before + 1
    with pytest.raises(ValueError, match="classes"):
        fit.partial_fit(X[:2], [3, 77])


@pytest.mark.parametrize("way", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy])
def test_copies_predict_and_learn_on(way):
    X, y = DIGITS
    fit = MLPClassifier(max_iter=3, random_state=0).fit(X, y)
    other = way(fit)
    np.testing.assert_array_equal(other.predict_proba(X), fit.predict_proba(X))
    fit, other = copy.deepcopy(fit), copy.deepcopy(other)
    np.testing.assert_array_equal(other.partial_fit(X, y).coefs_[0], fit.partial_fit(X, y).coefs_[0])
    assert not hasattr(clone(fit), "coefs_")


def test_weights_can_be_set():
    fit = MLPRegressor(max_iter=3, random_state=0).fit(*DIABETES)
    fit.coefs_ = [np.zeros_like(coef) for coef in fit.coefs_]
    fit.intercepts_[-1][:] = 7.0
    np.testing.assert_array_equal(fit.predict(DIABETES[0]), 7.0)
    fit = MLPRegressor(max_iter=3, random_state=0).fit(*DIABETES)
    fit.coefs_[0][:] = 0.0
    assert np.ptp(fit.predict(DIABETES[0])) == 0.0


def test_an_interrupted_fit_is_kept():
    X, y = DIGITS

    class Impatient(MLPClassifier):
        def _end_of_epoch(self):
            if self.n_iter_ == 2:
                raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        fit = Impatient(random_state=0).fit(X, y)
    assert fit.n_iter_ == 2 and fit.score(X, y) > 0.3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rulu"}, "rulu.*relu"),
        ({"optimizer": "adm"}, "adm.*adam"),
        ({"optimizer": "adam:lr=-1"}, "lr.*at least 0"),
        ({"optimizer": "adam:betta1=0.5"}, "betta1.*beta1"),
        ({"schedule": "cosin"}, "cosin.*cosine"),
        ({"init": "he"}, "he"),
        ({"dropout": 1.0}, "dropout"),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes must be > 0"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**settings).fit(*load_iris(return_X_y=True))


def test_what_diverges_is_an_error_that_says_so():
    X, y = DIABETES
    wild = MLPRegressor(solver="sgd", activation="identity", learning_rate_init=1e6, random_state=0)
    with pytest.raises(ValueError, match="non-finite"):
        wild.fit(X, y)


def test_callbacks_see_every_epoch_and_can_end_the_fit():
    callback = pytest.importorskip("sklearn.callback")

    class Third(callback.FitCallback):
        seen = 0

        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context, *, fitted_estimator, X, y):
            if context.task_name == "epoch":
                self.seen += 1
                assert fitted_estimator.score(X, y) > 0
            return self.seen == 3

    watching = Third()
    fit = MLPClassifier(random_state=0).set_callbacks(watching).fit(*DIGITS)
    assert fit.n_iter_ == watching.seen == 3
    monitor = callback.ScoringMonitor(scoring="accuracy")
    MLPClassifier(random_state=0, max_iter=3).set_callbacks(monitor).fit(*DIGITS)


def test_a_bar_is_shown(capsys):
    pytest.importorskip("tqdm")
    MLPClassifier(max_iter=2, progress_bar=True).fit(*DIGITS)
    assert "2/2" in capsys.readouterr().err


def test_nothing_is_imported_that_is_not_needed():
    import subprocess
    import sys

    code = "import sys, thalweg; print(*[m for m in ('sklearn', 'scipy', 'pandas', 'torch', 'matplotlib') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_a_warning_says_when_the_epochs_were_too_few():
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning, match="Maximum iterations"):
            MLPClassifier(max_iter=2).fit(*DIGITS)


def test_frames_with_text_and_missing_values():
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    color = rng.choice(["red", "green", "blue"], 300)
    size = rng.normal(10, 3, 300)
    y = np.where((color == "red") | (size > 12), "yes", "no")
    size[::10] = np.nan
    frame = pd.DataFrame({"color": color, "size": size})
    fit = MLPClassifier(solver="lbfgs", random_state=0).fit(frame, y)
    assert fit.score(frame, y) > 0.9 and list(fit.feature_names_in_) == ["color", "size"]
    other = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(other.predict_proba(frame), fit.predict_proba(frame))
    with pytest.raises(ValueError, match="feature names"):
        fit.predict(frame[["size", "color"]])
    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier().fit(frame[["size"]].to_numpy(), y)
    pl = pytest.importorskip("polars")
    same = MLPClassifier(solver="lbfgs", random_state=0).fit(pl.DataFrame({"color": color, "size": size}), y)
    np.testing.assert_allclose(same.coefs_[0], fit.coefs_[0])


def test_the_surface_around_a_fit():
    fit = MLPClassifier(hidden_layer_sizes=(8,), max_iter=20, random_state=0, alpha=1.0).fit(*DIGITS)
    found = fit.landscape(*DIGITS, grid=3, span=0.5)
    # The middle of the picture is the objective itself, in single precision.
    p = fit.predict_proba(DIGITS[0])[np.arange(len(DIGITS[1])), DIGITS[1]]
    squares = sum((coef**2).sum() for coef in fit.coefs_)
    exact = -np.log(p).mean() + 0.5 * squares / len(p)
    balanced = exact - found.loss[1, 1]
    # Random directions bring the weights to their balanced form first, which lowers the penalty and nothing else.
    assert 0 <= balanced < 0.5 * squares / len(p)
    hessian = fit.landscape(*DIGITS, grid=3, directions="hessian")
    assert hessian.loss[1, 1] == pytest.approx(exact, rel=1e-5)
    assert fit.landscape(grid=5).loss.shape == (5, 5)
    regression = MLPRegressor(hidden_layer_sizes=(4,), max_iter=10, alpha=0, random_state=0).fit(*DIABETES)
    middle = regression.landscape(*DIABETES, grid=3).loss[1, 1]
    assert middle == pytest.approx(0.5 * ((regression.predict(DIABETES[0]) - DIABETES[1]) ** 2).mean(), rel=1e-5)
    with pytest.raises(ValueError, match="give X and y"):
        pickle.loads(pickle.dumps(fit)).landscape()
    with pytest.raises(ValueError, match="directions"):
        fit.landscape(directions="sideways")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_path_of_a_fit_is_on_its_surface(dtype):
    X, y = DIGITS[0].astype(dtype), DIGITS[1]
    settings = {"hidden_layer_sizes": (8,), "max_iter": 4, "random_state": 0, "alpha": 0.0, "record_path": True}
    fit = MLPClassifier(warm_start=True, **settings).fit(X, y)
    found = fit.landscape(X, y, grid=3)
    steps = 4 * int(np.ceil(len(y) / 200))
    assert found.directions == "pca" and len(found.path["loss"]) == steps + 1
    # The first point is where it began and the last one where it is.
    first = MLPClassifier(**settings | {"max_iter": 1, "learning_rate_init": 1e-300}).fit(X, y)
    for model, at in ((first, 0), (fit, -1)):
        p = model.predict_proba(X)[np.arange(len(y)), y]
        assert found.path["loss"][at] == pytest.approx(-np.log(p).mean(), rel=1e-5)
    # A warm start goes on with it, a new fit begins another one.
    assert len(fit.fit(X, y).landscape(X, y, grid=3).path["loss"]) == 2 * steps + 1
    fit.set_params(warm_start=False).fit(X, y)
    assert len(fit.landscape(X, y, grid=3).path["loss"]) == steps + 1
    assert len(MLPClassifier(**settings | {"record_path": False}).fit(X, y).landscape(X, y, grid=3).path["loss"]) == 0


def test_the_history_is_drawn():
    pytest.importorskip("matplotlib").use("agg")
    fit = MLPClassifier(early_stopping=True, max_iter=5, random_state=0).fit(*DIGITS)
    assert fit.plot_history().get_xlabel() == "epoch"
