//! The engine: value and gradient of a network over chosen rows, whole steps of a descent, and predictions.

use super::Network;
use super::bf16::Pair;
use super::machine::Machine;
use super::precision::Precision;
use crate::Real;
use crate::layer::Noise;
use crate::loss::{Loss, Targets};
use crate::objective::{Penalties, Taker};
use crate::team::Team;

/// Rows to learn from, or to be measured on.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T> {
    /// Features, rows × `width`, row-major.
    pub features: &'a [T],
    /// Features in a row.
    pub width: usize,
    /// Targets.
    pub targets: Targets<'a, T>,
    /// The weight of each row, with mean 1; none for equal weights.
    pub weights: Option<&'a [T]>,
}

impl<T> Examples<'_, T> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len()
    }
}

/// What a gradient is taken of.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a, T> {
    /// The examples that there are.
    pub examples: Examples<'a, T>,
    /// Those that count.
    pub rows: &'a [u32],
    /// The masks; none for the function without noise.
    pub noise: Option<Noise>,
    /// What the weights cost.
    pub penalties: Penalties,
}

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The mean loss over the batch's rows. It is a mean over their number, whatever their weights, which have mean 1
    /// over all rows.
    ///
    /// ## Differences
    /// PyTorch divides a weighted loss by the batch's sum of weights, so that in batches of one row the weights have
    /// no effect.
    pub loss: f64,
    /// The penalties on the weights.
    pub penalty: f64,
}

/// What a machine does, whatever it multiplies.
pub(super) trait Work<T> {
    /// See [`Engine::gradient`].
    fn gradient(&mut self, batch: &Batch<'_, T>, parameters: &[T], g: &mut [T]) -> Cost;
    /// See [`Engine::descend`].
    fn descend(
        &mut self,
        batch: &Batch<'_, T>,
        parameters: &mut [T],
        taker: &mut dyn Taker<T>,
    ) -> Option<Cost>;
    /// See [`Engine::evaluate`].
    fn evaluate(&mut self, parameters: &[T], examples: &Examples<'_, T>, outputs: &mut [T]) -> f64;
    /// See [`Engine::predict`].
    fn predict(&mut self, parameters: &[T], features: &[T], predictions: &mut [T]);
}

/// Runs one network with one loss; holds the buffers that this needs, and after the first batch needs no others.
pub struct Engine<'n, T> {
    network: &'n Network,
    loss: &'n dyn Loss,
    team: &'n Team,
    machine: Box<dyn Work<T> + 'n>,
}

impl<'n, T: Real> Engine<'n, T> {
    /// An engine for a network and a loss, on a team.
    pub fn new(network: &'n Network, loss: &'n dyn Loss, team: &'n Team) -> Engine<'n, T> {
        Engine {
            network,
            loss,
            team,
            machine: Box::new(Machine::<T>::new(network, loss, team)),
        }
    }

    /// The network.
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// The loss.
    pub fn loss(&self) -> &'n dyn Loss {
        self.loss
    }

    /// The team.
    pub fn team(&self) -> &'n Team {
        self.team
    }

    /// What the batch costs, and the gradient of that into `g`.
    pub fn gradient(&mut self, batch: &Batch<'_, T>, parameters: &[T], g: &mut [T]) -> Cost {
        self.machine.gradient(batch, parameters, g)
    }

    /// What the batch costs; then, if its loss is finite, a whole step: each piece of the gradient is taken by `taker`
    /// as soon as it is known. None, and nothing happens, for a batch whose gradient has to be added up.
    pub fn descend(
        &mut self,
        batch: &Batch<'_, T>,
        parameters: &mut [T],
        taker: &mut dyn Taker<T>,
    ) -> Option<Cost> {
        self.machine.descend(batch, parameters, taker)
    }

    /// The outputs (not yet predictions) for all examples into `outputs`, rows × width; returns the mean loss.
    pub fn evaluate(
        &mut self,
        parameters: &[T],
        examples: &Examples<'_, T>,
        outputs: &mut [T],
    ) -> f64 {
        self.machine.evaluate(parameters, examples, outputs)
    }

    /// Predictions for rows of features: probabilities, or numbers.
    pub fn predict(&mut self, parameters: &[T], features: &[T], predictions: &mut [T]) {
        self.machine.predict(parameters, features, predictions);
    }
}

impl<'n> Engine<'n, f32> {
    /// The same, with products of this precision. Parameters, sums, activations and gradients are f32 all the same.
    pub fn with_precision(
        network: &'n Network,
        loss: &'n dyn Loss,
        team: &'n Team,
        precision: Precision,
    ) -> Engine<'n, f32> {
        match precision {
            Precision::F32 => Engine::new(network, loss, team),
            Precision::Bf16 => Engine {
                network,
                loss,
                team,
                machine: Box::new(Machine::<Pair>::new(network, loss, team)),
            },
        }
    }
}
