"""What the whole jobs of other systems share: the table, its features standardized by the training rows."""

import json
import sys

import numpy as np

SETTINGS = json.loads(sys.argv[3])
HIDDEN = [int(width) for width in SETTINGS["hidden"].split(",")]


def parts():
    """Features and classes of the training rows, and of the validation rows."""
    (x, y), (other, wanted) = map(read, sys.argv[1:3])
    mean, deviation = x.mean(0), x.std(0)
    return ((x - mean) / deviation, y), ((other - mean) / deviation, wanted)


def read(path):
    """The target is the first column, a letter."""
    with open(path) as file:
        next(file)
        rows = np.loadtxt(file, np.float32, delimiter=",", converters={0: lambda letter: ord(letter) - ord("A")})
    return np.ascontiguousarray(rows[:, 1:]), rows[:, 0].astype(np.int64)


def tell(epoch, seconds, loss):
    """Ends the job where the loss is reached, and says how."""
    if loss <= SETTINGS["loss"]:
        print(json.dumps({"epoch": epoch, "seconds": seconds, "loss": loss}))
        sys.exit(0)
    if epoch == SETTINGS["epochs"]:
        sys.exit(f"a loss of {loss} after {epoch} epochs")
