"""A whole job: from letter.csv to a network with a given validation loss, from the start of the process.

The rows, the network, Adam's learning rate and the batch are the same; first weights and orders are each system's own.
All measure the validation rows after every epoch. thalweg is its command line. That cannot be told to stop at a loss,
so that a first run finds the epoch, and the timed ones have as many.
"""

import csv
import json
import random
import shutil
import subprocess
import sys
import time

from .place import BENCH, CACHE
from .programs import environment, hold
from .report import cell, table

HIDDEN = "128,64"
BATCH = 128
LR = 1e-3
LOSS = 0.25  # Of the validation rows.
MOST_EPOCHS = 200
TARGET = "Letter"
VALIDATION = 4_000
ROUNDS = 3
THALWEG = BENCH.parent / "target/release/thalweg"
FOLDER = CACHE / "letter-run"


def job(_, options):
    files = split(options.data)
    raw, rows = [], []
    for threads in options.threads:
        commands = {"thalweg": thalweg(*files, threads)}
        commands |= {f"{name}": peer(name, *files, threads) for name in ("torch", "sklearn")}
        times = {system: {"threads": threads, "system": system, "wall": [], "training": []} for system in commands}
        for _ in range(min(ROUNDS, options.rounds)):
            for system, command in commands.items():
                print(f"letter.csv with {system}, {threads} threads", flush=True)
                wall, told = timed(command, threads)
                last = json.loads(told) if told else epochs()[-1]
                times[system]["wall"].append(wall)
                times[system]["training"].append(last["seconds"])
                times[system]["epochs"] = last["epoch"]
        raw += times.values()
        rows += [[it["system"], threads, it["epochs"], cell(it["wall"]), cell(it["training"])] for it in times.values()]
    text = f"Until the loss of {VALIDATION:,} validation rows is {LOSS}. Measuring it counts as training; reading does not.\n\n"
    head = ["system", "threads", "epochs", "whole process, s", "training, s"]
    return "letter.csv, from start to a validation loss", text + table(head, rows), raw


def split(folder):
    """Two files, for training and for validation, in an order of their own."""
    with (folder / "letter.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    random.Random(0).shuffle(rows)
    places = CACHE / "letter-train.csv", CACHE / "letter-validation.csv"
    for place, part in zip(places, (rows[VALIDATION:], rows[:VALIDATION])):
        with place.open("w", newline="") as file:
            csv.writer(file).writerows([head, *part])
    return places


def peer(name, train, validation, threads):
    settings = {"hidden": HIDDEN, "batch": BATCH, "lr": LR, "loss": LOSS, "epochs": MOST_EPOCHS, "threads": threads}
    return [sys.executable, BENCH / "peers" / f"{name}_job.py", train, validation, json.dumps(settings)]


def thalweg(train, validation, threads):
    """The command of the timed runs."""
    if not THALWEG.exists():
        raise SystemExit("target/release/thalweg is not there: cargo build --release")
    flags = f"--target {TARGET} --hidden {HIDDEN} --dropout 0 --optimizer adam:lr={LR} --schedule constant --seed 0"
    flags += f" --batch-size {BATCH} --patience never --threads {threads} --quiet"
    command = [THALWEG, "train", train, "--validation", validation, "--out", FOLDER, *flags.split()]
    timed([*command, "--epochs", str(MOST_EPOCHS)], threads)
    found = [it["epoch"] for it in epochs() if it["validation"]["loss"] <= LOSS]
    if not found:
        raise SystemExit(f"thalweg does not reach a loss of {LOSS} in {MOST_EPOCHS} epochs")
    return [*command, "--epochs", str(found[0])]


def epochs():
    """What is known after each epoch of the last run; its summary, the last line, left out."""
    lines = (FOLDER / "metrics.jsonl").read_text().splitlines()
    return [it for it in map(json.loads, lines) if "step" in it and "lr" in it]


def timed(command, threads):
    """Seconds from start to end, and what it prints."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    begun = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)),
        env=environment(threads),
        preexec_fn=lambda: hold(threads),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        raise SystemExit(f"{command[1]} failed:\n{done.stderr[-2000:]}")
    return seconds, done.stdout.strip()
