//! SAM: the gradient is taken where the loss is highest nearby, so that the descent ends in a flatter place.

use super::{Memory, Wrap, Wrapper};
use crate::Real;
use crate::objective::Objective;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Sharpness-aware minimization (Foret et al. 2021, algorithm 1).
///
/// ```text
/// e = rho g / ‖g‖
/// adaptive:  e = rho |p|² g / ‖|p| g‖
/// g ← ∇f(p + e) on the same rows
/// ```
/// Each step costs two gradients.
///
/// ## Differences
/// As the authors' program. `adaptive` is ASAM (Kwon et al. 2021, equation 6, arXiv:2102.11600) without its η.
#[derive(Clone, Debug, PartialEq)]
pub struct Sam {
    /// How far away the gradient is taken.
    pub rho: f64,
    /// Whether that distance is relative to each weight.
    pub adaptive: bool,
}

impl Default for Sam {
    fn default() -> Self {
        Sam {
            rho: 0.05,
            adaptive: false,
        }
    }
}

impl Spec for Sam {
    const CARD: &'static Card = &Card {
        name: "sam",
        summary: "Takes the gradient where the loss is highest nearby, so that the descent ends in a flatter place.",
        formula: "e = rho g / ‖g‖\nadaptive:  e = rho |p|² g / ‖|p| g‖\ng ← ∇f(p + e) on the same rows",
        paper: "Foret et al. 2021, Sharpness-Aware Minimization for Efficiently Improving Generalization, algorithm 1, arXiv:2010.01412",
        differences: "adaptive is ASAM (Kwon et al. 2021, equation 6, arXiv:2102.11600) without its η. Each step costs two gradients.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "rho",
            doc: "Distance at which the gradient is taken.",
            range: Range::NOT_NEGATIVE,
            slot: Slot::Float(|s| &mut s.rho),
        },
        Field {
            name: "adaptive",
            doc: "Whether that distance is relative to each weight.",
            range: Range::Any,
            slot: Slot::Switch(|s| &mut s.adaptive),
        },
    ];
}

impl<T: Real> Wrap<T> for Sam {
    fn regrade(
        &self,
        objective: &mut dyn Objective<T>,
        rows: &[u32],
        p: &mut [T],
        g: &mut [T],
        memory: &mut Memory<T>,
    ) {
        let scale = |p: T| if self.adaptive { p.to_f64().abs() } else { 1.0 };
        let squares = p
            .iter()
            .zip(g.iter())
            .map(|(&p, g)| (scale(p) * g.to_f64()).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        // Where there is no slope, there is nothing higher nearby that it could tell of.
        if norm.is_nan() || norm <= 0.0 {
            return;
        }
        memory.vector.clear();
        memory.vector.extend_from_slice(p);
        for (p, g) in p.iter_mut().zip(g.iter()) {
            let size = scale(*p);
            *p += T::of(self.rho * size * size * g.to_f64() / norm);
        }
        objective.gradient(p, rows, g);
        p.copy_from_slice(&memory.vector);
    }
}

impl Wrapper for Sam {
    fn remembers(&self) -> bool {
        false
    }
    fn regrades(&self) -> bool {
        true
    }
    fn averages(&self) -> bool {
        false
    }
}
