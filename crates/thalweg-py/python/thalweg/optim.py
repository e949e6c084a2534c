"""Every update rule as a class: a step for gradients that come from anywhere, on numpy's arrays.

A class is called as its rule, with capitals for underscores: ``adam`` is ``Adam``, ``schedule_free_adamw`` is
``ScheduleFreeAdamw``. ``thalweg.families()["optimizers"]`` names all of them; ``help(Adam)`` has the formula, the
hyper-parameters with their ranges, the paper, and how other libraries differ.

>>> import numpy as np
>>> from thalweg.optim import Adam
>>> rule = Adam(lr=0.1)
>>> w = np.array([3.0, -2.0])
>>> for _ in range(200):
...     rule.step(w, grads=2 * (w - 1))
>>> np.allclose(w, 1, atol=1e-2)
True

Hyper-parameters may change between steps, and are checked:

>>> rule.lr = 0.01
>>> rule
Adam(lr=0.01)
>>> rule.spec()
'adam:lr=0.01'
>>> rule.beta1 = 1
Traceback (most recent call last):
    ...
ValueError: `beta1` of `adam` must be in [0, 1), found 1

Several arrays, which the rule sees as one vector of parameters, are a list or a dict:

>>> params = {"weight": np.ones((2, 3)), "bias": np.zeros(2)}
>>> grads = {"weight": np.full((2, 3), 0.5), "bias": np.array([1.0, -1.0])}
>>> rule = Adam()
>>> rule.step(params, grads)
>>> params["bias"]
array([-0.001,  0.001])
"""

from thalweg._members import make_classes, no_such_class
from thalweg._optimizer import Optimizer

_CLASSES = make_classes("optimizers", Optimizer, __name__)
globals().update(_CLASSES)
__all__ = ["Optimizer", *_CLASSES]


def __getattr__(name: str) -> object:
    raise no_such_class(__name__, name, __all__)
