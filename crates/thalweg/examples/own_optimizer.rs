//! An update rule of your own: a struct, its fields, and one function of slices. It trains like the built-in ones.

// An example speaks to whoever runs it.
#![allow(clippy::print_stdout)]

use thalweg::core::Real;
use thalweg::core::optimizer::{Now, Rule};
use thalweg::spec::{Card, Field, Range, Slot, Spec};
use thalweg::{Config, Data, Descent, TrainError, fit};

/// Sign descent: every coordinate moves by `lr`, whatever the size of its slope.
///
/// ```text
/// p ← p − lr sign(g)
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SignDescent {
    /// Learning rate.
    pub lr: f64,
}

impl Default for SignDescent {
    fn default() -> Self {
        SignDescent { lr: 1e-3 }
    }
}

impl Spec for SignDescent {
    const CARD: &'static Card = &Card {
        name: "sign_descent",
        summary: "Every coordinate moves by the learning rate.",
        formula: "p ← p − lr sign(g)",
        paper: "Bernstein et al. 2018, signSGD, algorithm 1, arXiv:1802.04434",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "lr",
        doc: "Learning rate.",
        range: Range::NOT_NEGATIVE,
        slot: Slot::Float(|s| &mut s.lr),
    }];
}

impl Rule for SignDescent {
    fn buffers(&self) -> &'static [&'static str] {
        &[]
    }

    fn update<T: Real>(&self, _now: Now<'_>, p: &mut [T], g: &[T], _buffers: &mut [&mut [T]]) {
        let lr = T::of(self.lr);
        for (p, &g) in p.iter_mut().zip(g) {
            if g > T::ZERO {
                *p -= lr;
            } else if g < T::ZERO {
                *p += lr;
            }
        }
    }
}

/// Trains on two moons with the rule above, its learning rate falling along a cosine.
pub fn main() -> Result<(), TrainError> {
    let config = Config {
        data: Data {
            source: "moons:n=1000".into(),
            ..Data::default()
        },
        optimizer: Box::new(SignDescent::default()),
        schedule: Box::new(thalweg::core::schedule::Cosine::default()),
        training: Descent {
            epochs: 30,
            ..Descent::default()
        },
        ..Config::default()
    };
    let (_, summary) = fit(config)?;
    let accuracy = summary
        .test
        .and_then(|scores| scores.get("accuracy"))
        .unwrap_or(f64::NAN);
    println!("test accuracy {accuracy:.3}");
    assert!(accuracy > 0.9);
    Ok(())
}
