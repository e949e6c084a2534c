"""What is looked at before a training: `inspect` and `lr_find`."""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from thalweg import _core, _html
from thalweg._frames import others, plain, with_target
from thalweg._looks import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray


def inspect(data: Any, target: Any = None, **settings: Any) -> Inspection:
    """What a table holds, and what training would do with each of its columns. Nothing is trained.

    `data` and `target` are as for `train`; settings are those of reading a file: `delimiter`, `header`, `labels`,
    `memory`.

    Raises
    ------
    ValueError
        The target cannot be predicted, or a file cannot be read; with the place where that is.

    >>> table = {"age": [31, None, 47, 52], "color": ["red", "blue", "red", "blue"], "member": [True, False, True, False]}
    >>> [(column["name"], column["missing"], column["use"]) for column in inspect(table, "member").columns]
    [('age', 1, 'number + missing'), ('color', 0, '2 categories'), ('member', 0, 'target')]
    """
    source, target = with_target(data, target)
    return Inspection(_core._inspect(source, target, plain(settings)))


def lr_find(
    data: Any,
    target: Any = None,
    *,
    low: float | None = None,
    high: float | None = None,
    steps: int | None = None,
    repeats: int | None = None,
    smoothing: float | None = None,
    config: str | os.PathLike[str] | dict[str, Any] | None = None,
    threads: int | None = None,
    **settings: Any,
) -> RangeTest:
    """Find a learning rate: sweep it a few times, and see where the loss falls. The weights are thrown away.

    Parameters
    ----------
    data, target, config, threads, **settings
        As for `train`.
    low, high, steps, repeats, smoothing
        The learning rates of a sweep, its steps, the sweeps, and the factor that the average of the loss forgets with;
        as the command's if not given.

    >>> found = lr_find("moons:n=400", hidden=(8,), steps=60)
    >>> found.suggestion is None or found.interval[0] <= found.suggestion <= found.interval[1]
    True
    """
    source, target = with_target(data, target)
    tables, settings = others(settings, target)
    how = {"low": low, "high": high, "steps": steps, "repeats": repeats, "smoothing": smoothing}
    how = {name: value for name, value in how.items() if value is not None}
    config = config if config is None or isinstance(config, dict) else os.fspath(config)
    return RangeTest(*_core._lr_find(source, tables, target, threads, how, config, plain(settings)))


class Inspection:
    """What a table holds; `inspect` makes it."""

    def __init__(self, told: str) -> None:
        self._told: dict[str, Any] = json.loads(told)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._told["rows"]

    @property
    def task(self) -> str | None:
        """What would be predicted, "classification" or "regression"; None without a target."""
        return self._told["task"]

    @property
    def columns(self) -> list[dict[str, Any]]:
        """A dict for each column: `name`, `type`, `missing`, `distinct`, `range`, `mean`, `median`, `categories` (the most
        frequent with their counts), `use`, `left_out` (the reason), `suspicion`."""
        return copy.deepcopy(self._told["columns"])

    @property
    def memory(self) -> dict[str, Any] | None:
        """Of a file: the bytes that training would need, those that it may have, and whether it would stream the rows."""
        return self._told["memory"]

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the command prints it with `--json`."""
        return copy.deepcopy(self._told)

    def to_pandas(self) -> Any:
        """`columns` as a DataFrame, with an index of names."""
        import pandas

        return pandas.DataFrame(self.columns).set_index("name")

    def __repr__(self) -> str:
        said = f"{self.rows} rows, {len(self._told['columns'])} columns"
        return f"<thalweg.Inspection: {said}{f', {self.task}' if self.task else ''}>"

    def _repr_html_(self) -> str:
        names = ("name", "type", "missing", "distinct", "range", "use")
        rows = [[_told(column[name]) for name in names] for column in self._told["columns"]]
        doubts = [f"{it['name']} {it['suspicion']}" for it in self._told["columns"] if it["suspicion"]]
        return _html.block(repr(self)[1:-1], "", _html.table(list(names), rows), sentences=doubts)


class RangeTest(Found):
    """What a sweep of the learning rate has found; `lr_find` makes it."""

    @property
    def suggestion(self) -> float | None:
        """The learning rate to take; None where the sweeps cannot tell, and `sentences` say why."""
        return self._told["suggestion"]

    @property
    def interval(self) -> tuple[float, float] | None:
        """Learning rates between which it may be taken."""
        return self._told["interval"] and tuple(self._told["interval"])

    @property
    def curves(self) -> list[dict[str, NDArray[np.float64]]]:
        """For each sweep the arrays `lr` and `loss` of its steps, and `center` and `smoothed`: the average of the losses,
        and where on the axis it belongs."""
        names = {"lr": "lrs", "loss": "losses", "center": "centers", "smoothed": "smoothed"}
        return [{name: self._array(curve[key]) for name, key in names.items()} for curve in self._told["curves"]]

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each step of each sweep."""
        import pandas

        curves = [pandas.DataFrame(curve).assign(sweep=at) for at, curve in enumerate(self.curves, 1)]
        return pandas.concat(curves, ignore_index=True)

    def plot(self, ax: Any = None) -> Any:
        """Draw the smoothed losses over the learning rate by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        for curve in self.curves:
            ax.semilogx(curve["center"], curve["smoothed"])
        if self.suggestion is not None:
            ax.axvline(self.suggestion, color="gray", linestyle=":", label=f"lr {self.suggestion:g}")
            ax.legend()
        ax.set(xlabel="learning rate", ylabel="loss of the batch", title=f"Range test: {self._told['optimizer']}")
        return ax

    def __repr__(self) -> str:
        said = "cannot tell" if self.suggestion is None else f"lr {self.suggestion:g}"
        return f"<thalweg.RangeTest of {self._told['optimizer']}: {said}; {self.sentences[0]}>"


def _told(value: Any) -> str:
    if isinstance(value, list):
        return " … ".join(map(_html.short, value))
    return "" if value is None else str(value)
