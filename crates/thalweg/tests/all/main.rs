//! The tests of the library from outside, as one program, which is linked once.

mod examples;
mod reference;
