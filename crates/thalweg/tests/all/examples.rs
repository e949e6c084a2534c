//! Runs every example: what the documentation shows works.

// As examples they are programs, whose `main` nobody else can reach.
#![allow(unreachable_pub)]

#[path = "../../examples/from_file.rs"]
mod from_file;
#[path = "../../examples/in_memory.rs"]
mod in_memory;
#[path = "../../examples/own_loop.rs"]
mod own_loop;
#[path = "../../examples/own_optimizer.rs"]
mod own_optimizer;

#[test]
fn from_file_runs() {
    from_file::main().unwrap();
}

#[test]
fn in_memory_runs() {
    in_memory::main().unwrap();
}

#[test]
fn own_loop_runs() {
    own_loop::main().unwrap();
}

#[test]
fn own_optimizer_runs() {
    own_optimizer::main().unwrap();
}

/// An example that no test runs would be forgotten here.
#[test]
fn there_are_no_other_examples() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 4);
}
