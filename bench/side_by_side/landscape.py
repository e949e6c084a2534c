"""Looking at a loss surface: a map, products with the Hessian, all of its eigenvalues."""

from . import programs, works
from .report import cell, figure, median, table


def landscape(run, options):
    raw, rows = [], []
    for threads in options.threads:
        for kind, work, unit, goal in works.LOOKS:
            print(f"{kind} of {work.name}, {work.batch} rows, {threads} threads", flush=True)
            systems = [programs.THALWEG, *programs.LOOKS[kind]]
            times = run.interleaved(kind, work, systems, threads, options.rounds, options.seconds)
            of = {"what": kind, "network": work.name, "rows": work.batch, "threads": threads}
            raw += [of | {"system": system, "us": us} for system, us in times.items()]
            rows.append(row([kind, work.name, f"{work.batch:,}", threads], times, systems, unit, goal))
    head = ["what", "network", "rows", "threads", "unit", "thalweg", "best other", "of", "times as fast", "goal"]
    text = "A map has 51 × 51 points. ± is half of the range of the rounds.\n\n"
    return "A loss surface beside other systems", text + table(head, rows), raw


def row(first, times, systems, unit, goal):
    name, divisor = unit
    ours, *others = ([us / divisor for us in times.get(system.name, [])] for system in systems)
    known = [(median(us), us, system.name) for us, system in zip(others, systems[1:]) if us]
    if not ours or not known:
        return [*first, name, cell(ours), "", "", "", goal]
    best, us, system = min(known)
    return [*first, name, cell(ours), cell(us), system, figure(best / median(ours)), goal]
