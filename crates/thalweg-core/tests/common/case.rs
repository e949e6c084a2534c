//! A network, a batch and a loss on which the engine and the reference are compared.

use thalweg_core::layer::Noise;
use thalweg_core::loss::{self, Purpose};
use thalweg_core::network::{Architecture, Batch, Engine, Network};
use thalweg_core::objective::Penalties;
use thalweg_core::team::Team;

use super::number::Number;
use super::reference::{Found, Reference};
use super::sample::{self, Sample};
use super::textbook::{Curve, Loss};

/// The most that the engine and the reference may differ in f64, relative to the largest number of a kind.
const BOUND: f64 = 1e-12;
/// What is smaller than that in all places is the roundoff of something larger.
const SMALL: f64 = 1e-3;

/// What is compared.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) curve: &'static Curve,
    pub(crate) loss: &'static Loss,
    pub(crate) inputs: usize,
    pub(crate) hidden: Vec<u64>,
    /// One all the same for a loss of two classes, and two at least for one of several.
    pub(crate) outputs: usize,
    /// Rows that there are, and in a batch.
    pub(crate) rows: (usize, usize),
    /// Rates of dropout on hidden units, of dropout on the input and of DropConnect.
    pub(crate) rates: [f64; 3],
    pub(crate) penalties: Penalties,
    pub(crate) noise: Option<Noise>,
    /// About which part of the features is not 0.
    pub(crate) density: f64,
    /// Whether they are given as compressed rows.
    pub(crate) compressed: bool,
    pub(crate) seed: u64,
}

impl Case {
    pub(crate) fn library_loss(&self) -> Box<dyn loss::Loss> {
        loss::ALL.parse(self.loss.name).unwrap()
    }

    pub(crate) fn outputs(&self) -> usize {
        match self.library_loss().purpose() {
            Purpose::TwoClasses => 1,
            Purpose::Classes => self.outputs.max(2),
            Purpose::Numbers | Purpose::Counts => self.outputs,
        }
    }

    pub(crate) fn network(&self) -> Network {
        let [dropout, input_dropout, dropconnect] = self.rates;
        let architecture = Architecture {
            hidden: self.hidden.clone(),
            activation: self.curve.name.into(),
            dropout,
            input_dropout,
            dropconnect,
            ..Architecture::default()
        };
        Network::new(self.inputs, self.outputs(), &architecture).unwrap()
    }

    pub(crate) fn sample<T: thalweg_core::Real>(&self) -> Sample<T> {
        let sample = Sample::new(self.rows.0, self.inputs, self.outputs(), self.seed);
        let sample = sample.thinned(self.density, self.seed + 17);
        if self.compressed {
            sample.compressed()
        } else {
            sample
        }
    }

    /// The rows of a batch, in no order.
    pub(crate) fn batch(&self, index: u64) -> Vec<u32> {
        sample::order(self.rows.1, self.rows.0, self.seed + 11 + index)
    }

