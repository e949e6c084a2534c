"""Predictions: rows a second in batches, and the time of a single row."""

from . import programs, works
from .report import cell, figure, median, table


def inference(run, options):
    raw, rows = [], []
    for threads in options.threads:
        for layers in works.INFERENCE:
            for batch in works.INFERENCE_BATCHES:
                work = works.Work(layers, batch)
                print(f"predictions of {work.name}, {batch} rows, {threads} threads", flush=True)
                systems, rounds = programs.INFERENCE, options.rounds
                times = run.interleaved("infer", work, systems, threads, rounds, options.seconds)
                for system, us in times.items():
                    of = {"network": work.name, "rows": batch, "threads": threads}
                    raw.append(of | {"system": system, "us": us})
                found = [said(times.get(system.name), batch) for system in systems]
                rows.append([work.name, f"{batch:,}", threads, *found])
    head = ["network", "rows at once", "threads", *(system.name for system in programs.INFERENCE)]
    text = "One row: its latency. More: millions of rows a second. ± is half of the range of the rounds.\n\n"
    return "Predictions beside other systems", text + table(head, rows), raw


def said(us, rows):
    if not us:
        return ""
    if rows == 1:
        return f"{cell(us)} µs"
    return f"{figure(rows / median(us))} ±{cell(us).split('±')[1]}"
