//! Products with the nonzeros of sparse rows have the bits of products with all of their features.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use std::fmt::Debug;

use crate::common::sample::{self, Sample};
use thalweg_core::Real;
use thalweg_core::descent::{Descent, Plan};
use thalweg_core::layer::Noise;
use thalweg_core::loss::{Loss, SoftmaxCrossEntropy};
use thalweg_core::network::{Architecture, Engine, Examples, Frame, Network};
use thalweg_core::objective::{Curvature, Objective, Penalties, Training};
use thalweg_core::optimizer::Adam;
use thalweg_core::team::Team;

/// Rows that there are: more than go forward and back before their gradient is summed.
const ROWS: usize = 1100;
const OUTPUTS: usize = 3;

/// All that is found for some examples: steps, and what is measured where they end.
fn found<T: Real>(network: &Network, examples: Examples<'_, T>, threads: usize) -> Vec<Vec<T>> {
    let (team, loss) = (Team::new(threads), SoftmaxCrossEntropy::default());
    let engine = Engine::new(network, &loss as &dyn Loss, &team);
    let mut training = Training::new(engine, examples);
    training.penalties = Penalties { l1: 0.01, l2: 0.02 };
    let mut descent = Descent::new(Plan::new(Box::new(Adam::default())), network.layout());
    let mut p: Vec<T> = sample::of(&sample::parameters(network.layout(), 3));
    let mut values = Vec::new();
    for step in 0..4 {
        // A part, another one, all; and a batch of few rows.
        let rows = sample::order([100, 165, ROWS, 3][step as usize], ROWS, step);
        training.noise = Some(Noise { seed: 5, step });
        values.push(T::of(descent.step(&team, &mut training, &rows, &mut p)));
    }
    let all: Vec<u32> = (0..ROWS as u32).collect();
    let mut g = p.clone();
    values.push(T::of(training.gradient(&p, &all, &mut g)));
    let v: Vec<T> = sample::of(&sample::numbers(3 * p.len(), 9));
    let mut products = [Curvature::Hessian, Curvature::GaussNewton].map(|_| v.clone());
    training.curvature_products(Curvature::Hessian, &p, &all, &v, &mut products[0]);
    training.curvature_products(Curvature::GaussNewton, &p, &all, &v, &mut products[1]);
    let [hessian, gauss_newton] = products;
    training.noise = None;
    let (mut norms, mut mean) = (vec![0.0; ROWS], p.clone());
    training.row_norms(&p, &all, &mut norms, &mut mean);
    values.extend(training.exact_trace(&p, &all).map(T::of));
    let frame = Frame {
        origin: &p,
        directions: &[&v[..p.len()], &g],
    };
    let sections = training.section(&frame, &all, &[[0.0, 0.0], [0.1, -0.2], [0.01, 0.3]]);
    values.extend(
        sections
            .iter()
            .flat_map(|it| [it.mean, it.deviation])
            .map(T::of),
    );
    let mut outputs = vec![T::ZERO; ROWS * OUTPUTS];
    values.push(T::of(training.engine.evaluate(&p, &examples, &mut outputs)));
    let mut predictions = outputs.clone();
    training
        .engine
        .predict(&p, examples.features, &mut predictions);
    let norms = norms.into_iter().map(T::of).collect();
    vec![
        values,
        p,
        g,
        hessian,
        gauss_newton,
        norms,
        mean,
        outputs,
        predictions,
    ]
}

/// Dense rows, the same compressed, on any number of threads: with so many features that are not 0 the dense ones are
/// multiplied with all of them.
fn check<T: Real + Debug>(width: usize, architecture: &Architecture, density: f64) {
    let network = Network::new(width, OUTPUTS, architecture).unwrap();
    let sample = || Sample::<T>::new(ROWS, width, OUTPUTS, 1).thinned(density, 2);
    let (dense, compressed) = (sample(), sample().compressed());
    let purpose = SoftmaxCrossEntropy::default().purpose();
    let expected = found(&network, dense.examples(purpose), 1);
    for threads in [1, 2, 3] {
        for sample in [&dense, &compressed] {
            let found = found(&network, sample.examples(purpose), threads);
            let case = (width, &architecture.hidden, density, threads);
            for (what, (a, b)) in found.iter().zip(&expected).enumerate() {
                assert!(a.iter().all(|x| x.is_finite()), "{case:?}, {what}");
                assert!(a == b, "{case:?}, {what}");
            }
        }
    }
}

#[test]
fn nonzeros_alone_give_the_same_numbers() {
    let of = |hidden: &[u64]| Architecture {
        hidden: hidden.to_vec(),
        ..Architecture::default()
    };
    let dropped = Architecture {
        dropout: 0.2,
        dropconnect: 0.3,
        ..of(&[33, 9])
    };
    let masked = Architecture {
        input_dropout: 0.2,
        ..of(&[20])
    };
    // 0.5: in segments; 0.1: dense rows are compressed too; less: rows without anything, and features that no row of a
    // batch has.
    for density in [0.5, 0.2, 0.1, 0.005, 0.0005] {
        for (width, architecture) in [
            (150, &of(&[100])),
            (450, &of(&[17])),
            (70, &of(&[130, 17])),
            (40, &of(&[])),
            (33, &dropped),
            (64, &masked),
        ] {
            check::<f32>(width, architecture, density);
            check::<f64>(width, architecture, density);
        }
    }
    check::<f32>(1, &of(&[5]), 0.5);
}
