"""What instruments say of a run: its loss surface, its curvature, the noise of its gradient, the way to another run."""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from thalweg import _core, _html
from thalweg._runs import Run, opened

if TYPE_CHECKING:
    from numpy.typing import NDArray


def landscape(run: Run | str | os.PathLike[str], *, threads: int | None = None, **settings: Any) -> Landscape:
    """The loss on a plane through the weights of a run, with the recorded path of its training.

    Parameters
    ----------
    run : Run or path
    threads : int
        For a path: all cores if not given.
    **settings
        As the command's: `directions` ("auto", "pca", "random", "hessian"), `grid`, `rows` (a number or "all"), `span`,
        `products`, `seed`.

    Raises
    ------
    ValueError
        A setting is wrong, `directions="pca"` without a run trained with `record_path=True`, or the data have changed.

    >>> import thalweg
    >>> run = thalweg.train("moons:n=200", hidden=(4,), epochs=3, record_path=True, progress=False)
    >>> thalweg.landscape(run, grid=5).loss.shape
    (5, 5)
    """
    return Landscape(*_core._landscape(opened(run, threads)._handle, settings))


def spectrum(run: Run | str | os.PathLike[str], *, threads: int | None = None, **settings: Any) -> Spectrum:
    """The eigenvalues of the Hessian at the weights of a run: its ends, its trace, and all of them or their density.

    `run` and `threads` are as for `landscape`; settings are the command's.

    >>> import thalweg
    >>> run = thalweg.train("moons:n=200", hidden=(4,), epochs=3, progress=False)
    >>> found = thalweg.spectrum(run, rows=100)
    >>> found.lambda_max > found.lambda_min
    True
    """
    return Spectrum(*_core._spectrum(opened(run, threads)._handle, settings))


def noise(run: Run | str | os.PathLike[str], *, threads: int | None = None, **settings: Any) -> Noise:
    """The noise of the gradient at the weights of a run, and the batch that it calls for on this machine.

    `run` and `threads` are as for `landscape`; settings are the command's: `rows`, `groups`.
    """
    return Noise(*_core._noise(opened(run, threads)._handle, settings))


def connect(
    run: Run | str | os.PathLike[str],
    other: Run | str | os.PathLike[str],
    *,
    threads: int | None = None,
    **settings: Any,
) -> Connection:
    """The loss between the weights of two runs with the same network and data: straight, and with units in one order.

    Settings are the command's: `places`, `rows`.
    """
    first, second = opened(run, threads)._handle, opened(other, threads)._handle
    return Connection(*_core._connect(first, second, settings))


class Found:
    """What an instrument has found: what the command prints with `--json`, and a picture."""

    def __init__(self, told: str, svg: str) -> None:
        self._told: dict[str, Any] = json.loads(told)
        self.svg = svg

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the command prints it."""
        return copy.deepcopy(self._told)

    @property
    def sentences(self) -> list[str]:
        """How it is to be read, and what it does not show."""
        return self._told["sentences"]

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows of how many it is of."""
        return self._told["rows"], self._told["of"]

    def _array(self, values: Any) -> NDArray[np.float64]:
        return np.array(values, dtype=float)

    def _said(self) -> str:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        # The picture has the sentences in it.
        return _html.block(repr(self)[1:-1], "", picture=self.svg)

    def __repr__(self) -> str:
        return f"<thalweg.{type(self).__name__} of {self._told['run']}: {self._said()}>"


