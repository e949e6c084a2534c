"""How much longer does a training take with probes?

    cargo build --release -p thalweg-cli
    python bench/probe_costs.py target/release/thalweg LETTER_CSV [--rounds N] [--out FILE]     (nothing to install)

A round trains letter.csv for 15 epochs with the default network, rule and dropout on one thread: without probes, with
each of the rows below, and without once more. Seconds are those that the command tells of its training, without reading
the file and writing the page. A ratio is that of one training to the mean of the two plain ones around it; the table
shows the median of the rounds, the least and the largest. The two plain ones of a round tell how quiet the machine is.
"""

import argparse
import json
import platform
import statistics
import subprocess
import tempfile
from pathlib import Path

KINDS = ["light", "lambda_max:every=50", "full"]
GOALS = {"light": 1.2, "lambda_max:every=50": 1.25}


def seconds(command, data, probe):
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--target", "Letter", "--threads", "1", "--epochs", "15", "--patience", "15", "--quiet", "--json"]
        arguments += ["--out", str(Path(folder) / "run")] + (["--probe", probe] if probe else [])
        done = subprocess.run([command, "train", data, *arguments], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["seconds"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("data")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--out")
    given = parser.parse_args()
    seconds(given.command, given.data, None)
    plain, ratios = [seconds(given.command, given.data, None)], {kind: [] for kind in KINDS}
    for _ in range(given.rounds):
        for kind, found in ratios.items():
            with_probe = seconds(given.command, given.data, kind)
            plain.append(seconds(given.command, given.data, None))
            found.append(with_probe / statistics.mean(plain[-2:]))
    lines = [
        "# What probes cost",
        "",
        f"{platform.machine()}, one thread, {given.rounds} rounds; a plain training takes {statistics.median(plain):.2f} s "
        f"({min(plain):.2f} to {max(plain):.2f}).",
        "",
        "| `--probe` | times a plain training | least | largest | goal |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for kind, found in ratios.items():
        goal = GOALS.get(kind, "")
        lines.append(f"| {kind} | {statistics.median(found):.2f} | {min(found):.2f} | {max(found):.2f} | {goal} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if given.out:
        Path(given.out).write_text(text)


if __name__ == "__main__":
    main()
