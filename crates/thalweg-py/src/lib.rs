//! The Python module `thalweg._core`: what Python needs of the library, without mathematics or defaults of its own.
//!
//! Classes and functions with a leading underscore in their names are wrapped by the package in `python/thalweg`.

mod arrays;
mod errors;
mod frames;
mod registry;
mod rows;
mod session;
mod team;
mod trainer;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::frames::Encoder;
    #[pymodule_export]
    use super::registry::{families, schedule_value};
    #[pymodule_export]
    use super::trainer::Trainer;
}