class Landscape(Found):
    """The loss on a plane; `landscape` makes it."""

    @property
    def directions(self) -> str:
        """Where the plane comes from."""
        return self._told["directions"]

    @property
    def alpha(self) -> NDArray[np.float64]:
        """Places along the first direction."""
        return self._array(self._told["grid"]["x"])

    @property
    def beta(self) -> NDArray[np.float64]:
        """Places along the second direction."""
        return self._array(self._told["grid"]["y"])

    @property
    def loss(self) -> NDArray[np.float64]:
        """The loss, of shape (beta, alpha); NaN where it is not finite."""
        return self._array(self._told["grid"]["losses"])

    @property
    def standard_error(self) -> float:
        """The largest standard error of a loss, as it is of a sample of rows."""
        return self._told["standard_error"]

    @property
    def explained(self) -> list[float]:
        """The share of the path's variance along its first principal directions; empty for other planes."""
        return self._told["explained"]

    @property
    def path(self) -> dict[str, NDArray[Any]]:
        """The training seen from the plane: arrays `step`, `alpha`, `beta`, `distance` (how far off the plane it was),
        `loss` (the true one) and `plane_loss` (the one drawn below it)."""
        return _dots(self._told["path"]) | {"step": np.array([dot["step"] for dot in self._told["path"]], dtype=int)}

    @property
    def model(self) -> dict[str, float]:
        """The weights of the model seen from the plane, as one point of `path`."""
        return {name: float(values[0]) for name, values in _dots([self._told["model"]]).items()}

    def _said(self) -> str:
        low, high = np.nanmin(self.loss), np.nanmax(self.loss)
        points = f"{len(self.alpha)} × {len(self.beta)} points"
        return f"{self.directions} directions, {points}, loss {low:.4g} to {high:.4g}"

    def to_pandas(self) -> Any:
        """A DataFrame with a row for each point: `alpha`, `beta`, `loss`."""
        import pandas

        alpha, beta = np.meshgrid(self.alpha, self.beta)
        return pandas.DataFrame({"alpha": alpha.ravel(), "beta": beta.ravel(), "loss": self.loss.ravel()})

    def plot(self, ax: Any = None, levels: int = 20) -> Any:
        """Draw contours of the loss and the path by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        drawn = ax.contourf(self.alpha, self.beta, np.ma.masked_invalid(self.loss), levels=levels)
        ax.figure.colorbar(drawn, ax=ax, label="loss")
        path, model = self.path, self.model
        ax.plot(path["alpha"], path["beta"], color="white", linewidth=1, marker=".", markersize=3)
        ax.plot(model["alpha"], model["beta"], color="red", marker="*", markersize=10)
        share = "".join(f"  {part:.0%}" for part in self.explained[:2])
        ax.set(xlabel="alpha", ylabel="beta", title=f"{self.directions} directions{share}")
        return ax


class Spectrum(Found):
    """The curvature at the weights; `spectrum` makes it."""

    @property
    def kind(self) -> str:
        """What kind of place it is."""
        return self._told["kind"]

    @property
    def lambda_max(self) -> float:
        """The largest eigenvalue; its residual is in `to_dict()`."""
        return self._told["lambda_max"]["value"]

    @property
    def lambda_min(self) -> float:
        """The smallest eigenvalue."""
        return self._told["lambda_min"]["value"]

    @property
    def trace(self) -> tuple[float, float]:
        """The sum of the eigenvalues, with its standard error."""
        return self._told["trace"]["value"], self._told["trace"]["standard_error"]

    @property
    def is_exact(self) -> bool:
        """Whether `eigenvalues` are all of them, and not the nodes of their density."""
        return self._told["is_exact"]

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        """Places, the smallest first."""
        return self._array(self._told["nodes"]).reshape(-1, 2)[:, 0]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of the eigenvalues that each place stands for."""
        return self._array(self._told["nodes"]).reshape(-1, 2)[:, 1]

    def _said(self) -> str:
        return f"{self.kind.lower()}, eigenvalues {self.lambda_min:.4g} to {self.lambda_max:.4g}"

    def to_pandas(self) -> Any:
        """A DataFrame of `eigenvalue` and `share`."""
        import pandas

        return pandas.DataFrame({"eigenvalue": self.eigenvalues, "share": self.shares})

    def plot(self, ax: Any = None) -> Any:
        """Draw the shares over the eigenvalues by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        ax.vlines(self.eigenvalues, 0, self.shares, linewidth=1)
        ax.set(xlabel="eigenvalue", ylabel="share", yscale="log", title=f"Spectrum: {self.kind}")
        return ax


class Noise(Found):
    """The noise of the gradient; `noise` makes it."""

    @property
    def batch(self) -> int:
        """The rows of a step of the run."""
        return self._told["batch"]

    @property
    def critical_batch(self) -> tuple[float | None, tuple[float | None, float | None]]:
        """The batch at which noise and signal are equal, by the curved measure where there is one; with its interval."""
        scale = self._told["curved"] or self._told["simple"]
        return scale["rows"], tuple(scale["interval"])

    @property
    def fastest(self) -> int | None:
        """The batch that takes the least time here, or None."""
        return self._told["fastest"] and self._told["fastest"]["batch"]

    def _said(self) -> str:
        return f"critical batch {_html.short(self.critical_batch[0])}, batch of the run {self.batch}"

    def to_pandas(self) -> Any:
        """A DataFrame of `batch` and the `seconds` of its step."""
        import pandas

        return pandas.DataFrame(self._told["step_seconds"], columns=["batch", "seconds"])

    def plot(self, ax: Any = None) -> Any:
        """Draw the seconds of a step over its batch by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        steps = np.array(self._told["step_seconds"], dtype=float).reshape(-1, 2)
        ax.loglog(steps[:, 0], steps[:, 1], marker=".", label="seconds of a step")
        rows, _ = self.critical_batch
        if rows is not None:
            ax.axvline(rows, color="gray", linestyle=":", label="critical batch")
        ax.axvline(self.batch, color="tab:red", linewidth=0.8, label="batch of the run")
        ax.set(xlabel="batch", ylabel="seconds", title="Noise of the gradient")
        ax.legend()
        return ax


class Connection(Found):
    """The ways between two runs; `connect` makes it."""

    @property
    def barrier(self) -> float:
        """How far the loss rises above the line between both ends, on the way with units in one order."""
        return self._told["aligned"]["barrier"]

    def _said(self) -> str:
        return f"barrier {_html.short(self.barrier)}"

    def to_pandas(self) -> Any:
        """A DataFrame of `place`, `straight` and `aligned`."""
        import pandas

        ways = {name: self._array(self._told[name]["losses"]) for name in ("straight", "aligned")}
        return pandas.DataFrame({"place": self._array(self._told["straight"]["places"])} | ways)

    def plot(self, ax: Any = None) -> Any:
        """Draw the loss along both ways by matplotlib; returns the axes."""
        from matplotlib import pyplot

        ax = ax or pyplot.subplots()[1]
        for name in ("straight", "aligned"):
            way = self._told[name]
            ax.plot(self._array(way["places"]), self._array(way["losses"]), label=name)
        ax.set(xlabel="part of the way", ylabel="loss")
        ax.legend()
        return ax


def _dots(dots: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Points of a plane as arrays."""
    at = np.array([dot["at"] for dot in dots], dtype=float).reshape(-1, 2)
    names = ("distance", "loss", "plane_loss")
    rest = {name: np.array([dot[name] for dot in dots], dtype=float) for name in names}
    return {"alpha": at[:, 0], "beta": at[:, 1], **rest}
