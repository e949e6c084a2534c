"""Times one whole-vector update of f32 parameters: every elementwise rule, beside torch's on the same threads.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0
    .venv/bin/python bench/optimizer_step.py --n 25000000 --threads 1 2 --rounds 5 --out FILE.md

It builds and runs the example `optimizer_step` of thalweg-core. In each round plain streams over memory, thalweg and
torch's forms take turns, so that what the machine does besides hits them all. A time is the least of the rounds'
medians. torch's is that of its faster form: `fused` where it has one, or `foreach`; `--forms fused foreach forloop`
also tries its loop over tensors. A rule's bytes are those that it must move: 4 for each parameter and each of p read,
p written, g read, and each buffer read and written. Its share is of the bandwidth of a stream in its own rounds:
copy (a = s b: 2 words), triad (a = b + s c: 3) and update (a = s a + b: 3). The first two read a's memory before they
write it, uncounted, which no rule has to: a share above 100 % is no mistake.

The tables are printed and written to FILE.md, every repetition's seconds to FILE.json.
"""

import argparse
import inspect
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
STREAMS = ["copy", "triad", "update"]
WARM_UP = 8  # as in the example; RAdam scales its steps from the sixth on
FORMS = {"fused": {"fused": True}, "foreach": {"foreach": True}, "forloop": {"foreach": False}}
# Name, thalweg's short form, torch's class and settings; defaults agree where none are given.
RULES = [
    ("SGD", "sgd", "SGD", {}),
    ("SGD, momentum", "momentum", "SGD", {"momentum": 0.9}),
    ("SGD, Nesterov", "nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adagrad", "adagrad", "Adagrad", {}),
    ("RMSprop", "rmsprop", "RMSprop", {}),
    ("RMSprop, centered, momentum", "rmsprop:centered=true,momentum=0.9", "RMSprop", {"centered": True, "momentum": 0.9}),
    ("Adadelta", "adadelta", "Adadelta", {}),
    ("Adam", "adam", "Adam", {}),
    ("Adam, AMSGrad", "adam:amsgrad=true", "Adam", {"amsgrad": True}),
    ("AdamW", "adamw", "AdamW", {}),
    ("Nadam", "nadam", "NAdam", {}),
    ("NadamW", "nadamw", "NAdam", {"weight_decay": 0.01, "decoupled_weight_decay": True}),
    ("RAdam", "radam", "RAdam", {}),
    ("Adamax", "adamax", "Adamax", {}),
    ("Rprop", "rprop", "Rprop", {}),
    ("ASGD", "asgd", "ASGD", {"t0": 0}),
    ("AdaBelief", "adabelief", None, {}),
    ("Adan", "adan", None, {}),
    ("Lion", "lion", None, {}),
    ("Yogi", "yogi", None, {}),
    ("Schedule-free SGD", "schedule_free_sgd", None, {}),
    ("Schedule-free AdamW", "schedule_free_adamw", None, {}),
    ("Prodigy", "prodigy", None, {}),
]
HEAD = ["rule", "torch's form", "torch, ms", "thalweg, ms", "torch / thalweg", "in each round", "thalweg, GB/s"]


