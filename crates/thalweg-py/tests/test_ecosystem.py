"""The estimators where scikit-learn's are used: pipelines, searches, explanations, clusters, threads, processes."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import BaggingRegressor, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import PartialDependenceDisplay, partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, scale

from thalweg import MLPClassifier, MLPRegressor, optim

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_digits(return_X_y=True)
X = X / 16
DIABETES = load_diabetes(return_X_y=True)
DIABETES = scale(DIABETES[0]), scale(DIABETES[1])
SMALL = {"hidden_layer_sizes": (16,), "max_iter": 5, "random_state": 0, "learning_rate_init": 0.01}
# Two settings of scikit-learn's and two of thalweg's own, one of them an object.
GRID = {"alpha": [1e-4, 1.0], "optimizer": [None, "adamw:lr=0.01", optim.Lion(lr=1e-3)]}


def search(**how):
    return GridSearchCV(MLPClassifier(**SMALL), GRID, cv=3, **how)


@pytest.fixture(scope="module")
def alone():
    """What a search finds in one process; the processes of clusters have to find the same."""
    return search(n_jobs=1).fit(X, Y)


def assert_same_search(found, alone):
    np.testing.assert_array_equal(found.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert found.best_params_ == alone.best_params_
    for one, other in zip(found.best_estimator_.coefs_, alone.best_estimator_.coefs_):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def people():
    """Rows with a number, a word and a class."""
    rng = np.random.default_rng(0)
    age, color = rng.uniform(18, 90, 400), rng.choice(["red", "green", "blue"], 400)
    return pd.DataFrame({"age": age, "color": color}), np.where((age > 50) ^ (color == "red"), "yes", "no")


# Parts of scikit-learn.


def test_a_pipeline_of_columns(people):
    table, y = people
    columns = ColumnTransformer([("number", StandardScaler(), ["age"]), ("word", OneHotEncoder(), ["color"])])
    pipeline = Pipeline([("columns", columns), ("net", MLPClassifier(**SMALL | {"max_iter": 60}))]).fit(table, y)
    assert pipeline.score(table, y) > 0.9
    again = clone(pipeline).set_params(net__dropout=0.1, net__optimizer="momentum:lr=0.1").fit(table, y)
    assert again.score(table, y) > 0.9 and not np.array_equal(again[-1].coefs_[0], pipeline[-1].coefs_[0])


def test_columns_of_pandas_keep_their_names(people):
    table, y = people
    columns = make_column_transformer(
        (StandardScaler(), ["age"]), (OneHotEncoder(sparse_output=False), ["color"]), verbose_feature_names_out=False
    )
    pipeline = make_pipeline(columns, MLPClassifier(**SMALL)).set_output(transform="pandas").fit(table, y)
    names = ["age", "color_blue", "color_green", "color_red"]
    assert pipeline[-1].feature_names_in_.tolist() == names
    with pytest.raises(ValueError, match="feature names"):
        pipeline[-1].predict(pipeline[0].transform(table)[names[::-1]])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_search_finds_the_same_with_two_jobs(alone, backend):
    with joblib.parallel_config(backend, n_jobs=2):
        assert_same_search(search().fit(X, Y), alone)


def test_other_searches():
    rates = {"optimizer": [optim.Adam(lr=lr) for lr in (1e-5, 1e-4, 1e-3, 1e-2)]}
    random = RandomizedSearchCV(MLPClassifier(**SMALL), rates, n_iter=3, cv=2, random_state=0).fit(X, Y)
    assert random.best_score_ > 0.7 and random.best_params_ == {"optimizer": optim.Adam(lr=0.01)}
    halving = HalvingGridSearchCV(
        MLPClassifier(**SMALL), {"dropout": [0.0, 0.9]}, resource="max_iter", max_resources=20, min_resources=5, cv=2
    )
    assert halving.fit(X[:400], Y[:400]).best_params_["dropout"] == 0.0
    # A setting that cannot be is told by its name, not by a score.
    with pytest.raises(ValueError, match="adm.*adam"):
        GridSearchCV(MLPClassifier(**SMALL), {"optimizer": ["adm"]}, cv=2).fit(X[:100], Y[:100])


def test_cross_validation():
    model = MLPClassifier(**SMALL)
    scores = cross_val_score(model, X, Y, cv=3)
    found = cross_validate(model, X, Y, cv=3, n_jobs=2, scoring=["accuracy", "neg_log_loss"], return_estimator=True)
    np.testing.assert_array_equal(found["test_accuracy"], scores)
    assert [fit.n_iter_ for fit in found["estimator"]] == [5, 5, 5]
    p = cross_val_predict(model, X, Y, cv=3, method="predict_proba")
    assert (p.argmax(axis=1) == Y).mean() == pytest.approx(scores.mean(), abs=1e-3)
    sizes, _, test = learning_curve(model, X, Y, train_sizes=[0.1, 1.0], cv=2, exploit_incremental_learning=True)
    assert sizes[-1] > sizes[0] and test[-1].mean() > test[0].mean()


def test_importances_and_dependences():
    X, y = DIABETES
    model = MLPRegressor(**SMALL | {"max_iter": 60}).fit(X, y)
    found = permutation_importance(model, X, y, n_repeats=3, random_state=0)
    # Body mass and a serum of the blood are what the course of diabetes is known to follow.
    assert {2, 8} <= set(found.importances_mean.argsort()[-3:])
    dependence = partial_dependence(model, X, [2], grid_resolution=5)
    by_hand = []
    for value in dependence["grid_values"][0]:
        moved = X.copy()
        moved[:, 2] = value
        by_hand.append(model.predict(moved).mean())
    np.testing.assert_allclose(dependence["average"][0], by_hand)
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    PartialDependenceDisplay.from_estimator(model, X, [2, (2, 8)], grid_resolution=4)


def test_ensembles_and_calibration():
    x, y = X[:600], Y[:600]
    model = MLPClassifier(**SMALL | {"max_iter": 30})
    both = [("net", model), ("line", LogisticRegression(max_iter=200))]
    for made in (
        CalibratedClassifierCV(model, cv=2),
        VotingClassifier(both, voting="soft"),
        StackingClassifier(both, cv=2, final_estimator=LogisticRegression(max_iter=200)),
    ):
        assert made.fit(x, y).score(X[600:], Y[600:]) > 0.8, made
    bag = BaggingRegressor(MLPRegressor(**SMALL | {"max_iter": 40}), 4, random_state=0, n_jobs=2).fit(*DIABETES)
    assert bag.score(*DIABETES) > 0.4
    unit = TransformedTargetRegressor(MLPRegressor(**SMALL | {"max_iter": 60}), transformer=StandardScaler())
    assert unit.fit(DIABETES[0], 1000 + 50 * DIABETES[1]).score(DIABETES[0], 1000 + 50 * DIABETES[1]) > 0.4
    chosen = SequentialFeatureSelector(MLPRegressor(**SMALL), n_features_to_select=1, cv=2).fit(*DIABETES)
    assert chosen.get_support().sum() == 1


def test_several_targets():
    targets = np.column_stack([Y % 2, Y > 4])
    model = MultiOutputClassifier(MLPClassifier(**SMALL | {"max_iter": 20}), n_jobs=2).fit(X, targets)
    assert model.score(X, targets) > 0.9
    alone = MLPClassifier(**SMALL | {"max_iter": 20}).fit(X, targets[:, 0])
    np.testing.assert_array_equal(model.estimators_[0].coefs_[0], alone.coefs_[0])


def test_row_weights_are_routed():
    weight = np.where(Y == 3, 10.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPClassifier(**SMALL).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        pipeline.fit(X, Y, sample_weight=weight)
        scores = cross_validate(pipeline, X, Y, cv=2, params={"sample_weight": weight})["test_score"]
    assert (scores > 0.5).all()
    alone = MLPClassifier(**SMALL).fit(StandardScaler().fit_transform(X), Y, sample_weight=weight)
    np.testing.assert_array_equal(pipeline[-1].coefs_[0], alone.coefs_[0])


@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_a_model_in_a_file(tmp_path, mmap_mode):
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL, optimizer=optim.Adam(lr=0.01), warm_start=True))
    pipeline.fit(X, Y)
    joblib.dump(pipeline, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib", mmap_mode=mmap_mode)
    np.testing.assert_array_equal(loaded.predict_proba(X), pipeline.predict_proba(X))
    loaded.fit(X, Y)
    pipeline.fit(X, Y)
    np.testing.assert_array_equal(loaded.predict_proba(X), pipeline.predict_proba(X))


# Other packages.


def test_shap_explains_predictions():
    shap = pytest.importorskip("shap")
    X, y = DIABETES
    model = MLPRegressor(**SMALL | {"max_iter": 40}).fit(X, y)
    by_permutation = shap.Explainer(model.predict, X[:50], seed=0)(X[50:52])
    by_kernel = shap.KernelExplainer(model.predict, X[:20])
    for values, base in (
        (by_permutation.values, by_permutation.base_values),
        (by_kernel.shap_values(X[50:52], silent=True), by_kernel.expected_value),
    ):
        np.testing.assert_allclose(values.sum(axis=1), model.predict(X[50:52]) - base, atol=1e-6)
    classes = MLPClassifier(**SMALL).fit(X, y > 0)
    found = shap.Explainer(classes.predict_proba, X[:50], seed=0)(X[50:52])
    np.testing.assert_allclose(found.values.sum(axis=1), classes.predict_proba(X[50:52]) - found.base_values, atol=1e-6)


@pytest.mark.parametrize("processes", [False, True])
def test_a_search_on_dask(alone, processes):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=None, silence_logs=50
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        assert_same_search(search().fit(X, Y), alone)


def test_rows_of_dask():
    array = pytest.importorskip("dask.array")
    model = MLPClassifier(**SMALL).fit(array.from_array(X, chunks=500), array.from_array(Y, chunks=500))
    np.testing.assert_array_equal(model.coefs_[0], MLPClassifier(**SMALL).fit(X, Y).coefs_[0])


def test_a_search_on_ray(alone):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    except Exception as error:  # too little shared memory, or no way to its own processes
        pytest.skip(f"a cluster cannot be started here: {error}")
    try:
        register_ray()
        with joblib.parallel_config("ray"):
            assert_same_search(search().fit(X, Y), alone)
    finally:
        ray.shutdown()


# Threads, processes and memory.


def test_fits_in_several_threads_at_once():
    expected = MLPClassifier(**SMALL, dropout=0.1).fit(X, Y).coefs_
    found = [None] * 6

    def fit(at):
        found[at] = MLPClassifier(**SMALL, dropout=0.1, n_jobs=1 + at % 2).fit(X, Y)

    threads = [threading.Thread(target=fit, args=(at,)) for at in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model in found:
        for one, other in zip(model.coefs_, expected):
            np.testing.assert_array_equal(one, other)


def test_other_threads_run_while_one_fits():
    """An epoch is one call of the library, of more than a second: who waited for its end would count to 2 or 3."""
    x = np.random.default_rng(0).normal(size=(200_000, 64)).astype(np.float32)
    y = x[:, 0] > 0
    counted, ended = [0], threading.Event()

    def count():
        while not ended.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    begun = time.monotonic()
    MLPClassifier((256, 128), max_iter=1, n_jobs=1).fit(x, y)
    spent = time.monotonic() - begun
    ended.set()
    thread.join()
    assert counted[0] > 100 * spent, (counted[0], spent)


def _in_child(model, way):
    refit = clone(model).fit(X, Y)
    way.put([model.predict_proba(X), refit.coefs_[0]])


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_after_a_fit_predicts_and_fits():
    model = MLPClassifier(**SMALL, n_jobs=2).fit(X, Y)
    context = multiprocessing.get_context("fork")
    way = context.SimpleQueue()
    child = context.Process(target=_in_child, args=(model, way))
    child.start()
    for _ in range(300):
        if not way.empty() or not child.is_alive():
            break
        time.sleep(0.1)
    stuck = way.empty()
    if stuck:
        child.kill()
    assert not stuck, "the child did not come to an end"
    probabilities, weights = way.get()
    child.join()
    np.testing.assert_array_equal(probabilities, model.predict_proba(X))
    np.testing.assert_array_equal(weights, model.coefs_[0])


MEASURED = """
import sys
import numpy as np
import scipy.sparse
from thalweg import MLPClassifier

