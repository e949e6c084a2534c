"""What type checkers have to accept."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import thalweg
from thalweg import optim
from thalweg.optim import Adam, Optimizer, Prodigy, Rmsprop
from thalweg.schedules import Chain, Cosine, MultiStep, Schedule


def descend(rule: Optimizer, params: dict[str, NDArray[np.float64]], schedule: Schedule) -> float:
    for t in range(10):
        if isinstance(rule, Adam):
            rule.lr = schedule(0.1, t, horizon=10)
        rule.step(params, {name: 2 * p for name, p in params.items()})
    return float(sum(np.abs(p).sum() for p in rule.evaluated(params).values()))


adam = Adam(lr=0.1, amsgrad=True, convention="optax", n_jobs=2, decayed="weights")
assert_type(adam.lr, float)
assert_type(adam.spec(), str)
descend(adam, {"weight": np.ones((2, 3))}, Cosine(period="run", min=1e-3))
rules: list[Optimizer] = [Prodigy(beta3="auto"), Prodigy(beta3=0.9), Rmsprop(), optim.ScheduleFreeAdamw(warmup=10)]
for rule in rules:
    rule.step(np.ones(3), np.ones(3), check_finite=False)
    rule.reset()
    rule.step([np.ones(3)], (np.ones(3),))
    rule.load_state_dict(rule.state_dict())
MultiStep(milestones=[1, 2.5])
Chain(parts="linear for 5 then cosine")

run = thalweg.train("moons:n=200", hidden=(8,), optimizer=adam, epochs=3, progress=False)
assert_type(run, thalweg.Run)
assert_type(run.predict_proba("moons:n=20"), NDArray[np.float64])
assert_type(run.network["layer 1.weight"], NDArray[np.float32])
assert_type(run.landscape(grid=5), thalweg.Landscape)
assert_type(thalweg.spectrum(run).lambda_max, float)
print(thalweg.compare("moons:n=200", optimizers=[adam, "sgd"], seeds=2, vary={"dropout": [0, 0.2]}).sentences)
model = thalweg.MLPClassifier(hidden_layer_sizes=(8,), dropout=0.1)
X, y = np.zeros((20, 3)), np.arange(20) % 2
assert_type(model.fit(X, y), thalweg.MLPClassifier)
assert_type(thalweg.MLPRegressor(optimizer=adam, precision="single").fit(X, y).predict(X), NDArray[Any])
