"""How the learning rate, or any other number of an optimizer, changes during a run.

Made from the registry by `python -m thalweg._stubs`.
"""

from collections.abc import Sequence
from typing import Literal

from thalweg._schedule import Schedule as Schedule

class Constant(Schedule):
    """The base value, all the time."""
    def __init__(self) -> None: ...

class Step(Schedule):
    """Falls by a factor at regular intervals and stays the same between them."""
    step_size: float
    """Time from one fall to the next."""
    gamma: float
    """Factor of each fall."""
    def __init__(
        self,
        *,
        step_size: float = 10.0,
        gamma: float = 0.1,
    ) -> None: ...

class MultiStep(Schedule):
    """Falls by a factor at chosen times and stays the same between them."""
    milestones: Sequence[float]
    """Times of the falls, in any order."""
    gamma: float
    """Factor of each fall."""
    def __init__(
        self,
        *,
        milestones: Sequence[float] = ...,
        gamma: float = 0.1,
    ) -> None: ...

class Exponential(Schedule):
    """Falls by the same factor in every step or epoch."""
    gamma: float
    """Factor in each unit of time, a step or an epoch: the value halves in ln 2 / (1 − γ) of them, about."""
    def __init__(
        self,
        *,
        gamma: float = 0.95,
    ) -> None: ...

class InverseTime(Schedule):
    """Falls as 1 / t: fast at first and ever more slowly."""
    rate: float
    """How fast it falls: the value has halved at time 1 / rate."""
    def __init__(
        self,
        *,
        rate: float = 0.1,
    ) -> None: ...

class InverseSqrt(Schedule):
    """Rises along a line and then falls as 1 / √t, whenever the run ends."""
    rise: float
    """Time of the rise from 0 to the base value; the paper's 4000 are steps."""
    def __init__(
        self,
        *,
        rise: float = 4000.0,
    ) -> None: ...

class Linear(Schedule):
    """Goes from one factor of the base value to another along a straight line."""
    start: float
    """Factor of the base value at time 0."""
    end: float
    """Factor of the base value at the end."""
    total: float | Literal["run"]
    """Time until the value stays as it is, or "run" for the whole run."""
    def __init__(
        self,
        *,
        start: float = 1.0,
        end: float = 0.0,
        total: float | Literal["run"] = "run",
    ) -> None: ...

class Polynomial(Schedule):
    """Falls to a final part of itself along a power of the time that is left."""
    total: float | Literal["run"]
    """Time until the value stays as it is, or "run" for the whole run."""
    power: float
    """Power of the time that is left: 1 falls linearly, more falls faster at first."""
    end: float
    """Part of the base value that remains at the end."""
    def __init__(
        self,
        *,
        total: float | Literal["run"] = "run",
        power: float = 1.0,
        end: float = 0.0,
    ) -> None: ...

class Cosine(Schedule):
    """Falls along half a wave: slowly at first, fast in the middle and slowly at the end."""
    period: float | Literal["run"]
    """Time that the fall takes, or "run" for the whole run."""
    min: float
    """The final value itself, not a part of the base value."""
    def __init__(
        self,
        *,
        period: float | Literal["run"] = "run",
        min: float = 0.0,
    ) -> None: ...

class CosineRestarts(Schedule):
    """Falls along half a wave and starts again from the base value, each time for longer."""
    period: float
    """Time of the first fall."""
    factor: float
    """How many times as long as the one before each further fall takes."""
    min: float
    """The lowest value itself, not a part of the base value."""
    def __init__(
        self,
        *,
        period: float = 10.0,
        factor: float = 2.0,
        min: float = 0.0,
    ) -> None: ...

class OneCycle(Schedule):
    """Rises to a peak and falls far below where it began, once in the run."""
    start: float
    """Factor of the base value at time 0."""
    peak: float
    """Factor of the base value when the rise is over; below start and end for a momentum."""
    end: float
    """Factor of the base value at the end."""
    rise: float
    """Part of the total that the rise takes."""
    total: float | Literal["run"]
    """Time until the value stays as it is, or "run" for the whole run."""
    anneal: Literal["cosine", "linear"]
    """Along which curve the value goes from one level to the next."""
    three_phase: bool
    """Whether the fall first goes to the start, as long as the rise was, and from there to the end."""
    def __init__(
        self,
        *,
        start: float = 0.04,
        peak: float = 1.0,
        end: float = 4e-06,
        rise: float = 0.3,
        total: float | Literal["run"] = "run",
        anneal: Literal["cosine", "linear"] = "cosine",
        three_phase: bool = False,
    ) -> None: ...

class Cyclic(Schedule):
    """Rises from a bottom to a top and falls back along straight lines, again and again."""
    low: float
    """The bottom, as a part of the base value, which is the top."""
    rise: float
    """Time from the bottom to the top."""
    fall: float | Literal["rise"]
    """Time from the top to the bottom, or "rise" for as long as the rise."""
    mode: Literal["triangular", "triangular2", "exp_range"]
    """How the tops change: not at all, halving from cycle to cycle, or by gamma."""
    gamma: float
    """Factor of the height in each unit of time, in the mode exp_range."""
    def __init__(
        self,
        *,
        low: float = 0.1,
        rise: float = 10.0,
        fall: float | Literal["rise"] = "rise",
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
    ) -> None: ...

class WarmupStableDecay(Schedule):
    """Rises, stays at the base value for most of the run, and falls at its end."""
    rise: float
    """Part of the total that the rise from 0 takes."""
    fall: float
    """Part of the total that the fall at its end takes."""
    end: float
    """Part of the base value that remains at the end."""
    shape: Literal["linear", "cosine", "sqrt"]
    """Along which curve it falls: a line, half a wave, or 1 − √x, fast at first."""
    total: float | Literal["run"]
    """Time until the value stays as it is, or "run" for the whole run."""
    def __init__(
        self,
        *,
        rise: float = 0.05,
        fall: float = 0.2,
        end: float = 0.0,
        shape: Literal["linear", "cosine", "sqrt"] = "sqrt",
        total: float | Literal["run"] = "run",
    ) -> None: ...

class ReduceOnPlateau(Schedule):
    """Falls by a factor when the monitored score has stopped getting better."""
    gamma: float
    """Factor of each fall."""
    patience: int
    """How many scores in a row may be no better: the next such one makes the value fall."""
    threshold: float
    """How much better than the best so far a score must be."""
    threshold_mode: Literal["relative", "absolute"]
    """Whether the threshold is a part of the best score or an amount."""
    cooldown: int
    """How many scores after a fall do not count as bad."""
    min: float
    """The lowest value itself, not a part of the base value."""
    def __init__(
        self,
        *,
        gamma: float = 0.1,
        patience: int = 10,
        threshold: float = 0.0001,
        threshold_mode: Literal["relative", "absolute"] = "relative",
        cooldown: int = 0,
        min: float = 0.0,
    ) -> None: ...

class Chain(Schedule):
    """Schedules one after another, each with its own time."""
    parts: str
    """Short forms joined by "then", each but the last "for" a time or a percentage of the run; settings may be parted
    by blanks."""
    def __init__(
        self,
        *,
        parts: str = "linear:start=0.1,end=1 for 10% then cosine",
    ) -> None: ...
