"""Trains on CSV files that grow while the memory for them does not, and prints peak memory and times.

    cargo build --release
    python bench/larger_than_memory.py target/release/thalweg FOLDER [GIGABYTES ...]      (0.25, 1 and 4 if none is named)

The files are made in FOLDER, of 20 numbers, a category of four and two classes, and deleted again. Peak memory is what
the system says of the process when it ends (the maximum resident set, as `/usr/bin/time -v` prints it). A short training
is interrupted in the middle of its epoch and goes on, and must end with the bytes of one that was not.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

MEMORY = "256MB"
ROWS = 20_000  # rows that are drawn; the file repeats them with a number of their own in front


def write(path, size):
    draw = random.Random(1)
    rows = []
    for _ in range(ROWS):
        x = [draw.gauss(0, 1) for _ in range(20)]
        kind = "high" if x[0] + x[1] * x[2] > draw.gauss(0, 0.3) else "low"
        numbers = ",".join(f"{value:.6f}" for value in x)
        rows.append(f"{numbers},{draw.choice('abcd')},{kind}\n")
    written = 0
    with open(path, "w") as file:
        written += file.write("position," + ",".join(f"x{i}" for i in range(20)) + ",color,kind\n")
        n_rows = 0
        while written < size:
            block = "".join(f"{n_rows + at}," + row for at, row in enumerate(rows))
            written += file.write(block)
            n_rows += ROWS
    return n_rows


def run(command, *arguments):
    """Seconds and the peak of the resident memory in MB."""
    start = time.perf_counter()
    child = subprocess.Popen([command, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{arguments[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def train(path, out):
    return [
        "train", str(path), "--target", "kind", "--ignore", "position", "--memory", MEMORY, "--hidden", "64",
        "--batch-size", "512", "--epochs", "1", "--quiet", "--out", str(out),
    ]


def interrupted(command, path, out, seconds):
    """Trains, is interrupted after some seconds, and goes on to the end."""
    child = subprocess.Popen([command, *train(path, out)], stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    child.send_signal(signal.SIGINT)
    code = child.wait()
    subprocess.run([command, "train", "--resume", str(out), "--quiet"], check=code == 130)
    return code


def main(command, folder, *gigabytes):
    folder = pathlib.Path(folder)
    print(f"--memory {MEMORY}, {os.cpu_count()} cores; one epoch, batches of 512, a hidden layer of 64")
    print("| file | rows | train | peak | evaluate | peak | predict | peak |")
    print("|---|---|---|---|---|---|---|---|")
    for size in [float(text) for text in gigabytes] or [0.25, 1.0, 4.0]:
        path = folder / "larger.csv"
        rows = write(path, size * 1e9)
        out = folder / f"run-{size}"
        cells = [run(command, *train(path, out))]
        cells.append(run(command, "evaluate", str(out), str(path)))
        cells.append(run(command, "predict", str(out), str(path), "--output", str(folder / "p.csv")))
        shown = " | ".join(f"{seconds:.0f} s | {peak:.0f} MB" for seconds, peak in cells)
        print(f"| {size} GB | {rows:,} | {shown} |", flush=True)
    cut = folder / "cut"
    code = interrupted(command, path, cut, 0.8 * cells[0][0])
    models = [(place / "model.safetensors").read_bytes() for place in (out, cut)]
    print(f"interrupted (exit {code}) and gone on: {'same bytes' if models[0] == models[1] else 'OTHER BYTES'}")
    for left in (path, folder / "p.csv"):
        left.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
