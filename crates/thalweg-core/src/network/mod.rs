//! A feed-forward network: its shape and its first weights. The weights themselves are a flat vector elsewhere.

mod architecture;
mod batch;
mod engine;
mod features;
mod kernel;
mod labels;
mod lines;
mod panels;
mod pass;
mod piece;
mod products;
mod rows;
mod second_order;
mod section;
mod sparse;
mod strided;
mod tile;
mod turn;

pub use architecture::Architecture;
pub use batch::{Batch, Cost, Examples};
pub use engine::Engine;
pub use features::{CompressedRows, CompressedRowsError, Features};
pub(crate) use kernel::{Left, Product, Start};
pub(crate) use products::Products;
pub use second_order::{Place, SecondOrder};
pub(crate) use section::sections;
pub use section::{Frame, Section};

use crate::Real;
use crate::activation::{self, Activation};
use crate::initializer::{self, Initializer};
use crate::layer::{Dense, DropConnect, Dropout};
use crate::layout::{Layout, Part};
use crate::rng::{Purpose, stream};
use crate::spec::SpecError;

/// A chain of dense layers with what acts between them.
pub struct Network {
    /// Dropout on the input.
    pub input_dropout: Dropout,
    layers: Vec<Layer>,
    layout: Layout,
}

/// One dense layer, ready to run.
pub struct Layer {
    /// Width of its input.
    pub inputs: usize,
    /// Width of its output.
    pub outputs: usize,
    /// φ.
    pub activation: Box<dyn Activation>,
    /// Where its weights start from.
    pub initializer: Box<dyn Initializer>,
    /// Dropout on its output.
    pub dropout: Dropout,
    /// DropConnect on its weights.
    pub dropconnect: DropConnect,
}

impl Network {
    /// The network that an architecture describes, for rows of `inputs` numbers and `outputs` results.
    ///
    /// The output layer has no activation: the loss takes its sums as they are.
    ///
    /// # Errors
    /// An activation or initializer that does not exist or has wrong settings.
    pub fn new(
        inputs: usize,
        outputs: usize,
        architecture: &Architecture,
    ) -> Result<Network, Vec<SpecError>> {
        let mut layers = Vec::new();
        let mut width = inputs;
        for dense in architecture.dense(outputs) {
            let mut layer = Layer::new(width, &dense)?;
            if layers.len() < architecture.hidden.len() {
                layer.dropout.rate = architecture.dropout;
                layer.dropconnect.rate = architecture.dropconnect;
            }
            width = layer.outputs;
            layers.push(layer);
        }
        let widths: Vec<_> = std::iter::once(inputs)
            .chain(layers.iter().map(|layer| layer.outputs))
            .collect();
        Ok(Network {
            input_dropout: Dropout {
                rate: architecture.input_dropout,
            },
            layers,
            layout: Layout::dense(&widths),
        })
    }

    /// The layers in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Which range of the parameter vector is which weight.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Width of a row.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Width of a result.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// First weights by each layer's initializer; biases are 0. The same seed gives the same bits.
    pub fn initialize<T: Real>(&self, seed: u64) -> Vec<T> {
        let mut parameters = vec![T::ZERO; self.layout.len()];
        for segment in self.layout.segments() {
            if segment.part != Part::Weight {
                continue;
            }
            let (outputs, inputs) = segment.shape;
            let mut rng = stream(seed, Purpose::Init, segment.layer as u16, 0);
            let mut weights = vec![0.0; outputs * inputs];
            let initializer = &self.layers[segment.layer - 1].initializer;
            initializer.fill(&mut rng, inputs, outputs, &mut weights);
            for (p, w) in parameters[segment.range.clone()].iter_mut().zip(weights) {
                *p = T::of(w);
            }
        }
        parameters
    }
}

impl Layer {
    /// Whether single weights are dropped.
    fn drops_weights(&self) -> bool {
        self.dropconnect.rate > 0.0
    }

    fn new(inputs: usize, dense: &Dense) -> Result<Layer, Vec<SpecError>> {
        let activation = activation::ALL.parse(&dense.activation)?;
        let init = if dense.init == "auto" {
            activation.init()
        } else {
            &dense.init
        };
        Ok(Layer {
            inputs,
            outputs: dense.units as usize,
            initializer: initializer::ALL.parse(init)?,
            activation,
            dropout: Dropout::default(),
            dropconnect: DropConnect::default(),
        })
    }
}
