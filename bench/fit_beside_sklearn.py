"""How long a fit of the Python package takes beside scikit-learn's MLP, and how good it is, as a Markdown table.

    python bench/fit_beside_sklearn.py DIR     with letter.csv and adult.csv in DIR; needs numpy, scikit-learn, pandas, and
                                               thalweg, as `pip install ./crates/thalweg-py` gives it

Both have scikit-learn's defaults, the same first weights and batches and a fixed number of epochs. Times are the best of
some turns in one process; the threads are those of OpenBLAS, which does scikit-learn's products, and of `n_jobs`. Scores
are accuracies on a fifth of the rows, mean ± two standard errors over the seeds.
"""

import platform
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.preprocessing import scale
from threadpoolctl import threadpool_limits

from thalweg import MLPClassifier as Ours

SEEDS = range(3)
TURNS = 3


def tables(folder):
    """Name, rows, classes and epochs."""
    X, y = load_digits(return_X_y=True)
    yield "digits", X / 16, y, 30
    letter = pd.read_csv(folder / "letter.csv")
    yield "letter", scale(letter.drop(columns="Letter")), letter["Letter"].to_numpy(), 4
    adult = pd.read_csv(folder / "adult.csv", skipinitialspace=True)
    target = adult.columns[-1]
    encoded = pd.get_dummies(adult.drop(columns=target)).astype(float)
    yield "adult, encoded", scale(encoded), adult[target].to_numpy(), 3


def best_time(make, X, y):
    times = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        make().fit(X, y)
        times.append(time.perf_counter() - begun)
    return min(times)


def score(make, X, y):
    found = []
    for seed in SEEDS:
        parts = train_test_split(X, y, test_size=0.2, random_state=seed)
        found.append(make(seed).fit(parts[0], parts[2]).score(parts[1], parts[3]))
    return f"{np.mean(found):.4f} ± {2 * np.std(found, ddof=1) / len(found) ** 0.5:.4f}"


def main():
    warnings.simplefilter("ignore")
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python {platform.python_version()}\n")
    print("| data | layers | precision | threads | scikit-learn, s | thalweg, s | times as fast | its score | thalweg's |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, rows, y, epochs in tables(Path(sys.argv[1])):
        for layers in ((100,), (256, 128)):
            for precision in (np.float64, np.float32):
                X = np.ascontiguousarray(rows, dtype=precision)
                how = {"hidden_layer_sizes": layers, "max_iter": epochs}
                scores = [score(lambda seed, kind=kind: kind(random_state=seed, **how), X, y) for kind in (Theirs, Ours)]
                for threads in (1, 2):
                    with threadpool_limits(threads):
                        theirs = best_time(lambda: Theirs(random_state=1, **how), X, y)
                    ours = best_time(lambda: Ours(random_state=1, n_jobs=threads, **how), X, y)
                    cells = [name, "-".join(map(str, layers)), precision.__name__, threads, f"{theirs:.3f}", f"{ours:.3f}"]
                    print("|", " | ".join(map(str, [*cells, f"{theirs / ours:.1f}", *scores])), "|", flush=True)


if __name__ == "__main__":
    main()
