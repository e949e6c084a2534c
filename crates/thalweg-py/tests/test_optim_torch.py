"""Every update rule that PyTorch has too, against PyTorch, with random hyper-parameters, shapes and gradients.

Both compute the same formula with its operations in another order, so what they may differ by is rounding. An element is
rounded to about ε of its own size in each step, and each step to some ε of its length; so the differences are held
against the largest |p₀| + Σₜ |pₜ − pₜ₋₁|. In f64 (ε = 2e-16) a dozen steps with some ten roundings each are below 1e-13,
and the bound of 1e-12 is what remains where a difference of averages cancels. In f32 (ε = 1.2e-7) rounding is a random
walk of some 1e-7; PyTorch rounds β and 1 − β apart, which is no rounding of the formula, so decays are drawn that f32 has.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thalweg import optim

torch = pytest.importorskip("torch")

BOUND = {np.float64: 1e-12, np.float32: 1e-6}
PLAIN = {"foreach": False, "fused": False}


@dataclass
class Pair:
    """A rule here and there: ranges of hyper-parameters, and how PyTorch is given them."""

    rule: type[optim.Optimizer]
    draw: dict[str, st.SearchStrategy]
    build: object
    # Where PyTorch has decoupled weight decay itself.
    decays_itself: bool = False
    has_lr: bool = True


def decays(low, high):
    """Decays of averages, as f32 has them."""
    return st.floats(low, high).map(lambda it: float(np.float32(it)))


LR = st.floats(1e-4, 0.3)
EPS = st.sampled_from([1e-10, 1e-8, 1e-6, 1e-3])
DECAY = st.sampled_from([0.0, 0.01, 0.2])
ADAM = {"lr": LR, "beta1": decays(0.5, 0.99), "beta2": decays(0.9, 0.9995), "eps": EPS}


def betas(it):
    return {"lr": it["lr"], "betas": (it["beta1"], it["beta2"]), "eps": it["eps"]}


def sgd(p, it, **more):
    return torch.optim.SGD(p, lr=it["lr"], momentum=it.get("momentum", 0.0), foreach=False, **more)


PAIRS = [
    Pair(optim.Sgd, {"lr": LR}, sgd),
    Pair(
        optim.Momentum,
        {"lr": LR, "momentum": decays(0.5, 0.99), "dampening": st.floats(0, 1, width=16)},
        lambda p, it: sgd(p, it, dampening=it["dampening"]),
    ),
    Pair(
        optim.Nesterov,
        {"lr": LR, "momentum": decays(0.5, 0.99)},
        lambda p, it: sgd(p, it, nesterov=True),
    ),
    Pair(
        optim.Adagrad,
        {"lr": LR, "lr_decay": st.floats(0, 1), "initial_accumulator": st.floats(0, 1), "eps": EPS},
        lambda p, it: torch.optim.Adagrad(
            p, lr=it["lr"], lr_decay=it["lr_decay"], initial_accumulator_value=it["initial_accumulator"], eps=it["eps"]
        ),
    ),
    Pair(
        optim.Rmsprop,
        {
            "lr": LR,
            "rho": decays(0.5, 0.99),
            "eps": EPS,
            "momentum": st.just(0.0) | decays(0.5, 0.99),
            "centered": st.booleans(),
        },
        lambda p, it: torch.optim.RMSprop(
            p, lr=it["lr"], alpha=it["rho"], eps=it["eps"], momentum=it["momentum"], centered=it["centered"]
        ),
    ),
    Pair(
        optim.Adadelta,
        {"lr": LR, "rho": decays(0.5, 0.99), "eps": EPS},
        lambda p, it: torch.optim.Adadelta(p, lr=it["lr"], rho=it["rho"], eps=it["eps"]),
    ),
    Pair(
        optim.Adam,
        ADAM | {"amsgrad": st.booleans()},
        lambda p, it: torch.optim.Adam(p, **betas(it), amsgrad=it["amsgrad"], **PLAIN),
    ),
    Pair(
        optim.Adamw,
        ADAM | {"amsgrad": st.booleans()},
        lambda p, it: torch.optim.AdamW(
            p, **betas(it), amsgrad=it["amsgrad"], weight_decay=it["weight_decay"], **PLAIN
        ),
        decays_itself=True,
    ),
    Pair(optim.Adamax, ADAM, lambda p, it: torch.optim.Adamax(p, **betas(it), foreach=False)),
    Pair(
        optim.Nadam,
        ADAM | {"momentum_decay": st.sampled_from([0.0, 0.004, 0.1])},
        lambda p, it: torch.optim.NAdam(p, **betas(it), momentum_decay=it["momentum_decay"], foreach=False),
    ),
    Pair(
        optim.Nadamw,
        ADAM | {"momentum_decay": st.sampled_from([0.0, 0.004, 0.1])},
        lambda p, it: torch.optim.NAdam(
            p,
            **betas(it),
            momentum_decay=it["momentum_decay"],
            weight_decay=it["weight_decay"],
            decoupled_weight_decay=True,
            foreach=False,
        ),
        decays_itself=True,
    ),
    Pair(optim.Radam, ADAM, lambda p, it: torch.optim.RAdam(p, **betas(it), foreach=False)),
    Pair(
        optim.Asgd,
        {"lr": LR, "lambd": st.floats(0, 0.1), "alpha": st.floats(0, 1), "t0": st.integers(0, 6)},
        lambda p, it: torch.optim.ASGD(
            p, lr=it["lr"], lambd=it["lambd"], alpha=it["alpha"], t0=it["t0"], foreach=False
        ),
    ),
    Pair(
        optim.Rprop,
        {
            "initial_step": LR,
            "eta_minus": st.floats(0.1, 0.9),
            "eta_plus": st.floats(1.05, 2),
            "min_step": st.sampled_from([1e-6, 1e-3]),
            "max_step": st.sampled_from([0.1, 50.0]),
        },
        lambda p, it: torch.optim.Rprop(
            p,
            lr=it["initial_step"],
            etas=(it["eta_minus"], it["eta_plus"]),
            step_sizes=(it["min_step"], it["max_step"]),
            foreach=False,
        ),
        has_lr=False,
    ),
    Pair(
        optim.Adafactor,
        {
            "lr": LR,
            "beta2_decay": st.floats(-1, -0.5),
            "eps2": st.sampled_from([1e-3, 1e-1]),
            "clip_threshold": st.floats(1, 2),
        },
        lambda p, it: torch.optim.Adafactor(
            p,
            lr=it["lr"],
            beta2_decay=it["beta2_decay"],
            eps=(None, it["eps2"]),
            d=it["clip_threshold"],
            weight_decay=it["weight_decay"],
            foreach=False,
        ),
        decays_itself=True,
    ),
]


@pytest.fixture(autouse=True)
def _double():
    """Lets NAdam and ASGD keep their own numbers, such as the product of all μ, in f64 and not in f32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


