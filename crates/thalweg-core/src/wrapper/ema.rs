//! EMA of weights: a moving average of the parameters is what is evaluated and saved.

use super::{Memory, Wrap, Wrapper};
use crate::Real;
use crate::ema::mix;
use crate::spec::{Card, Field, Range, Slot, Spec};

/// An exponential moving average of the weights (Polyak & Juditsky 1992 for the idea of averaging).
///
/// ```text
/// after the first step:  a ← p
/// after every other step:  a ← decay a + (1 − decay) p
/// ```
///
/// ## Differences
/// As PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`; Keras's `use_ema` starts from the first weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Ema {
    /// How slowly the average follows.
    pub decay: f64,
}

impl Default for Ema {
    fn default() -> Self {
        Ema { decay: 0.99 }
    }
}

impl Spec for Ema {
    const CARD: &'static Card = &Card {
        name: "ema",
        summary: "A moving average of the weights is what is evaluated and saved.",
        formula: "after the first step:  a ← p\nafter every other step:  a ← decay a + (1 − decay) p",
        paper: "",
        differences: "As PyTorch's AveragedModel with get_ema_multi_avg_fn; Keras's use_ema starts from the first weights.",
    };
    const FIELDS: &'static [Field<Self>] = &[Field {
        name: "decay",
        doc: "How slowly the average follows: it looks back about 1 / (1 − decay) steps.",
        range: Range::FRACTION,
        slot: Slot::Float(|s| &mut s.decay),
    }];
}

impl<T: Real> Wrap<T> for Ema {
    fn after_step(&self, _step: u64, p: &mut [T], memory: &mut Memory<T>) {
        if memory.count == 0 {
            memory.vector = p.to_vec();
        }
        let decay = T::of(self.decay);
        for (a, &p) in memory.vector.iter_mut().zip(p.iter()) {
            *a = mix(decay, *a, p);
        }
        memory.count += 1;
    }
}

impl Wrapper for Ema {
    fn remembers(&self) -> bool {
        true
    }
    fn averages(&self) -> bool {
        true
    }
}
