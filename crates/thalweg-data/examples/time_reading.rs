//! How long a file takes to read: the least and the median of several readings, in milliseconds.
//!
//! `cargo run --release -p thalweg-data --example time_reading -- adult.csv 20`

// A measurement needs a clock and says what it has measured.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::path::PathBuf;
use std::time::Instant;

use thalweg_data::{ReadOptions, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a file")?);
    let times: usize = arguments.next().map_or(Ok(20), |count| count.parse())?;
    let mut milliseconds = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        let start = Instant::now();
        let table = read(&path, &ReadOptions::default())?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        assert!(table.rows() > 0);
    }
    milliseconds.sort_by(f64::total_cmp);
    let middle = milliseconds[milliseconds.len() / 2];
    println!("least {:.2} ms, median {middle:.2} ms", milliseconds[0]);
    Ok(())
}
