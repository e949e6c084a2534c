//! From slices in memory: columns become a table, and everything else is as with a file.

// An example speaks to whoever runs it.
#![allow(clippy::print_stdout)]

use thalweg::{Architecture, Column, Config, Data, Descent, Table, Team, fit_table};

/// Learns y = a² − b from 600 rows.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<f64> = (0..600)
        .map(|i| f64::from(i * 37 % 200) / 100.0 - 1.0)
        .collect();
    let b: Vec<f64> = (0..600)
        .map(|i| f64::from(i * 73 % 200) / 100.0 - 1.0)
        .collect();
    let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * a - b).collect();

    let columns = vec![
        Column::number("a", a),
        Column::number("b", b),
        Column::number("y", y),
    ];
    let config = Config {
        data: Data {
            target: "y".into(),
            ..Data::default()
        },
        network: Architecture {
            hidden: vec![32, 32],
            activation: "tanh".into(),
            ..Architecture::default()
        },
        training: Descent {
            epochs: 60,
            ..Descent::default()
        },
        ..Config::default()
    };
    let (model, summary) = fit_table(config, &Table::new("a table", columns)?)?;
    let r2 = summary
        .test
        .and_then(|scores| scores.get("r2"))
        .unwrap_or(f64::NAN);
    println!("{}; test r2 {r2:.4}", summary.reason);
    assert!(r2 > 0.97);

    // A table to predict needs no target.
    let columns = vec![
        Column::number("b", vec![0.5]),
        Column::number("a", vec![-0.5]),
    ];
    let predictions = model.predict(&Table::new("a new row", columns)?, &Team::default())?;
    println!(
        "a = -0.5, b = 0.5: {:.3} (exactly -0.25)",
        predictions.values[0]
    );
    Ok(())
}
