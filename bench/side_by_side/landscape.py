"""Looking at a loss surface: a map, products with the Hessian, all of its eigenvalues."""

from . import data, programs, works
from .report import cell, figure, median, table


def landscape(run, options):
    raw, rows = [], []
    has_images = data.write_images(options.data)
    for threads in options.threads:
        for kind, work, unit, goal in works.LOOKS:
            if work.data == "images" and not has_images:
                continue
            print(f"{kind} of {work.name}, {work.batch} rows ({work.data}), {threads} threads", flush=True)
            systems = [programs.THALWEG, *programs.LOOKS[kind]]
            times = run.interleaved(kind, work, systems, threads, options.rounds, options.seconds)
            of = {"what": kind, "network": work.name, "rows": work.batch, "data": work.data, "threads": threads}
            raw += [of | {"system": system, "us": us} for system, us in times.items()]
            first = [kind, work.name, f"{work.batch:,}", work.data, threads]
            rows += table_rows(first, times, systems, unit, goal)
    head = ["what", "network", "rows", "data", "threads", "unit", "thalweg", "other", "its time", "times as fast", "goal"]
    text = (
        "A map has 51 × 51 points. A product with the Hessian where the graph is kept is another one at the same place; the "
        "others begin with the loss. ± is half of the range of the rounds. Data are normal, or MNIST's images, of whose "
        "pixels 81 % are 0: thalweg does not multiply with these.\n\n"
    )
    return "A loss surface beside other systems", text + table(head, rows), raw


def table_rows(first, times, systems, unit, goal):
    """A row for each other system."""
    name, divisor = unit
    ours, *others = ([us / divisor for us in times.get(system.name, [])] for system in systems)
    rows = []
    for system, us in zip(systems[1:], others):
        ratio = figure(median(us) / median(ours)) if ours and us else ""
        rows.append([*first, name, cell(ours), system.name, cell(us), ratio, goal])
    return rows
