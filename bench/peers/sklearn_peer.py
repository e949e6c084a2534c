"""scikit-learn's side of the comparison: `MLPClassifier` or `MLPRegressor`. Variant `fit`.

A call is several epochs, so that what `fit` does once weighs little.
"""

import warnings

import peer
from peer import Run
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

warnings.simplefilter("ignore", ConvergenceWarning)  # It always stops at max_iter here.
threadpool_limits(limits=peer.THREADS)
MOST_STEPS = 1000  # In an epoch: at a batch of one row, all rows would take too long.
LEAST_STEPS = 150  # In a call.


def prepare(job):
    steps = min(job.steps, MOST_STEPS)
    x, y = (part[: steps * job.batch] for part in job.data())
    epochs = -(-LEAST_STEPS // steps)
    settings = dict(
        hidden_layer_sizes=job.layers[1:-1],
        alpha=0.0,
        batch_size=job.batch,
        learning_rate_init=job.lr,
        max_iter=epochs,
        n_iter_no_change=10**9,
        random_state=0,
    )
    if job.classes:
        model = MLPClassifier(solver="adam", **settings)
    else:
        model = MLPRegressor(solver="sgd", momentum=0.0, **settings)
        y = y[:, 0]

    def call():
        model.fit(x, y)
        assert model.n_iter_ == epochs and model.coefs_[0].dtype == "float32"

    return Run(call, lambda: model.loss_, epochs * steps)


peer.serve(prepare)
