//! The way between the models of two runs: whether they lie in one valley.

use thalweg_core::spec::{Card, Field, Range, Slot, Spec, Tunable};
use thalweg_landscape::connect::{Connection, connect};
use thalweg_landscape::{Rows, Surface};

use super::{Specimen, rows, widen};
use crate::{Run, TrainError};

/// How the way between two runs is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectTest {
    /// Places along the way.
    pub places: u64,
    /// The rows, or none for all.
    pub rows: Option<u64>,
}

impl Default for ConnectTest {
    fn default() -> Self {
        ConnectTest {
            places: 31,
            rows: Some(1000),
        }
    }
}

impl Spec for ConnectTest {
    const CARD: &'static Card = &Card {
        name: "connect",
        summary: "How the way between two runs is looked at.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "places",
            doc: "Places along the way, with both ends.",
            range: Range::count(3, 10_001),
            slot: Slot::Count(|s| &mut s.places),
        },
        rows(|s| &mut s.rows),
    ];
}

/// Both ways between two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectFound {
    /// The rows that the losses are of: training rows of the first run.
    pub rows: Rows,
    /// As they are, and with the hidden units in the same order.
    pub connection: Connection,
}

impl ConnectTest {
    /// Looks at the loss of the first run between the weights of its model and those of the other's.
    ///
    /// # Errors
    /// Runs whose networks, data or losses differ, or a loss that is not finite.
    pub fn measure(&self, first: &Run, second: &Run) -> Result<ConnectFound, TrainError> {
        let differing = differing(first, second);
        if !differing.is_empty() {
            return Err(TrainError::Incomparable { differing });
        }
        let specimen = Specimen::<f32>::of(first, self.rows);
        let mut objective = specimen.objective(first)?;
        let mut surface = Surface::new(&mut objective, specimen.rows().clone());
        let (a, b) = (widen(first.best()), widen(second.best()));
        let places = self.places as usize;
        Ok(ConnectFound {
            connection: connect(&mut surface, &first.network, &a, &b, places)?,
            rows: specimen.rows().clone(),
        })
    }
}

/// What runs may differ in whose losses without penalties are compared.
pub(crate) const PENALTIES: &str = "their penalties";

/// What must be the same of two runs and is not.
pub(crate) fn differing(first: &Run, second: &Run) -> Vec<&'static str> {
    let described = |it: &dyn Tunable| (it.card().name, it.dump());
    let layers = |run: &Run| -> Vec<_> {
        let layers = run.network.layers().iter();
        let layer = layers.map(|it| (it.inputs, it.outputs, described(&*it.activation)));
        layer.collect()
    };
    let loss = |run: &Run| run.config.loss.as_deref().map(|loss| described(loss));
    let penalties = |run: &Run| (run.config.training.l1, run.config.training.l2);
    [
        (layers(first) != layers(second), "their layers"),
        (loss(first) != loss(second), "their losses"),
        (penalties(first) != penalties(second), PENALTIES),
        (
            first.data.preprocessing != second.data.preprocessing,
            "what their features were fitted on; give both the same --split-seed",
        ),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect()
}
