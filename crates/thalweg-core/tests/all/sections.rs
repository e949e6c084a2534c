//! The loss at points of a plane, on lines above all, against the same network at each point by itself.

#![allow(clippy::unwrap_used)]

use crate::common::sample::{Sample, numbers, of};
use thalweg_core::Real;
use thalweg_core::loss::{self, Purpose};
use thalweg_core::network::{Architecture, Engine, Frame, Network};
use thalweg_core::objective::{Objective, Penalties, Training};
use thalweg_core::team::Team;

const INPUTS: usize = 7;

/// The largest error of a mean on a line, relative to that mean; what is right comes from a step forward in f64.
fn error<T: Real>(
    (hidden, activation, loss): (&[u64], &str, &str),
    rows: usize,
    scale: f64,
    points: &[[f64; 2]],
) -> f64 {
    let loss = loss::ALL.parse(loss).unwrap();
    let outputs = if loss.purpose() == Purpose::Classes {
        3
    } else {
        2
    };
    let shape = Architecture {
        hidden: hidden.to_vec(),
        activation: activation.into(),
        dropout: 0.0,
        ..Architecture::default()
    };
    let network = Network::new(INPUTS, outputs, &shape).unwrap();
    let team = Team::default();
    let (sample, exact) = (
        Sample::<T>::new(rows, INPUTS, outputs, 1),
        Sample::<f64>::new(rows, INPUTS, outputs, 1),
    );
    let purpose = loss.purpose();
    let mut training = Training::new(
        Engine::new(&network, &*loss, &team),
        sample.examples(purpose),
    );
    let mut truth = Training::new(
        Engine::new(&network, &*loss, &team),
        exact.examples(purpose),
    );
    training.penalties = Penalties { l1: 0.01, l2: 0.02 };
    truth.penalties = training.penalties;
    let mut p = numbers(training.len(), 2);
    let mut directions = [numbers(p.len(), 3), numbers(p.len(), 4)];
    directions.iter_mut().flatten().for_each(|d| *d *= scale);
    // A unit whose sum is the same everywhere on a line, one that is always 0, and one that moves by −0.
    let units = hidden[0] as usize;
    for (unit, direction) in [(0, 0.0), (1, 0.0), (2, -0.0)] {
        let weights = unit * INPUTS..(unit + 1) * INPUTS;
        let bias = units * INPUTS + unit;
        directions[0][weights.clone()].fill(direction);
        directions[0][bias] = direction;
        if unit == 1 {
            p[weights.clone()].fill(0.0);
            p[bias] = 0.0;
            directions[1][weights].fill(0.0);
            directions[1][bias] = 0.0;
        }
    }
    let rounded = |x: &[f64]| of::<T>(x);
    let (origin, first, second) = (
        rounded(&p),
        rounded(&directions[0]),
        rounded(&directions[1]),
    );
    let frame = Frame {
        origin: &origin,
        directions: &[&first, &second],
    };
    let order: Vec<u32> = (0..rows as u32).rev().collect();
    let found = training.section(&frame, &order, points);
    assert_eq!(found.len(), points.len());
    let exactly = |x: &[T]| -> Vec<f64> { x.iter().map(|x| x.to_f64()).collect() };
    let (origin, first, second) = (exactly(&origin), exactly(&first), exactly(&second));
    let frame = Frame {
        origin: &origin,
        directions: &[&first, &second],
    };
    let mut g = vec![0.0; p.len()];
    let errors = found.iter().zip(points).map(|(section, &point)| {
        let wanted = truth.gradient(&frame.at(point), &order, &mut g);
        // A point by itself is no line. Of a row or of rows that hardly differ a deviation is but rounding.
        let alone = truth.section(&frame, &order, &[point])[0];
        assert!((alone.mean - wanted).abs() <= 1e-12 * wanted.abs());
        let deviation =
            (section.deviation - alone.deviation).abs() / (alone.deviation + 1e-3 * wanted.abs());
        ((section.mean - wanted).abs() / wanted.abs()).max(deviation)
    });
    errors.fold(0.0, f64::max)
}

/// A lattice, row by row.
fn lattice(alphas: &[f64], betas: &[f64]) -> Vec<[f64; 2]> {
    betas
        .iter()
        .flat_map(|&beta| alphas.iter().map(move |&alpha| [alpha, beta]))
        .collect()
}

fn spaced(low: f64, high: f64, count: usize) -> Vec<f64> {
    let step = (high - low) / (count - 1) as f64;
    (0..count).map(|k| low + step * k as f64).collect()
}

/// Rows that fill tiles, leave some over and are alone; one hidden layer, several, and wide ones; all losses' kinds.
#[test]
fn lines_have_the_losses_of_their_points() {
    let points = lattice(&spaced(-1.0, 1.0, 51), &[-1.0, 0.0, 0.3]);
    for activation in [
        "relu",
        "leaky_relu:slope=0.2",
        "leaky_relu:slope=1.5",
        "identity",
        "tanh",
    ] {
        for hidden in [&[9][..], &[33, 17], &[70, 85, 4], &[20, 150]] {
            for loss in ["softmax_cross_entropy", "mean_squared"] {
                for rows in [1, 5, 90] {
                    let found = error::<f64>((hidden, activation, loss), rows, 1.0, &points);
                    // Sums of up to 150 terms, some of which are added and taken away again.
                    assert!(
                        found < 1e-12,
                        "{activation} {hidden:?} {loss} {rows}: {found:e}"
                    );
                }
            }
        }
    }
}

/// Far from 0 or close to each other, unevenly, backwards, several at one place, more than a line takes at a time, and
/// lines among single points.
#[test]
fn points_of_a_line_may_lie_anywhere() {
    let far = lattice(&spaced(30.0, 31.0, 40), &[-5.0]);
    let near = lattice(&spaced(-1e-7, 1e-7, 40), &[0.0]);
    let backwards = lattice(&spaced(2.0, -3.0, 300), &[0.5]);
    let uneven: Vec<[f64; 2]> = (0..30).map(|k| [f64::from(k * k % 17), 1.0]).collect();
    let same = vec![[0.25, 0.5]; 20];
    let mut mixed = lattice(&[0.1, 0.2], &[1.0, 2.0, 3.0]);
    mixed.extend(&uneven);
    mixed.extend(lattice(&[0.5], &spaced(-1.0, 1.0, 50)));
    mixed.extend(&backwards);
    for (name, points) in [
        ("far", far),
        ("near", near),
        ("backwards", backwards),
        ("uneven", uneven),
        ("same", same),
        ("mixed", mixed),
    ] {
        let found = error::<f64>(
            (&[33, 17], "relu", "softmax_cross_entropy"),
            70,
            1.0,
            &points,
        );
        assert!(found < 1e-12, "{name}: {found:e}");
    }
}

/// In f32 the losses on lines of three lengths err by a few ulp, as those of single points do.
#[test]
fn lines_are_as_exact_as_points_in_single_precision() {
    for scale in [1e-3, 1.0, 30.0] {
        let shape = (&[70, 33][..], "relu", "softmax_cross_entropy");
        let line = lattice(&spaced(-1.0, 1.0, 51), &[0.4]);
        // Too few at a time for a line.
        let apart: Vec<[f64; 2]> = line
            .chunks(5)
            .flat_map(|part| part.iter().copied().chain([[0.0, 9.0]]))
            .collect();
        for (name, points) in [("a line", line), ("points", apart)] {
            let found = error::<f32>(shape, 90, scale, &points);
            assert!(found < 8.0 * 1.2e-7, "{name}, {scale}: {found:e}");
        }
    }
}
