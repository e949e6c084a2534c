//! Runs the package's own tests, which are in Python beside this file, on the library that has just been built.
//!
//! They need `python3`; what else they need is installed into a virtual environment in the build's folder, once for each
//! state of `requirements.txt`. Words of the command line choose tests by name, as for other tests.

// A test program talks to the person who started it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env::{self, consts};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let found = Command::new("python3").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no python3");
        return ExitCode::SUCCESS;
    }
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes all ready and runs the tests; whether they have passed.
fn run(words: &[String]) -> io::Result<bool> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = environment(&package.join("tests/requirements.txt"))?;
    put_library(&package.join("python/thalweg"))?;
    let mut command = Command::new(python);
    command
        .current_dir(package)
        .env("PYTHONPATH", package.join("python"))
        .args(["-m", "pytest", "--color=no"])
        .stdout(Stdio::piped());
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        command.args(["-k", word]);
    }
    let mut child = command.spawn()?;
    let mut total = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if line.contains(" passed") || line.contains(" failed") || line.contains(" error") {
                total = line;
            }
        }
    }
    let has_passed = child.wait()?.success();
    println!("\ntest result: {}", summary(&total, has_passed));
    Ok(has_passed)
}

/// pytest's last line, in the form of other tests.
fn summary(line: &str, has_passed: bool) -> String {
    let words: Vec<&str> = line
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let before = |names: &[&str]| -> u64 {
        let pairs = words.windows(2).filter(|pair| names.contains(&pair[1]));
        pairs.filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
    };
    let passed = before(&["passed"]);
    let failed = before(&["failed", "error", "errors"]).max(u64::from(!has_passed));
    let ignored = before(&["skipped"]);
    let word = if has_passed { "ok" } else { "FAILED" };
    format!(
        "{word}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out"
    )
}

/// The interpreter of an environment with exactly what `requirements` asks for.
fn environment(requirements: &Path) -> io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = folder.join("bin/python");
    let installed = folder.join("requirements.txt");
    let wanted = fs::read(requirements)?;
    if fs::read(&installed).is_ok_and(|it| it == wanted) {
        return Ok(python);
    }
    println!("installing {}", requirements.display());
    call(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ];
    call(Command::new(&python).args(pip).arg(requirements))?;
    fs::write(installed, wanted)?;
    Ok(python)
}

/// Puts the library where the package looks for it; replaced as a whole, for another process may have it open.
fn put_library(folder: &Path) -> io::Result<()> {
    let built = env::current_exe()?.with_file_name(format!(
        "{}_core{}",
        consts::DLL_PREFIX,
        consts::DLL_SUFFIX
    ));
    let extension = if consts::OS == "windows" {
        "pyd"
    } else {
        "abi3.so"
    };
    let place = folder.join(OsStr::new("_core")).with_extension(extension);
    let beside = place.with_extension("new");
    fs::copy(built, &beside)?;
    fs::rename(beside, place)
}

fn call(command: &mut Command) -> io::Result<()> {
    if command.status()?.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("failed: {command:?}")))
    }
}
