//! The class `Trainer`: a network under training, whose parameters, rows and epochs are Python's.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use thalweg::core::layout::Part;
use thalweg::core::loss::{Loss, Purpose, Targets};
use thalweg::core::network::Network;
use thalweg::core::objective::Penalties;
use thalweg::train::Trajectory;
use thalweg::{Architecture, Team};

use crate::arrays::{Answers, Number, Table, matrix, readable, writable};
use crate::memory::{memory, restore};
use crate::registry::refusal;
use crate::rows::Task;
use crate::session::{Means, Progress, Session, Settings, Solved, Until};

/// A network with a loss and with what trains it. Arrays are of one precision, f32 or f64, and C-contiguous.
#[pyclass(module = "thalweg._core")]
pub(crate) struct Trainer {
    session: Precision,
}

enum Precision {
    Single(Session<f32>),
    Double(Session<f64>),
}

/// What an epoch or a solver learns from.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Lesson<'py> {
    x: Bound<'py, PyAny>,
    y: Bound<'py, PyAny>,
    /// Rows that count, in the order in which they come.
    order: PyReadonlyArray1<'py, u32>,
    weights: Option<Bound<'py, PyAny>>,
    factor: f64,
    alpha: f64,
    l1: f64,
    l2: f64,
}

impl Trainer {
    /// The network, its loss and the threads.
    pub(crate) fn parts(&self) -> (&Network, &dyn Loss, &Team) {
        match &self.session {
            Precision::Single(session) => (&session.network, &*session.loss, &session.team),
            Precision::Double(session) => (&session.network, &*session.loss, &session.team),
        }
    }

    /// Where it has been, if that was recorded.
    pub(crate) fn trajectory(&self) -> Option<&Trajectory> {
        match &self.session {
            Precision::Single(session) => session.trajectory.as_ref(),
            Precision::Double(session) => session.trajectory.as_ref(),
        }
    }
}

