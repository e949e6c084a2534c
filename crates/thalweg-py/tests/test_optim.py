"""Update rules on numpy's arrays: what a class is made of, what a step does and refuses, and that it can be gone on with."""

import copy
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg
from thalweg import _core, optim

ENTRIES = next(family["members"] for family in _core.families() if family["name"] == "optimizers")
RULES = [getattr(optim, name) for name in optim.__all__ if name != "Optimizer"]
SHAPES = [(3, 4), (4,), (), (2, 3, 2), (0,)]


def some(seed, dtype=np.float64, shapes=SHAPES):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.normal(size=shape), dtype=dtype) for shape in shapes]


def walk(rule, params, seeds):
    for seed in seeds:
        rule.step(params, some(seed, params[0].dtype, [p.shape for p in params]))
    return params


def same(here, there):
    return len(here) == len(there) and all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))


@pytest.fixture(params=RULES, ids=lambda rule: rule.__name__)
def rule_class(request):
    return request.param


def test_there_is_a_class_for_each_rule():
    assert [rule._name for rule in RULES] == [entry["name"] for entry in ENTRIES]
    assert thalweg.families()["optimizers"] == [entry["name"] for entry in ENTRIES]
    assert optim.ScheduleFreeAdamw is thalweg.optim.ScheduleFreeAdamw
    with pytest.raises(AttributeError, match="did you mean `Adamw`"):
        _ = optim.AdamW


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda it: it["name"])
def test_signature_and_docstring_say_what_the_registry_says(entry):
    rule = next(rule for rule in RULES if rule._name == entry["name"])
    parameters = inspect.signature(rule).parameters
    assert list(parameters) == [it["name"] for it in entry["fields"]] + ["n_jobs", "decayed"]
    for it in entry["fields"]:
        parameter = parameters[it["name"]]
        assert parameter.kind is parameter.KEYWORD_ONLY and parameter.default == it["default"]
        assert it["doc"] in rule.__doc__ and it["doc"] in getattr(rule, it["name"]).__doc__
        assert getattr(rule(), it["name"]) == it["default"]
    assert entry["summary"] in rule.__doc__ and entry["paper"] in rule.__doc__


def test_what_differs_from_the_defaults_is_shown():
    rule = optim.Adam(lr=0.002, amsgrad=True, n_jobs=2)
    assert repr(rule) == "Adam(lr=0.002, amsgrad=True, n_jobs=2)"
    assert rule.spec() == str(rule) == "adam:lr=0.002,amsgrad=true"
    assert eval(repr(rule), vars(optim).copy()) == rule
    assert rule != optim.Adam() and rule == optim.Adam(lr=0.002, amsgrad=True)
    assert optim.Adam() != optim.Adamw() and optim.Adam() != 3 and optim.Adam() != optim.Adam(decayed="weights")
    with pytest.raises(TypeError):
        hash(rule)
    assert _core._Rule(rule.spec(), {}).dump() == rule.settings()


def test_a_wrong_setting_is_refused_by_name():
    with pytest.raises(TypeError, match="`adam` has no setting `beta_1`; did you mean `beta1`"):
        optim.Adam(beta_1=0.9)
    with pytest.raises(TypeError, match="`lr` of `adam` takes a number"):
        optim.Adam(lr="fast")
    with pytest.raises(TypeError, match="`lr` takes a number"):
        optim.Adam(lr=None)
    with pytest.raises(ValueError, match="`lr` of `adam` must be at least 0, found -1"):
        optim.Adam(lr=-1)
    with pytest.raises(ValueError, match="`decayed` must be one of all, weights"):
        optim.Adam(decayed="none")
    with pytest.raises(ValueError, match="set `ema` to true"):
        optim.Momentum(bias_correction=True)
    rule = optim.Momentum()
    with pytest.raises(ValueError, match="set `ema` to true"):
        rule.bias_correction = True
    with pytest.raises(ValueError, match="in \\[0, 1\\)"):
        rule.momentum = np.nan
    with pytest.raises(AttributeError):
        rule.learning_rate = 1
    assert rule == optim.Momentum()
    rule.lr = np.float32(0.5)
    assert rule.lr == 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_number_of_threads_changes_no_bit(rule_class, dtype):
    shapes = [(300, 400), (70_000,), (5,)]
    if "ns_steps" in inspect.signature(rule_class).parameters:
        shapes = [(60, 40), (70_000,)]  # Its products are long in a build for tests.
    ways = [walk(rule_class(n_jobs=n), some(0, dtype, shapes), [1, 2]) for n in (1, 2)]
    assert same(*ways) and not same(ways[0], some(0, dtype, shapes))


