//! The rules of the code that a program can check, each with what to do about a breach.
//!
//! Not formatting and not lints: rustfmt and clippy have those.

// A file that cannot be read fails the test that wants it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Crates that each crate may use, beside those from elsewhere: only downward.
const MAY_USE: &[(&str, &[&str])] = &[
    ("thalweg-core", &[]),
    ("thalweg-data", &["thalweg-core"]),
    ("thalweg-landscape", &["thalweg-core"]),
    (
        "thalweg-train",
        &["thalweg-core", "thalweg-data", "thalweg-landscape"],
    ),
    (
        "thalweg",
        &[
            "thalweg-core",
            "thalweg-data",
            "thalweg-landscape",
            "thalweg-train",
        ],
    ),
    (
        "thalweg-report",
        &["thalweg-core", "thalweg-landscape", "thalweg-train"],
    ),
    ("thalweg-cli", &["thalweg", "thalweg-report"]),
    ("thalweg-py", &["thalweg", "thalweg-report"]),
];

/// Files that may be long, because they are lists of independent items and no one program.
const LISTS: &[(&str, &str)] = &[
    (
        "crates/thalweg-data/src/error.rs",
        "one variant and one message for each thing that can be wrong with a person's data",
    ),
    (
        "crates/thalweg-train/src/error.rs",
        "the same for a configuration and a run",
    ),
];

/// Modules that call what the compiler cannot check.
const NEEDS_UNSAFE: &[&str] = &[
    "bench/rust/products/src/multiply.rs",
    "crates/thalweg-core/src/descent/moves.rs",
    "crates/thalweg-core/src/network/engine.rs",
    "crates/thalweg-core/src/network/strided.rs",
    "crates/thalweg-core/src/state.rs",
    "crates/thalweg-core/src/team.rs",
    "crates/thalweg-core/src/team/gate.rs",
    "crates/thalweg-core/src/team/span.rs",
    "crates/thalweg-core/tests/allocation.rs",
];

/// Folders of what is built, installed or written by runs.
const SKIPPED: &[&str] = &["target", "runs", ".git", ".venv", ".cache"];

/// Lines of code that a file may have before its tests.
const FILE: usize = 400;
/// The same for a member of a family, and with its tests.
const MEMBER: (usize, usize) = (150, 300);
/// Lines that a page written by hand may have.
const PAGE: usize = 150;

/// A file of the project: its path from the root, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Lines numbered from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Lines of the file, and those before its unit tests.
    fn lengths(&self) -> (usize, usize) {
        let all = self.text.lines().count();
        let tests = self.text.lines().position(|line| line == "#[cfg(test)]");
        (all, tests.unwrap_or(all))
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All text files with this ending, without what is built or written by runs.
fn sources(ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() && name.ends_with(ending) {
                let inside = path.strip_prefix(root()).unwrap();
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source {
                    path: parts.join("/"),
                    text,
                });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Fails with all breaches at once.
fn report(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources(".rs")
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "));
    let breach = |source: Source| format!("{}: begin with `//!` and what the file is", source.path);
    report(&silent.map(breach).collect::<Vec<_>>());
}

#[test]
fn files_are_short() {
    let mut breaches = Vec::new();
    for source in sources(".rs") {
        let is_list = LISTS.iter().any(|(path, _)| *path == source.path);
        let (_, code) = source.lengths();
        if source.is_in("crates/") && source.path.contains("/src/") && code > FILE && !is_list {
            let path = &source.path;
            breaches.push(format!(
                "{path}: {code} lines before its tests, at most {FILE}: split it"
            ));
        }
    }
    for (path, _) in LISTS {
        if !root().join(path).is_file() {
            breaches.push(format!("{path} is no longer there: take it from LISTS"));
        }
    }
    report(&breaches);
}

#[test]
fn members_of_families_are_short() {
    let sources = sources(".rs");
    let families = sources
        .iter()
        .filter(|source| source.text.contains("\npub static ALL: Family<"));
    let folders: Vec<_> = families
        .filter_map(|source| source.path.strip_suffix("mod.rs"))
        .collect();
    assert!(folders.len() >= 6, "families are found: {folders:?}");
    let is_member = |source: &&Source| {
        let inside = folders.iter().any(|folder| source.is_in(folder));
        inside && !source.path.ends_with("/mod.rs")
    };
    let mut breaches = Vec::new();
    for source in sources.iter().filter(is_member) {
        let (all, code) = source.lengths();
        if code > MEMBER.0 || all > MEMBER.1 {
            breaches.push(format!(
                "{}: {code} lines before its tests and {all} with them, at most {} and {}: a member is one page",
                source.path, MEMBER.0, MEMBER.1
            ));
        }
    }
    report(&breaches);
}

/// Words that must not be in certain files.
fn absent(words: &[&str], remedy: &str, ending: &str, folder: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources(ending).iter().filter(|source| source.is_in(folder)) {
        for (number, line) in source.lines() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                breaches.push(format!("{}:{number}: `{word}`: {remedy}", source.path));
            }
        }
    }
    breaches
}