#[pymethods]
impl Trainer {
    #[new]
    #[pyo3(signature = (*, inputs, outputs, hidden, activation, init, loss, optimizer, schedule, wrappers, clip_norm, dropout, input_dropout, dropconnect, double, threads, seed, record_path))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        inputs: usize,
        outputs: usize,
        hidden: Vec<u64>,
        activation: String,
        init: String,
        loss: String,
        optimizer: String,
        schedule: Option<String>,
        wrappers: Vec<String>,
        clip_norm: Option<f64>,
        dropout: f64,
        input_dropout: f64,
        dropconnect: f64,
        double: bool,
        threads: usize,
        seed: u64,
        record_path: bool,
    ) -> PyResult<Trainer> {
        let settings = Settings {
            inputs,
            outputs,
            architecture: Architecture {
                hidden,
                activation,
                init,
                dropout,
                input_dropout,
                dropconnect,
            },
            loss,
            optimizer,
            schedule,
            wrappers,
            clip_norm,
            threads,
            seed,
            record_path,
        };
        let session = if double {
            Session::new(&settings).map(Precision::Double)
        } else {
            Session::new(&settings).map(Precision::Single)
        };
        let session = session.map_err(|errors| refusal(&errors))?;
        Ok(Trainer { session })
    }

    /// `(name, is_weight, (rows, columns), start, end)` of each part of the parameters.
    #[allow(clippy::type_complexity)]
    fn layout(&self) -> Vec<(String, bool, (usize, usize), usize, usize)> {
        let segments = self.parts().0.layout().segments().iter();
        segments
            .map(|segment| {
                (
                    segment.to_string(),
                    segment.part == Part::Weight,
                    segment.shape,
                    segment.range.start,
                    segment.range.end,
                )
            })
            .collect()
    }

    /// First parameters by the initializers.
    fn initialize<'py>(&self, py: Python<'py>, seed: u64) -> Bound<'py, PyAny> {
        match &self.session {
            Precision::Single(s) => {
                PyArray1::from_vec(py, s.network.initialize::<f32>(seed)).into_any()
            }
            Precision::Double(s) => {
                PyArray1::from_vec(py, s.network.initialize::<f64>(seed)).into_any()
            }
        }
    }

    /// An epoch: moves the parameters; returns the mean loss, the mean penalty and whether a loss was not finite.
    fn learn(
        &mut self,
        py: Python<'_>,
        parameters: &Bound<'_, PyAny>,
        lesson: Lesson<'_>,
        batch_size: usize,
    ) -> PyResult<(f64, f64, bool)> {
        match &mut self.session {
            Precision::Single(session) => learn(py, session, parameters, &lesson, batch_size),
            Precision::Double(session) => learn(py, session, parameters, &lesson, batch_size),
        }
    }

    /// Steps of a solver; returns how many, the evaluations, the value and why it has ended.
    fn solve(
        &mut self,
        py: Python<'_>,
        parameters: &Bound<'_, PyAny>,
        lesson: Lesson<'_>,
        steps: u64,
        evaluations: u64,
        gain: f64,
    ) -> PyResult<(u64, u64, f64, &'static str)> {
        let until = Until {
            steps,
            evaluations,
            gain,
        };
        match &mut self.session {
            Precision::Single(session) => solve(py, session, parameters, &lesson, until),
            Precision::Double(session) => solve(py, session, parameters, &lesson, until),
        }
    }

    /// Probabilities or numbers, rows × outputs.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        parameters: &Bound<'py, PyAny>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &self.session {
            Precision::Single(session) => predict(py, session, parameters, x),
            Precision::Double(session) => predict(py, session, parameters, x),
        }
    }

    /// The parameters to predict with: an average, where the rule or a wrapper keeps one.
    fn evaluated(&self, parameters: &Bound<'_, PyAny>) -> PyResult<()> {
        fn put<T: Number>(session: &Session<T>, parameters: &Bound<'_, PyAny>) -> PyResult<()> {
            if let Means::Rule(descent) = &session.means {
                let mut parameters = writable::<T>(parameters)?;
                descent.evaluated(parameters.as_slice_mut()?);
            }
            Ok(())
        }
        match &self.session {
            Precision::Single(session) => put(session, parameters),
            Precision::Double(session) => put(session, parameters),
        }
    }

    /// Whether [`Trainer::evaluated`] may change anything.
    fn averages(&self) -> bool {
        match &self.session {
            Precision::Single(session) => session.averages(),
            Precision::Double(session) => session.averages(),
        }
    }

    /// Tells the wrappers that an epoch is over.
    fn end_epoch(&mut self, progress: f64, parameters: &Bound<'_, PyAny>) -> PyResult<()> {
        fn tell<T: Number>(
            session: &mut Session<T>,
            progress: f64,
            parameters: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            if let Means::Rule(descent) = &mut session.means {
                descent.end_epoch(progress, readable::<T>(parameters)?.as_slice()?);
            }
            Ok(())
        }
        match &mut self.session {
            Precision::Single(session) => tell(session, progress, parameters),
            Precision::Double(session) => tell(session, progress, parameters),
        }
    }

    /// Sets the learning rate by the schedule, for an epoch (from 0) of so many.
    fn begin_epoch(&mut self, epoch: f64, epochs: f64) {
        match &mut self.session {
            Precision::Single(session) => session.begin_epoch(epoch, epochs),
            Precision::Double(session) => session.begin_epoch(epoch, epochs),
        }
    }

    /// Lets a schedule that reacts to scores see one.
    fn observe(&mut self, score: f64, higher_is_better: bool) {
        match &mut self.session {
            Precision::Single(session) => session.observe(score, higher_is_better),
            Precision::Double(session) => session.observe(score, higher_is_better),
        }
    }

    /// Sets a number of the update rule; false if it has none of this name.
    fn drive(&mut self, field: &str, value: f64) -> bool {
        match &mut self.session {
            Precision::Single(session) => session.drive(field, value),
            Precision::Double(session) => session.drive(field, value),
        }
    }

    /// Everything that going on needs besides the parameters.
    fn memory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match &self.session {
            Precision::Single(session) => memory(py, session),
            Precision::Double(session) => memory(py, session),
        }
    }

    /// Goes on from what [`Trainer::memory`] gave.
    fn restore(&mut self, memory: &Bound<'_, PyDict>) -> PyResult<()> {
        match &mut self.session {
            Precision::Single(session) => restore(session, memory),
            Precision::Double(session) => restore(session, memory),
        }
    }
}

