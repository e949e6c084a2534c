//! The loss surface, measured: curvature, gradient noise, kinds of points, slices, planes and connections.
//!
//! Every instrument takes a [`Surface`]: an objective over fixed rows, at any point. What it returns holds all numbers
//! that a picture or a sentence about it needs. Nothing is drawn here, nothing is printed and nothing is timed.
//!
//! ```
//! use thalweg_core::function::{Rosenbrock, Terrain};
//! use thalweg_landscape::Surface;
//! use thalweg_landscape::classify::{Kind, Look, classify};
//!
//! let function = Rosenbrock::default();
//! let mut terrain = Terrain::new(&function);
//! let mut surface = Surface::<f64>::whole(&mut terrain);
//!
//! let point = classify(&mut surface, &[1.0, 1.0], &Look::default())?;
//! assert_eq!(point.kind, Kind::MinimumLike);
//! // A valley 2508 times as sharp across as along.
//! let ratio = point.ends.highest.value / point.ends.lowest.value;
//! assert!((ratio - 2508.0).abs() < 1.0);
//! # Ok::<(), thalweg_landscape::Error>(())
//! ```

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
pub mod surface;
pub mod trace;
pub mod trajectory;
pub mod witness;

mod assignment;
mod error;
mod statistics;
mod vector;

pub use error::Error;
pub use statistics::{Interval, Mean};
pub use surface::{Rows, Surface};
