//! A number for the bits of the parameters after some steps, for each activation, loss, rule and precision: the same
//! everywhere, whatever the processor's instructions. To compare two processors, compare what this prints; with QEMU one
//! machine can be several:
//!
//! ```text
//! cargo build --release -p thalweg-core --example bits
//! target/release/examples/bits
//! qemu-x86_64 -cpu Haswell target/release/examples/bits    # AVX2 and no AVX-512
//! qemu-x86_64 -cpu Nehalem target/release/examples/bits    # neither
//! ```

// A program for people who look at it.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use thalweg_core::activation;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::loss::{self, Purpose, Targets};
use thalweg_core::network::{Architecture, Engine, Examples, Features, Network};
use thalweg_core::objective::{Penalties, Training};
use thalweg_core::optimizer;
use thalweg_core::team::Team;

const ROWS: usize = 90;
const BATCH: usize = 37;
const INPUTS: usize = 45;

/// What is run: names.
#[derive(Clone, Copy)]
struct Choice {
    activation: &'static str,
    loss: &'static str,
    rule: &'static str,
}

fn main() {
    let base = Choice {
        activation: "relu",
        loss: "mean_squared",
        rule: "sgd:lr=0.01",
    };
    for activation in activation::ALL.names() {
        show(activation, Choice { activation, ..base });
    }
    for loss in loss::ALL.names() {
        show(loss, Choice { loss, ..base });
    }
    for rule in optimizer::ALL.names() {
        show(rule, Choice { rule, ..base });
    }
}

fn show(name: &str, choice: Choice) {
    println!("{name:<24}{:016x}", bits(choice));
}

/// Numbers in [−1, 1) without any function: multiples of 2⁻⁹ in another order.
fn numbers(count: usize, factor: usize) -> Vec<f32> {
    let number = |at: usize| (at * factor % 1021) as f32 / 512.0 - 1.0;
    (0..count).map(number).collect()
}

fn bits(choice: Choice) -> u64 {
    let loss = loss::ALL.parse(choice.loss).unwrap();
    let outputs = match loss.purpose() {
        Purpose::TwoClasses => 1,
        Purpose::Classes | Purpose::Numbers | Purpose::Counts => 6,
    };
    let architecture = Architecture {
        hidden: vec![70, 21],
        activation: choice.activation.into(),
        dropout: 0.2,
        input_dropout: 0.1,
        dropconnect: 0.1,
        ..Architecture::default()
    };
    let network = Network::new(INPUTS, outputs, &architecture).unwrap();
    let (features, values) = (numbers(ROWS * INPUTS, 617), numbers(ROWS * outputs, 389));
    let classes: Vec<u32> = (0..ROWS).map(|row| (row % outputs.max(2)) as u32).collect();
    let targets = match loss.purpose() {
        Purpose::Numbers | Purpose::Counts => Targets::Values {
            values: &values,
            width: outputs,
        },
        Purpose::Classes | Purpose::TwoClasses => Targets::Classes(&classes),
    };
    let examples = Examples {
        features: Features::Dense(&features),
        width: INPUTS,
        targets,
        weights: None,
    };
    let team = Team::new(2);
    let engine = Engine::new(&network, &*loss, &team);
    let mut training = Training::new(engine, examples);
    training.penalties = Penalties { l1: 1e-4, l2: 1e-3 };
    let plan = Plan::new(optimizer::ALL.parse(choice.rule).unwrap());
    let mut descent = Descent::new(plan, network.layout());
    let mut p = numbers(network.layout().len(), 853);
    for p in &mut p {
        *p *= 0.125;
    }
    let order: Vec<u32> = (0..ROWS as u32).rev().collect();
    for (step, rows) in order.chunks(BATCH).cycle().take(10).enumerate() {
        let step = step as u64;
        training.noise = Some(Noise { seed: 7, step });
        descent.step(&team, &mut training, rows, &mut p);
    }
    // FNV-1a (Fowler, Noll & Vo): any change changes it.
    let bytes = p.iter().flat_map(|p| p.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
