"""How far a step is from its matrix products alone, with the fastest library here."""

from . import programs, works
from .report import figure, median, table


def limit(run, options):
    names = [name for name in works.LIMIT if name in (options.works or works.LIMIT)]
    raw, rows = [], []
    for threads in options.threads:
        for name in names:
            work = works.WORKS[name]
            print(f"products of {name}, {threads} threads", flush=True)
            taken = threads, options.rounds, options.seconds
            times = run.interleaved("products", work, programs.PRODUCTS, *taken)
            times |= run.interleaved("step", work, [programs.THALWEG], *taken)
            raw += [{"work": name, "threads": threads, "system": key, "us": us} for key, us in times.items()]
            rows.append(row(name, work, threads, times))
    head = ["work", "threads", *(f"{system.name}, GFLOP/s" for system in programs.PRODUCTS)]
    head += ["fastest, µs", "step, µs", "step, GFLOP/s", "products ÷ step"]
    return "A step and its matrix products alone", table(head, rows), raw


def row(name, work, threads, times):
    ours = times.get(programs.THALWEG.name)
    speed = lambda us: f"{work.products / median(us) / 1e3:.1f}" if us else ""
    alone = [times.get(system.name) for system in programs.PRODUCTS]
    cells = [name, threads, *map(speed, alone)]
    if not ours or not any(alone):
        return cells + [""] * 4
    fastest = min(median(us) for us in alone if us)
    return cells + [figure(fastest), figure(median(ours)), speed(ours), f"{fastest / median(ours):.2f}"]
