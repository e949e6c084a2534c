//! From a data set (or a file of your own) to a model, its honest test score, and predictions.

// An example speaks to whoever runs it.
#![allow(clippy::print_stdout)]

use thalweg::{Config, Data, Descent, Team, TrainError, fit, train};

/// Trains on the bundled digits; a file's name in place of `digits` does the same with a file.
pub fn main() -> Result<(), TrainError> {
    let data = Data {
        source: "digits".into(),
        ..Data::default()
    };
    let training = Descent {
        epochs: 10,
        ..Descent::default()
    };
    let table = train::open(&data)?;
    let (model, summary) = fit(Config {
        data,
        training,
        ..Config::default()
    })?;

    let accuracy = summary
        .test
        .and_then(|scores| scores.get("accuracy"))
        .unwrap_or(f64::NAN);
    println!("{}; test accuracy {accuracy:.3}", summary.reason);
    assert!(accuracy > 0.9);

    let predictions = model.predict(&table, &Team::default())?;
    println!("the first row is a {}", predictions.classes()[0]);
    Ok(())
}
