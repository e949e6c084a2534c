//! Lookahead: every few steps the weights go back part of the way, to where the slow weights have moved.

use super::{Memory, Wrap, Wrapper};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Lookahead (Zhang et al. 2019, algorithm 1).
///
/// ```text
/// every `every` steps:  φ ← φ + alpha (p − φ),  p ← φ
/// ```
/// The rule's own averages go on as they are.
///
/// ## Differences
/// As pytorch_optimizer's with `pullback_momentum="none"`, and optax's `lookahead`, whose slow weights are what is
/// evaluated; here it is p, which is the same at every `every`-th step.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookahead {
    /// Steps from one move of the slow weights to the next.
    pub every: u64,
    /// How far they move.
    pub alpha: f64,
}

impl Default for Lookahead {
    fn default() -> Self {
        Lookahead {
            every: 5,
            alpha: 0.5,
        }
    }
}

impl Spec for Lookahead {
    const CARD: &'static Card = &Card {
        name: "lookahead",
        summary: "Every few steps the weights go back part of the way to slow weights that follow them.",
        formula: "every `every` steps:  φ ← φ + alpha (p − φ),  p ← φ",
        paper: "Zhang et al. 2019, Lookahead Optimizer: k Steps Forward, 1 Step Back, algorithm 1, arXiv:1907.08610",
        differences: "optax evaluates the slow weights; here it is p, which is the same at every `every`-th step.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "every",
            doc: "Steps from one move of the slow weights to the next.",
            range: Range::count(1, i64::MAX as u64),
            slot: Slot::Count(|s| &mut s.every),
        },
        Field {
            name: "alpha",
            doc: "Part of the way that the slow weights move.",
            range: Range::closed(0.0, 1.0),
            slot: Slot::Float(|s| &mut s.alpha),
        },
    ];
}

impl<T: Real> Wrap<T> for Lookahead {
    /// The slow weights start where the parameters do.
    fn regrade(
        &self,
        _objective: &mut dyn crate::objective::Objective<T>,
        _rows: &[u32],
        p: &mut [T],
        _g: &mut [T],
        memory: &mut Memory<T>,
    ) {
        if memory.count == 0 {
            memory.vector = p.to_vec();
            memory.count = 1;
        }
    }

    fn after_step(&self, step: u64, p: &mut [T], memory: &mut Memory<T>) {
        if !step.is_multiple_of(self.every) {
            return;
        }
        let alpha = T::of(self.alpha);
        for (p, slow) in p.iter_mut().zip(&mut memory.vector) {
            *slow += alpha * (*p - *slow);
            *p = *slow;
        }
        memory.count += 1;
    }
}

impl Wrapper for Lookahead {
    fn remembers(&self) -> bool {
        true
    }
    fn regrades(&self) -> bool {
        true
    }
    fn averages(&self) -> bool {
        false
    }
}
