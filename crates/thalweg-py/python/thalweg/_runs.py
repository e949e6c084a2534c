"""Trainings and what they leave: `train`, `resume`, `load` and the class `Run`."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from thalweg import _core, _html
from thalweg._frames import as_data, others, plain, with_target
from thalweg._network import Network
from thalweg._progress import Bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalweg._looks import Landscape, Noise, Spectrum

Progress = bool | Callable[[float, float | None, dict[str, float] | None], object] | None


def train(
    data: Any = None,
    target: Any = None,
    *,
    out: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | dict[str, Any] | None = None,
    threads: int | None = None,
    progress: Progress = None,
    checkpoint_every: float | None = None,
    **settings: Any,
) -> Run:
    """Train a network; the same data, settings and seed give the bits that the command line gives.

    Parameters
    ----------
    data : path, name of a data set such as "digits", DataFrame, dict of columns, or array of shape (rows, columns)
        Texts and missing values (None, NaN) are welcome. A table in memory may be of pandas, polars or pyarrow.
    target : str or array of shape (rows,)
        The column to predict, or its values. A data set may have one itself.
    out : path
        The folder of the run, as the command line leaves it; tables in memory are kept there too, as `data.parquet`,
        `validation.parquet` and `test.parquet`.
        Without it nothing is written.
    resume : path
        The folder of a run to go on with, instead of `data`: see `thalweg.resume`.
    config : path or dict
        Settings to start from: the `run.toml` of a run, or a `Run.config`.
    threads : int
        The result is the same with any number; all cores if not given.
    progress : bool or callable
        A bar by tqdm, if that is installed; where nothing is said, on terminals and in notebooks. A callable is called
        with the epochs done, the loss, and after an epoch a dict of the validation scores (else None).
    checkpoint_every : float
        The least seconds between two checkpoints in `out`.
    **settings
        Settings by the names that the command line has, as `hidden=(256, 128)`, `optimizer="adam:lr=0.002"`,
        `epochs=20`, `dropout=0.1`, `schedule="cosine"`, `probe="light"`, `record_path=True`; and any other one by its
        path, as `**{"schedule.warmup": 5}`. An optimizer or a schedule may also be an object of `thalweg.optim` or
        `thalweg.schedules`. `validation` and `test` take a share of the rows, a path, a table that has the target's
        column, or a pair of features and targets.

    Returns
    -------
    Run
        Ctrl-C ends the training at its next step; what has been trained so far is returned, with a RuntimeWarning, and
        with `out` it can be gone on with.

    Raises
    ------
    ValueError
        Everything that is wrong with the settings, at once and with near names; or what is wrong with the data.
    FileNotFoundError
        There is no such file or data set.
    FileExistsError
        The folder `out` is not empty.

    >>> run = train("moons:n=200", hidden=(8,), epochs=3, progress=False)
    >>> run.summary["outcome"], sorted(run.history)[:3]
    ('finished', ['best_epoch', 'epoch', 'gradients'])
    """
    if resume is not None:
        if data is not None or target is not None or out is not None or config is not None:
            raise ValueError("a run that goes on has its data, its folder and its configuration already")
        return _resume(resume, threads, progress, checkpoint_every, settings)
    source, target = with_target(data, target)
    tables, settings = others(settings, target)
    with Bar(progress) as bar:
        told, configuration = bar.told, _configuration(config)
        handle = _core._train(
            source, tables, target, _path(out), threads, checkpoint_every, told, configuration, plain(settings)
        )
    return _ended(handle)


def resume(
    path: str | os.PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress = None,
    checkpoint_every: float | None = None,
    **settings: Any,
) -> Run:
    """Go on with a run that was interrupted or killed, or train it longer with `epochs=` or `patience=`.

    It ends with the bits of a run that never stopped. Arguments are those of `train`.

    Raises
    ------
    ValueError
        The run has ended and nothing was raised, its data have changed, or a setting is not one of those.
    FileNotFoundError
        The folder holds no run.
    """
    return _resume(path, threads, progress, checkpoint_every, settings)


def load(path: str | os.PathLike[str], *, threads: int | None = None) -> Run:
    """Read a run from its folder, or a model from its file `model.safetensors`.

    Raises
    ------
    FileNotFoundError
        There is no run.
    ValueError
        A file is damaged or comes from a later version.
    """
    return Run(_core._Run.load(_path(path), threads))


class Run:
    """A run: its configuration, what it has told, and its model. `train` and `load` make it.

    Pickled, it has its model and its history; its rows are read again from its folder, where that is there.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._told = json.loads(handle.told())
        self._network: Network | None = None

    @property
    def path(self) -> Path | None:
        """The run's folder, or None."""
        return self._handle.path

    @property
    def config(self) -> dict[str, Any]:
        """All settings by section, as in `run.toml`; `train(config=run.config)` repeats the run."""
        return self._told["config"]

    @property
    def summary(self) -> dict[str, Any]:
        """How it ended and the scores of each part, as the command line's `--json` prints; empty for a mere model."""
        return self._told["summary"] or {}

    @property
    def history(self) -> dict[str, list[Any]]:
        """A dict of lists with an item for each epoch, from epoch 0, which is the network before its first step."""
        columns = {}
        epochs = self._told["epochs"]
        for record in epochs:
            for name in _flat(record):
                columns.setdefault(name, [])
        for record in map(_flat, epochs):
            for name, values in columns.items():
                values.append(record.get(name))
        return columns

    @property
    def probes(self) -> dict[str, list[Any]]:
        """The same of what probes have read, with an item for each step at which one has."""
        records = self._told["probes"]
        names = sorted({name for record in records for name in record["probes"]})
        columns = {key: [record[key] for record in records] for key in ("step", "epoch")}
        return columns | {name: [record["probes"].get(name) for record in records] for name in names}

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights the model has."""
        return self._told["epoch"]

    @property
    def target(self) -> str:
        """The column that is predicted."""
        return self._told["target"]

    @property
    def classes(self) -> NDArray[Any] | None:
        """The classes in the order of their probabilities: numbers or booleans where all of them are; else None."""
        return None if self._told["classes"] is None else _typed(self._told["classes"])

    @property
    def features(self) -> list[str]:
        """The names of the network's inputs, as `age` and `color=red`."""
        return self._told["features"]

    @property
    def network(self) -> Network:
        """The trained network."""
        if self._network is None:
            self._network = Network(self._handle)
        return self._network

    def predict(self, data: Any) -> NDArray[Any]:
        """A class or a number for each row of a path, a data set or a table, whose columns are found by their names.

        Raises
        ------
        ValueError
            Columns are missing, or cells are of another type than in training.
        """
        values = self._predictions(data)
        if self.classes is None:
            return values[:, 0]
        return self.classes[values.argmax(axis=1)] if len(values) else self.classes[:0]

    def predict_proba(self, data: Any) -> NDArray[np.float64]:
        """The probability of each class, of shape (rows, classes), in the order of `classes`."""
        if self.classes is None:
            raise ValueError("a regression has no probabilities")
        return self._predictions(data)

    def evaluate(self, data: Any, *, drop_missing_target: bool = False) -> dict[str, Any]:
        """A dict of the loss, the metrics and the number of rows, on data that have the target too."""
        found = json.loads(self._handle.evaluate(as_data(data), drop_missing_target))
        return {"rows": found["rows"], **found["scores"]}

    def encode(self, data: Any) -> NDArray[np.float32]:
        """The features of a table's rows as the network takes them, float32 of shape (rows, features)."""
        return _core._encode(self._handle, as_data(data, held=True))

    def landscape(self, **settings: Any) -> Landscape:
        """See `thalweg.landscape`."""
        from thalweg._looks import landscape

        return landscape(self, **settings)

    def spectrum(self, **settings: Any) -> Spectrum:
        """See `thalweg.spectrum`."""
        from thalweg._looks import spectrum

        return spectrum(self, **settings)

    def noise(self, **settings: Any) -> Noise:
        """See `thalweg.noise`."""
        from thalweg._looks import noise

        return noise(self, **settings)

    def to_pandas(self) -> Any:
        """`history` as a DataFrame, with an index of epochs."""
        import pandas

        return pandas.DataFrame(self.history).set_index("epoch")

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        history = self.history
        for name, label in (("loss", "training"), ("validation_loss", "validation")):
            values = np.array(history.get(name, []), dtype=float)
            if np.isfinite(values).any():
                ax.plot(history["epoch"], values, label=label)
        ax.axvline(self.best_epoch, color="gray", linewidth=0.8, linestyle=":", label="weights of the model")
        ax.set(xlabel="epoch", ylabel="loss", title=f"{self.target} by {self.config['optimizer']['name']}")
        ax.legend()
        return ax

    def report(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """The run's page, one HTML file that opens offline: written to `path`, or returned as text.

        It reads the data of the run again, unless it has just been trained.
        """
        page = self._handle.page()
        if path is None:
            return page
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        return None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model alone, which `load` and the command line read."""
        self._handle.save(_path(path))

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory(prefix="thalweg-") as folder:
            self.save(file := Path(folder) / "model.safetensors")
            model = file.read_bytes()
        path = None if self.path is None else os.fspath(Path(self.path).absolute())
        return _unpickled, (model, self._handle.told(), path, self._handle.threads)

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, _: Any) -> Run:
        # Nothing about it changes.
        return self

    def __repr__(self) -> str:
        said = [f"{self.target} by {self.config['optimizer']['name']}"]
        if self.summary:
            said.append(f"{self.summary['outcome']} after {self.summary['epochs']} epochs")
            part, scores = _last_scores(self.summary)
            said += [f"{part} {name} {_html.short(score)}" for name, score in list(scores.items())[:2]]
        said += [] if self.path is None else [str(self.path)]
        return f"<thalweg.Run: {', '.join(said)}>"

    def _repr_html_(self) -> str:
        parts = [(name, self.summary.get(name)) for name in ("train", "validation", "test")]
        parts = [(name, scores) for name, scores in parts if scores]
        columns = list(parts[0][1]) if parts else []
        rows = [[name, *(_html.short(scores.get(column)) for column in columns)] for name, scores in parts]
        head = self.summary.get("reason", f"weights of epoch {self.best_epoch}")
        picture = self._handle.curves(False) if self._told["epochs"] else ""
        return _html.block(repr(self)[1:-1], head, _html.table(["", *columns], rows), picture)

    def _predictions(self, data: Any) -> NDArray[np.float64]:
        values, notes = self._handle.predict(as_data(data))
        for note in notes:
            warnings.warn(note, UserWarning, stacklevel=3)
        return values


def _unpickled(model: bytes, told: str, path: str | None, threads: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="thalweg-") as folder:
        (file := Path(folder) / "model.safetensors").write_bytes(model)
        return Run(_core._Run.unpickled(os.fspath(file), told, path, threads))


def opened(run: Run | str | os.PathLike[str], threads: int | None = None) -> Run:
    """A run, or that of a path."""
    return run if isinstance(run, Run) else load(run, threads=threads)


def _resume(
    path: str | os.PathLike[str],
    threads: int | None,
    progress: Progress,
    checkpoint_every: float | None,
    settings: dict[str, Any],
) -> Run:
    with Bar(progress) as bar:
        handle = _core._resume(_path(path), threads, checkpoint_every, bar.told, plain(settings))
    return _ended(handle)


def _ended(handle: Any) -> Run:
    run = Run(handle)
    outcome, reason = run.summary["outcome"], run.summary["reason"]
    if outcome == "interrupted":
        how = f"thalweg.resume({str(run.path)!r}) goes on" if run.path else "with `out=` it could be gone on with"
        warnings.warn(f"{reason}; this is the run so far, and {how}", RuntimeWarning, stacklevel=3)
    elif outcome in ("diverged", "non_finite"):
        warnings.warn(reason, RuntimeWarning, stacklevel=3)
    return run


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _configuration(config: Any) -> Any:
    return config if config is None or isinstance(config, dict) else _path(config)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """An epoch with the scores beside the rest."""
    validation = record.get("validation") or {}
    scores = {f"validation_{name}": score for name, score in validation.items()}
    return {name: value for name, value in record.items() if name != "validation"} | scores


def _last_scores(summary: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The most honest scores that there are."""
    return next((name, summary[name]) for name in ("test", "validation", "train") if summary.get(name))


def _typed(names: list[str]) -> NDArray[Any]:
    """Classes as the numbers or booleans that they are written as, or as texts."""
    if set(names) <= {"true", "false"}:
        return np.array([name == "true" for name in names])
    try:
        values = [float(name) for name in names]
    except ValueError:
        values = []
    # 007 is a name and no number.
    if values and all(name in (repr(value), f"{value:.0f}") for name, value in zip(names, values, strict=True)):
        whole = all(value.is_integer() and abs(value) < 2**53 for value in values)
        return np.array(values, dtype=np.int64 if whole else np.float64)
    return np.array(names, dtype=object)
