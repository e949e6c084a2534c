//! Activations and losses by their formulas in f64, none of the library's code in them. Lists for tests, which have to
//! see that every member is in them.

use std::f64::consts::PI;

use thalweg_core::loss::Target;

/// An activation.
#[derive(Debug)]
pub(crate) struct Curve {
    /// As a configuration has it.
    pub(crate) name: &'static str,
    /// φ(z).
    pub(crate) value: fn(f64) -> f64,
    /// φ′(z).
    pub(crate) slope: fn(f64) -> f64,
}

/// A loss.
#[derive(Debug)]
pub(crate) struct Loss {
    /// As a configuration has it.
    pub(crate) name: &'static str,
    /// A row's loss.
    pub(crate) value: fn(&[f64], Target<'_, f64>) -> f64,
    /// ∂loss/∂z.
    pub(crate) slope: fn(&[f64], Target<'_, f64>) -> Vec<f64>,
    /// What is predicted.
    pub(crate) predict: fn(&[f64]) -> Vec<f64>,
}

/// All activations, and those that have settings with others too.
pub(crate) static CURVES: [Curve; 11] = [
    Curve {
        name: "identity",
        value: |z| z,
        slope: |_| 1.0,
    },
    Curve {
        name: "relu",
        value: |z| z.max(0.0),
        slope: |z| if z > 0.0 { 1.0 } else { 0.0 },
    },
    Curve {
        name: "leaky_relu",
        value: |z| if z > 0.0 { z } else { 0.01 * z },
        slope: |z| if z > 0.0 { 1.0 } else { 0.01 },
    },
    Curve {
        name: "leaky_relu:slope=0.3",
        value: |z| if z > 0.0 { z } else { 0.3 * z },
        slope: |z| if z > 0.0 { 1.0 } else { 0.3 },
    },
    Curve {
        name: "elu",
        value: |z| if z > 0.0 { z } else { z.exp() - 1.0 },
        slope: |z| if z > 0.0 { 1.0 } else { z.exp() },
    },
    Curve {
        name: "elu:alpha=0.5",
        value: |z| if z > 0.0 { z } else { 0.5 * (z.exp() - 1.0) },
        slope: |z| if z > 0.0 { 1.0 } else { 0.5 * z.exp() },
    },
    Curve {
        name: "gelu",
        value: |z| 0.5 * z * (1.0 + gelu_tanh(z)),
        slope: |z| {
            let (t, bend) = (gelu_tanh(z), 1.0 + 3.0 * 0.044_715 * z * z);
            0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * (2.0 / PI).sqrt() * bend
        },
    },
    Curve {
        name: "silu",
        value: |z| z * sigmoid(z),
        slope: |z| sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z))),
    },
    Curve {
        name: "softplus",
        value: |z| (1.0 + z.exp()).ln(),
        slope: sigmoid,
    },
    Curve {
        name: "tanh",
        value: f64::tanh,
        slope: |z| 1.0 - z.tanh().powi(2),
    },
    Curve {
        name: "sigmoid",
        value: sigmoid,
        slope: |z| sigmoid(z) * (1.0 - sigmoid(z)),
    },
];

