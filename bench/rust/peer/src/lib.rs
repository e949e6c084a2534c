//! What the Rust programs of the comparison share: the conversation with the driver, the data, the order of the rows
//! and the clock.
//!
//! The conversation is one of lines. The driver sends a job, the program makes it ready and says `ready`; then it
//! answers each `measure SECONDS` with the microseconds of a call and a value, until the next job comes.
//! `bench/peers/peer.py` is the same for Python.

mod job;
mod order;
mod run;

pub use job::{Job, Kind, Task};
pub use order::Order;
pub use run::{Run, Session, serve};
