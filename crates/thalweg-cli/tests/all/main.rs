//! The tests of the command, as one program, which is linked once.

// A failed test may end as it likes, in its helpers as well.
#![allow(clippy::unwrap_used)]

mod common;
mod compare;

mod bad_input;
mod counts;
mod descent;
mod landscape;
mod lr_find;
mod report;
mod train;
