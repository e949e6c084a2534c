"""Trains scikit-learn's MLP and thalweg on the same split with the same architecture and hyper-parameters.

Not a timing: it asks whether the test scores agree. Two data sets, SGD with momentum and Adam, five seeds.

    python -m venv .venv && .venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    .venv/bin/python bench/agree_with_sklearn.py target/release/thalweg DATA_FOLDER

The folder holds letter.csv and housing.csv. What is made equal: the rows of each part and their standardized
features, layers 128 and 64 with ReLU, Xavier-uniform weights, batches of 200, 30 epochs, no penalty, no early
stopping. What is not: scikit-learn draws its biases too, and shuffles by its own generator.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

SEEDS = range(5)
EPOCHS = 30
BATCH = 200
# scikit-learn's squared loss has a factor 1/2 that thalweg's has not, so its learning rate for SGD is twice as large.
RULES = {
    "momentum": ({"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False}, 0.02),
    "adam": ({"solver": "adam"}, 0.001),
}


def letter(folder):
    table = pd.read_csv(folder / "letter.csv")
    return table, "Letter", "accuracy", MLPClassifier


def housing(folder):
    table = pd.read_csv(folder / "housing.csv").dropna()
    table = pd.get_dummies(table, columns=["ocean_proximity"], dtype=float)
    return table, "median_house_value", "r2", MLPRegressor


def ours(command, folder, target, rule, lr, metric, seed):
    flags = f"--hidden 128,64 --init xavier_uniform --dropout 0 --optimizer {rule}:lr={lr} --schedule constant"
    flags += f" --batch-size {BATCH} --epochs {EPOCHS} --validation 0 --seed {seed} --json --out {folder}/run-{rule}-{seed}"
    line = [command, "train", f"{folder}/train.csv", "--target", target, "--test", f"{folder}/test.csv"]
    done = subprocess.run(line + flags.split(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["test"][metric]


def theirs(make, settings, lr, train, test, target, seed):
    features = train.columns.drop(target)
    scaler = StandardScaler().fit(train[features])
    y, y_test = train[target], test[target]
    if make is MLPRegressor:
        mean, std = y.mean(), y.std(ddof=0)
        y, y_test = (y - mean) / std, (y_test - mean) / std
    model = make(hidden_layer_sizes=(128, 64), alpha=0.0, batch_size=BATCH, learning_rate_init=lr, max_iter=EPOCHS, tol=0.0,
                 n_iter_no_change=10**9, random_state=seed, **settings)
    as_f32 = lambda rows: scaler.transform(rows[features]).astype(np.float32)
    model.fit(as_f32(train), y)
    return model.score(as_f32(test), y_test)


def main(command, data):
    warnings.filterwarnings("ignore")
    for load in (letter, housing):
        table, target, metric, make = load(Path(data))
        stratify = table[target] if make is MLPClassifier else None
        train, test = train_test_split(table, test_size=0.2, random_state=0, stratify=stratify)
        with tempfile.TemporaryDirectory() as folder:
            train.to_csv(f"{folder}/train.csv", index=False)
            test.to_csv(f"{folder}/test.csv", index=False)
            for rule, (settings, lr) in RULES.items():
                half = 0.5 if make is MLPRegressor and rule == "momentum" else 1.0
                a = [ours(command, folder, target, rule, lr * half, metric, seed) for seed in SEEDS]
                b = [theirs(make, settings, lr, train, test, target, seed) for seed in SEEDS]
                error = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
                difference = statistics.mean(a) - statistics.mean(b)
                print(f"{load.__name__:8} {rule:9} {metric:9} thalweg {statistics.mean(a):.4f}  scikit-learn "
                      f"{statistics.mean(b):.4f}  difference {difference:+.4f} = {difference / error:+.2f} standard errors",
                      flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