fn gelu_tanh(z: f64) -> f64 {
    ((2.0 / PI).sqrt() * (z + 0.044_715 * z.powi(3))).tanh()
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// All losses, and those that have settings with others too.
pub(crate) static LOSSES: [Loss; 9] = [
    Loss {
        name: "softmax_cross_entropy",
        value: |z, y| cross_entropy(&softmax(z), &wanted(y, z.len(), 0.0)),
        slope: |z, y| difference(&softmax(z), &wanted(y, z.len(), 0.0)),
        predict: softmax,
    },
    Loss {
        name: "softmax_cross_entropy:label_smoothing=0.2",
        value: |z, y| cross_entropy(&softmax(z), &wanted(y, z.len(), 0.2)),
        slope: |z, y| difference(&softmax(z), &wanted(y, z.len(), 0.2)),
        predict: softmax,
    },
    Loss {
        name: "binary_cross_entropy",
        value: |z, y| cross_entropy(&both(z), &wanted(y, 2, 0.0)),
        slope: |z, y| vec![sigmoid(z[0]) - wanted(y, 2, 0.0)[1]],
        predict: |z| vec![sigmoid(z[0])],
    },
    Loss {
        name: "binary_cross_entropy:label_smoothing=0.3",
        value: |z, y| cross_entropy(&both(z), &wanted(y, 2, 0.3)),
        slope: |z, y| vec![sigmoid(z[0]) - wanted(y, 2, 0.3)[1]],
        predict: |z| vec![sigmoid(z[0])],
    },
    Loss {
        name: "mean_squared",
        value: |z, y| mean(z, y, |e| e * e),
        slope: |z, y| slopes(z, y, |e| 2.0 * e),
        predict: <[f64]>::to_vec,
    },
    Loss {
        name: "mean_absolute",
        value: |z, y| mean(z, y, f64::abs),
        slope: |z, y| slopes(z, y, f64::signum),
        predict: <[f64]>::to_vec,
    },
    Loss {
        name: "huber",
        value: |z, y| mean(z, y, |e| huber(e, 1.0)),
        slope: |z, y| slopes(z, y, |e| e.clamp(-1.0, 1.0)),
        predict: <[f64]>::to_vec,
    },
    Loss {
        name: "huber:delta=0.4",
        value: |z, y| mean(z, y, |e| huber(e, 0.4)),
        slope: |z, y| slopes(z, y, |e| e.clamp(-0.4, 0.4)),
        predict: <[f64]>::to_vec,
    },
    Loss {
        name: "poisson",
        value: |z, y| {
            let each = z.iter().zip(numbers(y));
            each.map(|(z, &y)| z.exp() - y * z + least(y)).sum::<f64>() / z.len() as f64
        },
        slope: |z, y| {
            let each = z.iter().zip(numbers(y));
            each.map(|(mean, y)| (mean.exp() - y) / z.len() as f64)
                .collect()
        },
        predict: |z| z.iter().map(|z| z.exp()).collect(),
    },
];

fn softmax(z: &[f64]) -> Vec<f64> {
    let sum: f64 = z.iter().map(|z| z.exp()).sum();
    z.iter().map(|z| z.exp() / sum).collect()
}

/// The probabilities of classes 0 and 1.
fn both(z: &[f64]) -> Vec<f64> {
    vec![sigmoid(-z[0]), sigmoid(z[0])]
}

/// 1 for the right class, less what label smoothing spreads over all.
fn wanted(y: Target<'_, f64>, classes: usize, smoothing: f64) -> Vec<f64> {
    let Target::Class(y) = y else {
        panic!("a class")
    };
    let mut q = vec![smoothing / classes as f64; classes];
    q[y as usize] += 1.0 - smoothing;
    q
}

fn cross_entropy(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| -q * p.ln()).sum()
}

fn difference(p: &[f64], q: &[f64]) -> Vec<f64> {
    p.iter().zip(q).map(|(p, q)| p - q).collect()
}

fn huber(e: f64, delta: f64) -> f64 {
    if e.abs() <= delta {
        0.5 * e * e
    } else {
        delta * (e.abs() - 0.5 * delta)
    }
}

fn mean(z: &[f64], y: Target<'_, f64>, f: fn(f64) -> f64) -> f64 {
    errors(z, y).map(f).sum::<f64>() / z.len() as f64
}

fn slopes(z: &[f64], y: Target<'_, f64>, f: fn(f64) -> f64) -> Vec<f64> {
    errors(z, y).map(|e| f(e) / z.len() as f64).collect()
}

fn errors<'a>(z: &'a [f64], y: Target<'a, f64>) -> impl Iterator<Item = f64> + 'a {
    z.iter().zip(numbers(y)).map(|(z, y)| z - y)
}

fn numbers(y: Target<'_, f64>) -> &[f64] {
    match y {
        Target::Values(y) => y,
        Target::Class(_) => panic!("numbers"),
    }
}

/// y ln y − y: what makes the least loss of a count 0. Of a number below 0, which is none, it is left out.
fn least(y: f64) -> f64 {
    if y > 0.0 { y * y.ln() - y } else { 0.0 }
}
