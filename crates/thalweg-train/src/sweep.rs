//! One sweep of a range test: a short descent whose learning rate grows, from the first weights of a run.

use rand::seq::SliceRandom as _;
use thalweg_core::descent::Descent;
use thalweg_core::ema::Ema;
use thalweg_core::layer::Noise;
use thalweg_core::layout::Part;
use thalweg_core::loss::Targets;
use thalweg_core::objective::Training;
use thalweg_core::rng::{Purpose, stream};
use thalweg_core::team::Team;

use crate::Config;
use crate::found::{Curve, Ended};
use crate::range_test::RangeTest;
use crate::run::step_rows;

/// A sweep ends where the smoothed loss is more than this many times its least value.
pub(crate) const RISE: f64 = 4.0;
/// Steps before a sweep may end for that.
const GRACE: usize = 10;

/// One descent with a growing learning rate.
pub(crate) struct Sweep<'s, 't> {
    /// From 1, so that its rows come in another order than those of the training.
    pub(crate) repeat: u64,
    pub(crate) config: &'s Config,
    pub(crate) training: &'s mut Training<'t, f32>,
    pub(crate) parameters: Vec<f32>,
}

impl Sweep<'_, '_> {
    pub(crate) fn run(mut self, test: &RangeTest, team: &Team) -> Curve {
        let seed = self.config.training.seed;
        let layout = self.training.engine.network().layout();
        let mut descent = Descent::new(self.config.plan(), layout);
        let rows = self.training.examples.rows();
        let mut batches = Batches::new(rows, step_rows(self.config, rows), seed, self.repeat);
        let (mut loss_average, mut lr_average) =
            (Ema::new(test.smoothing), Ema::new(test.smoothing));
        let mut curve = Curve::default();
        let mut least = f64::INFINITY;
        for step in 0..test.steps {
            let lr = test.lr(step);
            descent.drive("lr", |_| lr);
            self.training.noise = Some(Noise {
                seed,
                // Sweeps are shorter than that, so no two have the same masks.
                step: self.repeat << 20 | step,
            });
            let loss = descent.step(team, self.training, batches.next(), &mut self.parameters);
            if !loss.is_finite() {
                curve.ended = Ended::NotFinite;
                break;
            }
            let smoothed = loss_average.push(loss);
            curve.lrs.push(lr);
            curve.losses.push(loss);
            curve.smoothed.push(smoothed);
            curve.centers.push(lr_average.push(lr.ln()).exp());
            least = least.min(smoothed);
            if curve.lrs.len() > GRACE && smoothed > RISE * least {
                curve.ended = Ended::Rose;
                break;
            }
        }
        curve
    }
}

/// The rows of one step after the other, epoch after epoch; the rest of an epoch that makes no whole batch is left
/// out, because the loss of a few rows says little.
struct Batches {
    order: Vec<u32>,
    size: usize,
    at: usize,
    epoch: u64,
    seed: u64,
    repeat: u64,
}

impl Batches {
    fn new(rows: usize, size: usize, seed: u64, repeat: u64) -> Batches {
        Batches {
            order: (0..rows as u32).collect(),
            size,
            at: rows,
            epoch: 0,
            seed,
            repeat,
        }
    }

    fn next(&mut self) -> &[u32] {
        if self.at + self.size > self.order.len() {
            let mut rng = stream(self.seed, Purpose::Shuffle, self.repeat as u16, self.epoch);
            self.order.shuffle(&mut rng);
            (self.at, self.epoch) = (0, self.epoch + 1);
        }
        self.at += self.size;
        &self.order[self.at - self.size..self.at]
    }
}

/// The loss of the same prediction for every row: the frequencies of the classes, or the mean.
pub(crate) fn constant_loss(training: &mut Training<'_, f32>) -> f64 {
    let (examples, network) = (training.examples, training.engine.network());
    let mut parameters = vec![0.0; network.layout().len()];
    let segments = network.layout().segments();
    if let Targets::Classes(classes) = examples.targets
        && let Some(bias) = segments.iter().rfind(|it| it.part == Part::Bias)
    {
        let bias = &mut parameters[bias.range.clone()];
        let weight = |row: usize| {
            examples
                .weights
                .map_or(1.0, |weights| f64::from(weights[row]))
        };
        let mut shares = vec![f64::MIN_POSITIVE; bias.len().max(2)];
        for (row, &class) in classes.iter().enumerate() {
            shares[class as usize] += weight(row);
        }
        let total: f64 = shares.iter().sum();
        let share = |class: usize| (shares[class] / total).max(1e-9).ln() as f32;
        match bias {
            [only] => *only = share(1) - share(0),
            all => {
                for (class, bias) in all.iter_mut().enumerate() {
                    *bias = share(class);
                }
            }
        }
    }
    let mut outputs = vec![0.0; examples.rows() * network.outputs()];
    training
        .engine
        .evaluate(&parameters, &examples, &mut outputs)
}
