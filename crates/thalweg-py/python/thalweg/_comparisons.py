"""Comparisons of rules and settings: `compare` and what comes of it."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from thalweg import _core, _html
from thalweg._frames import others, plain, with_target
from thalweg._progress import Bar
from thalweg._runs import Run, load


def compare(
    data: Any = None,
    target: Any = None,
    *,
    optimizers: Iterable[Any] = (),
    vary: Mapping[str, Iterable[Any]] | None = None,
    seeds: int | None = None,
    tune: int | None = None,
    goal: float | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | dict[str, Any] | None = None,
    progress: bool | None = None,
    **settings: Any,
) -> Comparison:
    """Train the same task with several rules or settings, on the same rows, first weights and batches.

    Parameters
    ----------
    data, target, config, threads
        As for `train`.
    optimizers : list of str
        The rules that race, as `["adam", "momentum:lr=0.1"]`, or objects of `thalweg.optim`.
    vary : dict
        Values that settings are to take, as `{"dropout": [0, 0.2], "hidden": [(64, 32), (128,)]}`; all combinations
        race.
    seeds, tune, goal
        Trainings of each; learning rates that are tried for each; the validation score to be reached.
    jobs : int
        Trainings at a time: all cores if not given. Seconds are only those of a training alone with 1.
    out : path
        The folder, as the command line leaves it. Without it there is a temporary one, as long as the result lives.
    resume : path
        The folder of a comparison to go on with, or to read, instead of `data`.
    progress : bool
        A bar by tqdm, if that is installed; where nothing is said, on terminals and in notebooks.
    **settings
        What all have in common, as for `train`.

    Raises
    ------
    ValueError
        Everything that is wrong with the settings, or what is wrong with the data.
    KeyboardInterrupt
        Ctrl-C: what is done is kept in `out`, and `compare(resume=out)` goes on.

    >>> rules = ["adam", "sgd:lr=0.1"]
    >>> found = compare("moons:n=200", optimizers=rules, seeds=2, epochs=2, hidden=(4,), progress=False)
    >>> sorted(row["name"] for row in found.table)
    ['adam', 'sgd:lr=0.1']
    """
    held: tempfile.TemporaryDirectory[str] | None = None
    with Bar(progress) as bar:
        told = bar.count if bar.told else None
        if resume is not None:
            folder = os.fspath(resume)
            found = _core._resume_comparison(folder, (jobs, threads), told)
        else:
            if out is None:
                held = tempfile.TemporaryDirectory(prefix="thalweg-")
            folder = held.name if held else os.fspath(out)
            source, target = with_target(data, target)
            tables, settings = others(settings, target)
            how = {"seeds": seeds, "tune": tune, "goal": goal}
            how = {name: value for name, value in how.items() if value is not None}
            variations = [_variation(name, values) for name, values in (vary or {}).items()]
            config = config if config is None or isinstance(config, dict) else os.fspath(config)
            rules = [optimizers] if isinstance(optimizers, str) else [str(rule) for rule in optimizers]
            found = _core._compare(
                source, tables, target, rules, variations, how, folder, (jobs, threads), told, config, plain(settings)
            )
    if found is None:
        kept = "" if held else f"; what is done is kept, and thalweg.compare(resume={folder!r}) goes on"
        raise KeyboardInterrupt(f"the comparison was interrupted{kept}")
    return Comparison(*found, held)


class Comparison:
    """What came of a comparison; `compare` makes it."""

    def __init__(self, told: str, svg: str | None, held: Any = None) -> None:
        self._told: dict[str, Any] = json.loads(told)
        self.svg, self._held = svg, held

    def __getstate__(self) -> dict[str, Any]:
        # A temporary folder stays with the first of its copies.
        return self.__dict__ | {"_held": None}

    @property
    def folder(self) -> str:
        """Its folder, which has one for each training; a temporary one goes with this object."""
        return self._told["folder"]

    @property
    def sentences(self) -> list[str]:
        """Who is better, and whether that may be luck."""
        return self._told["sentences"]

    @property
    def goal(self) -> float:
        """The validation score that was to be reached."""
        return self._told["goal"]

    @property
    def table(self) -> list[dict[str, Any]]:
        """A dict for each contender, the best first: means over the seeds, with the ends of their 95 % intervals."""
        by_name = {contender["name"]: contender for contender in self._told["contenders"]}
        return [self._row(by_name[name]) for name in self._told["ranked"]]

    @property
    def trainings(self) -> list[dict[str, Any]]:
        """A dict for each training of the race: who, which seed, what came of it, when the goal was reached."""
        rows = []
        for contender in self._told["contenders"]:
            for run in contender["runs"]:
                summary = run["summary"]
                scores = {
                    f"{part}_{name}": score
                    for part in ("validation", "test")
                    for name, score in (summary.get(part) or {}).items()
                }
                row = {"name": contender["name"], "seed": run["seed"], "outcome": summary["outcome"], **scores}
                rows.append(row | {"epochs": summary["epochs"], "seconds": summary["seconds"], "run": summary["run"]})
        return rows

    def run(self, name: str, seed: int | None = None) -> Run:
        """The run of a contender, with the first seed if none is named.

        Raises
        ------
        KeyError
            There is no such contender or seed.
        """
        for row in self.trainings:
            if row["name"] == name and seed in (None, row["seed"]):
                return load(row["run"])
        known = ", ".join(row["name"] for row in self.table)
        raise KeyError(f"there is no `{name}` with seed {seed}; there are {known}")

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the command prints it with `--json`."""
        return copy.deepcopy(self._told)

    def to_pandas(self) -> Any:
        """`table` as a DataFrame."""
        import pandas

        return pandas.DataFrame(self.table).set_index("name")

    def plot(self, ax: Any = None) -> Any:
        """Draw the validation scores with their intervals by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        for place, row in enumerate(reversed(self.table)):
            low, high, mean = row["validation_low"], row["validation_high"], row["validation"]
            if low is not None:
                ax.plot([low, high], [place, place], color="tab:blue")
            ax.plot(mean, place, color="tab:blue", marker="o")
        ax.set_yticks(range(len(self.table)), [row["name"] for row in reversed(self.table)])
        ax.set(xlabel=f"validation {self._told['monitor']}")
        return ax

    def __repr__(self) -> str:
        return f"<thalweg.Comparison: {', '.join(row['name'] for row in self.table)}, the best first>"

    def _repr_html_(self) -> str:
        columns = ["name", "lr", "validation", "test", "passes", "seconds", "reached"]
        rows = [[_html.short(row[column]) for column in columns] for row in self.table]
        return _html.block(repr(self)[1:-1], "", _html.table(columns, rows), self.svg or "", self.sentences)

    def _row(self, contender: dict[str, Any]) -> dict[str, Any]:
        row = {"name": contender["name"], "lr": contender["lr"]}
        for part in ("validation", "test"):
            mean = contender[part]
            row[part] = mean["mean"]
            row[f"{part}_low"], row[f"{part}_high"] = mean["interval"] or (None, None)
        row["seeds"] = len(contender["runs"])
        return row | {name: contender[name] for name in ("passes", "seconds", "reached", "diverged")}


def _variation(name: str, values: Any) -> str:
    """`dropout=0,0.2`, or `hidden=64,32;128` of values that are lists."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"vary: `{name}` needs a list of values, not {values!r}")
    texts = [_written(value) for value in values]
    if len(texts) == 1:
        raise ValueError(f"vary: `{name}` has one value; give it as {name}={texts[0]!r}")
    return f"{name}={(';' if any(',' in text for text in texts) else ',').join(texts)}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(_written, value))
    return str(value)
