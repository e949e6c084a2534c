"""Every schedule as a class: the value of the learning rate, or of another number, at a time of a run.

A class is called as its schedule, with capitals for underscores: ``one_cycle`` is ``OneCycle``.

>>> from thalweg.schedules import Cosine, MultiStep
>>> cosine = Cosine(min=0.01)
>>> [round(cosine(0.1, t, horizon=4), 3) for t in range(5)]
[0.1, 0.087, 0.055, 0.023, 0.01]
>>> MultiStep(milestones=[2, 3]).spec()
'multi_step:milestones=2,3'
"""

from thalweg._members import make_classes, no_such_class
from thalweg._schedule import Schedule

_CLASSES = make_classes("schedules", Schedule, __name__)
globals().update(_CLASSES)
__all__ = ["Schedule", *_CLASSES]


def __getattr__(name: str) -> object:
    raise no_such_class(__name__, name, __all__)
