"""Reads a CSV file with thalweg and with pandas in turns and prints the ratio of their median times.

    cargo build --release -p thalweg-data --example time_reading
    python bench/read_beside_pandas.py target/release/examples/time_reading FILE     (needs: pip install pandas==3.1.1)
"""

import re
import statistics
import subprocess
import sys
import time

import pandas as pd

ROUNDS, TIMES = 5, 20


def pandas_median(path):
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        pd.read_csv(path)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def thalweg_median(command, path):
    done = subprocess.run([command, path, str(TIMES)], capture_output=True, text=True, check=True)
    return float(re.search(r"median ([\d.]+) ms", done.stdout).group(1))


def main(command, path):
    rounds = [(thalweg_median(command, path), pandas_median(path)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds))
    print(f"thalweg {ours:.1f} ms, pandas {pd.__version__} {theirs:.1f} ms: ratio {theirs / ours:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
