"""The works of the comparison. This is the one place where their sizes stand: every program is told them."""

from dataclasses import dataclass

ROWS = 20_000


@dataclass(frozen=True)
class Work:
    """A network, a batch and what is learned: classes with Adam, or numbers (`squares`) with plain descent."""

    layers: tuple
    batch: int
    task: str = "classes"
    rows: int = ROWS
    data: str = "normal"  # Or MNIST's `images`.
    best: float | None = None  # Goal: times as fast as the best other system.
    eager: float | None = None  # Goal: times as fast as PyTorch eager.

    @property
    def name(self):
        return "-".join(map(str, self.layers))

    @property
    def weights(self):
        return sum(n * m for n, m in zip(self.layers[:-1], self.layers[1:]))

    @property
    def products(self):
        """Operations in the products of a step: there is no gradient of the input."""
        return 2 * self.batch * (3 * self.weights - self.layers[0] * self.layers[1])


WORKS = {
    "W1": Work((64, 64, 10), 32, best=1.8, eager=40),
    "W2": Work((784, 128, 10), 32, best=1.6, eager=5),
    "W3": Work((784, 256, 128, 10), 128, best=1.5, eager=2.2),
    "W4": Work((784, 512, 512, 10), 256, best=1.25, eager=1.5),
    "W5": Work((784, 1024, 1024, 10), 512, best=1.05, eager=1.2),
    "W6": Work((13, 256, 256, 256, 2), 256, best=1.5, eager=2.5),
    "W7": Work((10, 32, 1), 1, "squares", best=3, eager=50),
}
BF16 = ("W4", "W5")
LIMIT = ("W3", "W4", "W5")
# What is looked at, in which unit (and microseconds of it), and the goal: times as fast as the best other system.
LOOKS = (
    ("plane", Work((784, 128, 64, 10), 10_000), ("ms a point", 1e3), 15),
    ("plane", Work((784, 128, 64, 10), 10_000, rows=10_000, data="images"), ("ms a point", 1e3), 15),
    ("hessian", Work((784, 128, 10), 1_000), ("ms a product", 1e3), 3),
    ("hessian", Work((784, 128, 10), 1_000, rows=10_000, data="images"), ("ms a product", 1e3), 3),
    ("spectrum", Work((20, 32, 10), 1_000), ("s", 1e6), ""),
)
INFERENCE = ((784, 256, 128, 10), (13, 256, 256, 256, 2))
INFERENCE_BATCHES = (1, 256, 10_000)


def growth():
    """The axes of the picture: a name, and the work at each point. All cross at one work."""

    def work(batch=128, width=256, depth=2, rows=ROWS):
        return Work((128, *[width] * depth, 10), batch, rows=rows)

    return {
        "batch": {batch: work(batch=batch) for batch in (4, 16, 64, 256, 1024)},
        "width": {width: work(width=width) for width in (16, 64, 256, 1024)},
        "depth": {depth: work(depth=depth) for depth in (1, 2, 4, 8)},
        "rows": {rows: work(rows=rows) for rows in (2_000, 20_000, 200_000)},
    }
