"""How the time of a step grows with the batch, the width, the depth, the rows and the threads, as a picture."""

import os

from . import programs, works
from .report import cell, figure, median, table

SYSTEMS = [programs.THALWEG, programs.EAGER, programs.SCAN]
COLORS = ("#0b6e4f", "#d1495b", "#30638e")
ROUNDS = 3


def growth(run, options):
    most = max(options.threads)
    axes = works.growth()
    points = [(axis, at, most, work) for axis, along in axes.items() for at, work in along.items()]
    middle = axes["depth"][2]
    counts = sorted({1, *options.threads, len(os.sched_getaffinity(0))})
    points += [("threads", count, count, middle) for count in counts]
    raw, known = [], {}
    for axis, at, threads, work in points:
        if (work, threads) not in known:
            print(f"growth: {work.name}, batch {work.batch}, {work.rows} rows, {threads} threads", flush=True)
            rounds = min(ROUNDS, options.rounds)
            known[work, threads] = run.interleaved("step", work, SYSTEMS, threads, rounds, options.seconds)
        for system, us in known[work, threads].items():
            raw.append({"axis": axis, "at": at, "threads": threads, "system": system, "us": us})
    fixed = f"{middle.name}, batch {middle.batch}, {middle.rows:,} rows, {most} threads"
    draw(raw, options.folder, fixed)
    text = f"Where nothing else is said: {fixed}.\n\n![Time of a step](growth.svg)\n\n{listed(raw, points)}"
    return "How the time of a step grows", text, raw


def listed(raw, points):
    rows = []
    for axis, at, *_ in points:
        found = {it["system"]: it["us"] for it in raw if (it["axis"], it["at"]) == (axis, at)}
        rows.append([f"{axis} {at:,}", *(cell(found.get(system.name)) for system in SYSTEMS)])
    return table(["µs a step", *(system.name for system in SYSTEMS)], rows)


def draw(raw, folder, fixed):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plain = {"font.size": 11, "svg.hashsalt": "growth", "axes.spines.top": False, "axes.spines.right": False}
    plt.rcParams.update(plain)
    axes = list(dict.fromkeys(result["axis"] for result in raw))
    picture, places = plt.subplots(2, 3, figsize=(12, 7), layout="constrained", facecolor="white")
    for place, axis in zip(places.flat, axes):
        mine = [result for result in raw if result["axis"] == axis]
        for system, color in zip(SYSTEMS, COLORS):
            curve = [(it["at"], median(it["us"]) / 1e3) for it in mine if it["system"] == system.name]
            place.plot(*zip(*curve), "o-", color=color, label=system.name, linewidth=2, markersize=5)
        ticks = sorted({result["at"] for result in mine})
        place.set(xscale="log", yscale="log", xlabel=axis, ylabel="ms a step")
        place.minorticks_off()
        place.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        place.yaxis.set_major_formatter(lambda value, _: figure(value))
        place.grid(axis="y", color="#dddddd")
    legend = places.flat[len(axes)]
    legend.axis("off")
    legend.legend(*places.flat[0].get_legend_handles_labels(), loc="center", frameon=False, fontsize=13)
    picture.suptitle(f"Time of a training step; where nothing else is said, {fixed}", fontsize=13)
    picture.savefig(folder / "growth.svg", metadata={"Date": None})
    picture.savefig(folder / "growth.png", dpi=110)
    plt.close(picture)
