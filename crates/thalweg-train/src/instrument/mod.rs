//! Instruments: what can be said of a run by looking at its loss surface, without training.
//!
//! Here a run is opened, its rows are chosen and the instruments of `thalweg-landscape` are asked in the right order. No
//! formula is here, and nothing is drawn.

mod connection;
mod mistakes;
mod noise;
mod portrait;
mod specimen;
mod spectrum;
mod view;
mod walk;

pub use connection::{ConnectFound, ConnectTest};
pub(crate) use connection::{PENALTIES, differing};
pub use mistakes::{MistakeKind, Mistakes};
pub use noise::{NoiseFound, NoiseTest};
pub use portrait::Portrait;
pub use specimen::Specimen;
pub use spectrum::{SpectrumFound, SpectrumTest};
pub use view::{Directions, View};
pub use walk::{Walk, WalkTest, Walks};

use thalweg_core::spec::{Field, Range, Slot};

/// The most of anything that is counted here.
const MOST: u64 = i64::MAX as u64;

/// On how many rows an instrument looks.
const fn rows<T>(slot: fn(&mut T) -> &mut Option<u64>) -> Field<T> {
    Field {
        name: "rows",
        doc: "Training rows to look at, or `all`: a sample is drawn by the seed and is the same every time.",
        range: Range::count(2, MOST),
        slot: Slot::CountOr("all", slot),
    }
}

/// The seed of what an instrument draws.
const fn seed<T>(doc: &'static str, slot: fn(&mut T) -> &mut u64) -> Field<T> {
    Field {
        name: "seed",
        doc,
        range: Range::count(0, MOST),
        slot: Slot::Count(slot),
    }
}

/// Weights as instruments take them.
pub(crate) fn widen(weights: &[f32]) -> Vec<f64> {
    weights.iter().map(|&weight| f64::from(weight)).collect()
}