def test_arrays_apart_go_as_they_do_in_one(rule_class):
    """A rule of slices does not see where an array ends; one that sums over all sums over all arrays."""
    if rule_class in (optim.Adafactor, optim.Lars, optim.Lamb, optim.Muon):  # Rules of a whole matrix.
        return
    apart, together = some(0, shapes=[(6,), (5,)]), some(0, shapes=[(11,)])
    together[0][:] = np.concatenate(apart)
    one, other = rule_class(), rule_class()
    for seed in range(1, 8):
        grads = some(seed, shapes=[(6,), (5,)])
        one.step(apart, grads)
        other.step(together, [np.concatenate(grads)])
    np.testing.assert_allclose(np.concatenate(apart), together[0], rtol=1e-12)


@given(seed=st.integers(0, 1000), done=st.integers(0, 5), single=st.booleans(), choice=st.sampled_from(RULES))
@settings(max_examples=80, deadline=None)
def test_goes_on_bit_for_bit_from_a_copy(seed, done, single, choice):
    dtype = np.float32 if single else np.float64
    rule, params = choice(decayed="weights"), some(seed, dtype)
    walk(rule, params, range(done))
    fresh = choice()
    fresh.load_state_dict(rule.state_dict())
    others = [pickle.loads(pickle.dumps(rule)), copy.copy(rule), copy.deepcopy(rule), fresh]
    starts = [copy.deepcopy(params) for _ in others]
    walk(rule, params, range(10, 13))
    for other, start in zip(others, starts, strict=True):
        assert other == rule and other.steps == done
        assert same(walk(other, start, range(10, 13)), params)
        assert same(other.evaluated(start), rule.evaluated(params))


def test_one_array_a_list_and_a_dict_are_alike(rule_class):
    a, b = some(0, shapes=[(3, 4), (4,)])
    listed, keyed, alone = [a.copy(), b.copy()], {"a": a.copy(), "b": b.copy()}, a.copy()
    of_list, of_dict, of_one = rule_class(), rule_class(), rule_class()
    for seed in range(3):
        g, h = some(seed + 1, shapes=[(3, 4), (4,)])
        of_list.step(listed, (g, h))
        of_dict.step(keyed, {"b": h, "a": g})
        of_one.step(alone, g)
    assert same(listed, list(keyed.values()))
    assert list(of_dict.evaluated(keyed)) == ["a", "b"] and isinstance(of_list.evaluated(listed), list)
    assert of_one.evaluated(alone).shape == (3, 4)
    for name, arrays in of_dict.state_dict()["buffers"].items():
        assert {key: it.shape for key, it in arrays.items()} == {"a": (3, 4), "b": (4,)}, name


def test_an_average_is_what_is_evaluated():
    rule, w, z = optim.ScheduleFreeSgd(lr=0.1), np.ones(3), []
    for _ in range(20):
        rule.step(w, 2 * w)
        z.append(rule.state_dict()["buffers"]["z"])
    before = w.copy()
    np.testing.assert_allclose(rule.evaluated(w), np.mean(z, axis=0), rtol=1e-12)
    assert np.array_equal(w, before)


def test_decay_takes_all_arrays_or_the_weights():
    for decayed, bias in [("all", 0.95), ("weights", 1.0)]:
        params = [np.ones((2, 2)), np.ones(2)]
        optim.Adamw(lr=0.1, weight_decay=0.5, decayed=decayed).step(params, [np.zeros((2, 2)), np.zeros(2)])
        assert np.all(params[0] == 0.95) and np.all(params[1] == bias)


def test_a_learning_rate_may_change_between_steps():
    rule, w = optim.Sgd(lr=1.0), np.zeros(1)
    rule.step(w, np.ones(1))
    rule.lr = 0.5
    rule.step(w, np.ones(1))
    assert w[0] == -1.5 and rule.steps == 2
    rule = optim.Adam()
    rule.step(w, np.ones(1))
    with pytest.raises(ValueError, match="call `reset\\(\\)` before"):
        rule.amsgrad = True
    rule.reset()
    rule.amsgrad = True
    assert rule.steps == 0


