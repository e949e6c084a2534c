//! The tests of the crate from outside, as one program, which is linked once.

// A failed test may end as it likes, in its helpers as well.
#![allow(clippy::unwrap_used)]

mod blocks;
mod errors;
mod parquet;
mod preprocessing;
mod real_data;
