//! Which plane of the loss surface a portrait shows, and how finely. Not the taking of it: see `portrait`.

use thalweg_core::spec::{Card, Field, Range, Slot, Spec};

use super::{rows, seed};
use crate::AUTO;

/// Where the directions of a plane come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Directions {
    /// The two directions that the training has moved in most.
    Pca,
    /// Two random ones, in proportion to each neuron.
    Random,
    /// Those in which the surface bends most upwards and most downwards.
    Hessian,
}

impl Directions {
    /// All of them.
    pub const ALL: [Directions; 3] = [Directions::Pca, Directions::Random, Directions::Hessian];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Directions::Pca => "pca",
            Directions::Random => "random",
            Directions::Hessian => "hessian",
        }
    }

    /// What a word stands for.
    pub(super) fn named(name: &str) -> Option<Directions> {
        Directions::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Which plane is looked at, and how finely.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// `auto`, or where the directions come from.
    pub directions: String,
    /// Points along each axis.
    pub grid: u64,
    /// The rows, or none for all.
    pub rows: Option<u64>,
    /// How far the picture reaches.
    pub span: f64,
    /// Products for the ends of the spectrum.
    pub products: u64,
    /// The seed of random directions.
    pub seed: u64,
}

impl Default for View {
    fn default() -> Self {
        View {
            directions: AUTO.into(),
            grid: 51,
            rows: Some(1000),
            span: 1.0,
            products: 40,
            seed: 0,
        }
    }
}

impl Spec for View {
    const CARD: &'static Card = &Card {
        name: "landscape",
        summary: "Which plane of the loss surface is looked at, and how finely.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "directions",
            doc: "Directions of the plane: those of the recorded trajectory, random ones in proportion to each neuron, or those of the sharpest and the most negative curvature; `auto` takes `pca` where there is a trajectory and `random` elsewhere.",
            range: Range::OneOf(|| vec![AUTO, "pca", "random", "hessian"]),
            slot: Slot::Text(|s| &mut s.directions),
        },
        Field {
            name: "grid",
            doc: "Points along each axis.",
            range: Range::count(3, 1001),
            slot: Slot::Count(|s| &mut s.grid),
        },
        rows(|s| &mut s.rows),
        Field {
            name: "span",
            doc: "How far the picture reaches, as a factor: of random directions from −1 to 1 each neuron moves by its own length; of `pca` it is the room around the trajectory, of `hessian` steps that double the loss.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.span),
        },
        Field {
            name: "products",
            doc: "Most products of the Hessian with a vector, for the ends of its spectrum.",
            range: Range::count(2, 10_000),
            slot: Slot::Count(|s| &mut s.products),
        },
        seed("Seed of random directions.", |s| &mut s.seed),
    ];
}
