"""What the Python programs of the comparison share: the conversation with the driver, the data and the clock.

The conversation is one of lines. The driver sends a job, the program makes it ready and says `ready`; then it answers
each `measure SECONDS` with the microseconds of a call and a value, until the next job comes.
`bench/rust/peer` is the same for Rust. A program is called with the number of threads and the data's folder.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = int(sys.argv[1])
FOLDER = Path(sys.argv[2])
ADAM_LR = 1e-3
SGD_LR = 1e-2
PIECE = 0.002  # Seconds: long beside a look at the clock, short beside an interruption.
WARM_UP = (3, 0.3)  # Calls and seconds before the first measurement.

import numpy as np  # noqa: E402  The driver has set how many threads it takes.


@dataclass
class Job:
    """One line `KIND VARIANT LAYERS BATCH ROWS TASK SOURCE`, as `step eager 784-128-10 32 20000 classes normal`."""

    kind: str
    variant: str
    layers: list
    batch: int
    rows: int
    classes: bool
    source: str

    @classmethod
    def parse(cls, line):
        kind, variant, layers, batch, rows, task, source = line.split()
        layers = [int(n) for n in layers.split("-")]
        return cls(kind, variant, layers, int(batch), int(rows), task == "classes", source)

    @property
    def lr(self):
        return ADAM_LR if self.classes else SGD_LR

    @property
    def steps(self):
        """Steps in an epoch; what is left of the rows is not used."""
        return self.rows // self.batch

    def data(self):
        """Features, rows × inputs, and the class of each row, or its targets, rows × outputs."""
        x = np.fromfile(FOLDER / f"{self.source}-{self.layers[0]}.f32", np.float32, self.rows * self.layers[0])
        if self.classes:
            y = np.fromfile(FOLDER / f"{self.source}-classes-{self.layers[-1]}.u32", np.uint32, self.rows).astype(np.int32)
        else:
            y = np.fromfile(FOLDER / f"{self.source}-targets-{self.layers[-1]}.f32", np.float32, self.rows * self.layers[-1])
            y = y.reshape(self.rows, -1)
        return x.reshape(self.rows, -1), y

    def weights(self):
        """Weights, inputs × outputs, and biases of each layer, uniform within ±1/√inputs."""
        random = np.random.default_rng(0)
        pairs = zip(self.layers[:-1], self.layers[1:])
        return [
            (random.uniform(-(n**-0.5), n**-0.5, (n, m)).astype(np.float32), np.zeros(m, np.float32))
            for n, m in pairs
        ]

    def products(self):
        """Shapes and transpositions of a step's products: of each layer Z = A W and G = Aᵀ D, of all but the first
        also D' = D Wᵀ. The factors are row-major; a transposed one is a view."""
        random = np.random.default_rng(0)
        made = lambda *shape: random.standard_normal(shape, dtype=np.float32)
        pairs = list(zip(self.layers[:-1], self.layers[1:]))
        for index, (n, m) in enumerate(pairs):
            a, w, d = made(self.batch, n), made(n, m), made(self.batch, m)
            yield a, w
            yield a.T, d
            if index > 0:
                yield d, w.T


class Run:
    """Something to be measured. A call may be several steps."""

    def __init__(self, call, value, steps=1, wait=lambda: None):
        self.call = call
        self.value = value  # A loss, or another sign that the calls were right.
        self.steps = steps
        self.wait = wait  # For calls that are still under way.
        self.calls = 1  # In a piece.

    def warm_up(self):
        """Calls until all is compiled and warm. The fastest of them tells: others may have been interrupted."""
        begun, calls, fastest, clock = time.perf_counter(), 0, float("inf"), time.perf_counter
        while calls < (WARM_UP[0] if self.steps == 1 else 1) or clock() - begun < WARM_UP[1]:
            before = clock()
            self.call()
            self.wait()
            fastest = min(fastest, clock() - before)
            calls += 1
        self.calls = max(1, int(PIECE / fastest))

    def measure(self, least):
        """Microseconds of a step in the fastest tenth of all pieces within at least so many seconds; the value then."""
        call, wait, calls, clock = self.call, self.wait, range(self.calls), time.perf_counter
        pieces, begun = [], clock()
        while not pieces or clock() - begun < least:
            before = clock()
            for _ in calls:
                call()
            wait()
            pieces.append(clock() - before)
        pieces.sort()
        return pieces[len(pieces) // 10] * 1e6 / (self.calls * self.steps), self.value()


def serve(prepare):
    """Takes jobs until the driver has no more. What a library prints goes to the standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    run = None
    for line in sys.stdin:
        try:
            if line.startswith("measure "):
                answer = "{} {}".format(*run.measure(float(line.split()[1])))
            else:
                run = None  # Frees what it holds before more is made.
                run = prepare(Job.parse(line))
                run.warm_up()
                answer = "ready"
        except Exception as error:  # The driver leaves this out and goes on.
            answer = f"error {type(error).__name__}: {error}".replace("\n", " ")[:300]
        print(answer, file=answers, flush=True)