class Thalweg:
    """The example, asked a line at a time."""

    def __init__(self, path, n, threads):
        line = [path, "--n", str(n), "--threads", str(threads)]
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, what, repetitions):
        self.process.stdin.write(f"{what} {repetitions}\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the example did not answer `{what}`")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def build():
    line = ["cargo", "build", "--release", "-p", "thalweg-core", "--example", "optimizer_step"]
    done = subprocess.run([*line, "--message-format=json"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    built = [message for message in messages if message.get("target", {}).get("name") == "optimizer_step"]
    return built[-1]["executable"]


def torch_steps(name, settings, n, forms):
    """A step of the optimizer in each of its forms, warmed up; all move the same parameters."""
    if name is None:
        return {}
    make = getattr(torch.optim, name)
    p = torch.nn.Parameter(torch.empty(n).uniform_(-1, 1))
    p.grad = torch.empty(n).uniform_(-1, 1)
    known = inspect.signature(make).parameters
    steps = {form: make([p], **settings, **FORMS[form]).step for form in forms if form != "fused" or "fused" in known}
    for step in steps.values():
        timed(step, WARM_UP)
    return steps


def timed(step, repetitions):
    """Seconds of each repetition."""
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds


def measure(thalweg, rule, options):
    """The seconds of each round of the streams, of thalweg and of torch's forms, and the bytes of the first two."""
    _, short, peer, settings = rule
    steps = torch_steps(peer, settings, options.n, options.forms)
    seconds, sizes = {}, {}
    for _ in range(options.rounds):
        for what in [*(f"stream {kind}" for kind in STREAMS), short]:
            answer = thalweg.ask(what, options.repetitions)
            seconds.setdefault(what, []).append(answer["seconds"])
            sizes[what] = answer["bytes"]
        for form, step in steps.items():
            step()
            seconds.setdefault(form, []).append(timed(step, options.repetitions))
    return {"rule": rule[0], "short": short, "torch": peer, "settings": settings, "bytes": sizes, "seconds": seconds}


def least_median(rounds):
    return min(statistics.median(seconds) for seconds in rounds)


def ratios(measured, form):
    """The least and the most of the rounds' ratios of medians."""
    ours, theirs = (measured["seconds"][what] for what in (measured["short"], form))
    found = [statistics.median(b) / statistics.median(a) for a, b in zip(ours, theirs)]
    return f"{min(found):.2f} to {max(found):.2f}"


def row(measured):
    times = {what: least_median(rounds) for what, rounds in measured["seconds"].items()}
    rates = {what: size / times[what] / 1e9 for what, size in measured["bytes"].items()}
    ours, rate = times[measured["short"]], rates[measured["short"]]
    form = min((form for form in FORMS if form in times), key=times.get, default=None)
    theirs = [form, f"{times[form] * 1e3:.2f}"] if form else ["", ""]
    ratio = [f"{times[form] / ours:.2f}", ratios(measured, form)] if form else ["", ""]
    shares = [f"{rate / rates[f'stream {kind}']:.0%}" for kind in STREAMS]
    return [measured["rule"], *theirs, f"{ours * 1e3:.2f}", *ratio, f"{rate:.1f}", *shares]


def streams(measured):
    """The streams' bandwidth: least and most of the rules' rounds."""
    found = []
    for kind in STREAMS:
        what = f"stream {kind}"
        rates = [one["bytes"][what] / least_median(one["seconds"][what]) / 1e9 for one in measured]
        found.append(f"{kind} {min(rates):.1f} to {max(rates):.1f} GB/s")
    return ", ".join(found)


def table(threads, measured, options):
    head = [*HEAD, *(f"of {kind}" for kind in STREAMS)]
    rows = [head, ["---"] * 2 + ["---:"] * (len(head) - 2), *map(row, measured)]
    title = (f"{options.n:,} parameters, {threads} thread{'s' * (threads > 1)}, torch {torch.__version__}; "
             f"least of {options.rounds} rounds' medians of {options.repetitions}.\nStreams: {streams(measured)}.\n")
    return "\n".join([title, *(f"| {' | '.join(cells)} |" for cells in rows), ""])


def run(path, threads, options):
    torch.set_num_threads(threads)
    thalweg = Thalweg(path, options.n, threads)
    measured = []
    for rule in RULES:
        if not options.rules or rule[1] in options.rules:
            print(f"{threads}: {rule[0]}", file=sys.stderr, flush=True)
            measured.append(measure(thalweg, rule, options))
    thalweg.close()
    return measured


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=25_000_000, help="parameters")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of thalweg and torch")
    parser.add_argument("--repetitions", type=int, default=5, help="steps timed in a turn")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=["fused", "foreach"], help="torch's forms")
    parser.add_argument("--rules", nargs="+", choices=[rule[1] for rule in RULES], metavar="RULE",
                        help="only these, by thalweg's short form")
    parser.add_argument("--out", type=Path, help="where the tables go, with every second beside them as .json")
    options = parser.parse_args()
    if options.out and options.out.suffix == ".json":
        parser.error("--out names the tables, the .json beside them is written too")
    return options


def main():
    options = arguments()
    path = build()
    tables, every = [], {}
    for threads in options.threads:
        every[threads] = run(path, threads, options)
        tables.append(table(threads, every[threads], options))
        print(tables[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(tables))
        options.out.with_suffix(".json").write_text(json.dumps(every))


if __name__ == "__main__":
    main()
