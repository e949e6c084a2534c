//! The tests of the crate from outside, as one program: what is generic is compiled once for all of them.
//!
//! What counts allocations or watches idle threads needs a process of its own and is beside this folder.

#[path = "../common/mod.rs"]
mod common;

mod convergence;
mod engine;
mod families;
mod functions;
mod network;
mod optimizers;
mod pytorch;
mod schedules;
mod second_order;
mod sections;
mod solvers;
mod sparse;
mod threads;
mod widths;
mod wrappers;
