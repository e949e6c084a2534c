"""The bar of a training, by tqdm where that is installed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


class Bar:
    """A context around a training. `told` is the function that hears of its progress, or None."""

    def __init__(self, wanted: Any) -> None:
        self.told: Callable[[float, float | None, str | None], object] | None = None
        self._bar: Any = None
        if callable(wanted):
            self.told = lambda done, loss, scores: wanted(done, loss, None if scores is None else json.loads(scores))
        elif wanted or (wanted is None and _is_watched()):
            self._begin()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def count(self, done: int, of: int, name: str) -> None:
        """A training of several is done."""
        self._bar.total, self._bar.n = of, done
        self._bar.set_postfix_str(name)

    def _begin(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        self._bar = tqdm(unit="epoch", bar_format="{desc}{n:.1f} {unit}s{postfix} [{elapsed}]")
        self.told = self._show

    def _show(self, done: float, loss: float | None, scores: str | None) -> None:
        said = {} if loss is None else {"loss": f"{loss:.4g}"}
        for name, score in (json.loads(scores) if scores else {}).items():
            if score is not None:
                said[f"val {name}"] = f"{score:.4g}"
        self._bar.n = done
        self._bar.set_postfix(said)


def _is_watched() -> bool:
    """Whether someone looks: at a terminal, or at a notebook."""
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())
