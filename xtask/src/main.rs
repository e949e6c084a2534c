//! The project's own chores: `cargo xtask` lists them.
//!
//! Not part of thalweg: no crate depends on this one, and it depends on none.

// Chores talk to the person who started them.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod check;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
The project's chores.

  cargo xtask test             the format and all tests
  cargo xtask lint             clippy and the documentation, without a warning
  cargo xtask bench [NAME...]  thalweg beside other systems; `--help` tells the names and the settings
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["test"] => check::run(&check::TEST),
        ["lint"] => check::run(&check::LINT),
        ["bench", ref rest @ ..] => bench::run(rest),
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

/// The folder of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cargo that started this, in the root of the workspace.
fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}
