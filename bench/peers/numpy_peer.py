"""The matrix products of a training step with numpy, that is, OpenBLAS. Variant `openblas`."""

import numpy as np
import peer
from peer import Run
from threadpoolctl import threadpool_limits

threadpool_limits(limits=peer.THREADS)


def prepare(job):
    triples = [(a, b, np.empty((a.shape[0], b.shape[1]), np.float32)) for a, b in job.products()]

    def call():
        for a, b, c in triples:
            np.matmul(a, b, out=c)

    return Run(call, lambda: float(sum(c.sum() for _, _, c in triples)))


peer.serve(prepare)
