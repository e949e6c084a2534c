//! The Python module `thalweg._core`: what Python needs of the library, without mathematics or defaults of its own.
//!
//! Classes and functions with a leading underscore in their names are wrapped by the package in `python/thalweg`.

// What Python gives to a function comes by value.
#![allow(clippy::needless_pass_by_value)]

mod arrays;
mod errors;
mod frames;
mod held;
mod keywords;
mod looks;
mod map;
mod memory;
mod network;
mod optim;
mod races;
mod registry;
mod rows;
mod runs;
mod schedules;
mod searches;
mod session;
mod settings;
mod team;
mod tensors;
mod trainer;
mod training;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::frames::Encoder;
    #[pymodule_export]
    use super::looks::{connect, curves_of, landscape, noise_of, spectrum_of};
    #[pymodule_export]
    use super::map::surface_of;
    #[pymodule_export]
    use super::network::{encode, forward, network, parameters};
    #[pymodule_export]
    use super::optim::Rule;
    #[pymodule_export]
    use super::races::{compare, resume_comparison};
    #[pymodule_export]
    use super::registry::{families, schedule_value};
    #[pymodule_export]
    use super::runs::Handle;
    #[pymodule_export]
    use super::schedules::Course;
    #[pymodule_export]
    use super::searches::{inspect, lr_find};
    #[pymodule_export]
    use super::trainer::Trainer;
    #[pymodule_export]
    use super::training::{resume, train};
}
