"""How many threads there are to work with."""

from __future__ import annotations

import os


def threads(n_jobs: int | None) -> int:
    """How many threads a call takes: what it is told; else what a pool of processes leaves it, or all cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        limit = os.environ.get("OMP_NUM_THREADS", "")
        return int(limit) if limit.isdigit() and int(limit) > 0 else cores
    return n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)
