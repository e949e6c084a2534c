"""Schedules as classes: what they are worth at a time, and their short forms."""

import copy
import inspect
import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg import _core, schedules

ENTRIES = next(family["members"] for family in _core.families() if family["name"] == "schedules")
CLASSES = [getattr(schedules, name) for name in schedules.__all__ if name != "Schedule"]
TIMED = [it for it in CLASSES if it is not schedules.ReduceOnPlateau]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda it: it["name"])
def test_signature_and_docstring_say_what_the_registry_says(entry):
    found = next(it for it in CLASSES if it._name == entry["name"])
    parameters = inspect.signature(found).parameters
    assert {name: it.default for name, it in parameters.items()} == {it["name"]: it["default"] for it in entry["fields"]}
    assert entry["summary"] in found.__doc__
    assert found() == found(**found().settings()) and found().spec() == entry["name"]


@pytest.mark.parametrize("schedule", TIMED, ids=lambda it: it.__name__)
@given(base=st.floats(1e-6, 10), part=st.floats(0, 1.5), horizon=st.floats(1, 1e4))
@settings(max_examples=20, deadline=None)
def test_the_class_is_worth_what_its_short_form_is(schedule, base, part, horizon):
    it = schedule()
    t = part * horizon
    value = it(base, t, horizon)
    assert value == _core.schedule_value(it.spec(), base, t, horizon) and math.isfinite(value)
    assert pickle.loads(pickle.dumps(it)) == copy.deepcopy(it) == copy.copy(it) == it


@given(
    milestones=st.lists(st.floats(0.1, 100), max_size=4),
    gamma=st.floats(0.01, 1),
    t=st.floats(0, 120),
)
@settings(max_examples=60, deadline=None)
def test_a_list_goes_through_the_short_form(milestones, gamma, t):
    it = schedules.MultiStep(milestones=milestones, gamma=gamma)
    assert it.milestones == milestones
    assert it(1.0, t, 100) == _core.schedule_value(it.spec(), 1.0, t, 100)
    assert it(1.0, t, 100) == pytest.approx(gamma ** sum(t >= at for at in milestones))


def test_a_chain_goes_through_the_short_form():
    it = schedules.Chain(parts="linear:start=0.5,end=1 for 4 then multi_step:milestones=1,3,gamma=0.5 for 8 then constant")
    for t in (0, 2, 4, 5, 8, 11, 13):
        assert it(8.0, t, 20) == _core.schedule_value(it.spec(), 8.0, t, 20)
    assert it(8.0, 2, 20) == 6.0


def test_values_known_by_hand():
    assert schedules.Cosine()(1.0, 5, 10) == pytest.approx(0.5)
    assert schedules.Step(step_size=2, gamma=0.5)(8.0, 5, 10) == 2.0
    assert schedules.Linear()(1.0, 0.25, horizon=1) == 0.75
    assert schedules.InverseTime(rate=1)(1.0, 1, 9) == 0.5


def test_what_reacts_to_scores_has_no_value_at_a_time():
    with pytest.raises(ValueError, match="`reduce_on_plateau` reacts to the scores of a run"):
        schedules.ReduceOnPlateau()(0.1, 3, 10)


def test_wrong_settings_are_refused():
    with pytest.raises(TypeError, match="`cosine` has no setting `perod`; did you mean `period`"):
        schedules.Cosine(perod=3)
    with pytest.raises(ValueError, match="`gamma` of `step` must be in"):
        schedules.Step(gamma=2)
    with pytest.raises(TypeError, match='`period` of `cosine` takes a number or "run"'):
        schedules.Cosine(period="all")
    with pytest.raises(ValueError, match="unknown schedule `cosin`"):
        schedules.Chain(parts="cosin")
    with pytest.raises(ValueError, match="unless `mode` is exp_range"):
        schedules.Cyclic(gamma=0.5)
    it = schedules.Cyclic(gamma=0.5, mode="exp_range")
    with pytest.raises(ValueError, match="unless `mode` is exp_range"):
        it.mode = "triangular"
    assert repr(it) == "Cyclic(mode='exp_range', gamma=0.5)"
    it.gamma = 1
    it.mode = "triangular"
    assert it == schedules.Cyclic()
    with pytest.raises(AttributeError, match="did you mean `OneCycle`"):
        _ = schedules.OneCycleLR
