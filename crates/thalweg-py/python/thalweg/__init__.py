"""Train feed-forward networks on your own data, and see what the descent is doing."""

from importlib import import_module

# Where each public name lives; it is imported when it is first used.
_PLACES = {
    "MLPClassifier": "thalweg._classifier",
    "MLPRegressor": "thalweg._regressor",
    "train": "thalweg._runs",
    "resume": "thalweg._runs",
    "load": "thalweg._runs",
    "Run": "thalweg._runs",
    "Network": "thalweg._network",
    "compare": "thalweg._comparisons",
    "Comparison": "thalweg._comparisons",
    "landscape": "thalweg._looks",
    "Landscape": "thalweg._looks",
    "spectrum": "thalweg._looks",
    "Spectrum": "thalweg._looks",
    "noise": "thalweg._looks",
    "Noise": "thalweg._looks",
    "connect": "thalweg._looks",
    "Connection": "thalweg._looks",
    "inspect": "thalweg._searches",
    "Inspection": "thalweg._searches",
    "lr_find": "thalweg._searches",
    "RangeTest": "thalweg._searches",
    "explain": "thalweg._members",
    "families": "thalweg._members",
}

_MODULES = ["optim", "schedules"]

__all__ = [
    "Comparison",
    "Connection",
    "Inspection",
    "Landscape",
    "MLPClassifier",
    "MLPRegressor",
    "Network",
    "Noise",
    "RangeTest",
    "Run",
    "Spectrum",
    "compare",
    "connect",
    "explain",
    "families",
    "inspect",
    "landscape",
    "load",
    "lr_find",
    "noise",
    "optim",
    "resume",
    "schedules",
    "spectrum",
    "train",
]

# Type checkers take this for true; what they see is what `_PLACES` says.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from thalweg import optim, schedules
    from thalweg._classifier import MLPClassifier
    from thalweg._comparisons import Comparison, compare
    from thalweg._looks import Connection, Landscape, Noise, Spectrum, connect, landscape, noise, spectrum
    from thalweg._members import explain, families
    from thalweg._network import Network
    from thalweg._regressor import MLPRegressor
    from thalweg._runs import Run, load, resume, train
    from thalweg._searches import Inspection, RangeTest, inspect, lr_find

else:

    def __getattr__(name):
        if name in _PLACES:
            return getattr(import_module(_PLACES[name]), name)
        if name in _MODULES:
            return import_module(f"thalweg.{name}")
        raise AttributeError(f"module 'thalweg' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
