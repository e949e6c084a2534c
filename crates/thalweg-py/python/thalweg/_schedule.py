"""What all schedules share."""

from __future__ import annotations

from typing import Any

from thalweg import _core
from thalweg._members import Member


class Schedule(Member):
    """How the learning rate, or another number, changes during a run. Each schedule is a class of its own."""

    __slots__ = ()

    def __init__(self, **settings: Any) -> None:
        self._inner = _core._Schedule(self._name, settings)

    def __call__(self, base: float, t: float, horizon: float) -> float:
        """The value at time `t` of a number whose base value is `base`, in a run that lasts `horizon`.

        Time counts from 0, in steps or epochs or, with a `horizon` of 1, in parts of the run: the unit is the caller's.
        """
        return float(self._inner.value(base, t, horizon))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), self.settings()

    def __setstate__(self, settings: dict[str, Any]) -> None:
        self._inner.set(settings)
