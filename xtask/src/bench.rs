//! `cargo xtask bench`: thalweg beside other systems. Here everything is only made ready; `bench/side_by_side` measures.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::root;

/// Builds the programs, installs the other systems where that has not been done, and runs the driver.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    let bench = root().join("bench");
    let python = bench.join(".venv/bin/python");
    match make_ready(&bench, &python) {
        Ok(()) => {
            let driver = ["-m", "side_by_side"];
            let mut command = Command::new(python);
            // Paths among the arguments are of where the person is.
            command.env("PYTHONPATH", &bench).args(driver);
            match command.args(arguments).status() {
                Ok(status) if status.success() => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
        Err(reason) => {
            eprintln!("failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn make_ready(bench: &Path, python: &Path) -> Result<(), String> {
    install(bench, python)?;
    let build = ["build", "--release"];
    println!("== Building thalweg and the Rust programs of the comparison");
    call(
        crate::cargo()
            .args(build)
            .args(["--package", "thalweg-cli"]),
    )?;
    // It has a lock file and a folder of its own.
    call(crate::cargo().current_dir(bench.join("rust")).args(build))
}

/// A virtual environment with exactly the packages of `requirements.txt`, made anew when that has changed.
fn install(bench: &Path, python: &Path) -> Result<(), String> {
    let wanted = bench.join("requirements.txt");
    let folder = bench.join(".venv");
    let installed = folder.join("requirements.txt");
    let read = |path: &Path| fs::read_to_string(path).ok();
    if read(&installed).is_some_and(|text| Some(text) == read(&wanted)) {
        return Ok(());
    }
    println!("== Installing bench/requirements.txt into bench/.venv");
    call(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--requirement",
    ];
    call(Command::new(python).args(pip).arg(&wanted))?;
    call(Command::new(python).arg(bench.join("stand_ins.py")))?;
    let kept = fs::copy(wanted, installed);
    kept.map_err(|error| format!("bench/.venv: {error}"))?;
    Ok(())
}

/// Runs a command; what failed, if it did.
fn call(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{command:?}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
