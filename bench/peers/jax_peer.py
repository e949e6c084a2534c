"""JAX's side of the comparison, with optax.

Variants of a step: `jit`, a step with donated buffers; `scan`, some 10 ms of steps in one `lax.scan`; `unrolled`, the
same with four steps in each turn of the loop.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import peer
from peer import Run


def made(job):
    """The function of a step, its state and the data."""
    x, y = map(jax.device_put, job.data())
    p = [(jnp.asarray(w), jnp.asarray(b)) for w, b in job.weights()]
    rule = optax.adam(job.lr) if job.classes else optax.sgd(job.lr)

    def cost(p, inputs, wanted):
        h = inputs
        for w, b in p[:-1]:
            h = jax.nn.relu(h @ w + b)
        h = h @ p[-1][0] + p[-1][1]
        if job.classes:
            return optax.softmax_cross_entropy_with_integer_labels(h, wanted).mean()
        return ((h - wanted) ** 2).mean()

    def step(p, state, rows, x, y):
        inputs = x.at[rows].get(mode="promise_in_bounds")
        wanted = y.at[rows].get(mode="promise_in_bounds")
        value, g = jax.value_and_grad(cost)(p, inputs, wanted)
        change, state = rule.update(g, state, p)
        return optax.apply_updates(p, change), state, value

    return step, p, rule.init(p), x, y


def order(job, random):
    """The rows of each step of an epoch."""
    rows = random.permutation(job.rows)[: job.steps * job.batch]
    return rows.reshape(job.steps, job.batch).astype(np.int32)


def by_step(job):
    step, p, state, x, y = made(job)
    step = jax.jit(step, donate_argnums=(0, 1))
    random, at, rows, last = np.random.default_rng(0), 0, None, None

    def call():
        nonlocal p, state, at, rows, last
        if at % job.steps == 0:
            rows = order(job, random)
        p, state, last = step(p, state, rows[at % job.steps], x, y)
        at += 1

    return Run(call, lambda: float(last), wait=lambda: last.block_until_ready())


def together(job):
    """Steps of a scan: some 10 ms of work, at most an epoch."""
    products = sum(n * m for n, m in zip(job.layers[:-1], job.layers[1:]))
    us = 5 + 6 * job.batch * products / 60_000
    return max(1, min(job.steps, int(10_000 / us)))


def by_scan(job, unroll):
    step, p, state, x, y = made(job)
    random, count = np.random.default_rng(0), together(job)
    at, rows, last = job.steps, None, None

    def steps(p, state, rows, x, y):
        def body(carry, rows):
            p, state, value = step(*carry, rows, x, y)
            return (p, state), value

        (p, state), values = jax.lax.scan(body, (p, state), rows, unroll=unroll)
        return p, state, values[-1]

    steps = jax.jit(steps, donate_argnums=(0, 1))

    def call():
        nonlocal p, state, at, rows, last
        if at + count > job.steps:
            rows, at = order(job, random), 0
        p, state, last = steps(p, state, rows[at : at + count], x, y)
        last.block_until_ready()
        at += count

    return Run(call, lambda: float(last), count)


def prepare(job):
    jax.clear_caches()
    if job.variant == "jit":
        return by_step(job)
    return by_scan(job, {"scan": 1, "unrolled": 4}[job.variant])


peer.serve(prepare)
