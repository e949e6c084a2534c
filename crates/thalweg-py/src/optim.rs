//! Update rules for Python: steps on its own arrays.

use std::ops::Range;

use numpy::{PyArray1, PyArrayMethods as _};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use thalweg::Team;
use thalweg::core::optimizer::{self, Optimizer, Piece, State};

use crate::arrays::Number;
use crate::registry::refusal;
use crate::settings::{apply, dump, pairs, short};
use crate::team::team;
use crate::tensors::{Lent, Named, Tensors, is_single};

/// An update rule, and what it carries from step to step.
#[pyclass(name = "_Rule")]
pub(crate) struct Rule {
    rule: Box<dyn Optimizer>,
    memory: Memory,
}

/// What it carries, once there has been a step.
enum Memory {
    Empty,
    Single(Carried<f32>),
    Double(Carried<f64>),
}

/// The state over all arrays side by side, and their shapes.
struct Carried<T> {
    state: State<T>,
    shapes: Vec<Vec<usize>>,
}

/// How a step is made.
#[derive(Clone, Copy, FromPyObject)]
struct Manner {
    #[pyo3(item)]
    threads: usize,
    /// Whether vectors decay too, and not only matrices.
    #[pyo3(item)]
    all_decay: bool,
    #[pyo3(item)]
    check_finite: bool,
}

#[pymethods]
// Python hands arguments over by value.
#[allow(clippy::needless_pass_by_value)]
impl Rule {
    #[new]
    fn new(short: &str, settings: &Bound<'_, PyDict>) -> PyResult<Rule> {
        let mut rule = optimizer::ALL.parse(short).map_err(|it| refusal(&it))?;
        apply(&mut *rule, &pairs(settings)?)?;
        let memory = Memory::Empty;
        Ok(Rule { rule, memory })
    }

    /// Changes settings: all of these, or none where something is wrong.
    fn set(&mut self, settings: &Bound<'_, PyDict>) -> PyResult<()> {
        let mut changed = self.rule.boxed();
        apply(&mut *changed, &pairs(settings)?)?;
        let is_fresh = matches!(self.memory, Memory::Empty);
        if !is_fresh && changed.buffers() != self.rule.buffers() {
            return Err(PyValueError::new_err(format!(
                "`{}` carries other vectors with this setting: call `reset()` before it is changed",
                self.rule.card().name
            )));
        }
        self.rule = changed;
        Ok(())
    }

    /// All settings.
    fn dump<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dump(py, &*self.rule)
    }

    /// The short form.
    fn short(&self) -> String {
        short(&*self.rule)
    }

    /// Steps done.
    fn steps(&self) -> u64 {
        match &self.memory {
            Memory::Empty => 0,
            Memory::Single(it) => it.state.t,
            Memory::Double(it) => it.state.t,
        }
    }

    /// Forgets all steps.
    fn reset(&mut self) {
        self.memory = Memory::Empty;
    }

    /// Moves the parameters by their gradients, pairs of a name and an array.
    fn step(
        &mut self,
        py: Python<'_>,
        parameters: Vec<Named<'_>>,
        gradients: Vec<Named<'_>>,
        manner: Manner,
    ) -> PyResult<()> {
        if is_single(&parameters)? {
            let carried = match &mut self.memory {
                Memory::Single(it) => Some(it),
                Memory::Empty => None,
                Memory::Double(_) => return Err(other_precision("float64")),
            };
            let begun = step(py, &*self.rule, carried, &parameters, &gradients, manner)?;
            if let Some(begun) = begun {
                self.memory = Memory::Single(begun);
            }
        } else {
            let carried = match &mut self.memory {
                Memory::Double(it) => Some(it),
                Memory::Empty => None,
                Memory::Single(_) => return Err(other_precision("float32")),
            };
            let begun = step(py, &*self.rule, carried, &parameters, &gradients, manner)?;
            if let Some(begun) = begun {
                self.memory = Memory::Double(begun);
            }
        }
        Ok(())
    }

    /// Turns parameters into those that the rule offers as its result.
    fn evaluate(&self, parameters: Vec<Named<'_>>) -> PyResult<()> {
        match &self.memory {
            Memory::Empty => Ok(()),
            Memory::Single(it) => it.evaluate(&*self.rule, &parameters),
            Memory::Double(it) => it.evaluate(&*self.rule, &parameters),
        }
    }

    /// What it carries: nothing before the first step.
    fn memory<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        match &self.memory {
            Memory::Empty => Ok(None),
            Memory::Single(it) => it.save(py, &*self.rule).map(Some),
            Memory::Double(it) => it.save(py, &*self.rule).map(Some),
        }
    }

    /// Goes on from what [`Rule::memory`] gave.
    fn restore(&mut self, memory: &Bound<'_, PyDict>) -> PyResult<()> {
        self.memory = if item(memory, "dtype")?.extract::<String>()? == "float32" {
            Memory::Single(Carried::load(&*self.rule, memory)?)
        } else {
            Memory::Double(Carried::load(&*self.rule, memory)?)
        };
        Ok(())
    }
}

