"""The data of the works, in files that all programs read: standard normal features and random targets, or MNIST's images.

The folder that `--data` names holds the images as mnist-10k-images-idx3-ubyte.gz and mnist-10k-labels-idx1-ubyte.gz.
"""

import gzip

import numpy as np

from .place import CACHE

FOLDER = CACHE / "data"


def write(work):
    """Writes what this work needs and is not there yet."""
    if work.data == "images":
        return
    inputs, outputs = work.layers[0], work.layers[-1]
    _write(f"normal-{inputs}.f32", work.rows * inputs, _normal)
    if work.task == "classes":
        _write(f"normal-classes-{outputs}.u32", work.rows, lambda count: _classes(count, outputs))
    else:
        _write(f"normal-targets-{outputs}.f32", work.rows * outputs, _normal)


def write_images(folder):
    """Writes the images, from 0 to 1 as usual, and what they show; whether they are in this folder."""
    files = [folder / f"mnist-10k-{it}-ubyte.gz" for it in ("images-idx3", "labels-idx1")] if folder else []
    if not files or not all(file.exists() for file in files):
        return False
    # 16 and 8 bytes say what follows.
    images, labels = (
        np.frombuffer(gzip.decompress(file.read_bytes())[head:], np.uint8) for file, head in zip(files, (16, 8))
    )
    _write("images-784.f32", images.size, lambda _: images.astype(np.float32) / 255)
    _write("images-classes-10.u32", labels.size, lambda _: labels.astype(np.uint32))
    return True


def _write(name, count, made):
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / name
    if not path.exists() or path.stat().st_size < 4 * count:
        part = path.with_suffix(".part")
        made(count).tofile(part)
        part.rename(path)


def _normal(count):
    return np.random.default_rng(0).standard_normal(count, dtype=np.float32)


def _classes(count, classes):
    return np.random.default_rng(1).integers(classes, size=count, dtype=np.uint32)
