//! The dense layer: every output sees every input.

use crate::activation;
use crate::initializer;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// A dense layer's description.
///
/// ```text
/// z = W x + b,  a = φ(z)
/// δ = (Wᵀ⁺ δ⁺) ⊙ φ′(z)
/// ∂/∂W = δ xᵀ,  ∂/∂b = δ
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// The number of outputs.
    pub units: u64,
    /// The activation, as a name or a short form `leaky_relu:slope=0.1`.
    pub activation: String,
    /// The initializer of its weights, likewise; `auto` for the one that suits the activation.
    pub init: String,
}

impl Default for Dense {
    fn default() -> Self {
        Dense {
            units: 128,
            activation: "relu".into(),
            init: "auto".into(),
        }
    }
}

impl Spec for Dense {
    const CARD: &'static Card = &Card {
        name: "dense",
        summary: "Every unit sums all inputs with weights of its own, adds a bias and applies the activation.",
        formula: "z = W x + b\na = φ(z)",
        paper: "Rumelhart, Hinton & Williams 1986, Learning Representations by Back-Propagating Errors",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "units",
            doc: "Number of outputs.",
            range: Range::count(1, 1 << 20),
            slot: Slot::Count(|s| &mut s.units),
        },
        Field {
            name: "activation",
            doc: "Activation, as a name or as `leaky_relu:slope=0.1`.",
            range: activation::RANGE,
            slot: Slot::Text(|s| &mut s.activation),
        },
        Field {
            name: "init",
            doc: "Initializer of the weights; `auto` takes the one that suits the activation.",
            range: INIT_RANGE,
            slot: Slot::Text(|s| &mut s.init),
        },
    ];
}

/// An initializer, or `auto`.
pub(crate) const INIT_RANGE: Range = Range::Member {
    names: || [vec!["auto"], initializer::ALL.names()].concat(),
    check: |short| match short {
        "auto" => Ok(()),
        _ => initializer::ALL.parse(short).map(drop),
    },
};