fn other_precision(which: &str) -> PyErr {
    PyValueError::new_err(format!(
        "the steps so far were in {which}: call `reset()` to begin anew"
    ))
}

/// Checks everything, and only then moves anything. Returns what the rule carries, where this was its first step.
fn step<T: Number>(
    py: Python<'_>,
    rule: &dyn Optimizer,
    carried: Option<&mut Carried<T>>,
    parameters: &[Named<'_>],
    gradients: &[Named<'_>],
    manner: Manner,
) -> PyResult<Option<Carried<T>>> {
    let tensors = Tensors::<T>::of(parameters, gradients)?;
    let shapes = tensors.shapes();
    if let Some(carried) = &carried {
        carried.check(parameters, &shapes)?;
    }
    let mut lent = tensors.lend()?;
    let slices = lent.slices()?;
    if manner.check_finite
        && let Some(at) = py.detach(|| slices.not_finite())
    {
        let Named(name, _) = &gradients[at];
        return Err(PyValueError::new_err(format!(
            "{name} has NaN or infinity in it; nothing has moved"
        )));
    }
    let team = team(manner.threads);
    let mut begun = None;
    let carried = match carried {
        Some(carried) => carried,
        None => begun.insert(Carried::new(rule, shapes)),
    };
    py.detach(|| carried.update(&team, rule, slices, manner.all_decay));
    Ok(begun)
}

impl<T: Number> Carried<T> {
    fn new(rule: &dyn Optimizer, shapes: Vec<Vec<usize>>) -> Carried<T> {
        let n = shapes.iter().map(|it| it.iter().product::<usize>()).sum();
        let state = State::new(rule, n);
        Carried { state, shapes }
    }

    /// Whether arrays of these shapes are those that it is of.
    fn check(&self, parameters: &[Named<'_>], shapes: &[Vec<usize>]) -> PyResult<()> {
        if shapes.len() != self.shapes.len() {
            return Err(PyValueError::new_err(format!(
                "{} arrays were stepped so far, and now {}: call `reset()` to begin anew",
                self.shapes.len(),
                shapes.len()
            )));
        }
        for (Named(name, _), (new, old)) in parameters.iter().zip(shapes.iter().zip(&self.shapes)) {
            if new != old {
                return Err(PyValueError::new_err(format!(
                    "{name} had the shape {old:?} so far, and now has {new:?}: call `reset()` to begin anew"
                )));
            }
        }
        Ok(())
    }

    /// Where each array lies in the state, and what it is to a rule.
    fn places(shapes: &[Vec<usize>], all_decay: bool) -> Vec<(Range<usize>, Piece)> {
        let mut start = 0;
        let place = |shape: &Vec<usize>| {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            let piece = Piece {
                decays: all_decay || shape.len() > 1,
                shape: match shape.split_first() {
                    Some((&rows, rest)) => (rows, rest.iter().product()),
                    None => (1, 1),
                },
            };
            (range, piece)
        };
        let mut places: Vec<_> = shapes.iter().map(place).collect();
        places.retain(|(range, _)| !range.is_empty());
        places
    }

    /// A step of all arrays: sums are taken over all of them before any is moved.
    fn update(
        &mut self,
        team: &Team,
        rule: &dyn Optimizer,
        mut slices: Lent<'_, T>,
        all_decay: bool,
    ) {
        let places = Carried::<T>::places(&self.shapes, all_decay);
        let state = &mut self.state;
        state.advance(rule);
        if rule.gathers() {
            let mut sums = [0.0; 2];
            for ((range, piece), (p, g)) in places.iter().zip(slices.pairs()) {
                let found = state.gather(team, rule, range.clone(), *piece, p, g);
                sums = [sums[0] + found[0], sums[1] + found[1]];
            }
            state.settle(rule, sums);
        }
        for ((range, piece), (p, g)) in places.into_iter().zip(slices.pairs()) {
            state.update_range(team, rule, range, piece, p, g);
        }
    }

    fn evaluate(&self, rule: &dyn Optimizer, parameters: &[Named<'_>]) -> PyResult<()> {
        let tensors = Tensors::<T>::of(parameters, &[])?;
        self.check(parameters, &tensors.shapes())?;
        let mut lent = tensors.lend()?;
        let mut slices = lent.slices()?;
        // Whether parameters decay makes no difference to an average.
        let places = Carried::<T>::places(&self.shapes, true);
        for ((range, piece), p) in places.into_iter().zip(slices.parameters()) {
            self.state.evaluate(rule, range, piece, p);
        }
        Ok(())
    }

    fn save<'py>(&self, py: Python<'py>, rule: &dyn Optimizer) -> PyResult<Bound<'py, PyDict>> {
        let buffers = PyDict::new(py);
        for (name, buffer) in rule.buffers().iter().zip(&self.state.buffers) {
            let arrays = PyList::empty(py);
            let mut start = 0;
            for shape in &self.shapes {
                let end = start + shape.iter().product::<usize>();
                let array = PyArray1::from_slice(py, &buffer[start..end]);
                arrays.append(array.reshape(shape.clone())?)?;
                start = end;
            }
            buffers.set_item(name, arrays)?;
        }
        let scalars = PyDict::new(py);
        for (name, scalar) in rule.scalars().iter().zip(&self.state.scalars) {
            scalars.set_item(name, scalar)?;
        }
        let memory = PyDict::new(py);
        memory.set_item("step", self.state.t)?;
        memory.set_item("dtype", T::NAME)?;
        memory.set_item("shapes", &self.shapes)?;
        memory.set_item("scalars", scalars)?;
        memory.set_item("buffers", buffers)?;
        Ok(memory)
    }

    fn load(rule: &dyn Optimizer, memory: &Bound<'_, PyDict>) -> PyResult<Carried<T>> {
        let shapes = item(memory, "shapes")?.extract::<Vec<Vec<usize>>>()?;
        let mut carried = Carried::new(rule, shapes);
        let state: &mut State<T> = &mut carried.state;
        state.t = item(memory, "step")?.extract()?;
        let (scalars, buffers) = (item(memory, "scalars")?, item(memory, "buffers")?);
        for (name, scalar) in rule.scalars().iter().zip(&mut state.scalars) {
            *scalar = item(scalars.cast()?, name)?.extract()?;
        }
        for (name, buffer) in rule.buffers().iter().zip(&mut state.buffers) {
            let mut start = 0;
            let arrays: Vec<Named<'_>> = item(buffers.cast()?, name)?
                .try_iter()?
                .map(|array| Ok(Named(format!("buffer `{name}`"), array?)))
                .collect::<PyResult<_>>()?;
            let tensors = Tensors::<T>::of(&arrays, &[])?;
            if tensors.shapes() != carried.shapes {
                return Err(PyValueError::new_err(format!(
                    "the arrays of the state's buffer `{name}` are not of the shapes that it names"
                )));
            }
            for array in tensors.copies()? {
                buffer[start..start + array.len()].copy_from_slice(&array);
                start += array.len();
            }
        }
        Ok(carried)
    }
}

fn item<'py>(memory: &Bound<'py, PyDict>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let found = memory.get_item(name)?;
    found.ok_or_else(|| PyValueError::new_err(format!("the state has no `{name}`")))
}
