"""What is written: raw times as JSON and tables in Markdown, in a folder for the day and the processor."""

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
from importlib import metadata
from pathlib import Path

from .place import BENCH

PACKAGES = ("torch", "jax", "jaxlib", "optax", "keras", "scikit-learn", "numpy", "onnxruntime")
CRATES = ("burn", "candle-core", "gemm", "faer")


class Report:
    """The folder of a run, and what is said at the head of each of its files."""

    def __init__(self, folder, rounds):
        self.folder, self.rounds = folder or BENCH / "results" / name(), rounds
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, part, heading, text, raw, failures):
        """Writes PART.json and PART.md, and prints the latter."""
        known = versions()
        all_ = {"machine": machine(), "versions": known, "rounds": self.rounds, "failures": failures, "results": raw}
        (self.folder / f"{part}.json").write_text(json.dumps(all_, indent=1) + "\n")
        facts = ", ".join(f"{key} {value}" for key, value in known.items())
        left = "".join(f"\nLeft out: {key}: {value}." for key, value in failures.items())
        text = f"# {heading}\n\n{machine()}.\n{self.rounds} rounds.\n{facts}.\n\n{text}\n{left}".rstrip()
        (self.folder / f"{part}.md").write_text(text + "\n")
        print(f"\n{text}", flush=True)


def table(head, rows):
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def median(times):
    return statistics.median(times)


def figure(number):
    """Three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def cell(times):
    """The median and half of what lies between the fastest and the slowest round, in per cent of it."""
    if not times:
        return ""
    return f"{figure(median(times))} ±{50 * (max(times) - min(times)) / median(times):.0f}%"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine():
    flags = Path("/proc/cpuinfo").read_text()
    has = [word for word in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {word}" in flags]
    return f"{processor()}, {os.cpu_count()} cores, {' '.join(has)}"


def name():
    """The folder's name: the date, the processor and its cores."""
    words = re.sub(r"\((R|TM)\)|@.*|\bCPU\b|\bProcessor\b|\d+-Core", " ", processor(), flags=re.I)
    slug = "-".join(re.findall(r"[a-z0-9]+", words.lower()))
    return f"{datetime.date.today()}-{slug}-{os.cpu_count()}-cores"


def versions():
    """The state of this project, and the versions of the others."""
    command = ["git", "describe", "--always", "--dirty"]
    ours = subprocess.run(command, cwd=BENCH, capture_output=True, text=True, check=False)
    known = {"thalweg": ours.stdout.strip() or "?"}
    known |= {package: metadata.version(package) for package in PACKAGES}
    lock = (BENCH / "rust/Cargo.lock").read_text()
    for crate in CRATES:
        found = re.search(rf'name = "{crate}"\nversion = "([^"]+)"', lock)
        known[crate] = found[1] if found else "?"
    return known
