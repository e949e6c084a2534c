//! The tests of the crate from outside, as one program, which is linked once.

// A failed test may end as it likes, in its helpers as well.
#![allow(clippy::unwrap_used)]

mod observed;
mod resume;
mod streamed;
