//! The project's own chores: `cargo xtask` lists them.
//!
//! Not part of thalweg: no crate depends on this one, and it depends on none.

// Chores talk to the person who started them.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod check;

use std::process::ExitCode;

const USAGE: &str = "\
The project's chores.

  cargo xtask test    the format and all tests
  cargo xtask lint    clippy and the documentation, without a warning
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["test"] => check::run(&check::TEST),
        ["lint"] => check::run(&check::LINT),
        [] | ["help" | "-h" | "--help"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!(
                "`cargo xtask {}` does not exist\n\n{USAGE}",
                arguments.join(" ")
            );
            ExitCode::from(2)
        }
    }
}
