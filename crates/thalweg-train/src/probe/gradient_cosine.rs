//! Whether a gradient points where the last one did.

use thalweg_core::spec::{Card, Field, Spec};

use super::moment::{dot, square};
use super::{Measured, Moment, Probe, Reading, every, is_due};

/// The cosine between the gradients of two steps, one right after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientCosine {
    /// Steps from one reading to the next.
    pub every: u64,
}

impl Default for GradientCosine {
    fn default() -> Self {
        GradientCosine { every: 20 }
    }
}

impl Spec for GradientCosine {
    const CARD: &'static Card = &Card {
        name: "gradient_cosine",
        summary: "The cosine between a gradient and the last step's: near −1 steps leap across a valley, near 0 noise is all there is.",
        formula: "gradient_cosine = gₜ · gₜ₋₁ / (‖gₜ‖ ‖gₜ₋₁‖)",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[every(
        "Steps from one reading to the next; each costs the gradients of two batches more, of which other probes share one.",
        |s| &mut s.every,
    )];
}

impl Probe for GradientCosine {
    fn every(&self) -> u64 {
        self.every
    }

    /// Also the step before, to remember its gradient.
    fn wants(&self, step: u64) -> bool {
        is_due(step, self.every) || is_due(step + 1, self.every)
    }

    fn needs_gradient(&self) -> bool {
        true
    }

    fn buffers(&self) -> &'static [&'static str] {
        &["last"]
    }

    fn read(&self, moment: &mut Moment<'_, '_>, memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let (last, now) = (&mut memory[0], moment.gradient);
        let reads = is_due(moment.step, self.every) && last.len() == now.len();
        let cosine = reads.then(|| dot(last, now) / (square(last) * square(now)).sqrt());
        if is_due(moment.step + 1, self.every) {
            last.clear();
            last.extend_from_slice(now);
        } else {
            last.clear();
        }
        let reading = cosine.map(|cosine| ("gradient_cosine", Measured::number(cosine)));
        reading.into_iter().collect()
    }
}
