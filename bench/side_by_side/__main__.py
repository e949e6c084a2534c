"""thalweg beside other systems: what `cargo xtask bench` runs once everything is built."""

import argparse
import os
import time
from pathlib import Path

from . import growth, inference, job, landscape, limit, programs, steps, works
from .programs import Programs
from .report import Report

PARTS = {
    "steps": steps.steps,
    "bf16": steps.bf16,
    "limit": limit.limit,
    "inference": inference.inference,
    "landscape": landscape.landscape,
    "growth": growth.growth,
    "job": job.job,
}


def listed(kind, known=None):
    """Reads `A,B`."""

    def read(text):
        items = [kind(item) for item in text.split(",")]
        if known and not set(items) <= set(known):
            raise argparse.ArgumentTypeError(f"{text}: choose from {', '.join(known)}")
        return items

    return read


def options():
    parser = argparse.ArgumentParser(prog="cargo xtask bench", description="Measures thalweg beside other systems.")
    add = parser.add_argument
    add("parts", nargs="*", metavar="NAME", help=f"parts to run [default: all]: {', '.join(PARTS)}")
    add("--rounds", type=int, default=5, help="turns that each system takes [default: 5]")
    add("--threads", type=listed(int), help="numbers of threads [default: 1,2]")
    add("--works", type=listed(str, works.WORKS), help="works, as W1,W3 [default: all]")
    add("--seconds", type=float, default=0.25, help="least length of a turn; a shared machine needs more [default: 0.25]")
    add("--without", type=listed(str, sorted(programs.names())), default=[], metavar="NAMES", help="programs or variants to leave out, as burn,torch-compiled")
    add("--data", type=Path, metavar="DIR", help="folder of letter.csv and of MNIST's test images; without it there is no `job`, and `landscape` does without images")
    add("--out", type=Path, metavar="DIR", help="folder to write to [default: bench/results/DATE-PROCESSOR]")
    chosen = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    chosen.threads = chosen.threads or [count for count in (1, 2) if count <= cores]
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    if not 1 <= min(chosen.threads) <= max(chosen.threads) <= cores:
        parser.error(f"--threads: 1 to {cores} are possible here")
    if chosen.rounds < 1 or not 0 < chosen.seconds < 60:
        parser.error("at least one round is needed, and turns of more than 0 and less than 60 seconds")
    if chosen.data and not (chosen.data / "letter.csv").is_file():
        parser.error(f"--data: there is no letter.csv in {chosen.data}")
    if "job" in chosen.parts and not chosen.data:
        parser.error("job needs --data, the folder of letter.csv")
    return chosen


def main():
    chosen = options()
    report = Report(chosen.out, chosen.rounds)
    chosen.folder = report.folder
    for name in chosen.parts or PARTS:
        if name == "job" and not chosen.data:
            print("job is left out: it needs --data, the folder of letter.csv")
            continue
        begun = time.perf_counter()
        with Programs(chosen.without) as run:
            heading, text, raw = PARTS[name](run, chosen)
        report.write(name, heading, text, raw, run.failures)
        print(f"\n{name}: {time.perf_counter() - begun:.0f} s", flush=True)
    print(f"\nWritten to {report.folder}")


if __name__ == "__main__":
    main()