    pub(crate) fn reference<'a>(&self, network: &'a Network) -> Reference<'a> {
        Reference {
            network,
            curve: self.curve,
            loss: self.loss,
            penalties: self.penalties,
        }
    }

    /// Compares the gradient of a batch: in f64 with what the reference finds, in f32 with how far that may be off. On
    /// a team it has to be the same.
    pub(crate) fn check_gradient(&self, team: &Team) -> Result<(), String> {
        let (network, loss) = (self.network(), self.library_loss());
        let p = sample::parameters(network.layout(), self.seed + 7);
        let rows = self.batch(0);
        let double = self.sample::<f64>();
        let examples = double.examples(loss.purpose());
        let reference = self.reference(&network);
        let found = reference.gradient(&examples, &rows, self.noise, &p);
        let run = Run {
            case: self,
            network: &network,
            loss: &*loss,
            rows: &rows,
            found: &found,
        };
        run.compare_f64(team, &p)?;
        run.compare_f32(team, &sample::of(&p))
    }

    /// The same for what is answered without noise: outputs, their mean loss and predictions.
    pub(crate) fn check_answers(&self, team: &Team) -> Result<(), String> {
        let (network, loss) = (self.network(), self.library_loss());
        let p = sample::parameters(network.layout(), self.seed + 7);
        let (double, single) = (self.sample::<f64>(), self.sample::<f32>());
        let examples = double.examples(loss.purpose());
        let reference = self.reference(&network);
        let outputs: Vec<_> = (0..self.rows.0)
            .map(|row| reference.outputs(&examples, row, &p))
            .collect();
        let costs = outputs.iter().enumerate();
        let costs = costs.map(|(row, z)| reference.cost(&examples, row, z));
        let mean = super::number::sum(costs).times(Number::exact(1.0 / self.rows.0 as f64));
        let predictions = outputs.iter();
        let predictions = predictions.flat_map(|z| super::number::map_all(z, self.loss.predict));
        let (predictions, outputs): (Vec<_>, Vec<_>) = (predictions.collect(), outputs.concat());

        let mut found = vec![0.0; outputs.len()];
        let mut engine = Engine::new(&network, &*loss, team);
        let value = engine.evaluate(&p, &examples, &mut found);
        agree("outputs", &found, &outputs)?;
        agree("mean loss", &[value], &[mean])?;
        engine.predict(&p, examples.features, &mut found);
        agree("predictions", &found, &predictions)?;

        let mut found = vec![0.0_f32; outputs.len()];
        let (p, mut engine) = (sample::of::<f32>(&p), Engine::new(&network, &*loss, team));
        let value = engine.evaluate(&p, &single.examples(loss.purpose()), &mut found);
        within("outputs", &found, &outputs)?;
        if !mean.admits(value) {
            return Err(format!("mean loss in f32: {value} and {mean:?}"));
        }
        engine.predict(&p, single.examples(loss.purpose()).features, &mut found);
        within("predictions", &found, &predictions)
    }
}

/// A gradient that is compared.
struct Run<'a> {
    case: &'a Case,
    network: &'a Network,
    loss: &'a dyn loss::Loss,
    rows: &'a [u32],
    found: &'a Found,
}

impl Run<'_> {
    fn compare_f64(&self, team: &Team, p: &[f64]) -> Result<(), String> {
        let (cost, g) = self.gradient(team, p);
        let Found {
            loss,
            penalty,
            gradient,
        } = self.found;
        agree("gradient", &g, gradient)?;
        agree("loss", &[cost.0], &[*loss])?;
        agree("penalty", &[cost.1], &[Number::exact(*penalty)])
    }

    fn compare_f32(&self, team: &Team, p: &[f32]) -> Result<(), String> {
        let (cost, g) = self.gradient(team, p);
        within("gradient", &g, &self.found.gradient)?;
        if !self.found.loss.admits(cost.0) {
            return Err(format!("loss in f32: {} and {:?}", cost.0, self.found.loss));
        }
        let (alone, g_alone) = self.gradient(&Team::default(), p);
        if cost != alone || g != g_alone {
            return Err(format!("{} threads find other bits", team.threads()));
        }
        Ok(())
    }

    /// Loss, penalty and gradient.
    fn gradient<T: thalweg_core::Real>(&self, team: &Team, p: &[T]) -> ((f64, f64), Vec<T>) {
        let sample = self.case.sample::<T>();
        let batch = Batch {
            examples: sample.examples(self.loss.purpose()),
            rows: self.rows,
            noise: self.case.noise,
            penalties: self.case.penalties,
        };
        // What has been there does not matter.
        let mut g = vec![T::of(f64::NAN); p.len()];
        let cost = Engine::new(self.network, self.loss, team).gradient(&batch, p, &mut g);
        ((cost.loss, cost.penalty), g)
    }
}

/// Whether numbers in f64 are those of the reference.
pub(crate) fn agree(what: &str, ours: &[f64], theirs: &[Number]) -> Result<(), String> {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let size = theirs.iter().map(|it| it.value.abs()).fold(SMALL, f64::max);
    for (at, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let difference = (a - b.value).abs();
        if difference.is_nan() || difference > BOUND * size {
            return Err(format!(
                "{what}, place {at}: {a} and {}, {difference:e} apart, the largest being {size}",
                b.value
            ));
        }
    }
    Ok(())
}

/// Whether numbers in f32 are as close to those of the reference as they have to be.
pub(crate) fn within(what: &str, ours: &[f32], theirs: &[Number]) -> Result<(), String> {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (at, (&a, b)) in ours.iter().zip(theirs).enumerate() {
        if !b.admits(f64::from(a)) {
            return Err(format!("{what} in f32, place {at}: {a} and {b:?}"));
        }
    }
    Ok(())
}
