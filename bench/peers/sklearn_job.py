"""A whole job with scikit-learn's `MLPClassifier`, an epoch in each `partial_fit`.

It is called with the files of the training and the validation rows and with its settings as JSON.
"""

import itertools
import time

import letter
import numpy as np
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

threadpool_limits(limits=letter.SETTINGS["threads"])


def main():
    (x, y), (other, wanted) = letter.parts()
    model = MLPClassifier(
        hidden_layer_sizes=letter.HIDDEN,
        alpha=0.0,
        batch_size=letter.SETTINGS["batch"],
        learning_rate_init=letter.SETTINGS["lr"],
        random_state=0,
    )
    classes = np.unique(y)
    begun = time.perf_counter()
    for epoch in itertools.count(1):
        model.partial_fit(x, y, classes=classes)
        loss = log_loss(wanted, model.predict_proba(other).astype(np.float64))
        letter.tell(epoch, time.perf_counter() - begun, loss)


main()