fn learn<T: Number>(
    py: Python<'_>,
    session: &mut Session<T>,
    parameters: &Bound<'_, PyAny>,
    lesson: &Lesson<'_>,
    batch_size: usize,
) -> PyResult<(f64, f64, bool)> {
    with_task(
        session,
        parameters,
        lesson,
        |session, task, parameters, order| {
            let mut progress = Progress::default();
            while progress.done < order.len() && !progress.diverged {
                py.detach(|| {
                    session.learn(task, parameters, (order, batch_size.max(1)), &mut progress);
                });
                py.check_signals()?;
            }
            let rows = progress.done as f64;
            Ok((
                progress.loss / rows,
                progress.penalty / rows,
                progress.diverged,
            ))
        },
    )
}

fn solve<T: Number>(
    py: Python<'_>,
    session: &mut Session<T>,
    parameters: &Bound<'_, PyAny>,
    lesson: &Lesson<'_>,
    until: Until,
) -> PyResult<(u64, u64, f64, &'static str)> {
    with_task(
        session,
        parameters,
        lesson,
        |session, task, parameters, order| {
            let mut solved = Solved::default();
            loop {
                py.detach(|| session.solve(task, parameters, order, until, &mut solved));
                py.check_signals()?;
                if let Some(reason) = solved.reason {
                    return Ok((solved.steps, solved.evaluations, solved.value, reason));
                }
            }
        },
    )
}

fn predict<'py, T: Number>(
    py: Python<'py>,
    session: &Session<T>,
    parameters: &Bound<'py, PyAny>,
    x: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (parameters, table) = (readable::<T>(parameters)?, Table::<T>::of(x)?);
    let (parameters, input) = (parameters.as_slice()?, table.input()?);
    let network = &session.network;
    check(parameters.len() == network.layout().len(), "parameters")?;
    check(input.width == network.inputs(), "features")?;
    let predictions = py.detach(|| session.predict(parameters, input));
    matrix(py, predictions, network.outputs())
}

/// Checks what a lesson says, and calls `f` with it.
fn with_task<T: Number, R>(
    session: &mut Session<T>,
    parameters: &Bound<'_, PyAny>,
    lesson: &Lesson<'_>,
    f: impl FnOnce(&mut Session<T>, &Task<'_, T>, &mut [T], &[u32]) -> PyResult<R>,
) -> PyResult<R> {
    let mut parameters = writable::<T>(parameters)?;
    let (table, answers) = (Table::<T>::of(&lesson.x)?, Answers::<T>::of(&lesson.y)?);
    let weights = lesson.weights.as_ref().map(readable::<T>).transpose()?;
    let task = Task {
        input: table.input()?,
        targets: answers.targets()?,
        weights: weights.as_ref().map(|it| it.as_slice()).transpose()?,
        factor: lesson.factor,
        penalties: Penalties {
            l1: lesson.l1,
            l2: lesson.l2,
        },
        alpha: lesson.alpha,
    };
    let (parameters, order) = (parameters.as_slice_mut()?, lesson.order.as_slice()?);
    let (network, rows) = (&session.network, task.input.rows());
    check(parameters.len() == network.layout().len(), "parameters")?;
    check(task.input.width == network.inputs(), "features")?;
    check(task.targets.len() == rows, "targets")?;
    check(task.weights.is_none_or(|it| it.len() == rows), "weights")?;
    check(
        order.iter().all(|&row| (row as usize) < rows) && !order.is_empty(),
        "rows in their order",
    )?;
    let outputs = network.outputs();
    let suits = match (task.targets, session.loss.purpose()) {
        (Targets::Classes(it), Purpose::Classes) => it.iter().all(|&c| (c as usize) < outputs),
        (Targets::Classes(it), Purpose::TwoClasses) => outputs == 1 && it.iter().all(|&c| c < 2),
        (
            Targets::Values { width, .. },
            Purpose::Numbers | Purpose::Counts | Purpose::TwoClasses,
        ) => width == outputs,
        _ => false,
    };
    check(suits, "targets for this loss")?;
    f(session, &task, parameters, order)
}

pub(crate) fn check(holds: bool, what: &str) -> PyResult<()> {
    if holds {
        Ok(())
    } else {
        Err(PyValueError::new_err(format!(
            "the {what} do not fit the network"
        )))
    }
}
