"""Test scores with nothing but the target given: mean and deviation over the seeds 0 to 4, each with a split of its own.

    python bench/default_scores.py target/release/thalweg DATA_FOLDER [digits letter adult housing mnist]

The folder holds letter.csv, adult.csv, housing.csv and the mnist-10k files.
"""

import json
import statistics
import subprocess
import sys
import tempfile

SETS = {
    "digits": (["digits"], "accuracy"),
    "letter": (["{}/letter.csv", "--target", "Letter"], "accuracy"),
    "adult": (["{}/adult.csv", "--target", "income-per-year"], "accuracy"),
    "housing": (["{}/housing.csv", "--target", "median_house_value"], "r2"),
    "mnist": (["{}/mnist-10k-images-idx3-ubyte.gz", "--labels", "{}/mnist-10k-labels-idx1-ubyte.gz"], "accuracy"),
}


def main(command, folder, names):
    for name in names or SETS:
        arguments, metric = SETS[name]
        scores, seconds = [], []
        for seed in range(5):
            with tempfile.TemporaryDirectory() as out:
                line = [command, "train", *(a.format(folder) for a in arguments)]
                line += ["--seed", str(seed), "--json", "--out", out]
                done = subprocess.run(line, capture_output=True, text=True, check=True)
            summary = json.loads(done.stdout)
            scores.append(summary["test"][metric])
            seconds.append(summary["seconds"])
        print(f"{name:8} {metric:9} {statistics.mean(scores):.4f} ± {statistics.stdev(scores):.4f}  "
              f"{statistics.mean(seconds):.1f} s  {[round(score, 4) for score in scores]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
