"""A training step of each work in each system, and the same in bf16."""

from . import programs, works
from .report import cell, figure, median, table

OURS = programs.THALWEG.name
EAGER = programs.EAGER.name


def steps(run, options):
    names = options.works or list(works.WORKS)
    raw = measured(run, names, programs.STEPS, options)
    text = f"{goals(raw, names, options.threads)}\n\n{everything(raw, names, options.threads)}"
    return "A training step beside other systems", text, raw


def bf16(run, options):
    names = [name for name in works.BF16 if name in (options.works or works.BF16)]
    raw = measured(run, names, programs.BF16, options)
    return "A training step with products in bf16", everything(raw, names, options.threads), raw


def measured(run, names, systems, options):
    """The times of each work, number of threads and system."""
    results = []
    for threads in options.threads:
        for name in names:
            work = works.WORKS[name]
            print(f"{name} {work.name}, {threads} threads", flush=True)
            times = run.interleaved("step", work, systems, threads, options.rounds, options.seconds)
            for system, us in times.items():
                results.append({"work": name, "threads": threads, "system": system, "us": us})
                print(f"  {system:22} {cell(us):>14} µs", flush=True)
    return results


def of(raw, work, threads, system):
    """The times of a system, in rounds."""
    for result in raw:
        if (result["work"], result["threads"], result["system"]) == (work, threads, system):
            return result["us"]
    return None


def best(raw, work, threads, systems):
    """The lowest median of these systems with at most so many threads, the system, and its threads."""
    found = [
        (median(result["us"]), result["system"], result["threads"])
        for result in raw
        if result["work"] == work and result["threads"] <= threads and result["system"] in systems
    ]
    return min(found, default=None)


def goals(raw, names, threads):
    """thalweg beside the best other system and torch eager. Many systems are faster with one thread on a small work:
    each is given the better of its times with up to as many threads."""
    others = {result["system"] for result in raw} - {OURS}
    rows = []
    for count in threads:
        for name in names:
            work, ours = works.WORKS[name], of(raw, name, count, OURS)
            first, eager = best(raw, name, count, others), best(raw, name, count, {EAGER})
            if not ours or not first:
                continue
            row = [name, work.name, work.batch, count, cell(ours)]
            row += [f"{first[1]} ({first[2]})", figure(first[0])]
            row += [f"{first[0] / median(ours):.2f}", f"≥ {work.best}"]
            row += [f"{eager[0] / median(ours):.2f}" if eager else "", f"≥ {work.eager}"]
            rows.append(row)
    head = ["work", "network", "batch", "threads", "thalweg, µs", "best other (threads)", "µs"]
    return table([*head, "times", "goal", "times torch eager", "goal"], rows)


def everything(raw, names, threads):
    """The medians of all systems, in µs a step."""
    systems = list(dict.fromkeys(result["system"] for result in raw))
    columns = [(name, count) for count in threads for name in names]
    rows = [[system, *(cell(of(raw, name, count, system)) for name, count in columns)] for system in systems]
    head = ["µs a step", *(f"{name}, {count} thread{'s' * (count > 1)}" for name, count in columns)]
    return "± is half of the range of the rounds.\n\n" + table(head, rows)
