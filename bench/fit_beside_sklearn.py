"""How long do the estimators of Python take to fit beside scikit-learn's MLP, and are their scores the same?

    python -m venv .venv && .venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1 ./crates/thalweg-py
    .venv/bin/python bench/fit_beside_sklearn.py --data FOLDER [--out FILE] [--rounds N] [--threads 1,2] [--sets letter]

The folder holds letter.csv and adult.csv; digits come with scikit-learn. Both sides are of the same class and get the
same arrays, hyper-parameters, seed and number of epochs; with one seed they have the same first weights and the same
batches. Features are standardized by the training rows, words one-hot encoded, `?` among them. A fifth is held out.

Two sets are sparse matrices (CSR), as scikit-learn's encoders give them: `adult-sparse` has adult's numbers standardized
and its words as 0 and 1, `adult-values` a column for each value of any column of adult, 14 of which a row has.

A round fits both with one seed, in turns who is first, so that what the machine does besides hits both; only `fit` is
timed. scikit-learn's threads are those of BLAS and OpenMP, set by threadpoolctl; thalweg's are `n_jobs`. Times are
medians of the rounds. float64 arrays are trained in double precision by both, and once more by thalweg with
`precision="single"`. A ratio is the median of the rounds' ratios, with the least and the largest. Scores are on the
test rows: means over the seeds ± two standard errors. Their difference is taken seed by seed.

The machine has to be quiet: beside other work scikit-learn's fits with two threads were seen to take ten times as long
as with one. Where one thread is faster than two, compare with that.
"""

import argparse
import datetime
import importlib.metadata
import os
import platform
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from thalweg import MLPClassifier as Ours

HIDDEN = [(100,), (256, 128)]
EPOCHS = {"digits": 50, "letter": 20, "adult": 10, "adult-sparse": 10, "adult-values": 1}
# What the arrays are of, and thalweg's `precision`.
NUMBERS = [("float64", "auto"), ("float64", "single"), ("float32", "auto")]


def digits(_):
    return load_digits(return_X_y=True)


def letter(folder):
    table = pd.read_csv(folder / "letter.csv")
    return table.drop(columns="Letter"), table["Letter"]


def raw_adult(folder):
    table = pd.read_csv(folder / "adult.csv")
    y = table.pop("income-per-year")
    return table, y


def adult(folder):
    table, y = raw_adult(folder)
    # `?` is a word like the others.
    return pd.get_dummies(table, dtype=float), y


def words_encoded():
    numbers = make_column_selector(dtype_include="number")
    words = make_column_selector(dtype_exclude="number")
    return make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), words))


def values_encoded():
    return OneHotEncoder(handle_unknown="ignore")


# Where the rows come from, and what makes numbers of them.
SETS = {
    "digits": (digits, StandardScaler),
    "letter": (letter, StandardScaler),
    "adult": (adult, StandardScaler),
    "adult-sparse": (raw_adult, words_encoded),
    "adult-values": (raw_adult, values_encoded),
}


def split(name, folder):
    """Training and test rows in double precision, the classes as numbers."""
    load, encoder = SETS[name]
    X, y = load(folder)
    y = np.unique(y, return_inverse=True)[1]
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    encoder = encoder().fit(X)
    X, X_test = encoder.transform(X), encoder.transform(X_test)
    assert scipy.sparse.issparse(X) == name.startswith("adult-")
    return X, y, X_test, y_test


def fit(make, settings, rows):
    """Seconds of a fit, and its score on the test rows."""
    X, y, X_test, y_test = rows
    model = make(**settings)
    begun = time.perf_counter()
    model.fit(X, y)
    spent = time.perf_counter() - begun
    assert model.n_iter_ == settings["max_iter"]
    return spent, model.score(X_test, y_test)


def measure(name, rows, hidden, threads, rounds, precision):
    """Seconds and scores of both, by round."""
    epochs = EPOCHS[name]
    settings = {"hidden_layer_sizes": hidden, "max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs + 1}
    both = {"ours": (Ours, {"n_jobs": threads, "precision": precision}), "theirs": (Theirs, {})}
    found = {who: [] for who in both}
    with threadpool_limits(limits=threads):
        # The first fit of each warms up.
        for make, own in both.values():
            fit(make, settings | own | {"max_iter": 1, "random_state": 0}, rows)
        for seed in range(rounds):
            for who in sorted(both, reverse=seed % 2 == 1):
                make, own = both[who]
                found[who].append(fit(make, settings | own | {"random_state": seed}, rows))
    return {who: list(zip(*results)) for who, results in found.items()}


def mean(values, digits=4, sign=""):
    """A mean ± two standard errors."""
    error = 2 * statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):{sign}.{digits}f} ± {error:.{digits}f}"


def row(name, shape, hidden, numbers, threads, found):
    ours, our_scores = found["ours"]
    theirs, their_scores = found["theirs"]
    ratios = [b / a for a, b in zip(ours, theirs)]
    differences = [a - b for a, b in zip(our_scores, their_scores)]
    cells = [
        name,
        f"{shape[0]:,} × {shape[1]}",
        "-".join(map(str, hidden)),
        EPOCHS[name],
        numbers,
        threads,
        f"{statistics.median(ours):.3g}",
        f"{statistics.median(theirs):.3g}",
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        mean(our_scores),
        mean(their_scores),
        mean(differences, sign="+"),
    ]
    return f"| {' | '.join(map(str, cells))} |"


HEAD = """\
| data | rows | hidden | epochs | numbers | threads | thalweg, s | scikit-learn, s | times as fast \
| accuracy of thalweg | of scikit-learn | difference |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def machine(rounds):
    """What was measured, where and when."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((line.split(":")[1].strip() for line in info.open() if line.startswith("model name")), cpu)
    try:
        version = importlib.metadata.version("thalweg")
    except importlib.metadata.PackageNotFoundError:
        version = "of the working tree"
    blas = {f"{it['internal_api']} {it['version']}" for it in threadpool_info() if it["user_api"] == "blas"}
    return (
        f"{datetime.date.today()}, {cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, numpy {np.__version__} with {', '.join(sorted(blas))}, "
        f"scikit-learn {sklearn.__version__}, thalweg {version}; {rounds} rounds, each with a seed of its own."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--sets", default=",".join(EPOCHS))
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    lines = []

    def say(text):
        print(text, flush=True)
        lines.append(text)
        if given.out:
            # After each row: what has been measured is not lost.
            given.out.write_text("\n".join(lines) + "\n")

    say("# Fitting beside scikit-learn's MLP\n")
    say(machine(given.rounds))
    say("\n" + HEAD)
    for name in given.sets.split(","):
        X, y, X_test, y_test = split(name, given.data)
        for hidden in HIDDEN[: 1 if name == "adult-values" else 2]:
            for dtype, precision in NUMBERS:
                rows = X.astype(dtype), y, X_test.astype(dtype), y_test
                numbers = dtype if precision == "auto" else f"{dtype}, {precision} precision"
                for threads in map(int, given.threads.split(",")):
                    found = measure(name, rows, hidden, threads, given.rounds, precision)
                    say(row(name, X.shape, hidden, numbers, threads, found))


if __name__ == "__main__":
    main()
