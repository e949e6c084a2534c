"""What all update rules share: steps on numpy's arrays, and a state that can be saved."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from thalweg import _core
from thalweg._members import Member
from thalweg._threads import threads

Key = TypeVar("Key", bound=Hashable)
Arrays: TypeAlias = NDArray[Any] | Sequence[NDArray[Any]] | Mapping[Any, NDArray[Any]]
# Which arrays have been stepped: one, so many, or those of these keys.
Keys: TypeAlias = None | int | tuple[Hashable, ...]


class Optimizer(Member):
    """An update rule that moves numpy's arrays against their gradients. Each rule is a class of its own.

    Parameters
    ----------
    n_jobs : int or None
        Threads of a step; None for all cores. The result has the same bits with any number.
    decayed : "all" or "weights"
        Which arrays take part in decoupled weight decay: all, or those of two and more axes.
    """

    __slots__ = ("_decayed", "_keys", "n_jobs")
    n_jobs: int | None
    _decayed: Literal["all", "weights"]
    _keys: Keys

    def __init__(
        self, *, n_jobs: int | None = None, decayed: Literal["all", "weights"] = "all", **settings: Any
    ) -> None:
        self._inner = _core._Rule(self._name, settings)
        self._keys = None
        self.n_jobs = n_jobs
        self.decayed = decayed

    @property
    def decayed(self) -> Literal["all", "weights"]:
        """Which arrays take part in decoupled weight decay: all, or the weights, which have two and more axes."""
        return self._decayed

    @decayed.setter
    def decayed(self, value: Literal["all", "weights"]) -> None:
        if value not in ("all", "weights"):
            raise ValueError(f"`decayed` must be one of all, weights, found {value!r}")
        self._decayed = value

    @property
    def steps(self) -> int:
        """How many steps have been made."""
        return int(self._inner.steps())

    def step(self, params: Arrays, grads: Arrays, *, check_finite: bool = True) -> None:
        """Moves the parameters, in place, by a step for these gradients.

        Parameters
        ----------
        params : array, or list or dict of arrays
            C-contiguous arrays, all of float32 or all of float64. An array of two axes is a weight matrix, rows by
            columns; one of more axes is taken as a matrix of its first axis by all others.
        grads : the same
            Gradients, in the same order or of the same keys.
        check_finite : bool
            Whether NaN and infinity in a gradient are refused. Without the check they reach the parameters.

        Raises
        ------
        TypeError, ValueError
            What is wrong with the arrays. Nothing has moved then.
        """
        keys = _keys(params)
        if self.steps and keys != self._keys:
            raise ValueError(f"the steps so far were of {_said(self._keys)}, not of {_said(keys)}: call `reset()`")
        moved = _named("params", params, keys)
        if _keys(grads) != keys:
            if not isinstance(keys, tuple) or not isinstance(grads, Mapping) or set(grads) != set(keys):
                raise ValueError(f"the parameters are {_said(keys)}, the gradients {_said(_keys(grads))}")
        manner = {
            "threads": threads(self.n_jobs),
            "all_decay": self._decayed == "all",
            "check_finite": bool(check_finite),
        }
        self._inner.step(moved, _named("grads", grads, keys), manner)
        self._keys = keys

    @overload
    def evaluated(self, params: NDArray[Any]) -> NDArray[Any]: ...
    @overload
    def evaluated(self, params: Mapping[Key, NDArray[Any]]) -> dict[Key, NDArray[Any]]: ...
    @overload
    def evaluated(self, params: Sequence[NDArray[Any]]) -> list[NDArray[Any]]: ...
    def evaluated(self, params: Arrays) -> Any:
        """The parameters to predict with, as new arrays: an average where the rule keeps one, else copies."""
        keys = _keys(params)
        if self.steps and keys != self._keys:
            raise ValueError(f"the steps so far were of {_said(self._keys)}, not of {_said(keys)}")
        copies = [(name, np.array(array, order="C")) for name, array in _named("params", params, keys)]
        self._inner.evaluate(copies)
        return _shaped(keys, [array for _, array in copies])

    def reset(self) -> None:
        """Forgets all steps; the settings stay."""
        self._inner.reset()
        self._keys = None

    def state_dict(self) -> dict[str, Any]:
        """Everything that going on needs besides the parameters: copies, as numbers and arrays."""
        state = {"rule": self._name, "settings": self.settings(), "decayed": self._decayed, "step": 0}
        memory = self._inner.memory()
        if memory is not None:
            buffers = {name: _shaped(self._keys, arrays) for name, arrays in memory["buffers"].items()}
            state |= memory | {"shapes": list(map(tuple, memory["shapes"])), "keys": self._keys, "buffers": buffers}
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from where `state_dict()` was called, with its settings; nothing changes where it does not fit."""
        if state.get("rule") != self._name:
            raise ValueError(f"this is the state of `{state.get('rule')}`, not of `{self._name}`")
        for name in ("settings", "decayed", "step"):
            if name not in state:
                raise ValueError(f"the state has no `{name}`")
        inner = _core._Rule(self._name, dict(state["settings"]))
        keys = state.get("keys")
        if state["step"]:
            buffers = {name: _arrays(arrays, keys) for name, arrays in state.get("buffers", {}).items()}
            inner.restore({**state, "buffers": buffers})
        self.decayed = state["decayed"]
        self._inner, self._keys = inner, keys

    def _differing(self) -> dict[str, Any]:
        own = {"n_jobs": self.n_jobs} if self.n_jobs is not None else {}
        return super()._differing() | own | ({"decayed": self._decayed} if self._decayed != "all" else {})

    def __eq__(self, other: object) -> bool:
        """Whether the rule and its settings are the same; the steps done and the threads do not count."""
        same = super().__eq__(other)
        return same and isinstance(other, Optimizer) and self._decayed == other._decayed if same is True else same

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), (self.n_jobs, self.state_dict())

    def __setstate__(self, saved: tuple[int | None, dict[str, Any]]) -> None:
        self.n_jobs, state = saved
        self.load_state_dict(state)


def _keys(arrays: Arrays) -> Keys:
    if isinstance(arrays, np.ndarray):
        return None
    if isinstance(arrays, Mapping):
        return tuple(arrays)
    if isinstance(arrays, (list, tuple)):
        return len(arrays)
    raise TypeError(f"an array, or a list or dict of arrays, was expected, found {type(arrays).__name__}")


def _said(keys: Keys) -> str:
    if keys is None:
        return "one array"
    return f"a list of {keys}" if isinstance(keys, int) else f"a dict of {list(keys)}"


def _arrays(arrays: Any, keys: Keys) -> list[Any]:
    if keys is None:
        return [arrays]
    return list(arrays) if isinstance(keys, int) else [arrays[key] for key in keys]


def _named(what: str, arrays: Any, keys: Keys) -> list[tuple[str, Any]]:
    if keys is None:
        return [(what, arrays)]
    places = range(keys) if isinstance(keys, int) else keys
    return [(f"{what}[{place!r}]", array) for place, array in zip(places, _arrays(arrays, keys), strict=True)]


def _shaped(keys: Keys, arrays: list[Any]) -> Any:
    if keys is None:
        return arrays[0]
    return arrays if isinstance(keys, int) else dict(zip(keys, arrays, strict=True))
