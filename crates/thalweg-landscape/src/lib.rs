//! The loss surface, measured: curvature, gradient noise, kinds of points, slices, planes and connections.
//!
//! Every instrument takes a [`Surface`]: an objective over fixed rows, at any point. What it returns holds all numbers
//! that a picture or a sentence about it needs. Nothing is drawn here, nothing is printed and nothing is timed.

#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod balance;
pub mod classify;
pub mod connect;
pub mod critical;
pub mod dense;
pub mod density;
pub mod directions;
pub mod grid;
pub mod lanczos;
pub mod noise;
pub mod operator;
pub mod plane;
pub mod stability;
pub mod surface;
pub mod trace;
pub mod trajectory;
pub mod witness;

mod assignment;
mod error;
mod statistics;
mod vector;

pub use error::Error;
pub use statistics::Interval;
pub use surface::{Rows, Surface};
