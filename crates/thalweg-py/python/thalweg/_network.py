"""The network of a run as numpy arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from thalweg import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Network:
    """A trained network: layers and weights, which are copies. `Run.network` is one.

    `network["layer 1.weight"]` is of shape (outputs, inputs), `network["layer 1.bias"]` of shape (outputs,).
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        told = json.loads(_core._network(handle))
        self.layers: list[dict[str, Any]] = told["layers"]
        self._segments = {segment["name"]: segment for segment in told["segments"]}

    @property
    def parameters(self) -> NDArray[np.float32]:
        """All weights and biases in one vector, float32."""
        return _core._parameters(self._handle)

    @property
    def n_parameters(self) -> int:
        """How many there are."""
        return len(self.parameters)

    @property
    def widths(self) -> list[int]:
        """The number of inputs, the width of each layer, and the number of outputs."""
        return [self.layers[0]["inputs"], *(layer["outputs"] for layer in self.layers)]

    @property
    def activations(self) -> list[str]:
        """The activation of each layer, in its short form."""
        return [layer["activation"] for layer in self.layers]

    def keys(self) -> list[str]:
        """The names of the arrays."""
        return list(self._segments)

    def items(self) -> list[tuple[str, NDArray[np.float32]]]:
        """Names and arrays."""
        return [(name, self[name]) for name in self._segments]

    def __iter__(self) -> Iterator[str]:
        return iter(self._segments)

    def __len__(self) -> int:
        return len(self._segments)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        if name not in self._segments:
            raise KeyError(f"there is no `{name}`; there are {', '.join(self._segments)}")
        segment = self._segments[name]
        first, shape = segment["first"], segment["shape"]
        return self.parameters[first : first + int(np.prod(shape))].reshape(shape)

    def forward(self, rows: ArrayLike) -> NDArray[np.float32]:
        """What it says of rows of features, of shape (rows, inputs), as `Run.encode` makes them: a probability for each
        class (of two classes, of the second one), or a number in the unit of the standardized target.

        Raises
        ------
        ValueError
            The rows do not have as many features as the network has inputs.
        """
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        if rows.ndim != 2:
            raise ValueError(f"rows are an array of shape (rows, {self.widths[0]}), not of {rows.ndim} dimensions")
        return _core._forward(self._handle, rows)

    def __call__(self, rows: ArrayLike) -> NDArray[np.float32]:
        return self.forward(rows)

    def __repr__(self) -> str:
        widths = " – ".join(map(str, self.widths))
        return f"<thalweg.Network: {widths}, {', '.join(self.activations)}, {self.n_parameters} parameters>"
