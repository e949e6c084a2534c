//! The tests of the crate from outside, as one program: what is generic is compiled once for all of them.

mod common;

mod connect;
mod means;
mod noise;
mod planes;
mod points;
mod spectrum;
mod stability;