SHAPES = st.lists(st.sampled_from([(1,), (5,), (3, 4), (6, 2)]), min_size=1, max_size=3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda it: it.rule.__name__)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_as_pytorch(pair, dtype, data):
    chosen = data.draw(st.fixed_dictionaries(pair.draw))
    if hasattr(pair.rule, "weight_decay"):
        chosen["weight_decay"] = data.draw(DECAY)
    shapes = data.draw(SHAPES)
    start, slope = data.draw(st.sampled_from([0.0, 1e-3, 1.0])), data.draw(st.sampled_from([1e-7, 1e-3, 1.0, 100.0]))
    steps, change = data.draw(st.integers(1, 12)), data.draw(st.sampled_from([1.0, 0.1]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    params = [(start * rng.normal(size=shape)).astype(dtype) for shape in shapes]
    mirror = [torch.from_numpy(p.copy()) for p in params]
    path = [np.abs(p) for p in params]
    rule, other = pair.rule(**chosen), pair.build(mirror, chosen)
    for step in range(steps):
        if step == steps // 2 and pair.has_lr:
            rule.lr *= change
            other.param_groups[0]["lr"] *= change
        grads = [(slope * rng.normal(size=shape)).astype(dtype) for shape in shapes]
        grads[0].flat[0] = 0  # A gradient that is always 0.
        before = [p.copy() for p in params]
        rule.step(params, grads)
        for p, g in zip(mirror, grads, strict=True):
            if not pair.decays_itself:
                p *= 1 - other.param_groups[0]["lr"] * chosen.get("weight_decay", 0.0)
            p.grad = torch.from_numpy(g)
        other.step()
        path = [way + np.abs(p - old) for way, p, old in zip(path, params, before, strict=True)]
    scale = max(float(way.max()) for way in path)
    results = [(params, mirror)]
    if pair.rule is optim.Asgd:
        results.append((rule.evaluated(params), [other.state[p]["ax"] for p in mirror]))
    for here, there in results:
        for p, q in zip(here, there, strict=True):
            assert np.abs(p.astype(float) - q.numpy().astype(float)).max() <= BOUND[dtype] * scale


def test_a_mini_batch_regression_goes_the_same_way():
    """Gradients that depend on the parameters, through a hundred steps."""
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(64, 5)), rng.normal(size=(64, 1))
    params = {"weight": rng.normal(size=(5, 1)), "bias": np.zeros(1)}
    mirror = {name: torch.tensor(p, requires_grad=True) for name, p in params.items()}
    rule = optim.Adam(lr=0.05)
    other = torch.optim.Adam(mirror.values(), lr=0.05, **PLAIN)
    for _ in range(100):
        residual = x @ params["weight"] + params["bias"] - target
        grads = {"weight": 2 / 64 * x.T @ residual, "bias": np.array([2 * residual.mean()])}
        rule.step(params, grads)
        other.zero_grad()
        loss = ((torch.tensor(x) @ mirror["weight"] + mirror["bias"] - torch.tensor(target)) ** 2).mean()
        loss.backward()
        other.step()
    for name, p in params.items():
        np.testing.assert_allclose(p, mirror[name].detach().numpy(), rtol=1e-10)
