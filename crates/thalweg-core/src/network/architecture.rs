//! A network's description: the `[network]` section of a configuration.

use crate::activation;
use crate::layer::{Dense, INIT_RANGE};
use crate::spec::{Card, Field, Range, Slot, Spec};

/// What a person says of a network; its input and output follow from the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Widths of the hidden layers; none for a linear model.
    pub hidden: Vec<u64>,
    /// Activation of the hidden layers.
    pub activation: String,
    /// Initializer of all weights.
    pub init: String,
    /// Dropout on what each hidden layer puts out.
    pub dropout: f64,
    /// Dropout on the input.
    pub input_dropout: f64,
    /// DropConnect on the weights of each hidden layer.
    pub dropconnect: f64,
}

impl Default for Architecture {
    fn default() -> Self {
        Architecture {
            hidden: vec![256, 128],
            activation: "relu".into(),
            init: "auto".into(),
            dropout: 0.1,
            input_dropout: 0.0,
            dropconnect: 0.0,
        }
    }
}

impl Spec for Architecture {
    const CARD: &'static Card = &Card {
        name: "network",
        summary: "A chain of dense layers.",
        formula: "a[0] = x\nz[l] = W[l] a[l−1] + b[l]\na[l] = φ(z[l])",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "hidden",
            doc: "Widths of the hidden layers, from the input on; empty for a linear model.",
            range: Range::count(1, 1 << 20),
            slot: Slot::Counts(|s| &mut s.hidden),
        },
        Field {
            name: "activation",
            doc: "Activation of the hidden layers, as a name or as `leaky_relu:slope=0.1`.",
            range: activation::RANGE,
            slot: Slot::Text(|s| &mut s.activation),
        },
        Field {
            name: "init",
            doc: "Initializer of all weights; `auto` takes the one that suits each layer's activation.",
            range: INIT_RANGE,
            slot: Slot::Text(|s| &mut s.init),
        },
        Field {
            name: "dropout",
            doc: "Probability of dropping a hidden unit while training.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.dropout),
        },
        Field {
            name: "input_dropout",
            doc: "Probability of dropping an input while training.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.input_dropout),
        },
        Field {
            name: "dropconnect",
            doc: "Probability of dropping a weight of a hidden layer while training.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.dropconnect),
        },
    ];
}

impl Architecture {
    /// The dense layers, the output layer with its `outputs` last.
    pub(super) fn dense(&self, outputs: usize) -> impl Iterator<Item = Dense> {
        let hidden = self.hidden.iter().map(|&units| Dense {
            units,
            activation: self.activation.clone(),
            init: self.init.clone(),
        });
        hidden.chain(std::iter::once(Dense {
            units: outputs as u64,
            activation: "identity".into(),
            init: self.init.clone(),
        }))
    }
}
