//! How much the gradients of single rows differ.

use thalweg_core::spec::{Card, Field, Spec};
use thalweg_landscape::Surface;
use thalweg_landscape::noise::{Measure, measure};

use super::{Measured, Moment, Probe, Reading, every, rows};

/// The simple noise scale of the gradient, on a fixed sample of the training rows, without dropout.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseScale {
    /// Steps from one reading to the next.
    pub every: u64,
    /// Rows that it looks at.
    pub rows: u64,
}

impl Default for NoiseScale {
    fn default() -> Self {
        NoiseScale {
            every: 200,
            rows: 512,
        }
    }
}

impl Spec for NoiseScale {
    const CARD: &'static Card = &Card {
        name: "noise_scale",
        summary: "The batch whose noise is as large as its signal; of several readings, average noise and signal before dividing them.",
        formula: "noise_trace = tr Σ = (Σ ‖gᵢ‖² − n ‖ḡ‖²) / (n − 1)\nnoise_signal = ‖ḡ‖² − tr Σ / n\nnoise_scale = tr Σ / noise_signal",
        paper: "McCandlish et al. 2018, An Empirical Model of Large-Batch Training, arXiv:1812.06162",
        differences: "Both terms are unbiased; where the signal comes out below 0 there is no scale.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        every(
            "Steps from one reading to the next; each costs about three gradients of its rows.",
            |s| &mut s.every,
        ),
        rows(|s| &mut s.rows),
    ];
}

impl Probe for NoiseScale {
    fn every(&self) -> u64 {
        self.every
    }

    fn is_light(&self) -> bool {
        false
    }

    fn read(&self, moment: &mut Moment<'_, '_>, _memory: &mut [Vec<f32>]) -> Vec<Reading> {
        let (rows, place) = (moment.rows(self.rows), moment.place());
        let mut surface = Surface::new(&mut *moment.function, rows);
        let how = Measure {
            curved: false,
            ..Measure::default()
        };
        // Too few rows, or a gradient that is not finite: then there is nothing to tell.
        let Ok(noise) = measure(&mut surface, &place, &how) else {
            return Vec::new();
        };
        let simple = noise.simple;
        vec![
            ("noise_trace", Measured::number(simple.noise)),
            ("noise_signal", Measured::number(simple.signal)),
            ("noise_scale", Measured::Number(simple.rows)),
        ]
    }
}
