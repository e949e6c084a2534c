//! A small language for tests of the command: a folder, files in it, commands run there, and what they print.

#![allow(unreachable_pub)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A temporary folder to run commands in.
pub struct Place {
    folder: tempfile::TempDir,
}

/// What a command left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Place {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Place {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command that runs here, in a pipe and without color, with arguments split at spaces.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thalweg"));
        command
            .args(line.split_whitespace())
            .current_dir(self.folder.path());
        command.env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &str) -> Ran {
        let output = self.command(line).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed and returns what it printed.
    pub fn out(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
        ran.out
    }

    /// Runs a command that must succeed with one JSON object on standard output.
    pub fn json(&self, line: &str) -> serde_json::Value {
        let out = self.out(line);
        assert_eq!(out.lines().count(), 1, "{out}");
        serde_json::from_str(&out).unwrap()
    }

    /// Runs a command that must fail with this code and exactly this message.
    pub fn fails(&self, line: &str, code: i32, message: &str) {
        let ran = self.run(line);
        assert_eq!(ran.err.trim_end(), format!("error: {message}"), "{line}");
        assert_eq!(ran.code, code, "{line}");
        assert_eq!(ran.out, "", "{line}");
    }
}

/// A table with a number, a category, a boolean and both kinds of target; `seed` moves the numbers.
pub fn table(rows: u32, seed: u32) -> String {
    let mut text = String::from("size,color,used,price,kind\n");
    for row in 0..rows {
        let size = f64::from((row * 37 + seed * 11) % 101) / 10.0;
        let color = ["red", "green", "blue"][(row % 3) as usize];
        let used = row % 4 == 0;
        let price = 3.0 * size + f64::from(row % 3) - 2.0 * f64::from(u8::from(used));
        let kind = if price > 15.0 { "dear" } else { "cheap" };
        writeln!(text, "{size},{color},{used},{price:.2},{kind}").unwrap();
    }
    text
}