// The words are put together here, so that this file does not contain them.

#[test]
fn nothing_is_left_undone() {
    let words = [
        concat!("todo", "!"),
        concat!("unimplemented", "!"),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    report(&absent(&words, "do it or leave it out", ".rs", ""));
}

#[test]
fn the_core_only_computes() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::time",
        "std::process",
        "print!(",
        "println!(",
        "thread_rng",
        "rand::rng(",
        "from_os_rng",
    ];
    let remedy = "thalweg-core has no I/O, no clock, no printing and no global random numbers";
    report(&absent(&words, remedy, ".rs", "crates/thalweg-core/src/"));
}

#[test]
fn no_machine_is_named() {
    let words = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("/tm", "p/"),
        concat!("C:", "\\"),
    ];
    let remedy = "write a path from the root of the project, or use tempfile";
    let endings = [".rs", ".toml", ".md", ".py", ".json", "/run"];
    let breaches = endings.iter().flat_map(|ending| match *ending {
        "/run" => absent(&words, remedy, "run", ".ci/"),
        _ => absent(&words, remedy, ending, ""),
    });
    report(&breaches.collect::<Vec<_>>());
}

#[test]
fn unchecked_code_stays_in_its_modules() {
    let is_identifier = |c: char| c.is_alphanumeric() || c == '_';
    let mut breaches = Vec::new();
    for source in sources(".rs") {
        if NEEDS_UNSAFE.contains(&source.path.as_str()) {
            continue;
        }
        for (number, line) in source.lines() {
            let code = line.split("//").next().unwrap_or(line);
            if code
                .split(|c| !is_identifier(c))
                .any(|word| word == concat!("un", "safe"))
            {
                breaches.push(format!(
                    "{}:{number}: move it to {NEEDS_UNSAFE:?}",
                    source.path
                ));
            }
        }
    }
    report(&breaches);
}

#[test]
fn crates_use_only_what_is_below_them() {
    let names: Vec<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let mut breaches = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap();
        let name = folder.file_name().to_string_lossy().into_owned();
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            breaches.push(format!(
                "crates/{name}: say in MAY_USE which crates it may use"
            ));
            continue;
        };
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
        let mut is_dependency = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                is_dependency = line.contains("dependencies");
            }
            let key = line.split(['.', ' ', '=']).next().unwrap_or(line);
            if is_dependency && names.contains(&key) && !allowed.contains(&key) {
                breaches.push(format!("crates/{name} may not use {key}: only {allowed:?}"));
            }
        }
    }
    report(&breaches);
}

#[test]
fn pages_are_short_and_their_links_lead_somewhere() {
    let mut breaches = Vec::new();
    for source in sources(".md") {
        let is_log = source.path == "CHANGELOG.md" || source.is_in("docs/reference/");
        let count = source.text.lines().count();
        if count > PAGE && !is_log {
            breaches.push(format!("{}: {count} lines, at most {PAGE}", source.path));
        }
        let page = root().join(&source.path);
        let folder = page.parent().unwrap();
        for (number, line) in source.lines() {
            for link in line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
            {
                let file = link.split('#').next().unwrap_or(link);
                if !link.contains("://") && !folder.join(file).exists() {
                    breaches.push(format!("{}:{number}: {link} is not there", source.path));
                }
            }
        }
    }
    report(&breaches);
}
