//! A loop of your own, over the objective and an update rule: nothing between you and the gradient.

// An example speaks to whoever runs it.
#![allow(clippy::print_stdout)]

use thalweg::core::loss::{SoftmaxCrossEntropy, Targets};
use thalweg::core::network::{Engine, Examples, Features, Network};
use thalweg::core::objective::{Objective, Penalties, Training};
use thalweg::core::optimizer::{Momentum, State};
use thalweg::{Architecture, Team};

/// Two classes that a line cannot separate: inside and outside of a circle.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = 400_u32;
    let point = |i: u32| {
        [
            f64::from(i * 37 % 400) / 200.0 - 1.0,
            f64::from(i * 151 % 400) / 200.0 - 1.0,
        ]
    };
    let features: Vec<f64> = (0..rows).flat_map(point).collect();
    let inside = |i: u32| u32::from(point(i)[0].hypot(point(i)[1]) < 0.7);
    let classes: Vec<u32> = (0..rows).map(inside).collect();

    let architecture = Architecture {
        hidden: vec![16],
        activation: "tanh".into(),
        ..Architecture::default()
    };
    let network = Network::new(2, 2, &architecture).map_err(|errors| format!("{errors:?}"))?;
    let (loss, team) = (SoftmaxCrossEntropy::default(), Team::default());
    let examples = Examples {
        features: Features::Dense(&features),
        width: 2,
        targets: Targets::Classes(&classes),
        weights: None,
    };
    let mut objective = Training::new(Engine::new(&network, &loss, &team), examples);
    objective.penalties = Penalties { l1: 0.0, l2: 1e-4 };

    let rule = Momentum {
        lr: 0.3,
        ..Momentum::default()
    };
    let mut p: Vec<f64> = network.initialize(0);
    let (mut g, mut state) = (vec![0.0; p.len()], State::new(&rule, p.len()));
    let all: Vec<u32> = (0..rows).collect();
    let mut last = f64::NAN;
    for epoch in 0..200 {
        for batch in all.chunks(50) {
            last = objective.gradient(&p, batch, &mut g);
            state.step(&rule, &mut p, &g);
        }
        if epoch % 50 == 0 {
            println!("epoch {epoch}: loss {last:.4}");
        }
    }
    println!("at the end: loss {last:.4}");
    assert!(last < 0.1);
    Ok(())
}