def memory(which):
    # The peak of getrusage has that of the parent in it, before it became this program.
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(which)) / 1024

rng = np.random.default_rng(0)
y = np.arange(500_000) % 3
if sys.argv[2] == "dense":
    x = np.empty((500_000, 100), dtype=np.float32)
    rng.random(out=x, dtype=np.float32)
    x[:, 0] += y
else:
    # As text is: 80 of 50,000 words in a row.
    starts = 80 * np.arange(len(y) + 1, dtype=np.int32)
    columns = 625 * np.tile(np.arange(80, dtype=np.int32), len(y)) + rng.integers(625, size=80 * len(y), dtype=np.int32)
    x = scipy.sparse.csr_matrix((np.ones(80 * len(y), dtype=np.float32), columns, starts), shape=(len(y), 50_000))
    x.has_canonical_format = True
settings = dict(hidden_layer_sizes=(4,), max_iter=1, batch_size=1000, tol=0, n_jobs=2, **eval(sys.argv[1]))
# What is loaded and made once is not the fit's.
model = MLPClassifier(**settings).fit(x[:3000], y[:3000])
with open("/proc/self/clear_refs", "w") as file:
    # The peak begins anew: making the rows took memory.
    file.write("5")
before = memory("VmRSS:")
MLPClassifier(**settings).fit(x, y).predict(x)
print(memory("VmHWM:") - before, before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("settings, kind", [({}, "dense"), ({"early_stopping": True}, "dense"), ({}, "sparse")])
def test_a_fit_takes_no_copy_of_its_rows(settings, kind):
    """200 MB of rows, with early stopping a tenth of them set aside; or 320 MB of sparse ones, dense they would be 100 GB."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURED, repr(settings), kind],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    more, before = map(float, done.stdout.split())
    assert before > 190 and more < 50, done.stdout
