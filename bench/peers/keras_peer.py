"""Keras's side of the comparison, on JAX: `fit` with its own shuffling. Variant `fit`.

A call is several epochs, so that what `fit` does once weighs little.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras  # noqa: E402
import peer  # noqa: E402
from peer import Run  # noqa: E402

MOST_STEPS = 1000  # In an epoch: at a batch of one row, all rows would take too long.
LEAST_STEPS = 300  # In a call.


def prepare(job):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    steps = min(job.steps, MOST_STEPS)
    x, y = (part[: steps * job.batch] for part in job.data())
    hidden = [keras.layers.Dense(width, activation="relu") for width in job.layers[1:-1]]
    model = keras.Sequential([keras.Input((job.layers[0],)), *hidden, keras.layers.Dense(job.layers[-1])])
    if job.classes:
        model.compile(keras.optimizers.Adam(job.lr), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    else:
        model.compile(keras.optimizers.SGD(job.lr), "mse")
    epochs, last = -(-LEAST_STEPS // steps), None

    def call():
        nonlocal last
        last = model.fit(x, y, batch_size=job.batch, epochs=epochs, verbose=0).history["loss"][-1]

    return Run(call, lambda: last, epochs * steps)


peer.serve(prepare)
