"""The data of the works: standard normal features and random targets, in files that all programs read."""

import numpy as np

from .place import CACHE


def write(work):
    """Writes what this work needs and is not there yet."""
    folder = CACHE / "data"
    folder.mkdir(parents=True, exist_ok=True)
    inputs, outputs = work.layers[0], work.layers[-1]
    _write(folder / f"features-{inputs}.f32", work.rows * inputs, _normal)
    if work.task == "classes":
        _write(folder / f"classes-{outputs}.u32", work.rows, lambda count: _classes(count, outputs))
    else:
        _write(folder / f"targets-{outputs}.f32", work.rows * outputs, _normal)


def _write(path, count, made):
    if not path.exists() or path.stat().st_size < 4 * count:
        part = path.with_suffix(".part")
        made(count).tofile(part)
        part.rename(path)


def _normal(count):
    return np.random.default_rng(0).standard_normal(count, dtype=np.float32)


def _classes(count, classes):
    return np.random.default_rng(1).integers(classes, size=count, dtype=np.uint32)