W = np.ones((2, 3))
BIG = np.ones(10)
LOCKED = np.ones(3)
LOCKED.flags.writeable = False
TWICE = np.ones(2)
WRONG = {
    "a list of numbers": ([1.0, 2.0], [1.0, 2.0], TypeError, r"params\[0\] must be a numpy array"),
    "a number": (1.0, 1.0, TypeError, "a list or dict of arrays"),
    "whole numbers": (np.ones(3, int), np.ones(3), TypeError, "params must be an array of float32 or float64, found int64"),
    "two precisions": (W, W.astype(np.float32), TypeError, "grads must be an array of one precision"),
    "bytes swapped": (W.astype(">f8"), W, TypeError, "found >f8"),
    "shape": (W, np.ones((3, 2)), ValueError, r"grads has the shape \[3, 2\], params has \[2, 3\]"),
    "strides": (BIG[::2], np.ones(5), ValueError, "params is not C-contiguous"),
    "columns first": (W, np.asfortranarray(W.copy()), ValueError, "grads is not C-contiguous"),
    "read only": (LOCKED, np.ones(3), ValueError, "params: .*writ"),
    "overlap": ([BIG[:6], BIG[5:]], [np.ones(6), np.ones(5)], ValueError, r"params\[0\] and params\[1\] share memory"),
    "own gradient": (W, W, ValueError, "share memory"),
    "the same twice": ([TWICE, TWICE], [np.ones(2), np.ones(2)], ValueError, "share memory"),
    "NaN": (W, W * np.nan, ValueError, "grads has NaN or infinity"),
    "infinity in one": ({"a": W}, {"a": np.full((2, 3), np.inf)}, ValueError, r"grads\['a'\] has"),
    "no gradient": ([W], [], ValueError, "the parameters are a list of 1, the gradients a list of 0"),
    "other keys": ({"a": W}, {"b": W.copy()}, ValueError, r"\['a'\], the gradients a dict of \['b'\]"),
    "nothing": ([], [], ValueError, "there are no parameters"),
}


@pytest.mark.parametrize(("params", "grads", "error", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_array_moves_nothing(params, grads, error, words):
    before = copy.deepcopy(params)
    rule = optim.Adam()
    with pytest.raises(error, match=words):
        rule.step(params, grads)
    assert str(before) == str(params) and rule.steps == 0


def test_two_gradients_may_be_one_array():
    params, g = [np.zeros(2), np.zeros(2)], np.ones(2)
    optim.Sgd(lr=1).step(params, [g, g])
    assert same(params, [-g, -g])
    optim.Sgd(lr=1).step(params[0], np.array([np.nan, 1.0]), check_finite=False)
    assert np.isnan(params[0][0])


def test_other_arrays_after_a_step_are_refused():
    rule, w = optim.Adam(), np.ones(3)
    rule.step(w, w.copy())
    for params, words in [
        (np.ones(4), r"the shape \[3\] so far, and now has \[4\]"),
        (np.ones(3, np.float32), "in float64"),
        ([np.ones(3)], "not of a list of 1"),
    ]:
        with pytest.raises(ValueError, match=words):
            rule.step(params, copy.deepcopy(params))
    assert rule.steps == 1


def test_a_state_that_does_not_fit_changes_nothing():
    rule, w = optim.Adam(lr=0.5), np.ones(3)
    rule.step(w, w.copy())
    state = rule.state_dict()
    with pytest.raises(ValueError, match="state of `adam`, not of `sgd`"):
        optim.Sgd().load_state_dict(state)
    other = optim.Adam()
    for broken in [
        {"rule": "adam"},
        state | {"buffers": {"m": state["buffers"]["m"]}},
        state | {"buffers": {"m": np.ones(2), "v": np.ones(3)}},
        {key: value for key, value in state.items() if key != "shapes"},
    ]:
        with pytest.raises(ValueError):
            other.load_state_dict(broken)
    assert other == optim.Adam() and other.steps == 0


def test_importing_is_light():
    code = "import sys, thalweg.optim, thalweg.schedules; print({'sklearn', 'torch', 'pandas', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_name_is_explained():
    page = thalweg.explain("adam")
    assert "adam (optimizer)" in page and "beta1 : float, in [0, 1), default 0.9" in page
    assert thalweg.explain("linear").startswith("linear (schedule): ")
    with pytest.raises(ValueError, match="nothing is called `adm`; did you mean .*`adam`"):
        thalweg.explain("adm")
