//! thalweg's mathematics: layers, losses, update rules, solvers, schedules and the step of a training.
//!
//! Not here: files, clocks, printing and global random state. Everything is a function of its arguments,
//! and the same arguments give the same bits.

// Tests compare bits: "the same" means the same.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod activation;
pub mod clip;
pub mod descent;
mod elementary;
pub mod ema;
pub mod function;
pub mod initializer;
pub mod layer;
pub mod layout;
pub mod loss;
pub mod metric;
pub mod network;
pub mod objective;
pub mod optimizer;
pub mod rng;
pub mod schedule;
pub mod solver;
pub mod spec;
pub mod team;
pub mod wrapper;

mod newton_schulz;
mod real;
mod state;
mod vector;

pub use real::Real;
pub use vector::vectorized;
