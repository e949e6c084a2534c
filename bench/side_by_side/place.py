"""Where things are."""

from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
CACHE = BENCH / ".cache"  # Data, compiled graphs, logs: not kept by git.
