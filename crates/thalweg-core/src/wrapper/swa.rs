//! SWA: the mean of the weights at the ends of the last epochs is what is evaluated and saved.

use super::{Memory, Wrap, Wrapper};
use crate::Real;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// Stochastic weight averaging (Izmailov et al. 2018, algorithm 1), without its own learning rate: let a schedule
/// that ends high, or cycles, drive it.
///
/// ```text
/// after each epoch from `start` of the run on:  a ← a + (p − a) / n,  n the number of such epochs
/// ```
///
/// ## Differences
/// As PyTorch's `AveragedModel` when it is updated once an epoch. There is no batch normalization whose statistics
/// would have to be found again.
#[derive(Clone, Debug, PartialEq)]
pub struct Swa {
    /// The part of the run after which averaging begins.
    pub start: f64,
}

impl Default for Swa {
    fn default() -> Self {
        Swa { start: 0.75 }
    }
}

impl Spec for Swa {
    const CARD: &'static Card = &Card {
        name: "swa",
        summary: "The mean of the weights at the ends of the last epochs is what is evaluated and saved.",
        formula: "after each epoch from `start` of the run on:  a ← a + (p − a) / n,  n the number of such epochs",
        paper: "Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better Generalization, algorithm 1, arXiv:1803.05407",
        differences: "Without a learning rate of its own: let a schedule that ends high, or cycles, drive it.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "start",
        doc: "Part of the run after which averaging begins.",
        range: Range::below(0.0, 1.0),
        slot: Slot::Float(|s| &mut s.start),
    }];
}

impl<T: Real> Wrap<T> for Swa {
    fn after_epoch(&self, progress: f64, p: &[T], memory: &mut Memory<T>) {
        if progress <= self.start {
            return;
        }
        if memory.count == 0 {
            memory.vector = p.to_vec();
        }
        memory.count += 1;
        let share = T::of(1.0 / memory.count as f64);
        for (a, &p) in memory.vector.iter_mut().zip(p) {
            *a += share * (p - *a);
        }
    }
}

impl Wrapper for Swa {
    fn remembers(&self) -> bool {
        true
    }
    fn averages(&self) -> bool {
        true
    }
    fn spans(&self) -> bool {
        true
    }
}
