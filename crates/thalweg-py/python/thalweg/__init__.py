"""Train feed-forward networks on your own data, and see what the descent is doing."""

from importlib import import_module

# Where each public name lives; it is imported when it is first used.
_PLACES = {
    "MLPClassifier": "thalweg._estimators",
    "MLPRegressor": "thalweg._estimators",
}

__all__ = list(_PLACES)


def __getattr__(name):
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'thalweg' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
