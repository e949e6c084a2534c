"""The programs beside each other, and the conversation with them.

Each system runs in a process of its own for each number of threads, held to as many cores, and lives through all works
of a part: its start is paid once, and systems can take turns within a second.
"""

import os
import selectors
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import data
from .place import BENCH, CACHE

RUST = BENCH / "rust/target/release"
READY_WITHIN = 1800  # Seconds for the start of a program and the compilation of a job.
MEASURED_WITHIN = 120
# The first two choose kernels for old builds of OpenBLAS, and would slow the present one down; with the last, each start
# of a program would compile what it imports.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class System:
    """A form of a system: its name in the tables, its program and the variant that the program is asked for."""

    name: str
    program: str
    variant: str

    def command(self):
        script = BENCH / "peers" / f"{self.program}_peer.py"
        return [sys.executable, script] if script.exists() else [RUST / f"{self.program}-peer"]


THALWEG = System("thalweg", "thalweg", "f32")
EAGER = System("torch eager", "torch", "eager")
COMPILED = System("torch compiled", "torch", "compiled")
SCAN = System("JAX scan", "jax", "scan")
STEPS = [
    THALWEG,
    EAGER,
    COMPILED,
    System("JAX jit", "jax", "jit"),
    SCAN,
    System("JAX scan, unrolled", "jax", "unrolled"),
    System("Keras on JAX", "keras", "fit"),
    System("scikit-learn", "sklearn", "fit"),
    System("Burn, flex", "burn", "flex"),
    System("Burn, ndarray", "burn", "ndarray"),
    System("candle", "candle", "f32"),
]
BF16 = [
    THALWEG,
    System("torch eager bf16", "torch", "eager-bf16"),
    System("torch compiled bf16", "torch", "compiled-bf16"),
]
PRODUCTS = [
    System("OpenBLAS (numpy)", "numpy", "openblas"),
    System("MKL (torch)", "torch", "mkl"),
    System("gemm", "products", "gemm"),
    System("faer", "products", "faer"),
]
LOOKS = {
    "plane": [EAGER],
    "hessian": [
        System("torch, its graph kept", "torch", "kept"),
        System("torch double backward", "torch", "double"),
        System("torch forward over reverse", "torch", "forward"),
    ],
    "spectrum": [EAGER],
}
INFERENCE = [THALWEG, System("onnxruntime", "onnx", "f32"), EAGER, COMPILED]


def names():
    """What can be left out: programs, and variants of them."""
    systems = [*STEPS, *BF16, *PRODUCTS, *INFERENCE, *LOOKS["hessian"]]
    return {name for it in systems for name in (it.program, f"{it.program}-{it.variant}")}


class Failure(Exception):
    """A program could not do what it was asked for; what it said."""


class Program:
    """A program that starts with its first job."""

    def __init__(self, system, threads):
        self.system, self.threads, self.process = system, threads, None

    def prepare(self, kind, work):
        """Makes it ready for a job, as `step`, `infer` or `plane`."""
        if self.process is None:
            self._start()
        words = [kind, self.system.variant, work.name, work.batch, work.rows, work.task, work.data]
        answer = self._ask(" ".join(map(str, words)), READY_WITHIN)
        if answer != "ready":
            raise Failure(answer)

    def measure(self, seconds):
        """Microseconds of a call."""
        answer = self._ask(f"measure {seconds}", MEASURED_WITHIN)
        try:
            us, value = map(float, answer.split())
        except ValueError:
            raise Failure(answer) from None
        if value != value:
            raise Failure("its loss is not a number")
        return us

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self):
        command = self.system.command()
        if not shutil.which(command[0]):
            raise Failure(f"{Path(command[0]).name} has not been built")
        log = CACHE / "logs" / f"{self.system.program}-{self.system.variant}-{self.threads}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [*command, str(self.threads), CACHE / "data"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment(self.threads),
                preexec_fn=lambda: hold(self.threads),
            )

    def _ask(self, line, seconds):
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            answer = ""
        else:
            with selectors.DefaultSelector() as selector:
                selector.register(self.process.stdout, selectors.EVENT_READ)
                if not selector.select(seconds):
                    self.stop()
                    raise Failure(f"no answer within {seconds} s")
            answer = self.process.stdout.readline().strip()
        if not answer:
            self.stop()
            raise Failure("it has ended: its last words are in bench/.cache/logs")
        return answer


def environment(threads):
    """The surroundings of a program that may use so many threads."""
    own = {name: value for name, value in os.environ.items() if name not in UNSET}
    for name in ("OMP", "MKL", "OPENBLAS", "RAYON"):
        own[f"{name}_NUM_THREADS"] = str(threads)
    return own | {
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "KERAS_HOME": str(CACHE / "keras"),
        "TORCHINDUCTOR_CACHE_DIR": str(CACHE / "inductor"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def hold(threads):
    """Holds this process to its last cores: the first has most to do for the machine itself."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


class Programs:
    """All programs of a part; they end with it."""

    def __init__(self, without):
        self.without, self.programs, self.failures = without, {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.programs.values():
            program.stop()

    def interleaved(self, kind, work, systems, threads, rounds, seconds):
        """Each system's microseconds in each round, by name. Systems take turns, in each round another goes first; one
        that fails is left out and its reason kept."""
        data.write(work)
        ready, times = [], {}
        for system in systems:
            if {system.program, f"{system.program}-{system.variant}"} & set(self.without):
                continue
            program = self.programs.setdefault((system, threads), Program(system, threads))
            if self._tried(work, program, lambda program=program: program.prepare(kind, work)):
                ready.append(program)
        for turn in range(rounds):
            first = turn % max(1, len(ready))
            for program in ready[first:] + ready[:first]:
                measured = lambda program=program: times.setdefault(program, []).append(program.measure(seconds))
                if not self._tried(work, program, measured):
                    times.pop(program, None)
                    ready = [other for other in ready if other is not program]
        return {program.system.name: times[program] for program in ready}

    def _tried(self, work, program, action):
        """Whether the action could be taken; if not, why is kept."""
        try:
            action()
            return True
        except Failure as failure:
            name = f"{program.system.name}, {program.threads} threads, {work.name}"
            self.failures[name] = str(failure)
            print(f"  left out: {name}: {failure}", file=sys.stderr, flush=True)
            return False
