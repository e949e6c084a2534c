//! `cargo xtask test` and `cargo xtask lint`: what a change must pass, in order, up to the first thing that fails.
//!
//! The checks themselves are cargo's; here they are only put in a row, and the tests counted.

use std::fmt;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

use crate::cargo;

/// One call of cargo.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    heading: &'static str,
    arguments: &'static [&'static str],
    variable: Option<(&'static str, &'static str)>,
}

const FORMAT: Step = Step {
    heading: "Format",
    arguments: &["fmt", "--all", "--check"],
    variable: None,
};

const LINTS: Step = Step {
    heading: "Lints",
    arguments: &[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ],
    variable: None,
};

/// In the profile for development: a build from nothing is shorter than that of a release.
/// Without the programs among the examples, which the lints look at.
const TESTS: Step = Step {
    heading: "Tests",
    arguments: &[
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--no-fail-fast",
    ],
    variable: None,
};

const DOCUMENTED: Step = Step {
    heading: "Tests in the documentation",
    arguments: &["test", "--workspace", "--doc"],
    variable: None,
};

const DOCUMENTATION: Step = Step {
    heading: "Documentation",
    arguments: &["doc", "--workspace", "--no-deps"],
    variable: Some(("RUSTDOCFLAGS", "-D warnings")),
};

/// The format, and the tests with those in the documentation.
pub(crate) const TEST: [Step; 3] = [FORMAT, TESTS, DOCUMENTED];

/// What reads the code without running it. It checks all crates a second time, so it is apart from the tests.
pub(crate) const LINT: [Step; 2] = [LINTS, DOCUMENTATION];

/// The command as a person would type it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, value)) = self.variable {
            write!(f, "{name}=\"{value}\" ")?;
        }
        write!(f, "cargo {}", self.arguments.join(" "))
    }
}

/// Runs the steps up to the first that fails. Where tests have run, their total is the last line.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    let mut total = Total::default();
    let failed = match set_up(steps) {
        Ok(()) => steps.iter().find_map(|step| failure(*step, &mut total)),
        Err(reason) => Some(reason),
    };
    if let Some(reason) = &failed {
        eprintln!("\nfailed: {reason}");
    }
    if total != Total::default() {
        println!("\n{total}");
    }
    if failed.is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Installs what the steps need and the toolchain lacks.
fn set_up(steps: &[Step]) -> Result<(), String> {
    let needed = [("fmt", "rustfmt"), ("clippy", "clippy")];
    for (command, component) in needed {
        let used = steps.iter().any(|step| step.arguments[0] == command);
        if !used || succeeds(cargo().args([command, "--version"])) {
            continue;
        }
        println!("== Setting up: rustup component add {component}");
        let added = Command::new("rustup")
            .args(["component", "add", component])
            .status();
        if !added.is_ok_and(|status| status.success()) {
            return Err(format!("rustup component add {component}"));
        }
    }
    Ok(())
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a step; what failed, if it did.
fn failure(step: Step, total: &mut Total) -> Option<String> {
    println!("\n== {}: {step}", step.heading);
    match stream(step, total) {
        Ok(true) => None,
        Ok(false) => Some(step.to_string()),
        Err(error) => Some(format!("{step}: {error}")),
    }
}

/// Runs a step, passes its lines on as they come and counts the tests in them; whether it succeeded.
fn stream(step: Step, total: &mut Total) -> io::Result<bool> {
    let mut child = cargo()
        .args(step.arguments)
        .envs(step.variable)
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            total.count(&line);
        }
    }
    Ok(child.wait()?.success())
}

/// Tests so far.
#[derive(Debug, Default, PartialEq)]
struct Total {
    passed: u64,
    failed: u64,
}

impl Total {
    /// Takes in a line of output; only `test result: ok. 3 passed; 0 failed; …` counts.
    fn count(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = result.split([' ', ';']).collect();
        let before = |name: &str| -> u64 {
            let place = words.iter().position(|word| *word == name);
            let number = place.and_then(|place| words[..place].last()?.parse().ok());
            number.unwrap_or(0)
        };
        self.passed += before("passed");
        self.failed += before("failed");
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed_and_other_lines_are_not() {
        let mut total = Total::default();
        for line in [
            "running 3 tests",
            "test spec::tests::bounds_are_exact ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: \u{1b}[31mFAILED\u{1b}[0m. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "  7 passed; 7 failed",
        ] {
            total.count(line);
        }
        assert_eq!(total.to_string(), "17 passed, 2 failed");
    }

    #[test]
    fn a_step_is_shown_as_it_would_be_typed() {
        assert_eq!(
            DOCUMENTATION.to_string(),
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps"
        );
    }
}
