//! The learning-rate range test: a few short descents with a growing learning rate, and where the loss falls in them.
//!
//! Not a training: its weights are thrown away. What the curves mean is judged in `found`.
//!
//! ```text
//! lr_k = low · (high / low)^(k / (steps − 1)),  k = 0 … steps − 1
//! ```
//! Smith 2017, Cyclical learning rates for training neural networks, arXiv:1506.01186, section 3.3.
//!
//! ## Differences
//! Smith lets lr grow linearly and looks at the accuracy of one sweep. One sweep is mostly noise, so there are several
//! here, from the same first weights with other orders of the rows and other masks: how far they agree is part of
//! the answer, and there may be none. Other tools suggest the steepest descent, or a tenth of the least loss's lr;
//! here it is the geometric middle between the two places, and only a fall below the loss of a constant prediction counts.

use thalweg_core::network::{Engine, Network};
use thalweg_core::objective::Training;
use thalweg_core::spec::{Card, Field, Range, Slot, Spec};
use thalweg_core::team::Team;

use crate::found::Found;
use crate::prepare::Prepared;
use crate::sweep::{Sweep, constant_loss};
use crate::{Config, TrainError, auto_lr};

/// How often a suggestion is tried from the first weights, and lowered if the loss blows up.
const TRIALS: u64 = 4;

/// How the learning rate is swept.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeTest {
    /// The first learning rate.
    pub low: f64,
    /// The last one.
    pub high: f64,
    /// The steps between them.
    pub steps: u64,
    /// How often it is done.
    pub repeats: u64,
    /// What the moving average of the loss forgets with.
    pub smoothing: f64,
}

impl Default for RangeTest {
    fn default() -> Self {
        RangeTest {
            low: 1e-7,
            high: 10.0,
            steps: 100,
            repeats: 5,
            smoothing: 0.9,
        }
    }
}

impl Spec for RangeTest {
    const CARD: &'static Card = &Card {
        name: "range_test",
        summary: "How the learning rate is swept to find a good one.",
        formula: "lr_k = low · (high / low)^(k / (steps − 1))",
        paper: "Smith 2017, Cyclical learning rates for training neural networks, arXiv:1506.01186, section 3.3",
        differences: "The paper lets lr grow linearly and sweeps once.",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "low",
            doc: "Learning rate that a sweep begins with.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.low),
        },
        Field {
            name: "high",
            doc: "Learning rate that a sweep ends with, if the loss has not risen before.",
            range: Range::POSITIVE,
            slot: Slot::Float(|s| &mut s.high),
        },
        Field {
            name: "steps",
            doc: "Steps of a sweep.",
            range: Range::count(30, 100_000),
            slot: Slot::Count(|s| &mut s.steps),
        },
        Field {
            name: "repeats",
            doc: "Sweeps, each with another order of the rows and other masks.",
            range: Range::count(2, 100),
            slot: Slot::Count(|s| &mut s.repeats),
        },
        Field {
            name: "smoothing",
            doc: "Factor that the moving average of the loss forgets with.",
            range: Range::FRACTION,
            slot: Slot::Float(|s| &mut s.smoothing),
        },
    ];

    fn conflict(&self) -> Option<&'static str> {
        (self.low >= self.high).then_some("`low` must be below `high`")
    }
}

impl RangeTest {
    /// Sweeps the learning rate of a configuration, without its schedules. The same seed gives the same result, on
    /// any number of threads.
    ///
    /// # Errors
    /// The update rule has no learning rate. A test that cannot tell is no error: see [`Found::verdict`].
    pub fn find(
        &self,
        config: &Config,
        data: &Prepared,
        network: &Network,
        team: &Team,
    ) -> Result<Found, TrainError> {
        let mut errors = Vec::new();
        auto_lr::check_sweep(config, &mut errors);
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let loss = config.the_loss()?;
        let mut training =
            Training::new(Engine::new(network, loss, team), data.training_examples());
        training.penalties = config.penalties();
        let constant = constant_loss(&mut training);
        let start = network.initialize(config.training.seed);
        let mut sweep = |test: &RangeTest, repeat| {
            let sweep = Sweep {
                repeat,
                config,
                training: &mut training,
                parameters: start.clone(),
            };
            sweep.run(test, team)
        };
        let curves = (1..=self.repeats)
            .map(|repeat| sweep(self, repeat))
            .collect();
        let mut found = Found::new(curves, constant, self.smoothing);
        // A sweep comes to its large steps with weights that the small ones have calmed. A training does not.
        for trial in 0..TRIALS {
            let Some(lr) = found.suggestion else { break };
            let cold = RangeTest {
                low: lr,
                high: lr,
                ..self.clone()
            };
            if !sweep(&cold, self.repeats + 1 + trial).has_blown_up() {
                break;
            }
            found.lower();
        }
        Ok(found)
    }

    /// The learning rate of a step, from 0.
    pub(crate) fn lr(&self, step: u64) -> f64 {
        let part = step as f64 / (self.steps - 1) as f64;
        self.low * (self.high / self.low).powf(part)
    }
}

#[cfg(test)]
mod tests {
    use rand::seq::SliceRandom as _;
    use thalweg_core::rng::{Purpose, stream};

    use super::*;
    use crate::found::Ended;
    use crate::found::Verdict;
    use crate::{Run, Settings};

    fn run(settings: &[&str]) -> Run {
        let mut all = Settings::default();
        for setting in settings {
            all.assign(setting).unwrap();
        }
        Run::new(Config::new(&all).unwrap(), 1).unwrap()
    }

    fn find(test: &RangeTest, run: &Run, team: &Team) -> Found {
        test.find(&run.config, &run.data, &run.network, team)
            .unwrap()
    }

    /// A column of standard deviation 1 against a straight line: half the squared error has the curvature 1, or 2
    /// without the half, so full-batch descent is stable up to an lr of 1 or 2.
    #[test]
    fn a_straight_line_blows_up_where_the_curvature_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("line.csv");
        let line = |i: u32| format!("{i},{}\n", 3.0 * f64::from(i) + f64::from(i % 7));
        let text: String = (0..200).map(line).collect();
        std::fs::write(&path, "x,y\n".to_owned() + &text).unwrap();
        let source = format!("data.source={}", path.display());
        let run = run(&[
            &source,
            "data.target=y",
            "network.hidden=",
            "optimizer.name=sgd",
            "training.batch_size=full",
        ]);
        let found = find(&RangeTest::default(), &run, &Team::new(1));
        for curve in &found.curves {
            assert_ne!(curve.ended, Ended::Finished);
            // The unstable mode needs a few steps to grow; six of them are half a decade.
            let last = curve.lrs[curve.lrs.len() - 1];
            assert!((1.0..10.0).contains(&last), "{last}");
        }
        let (low, high) = found.interval.unwrap();
        let lr = found.suggestion.unwrap();
        assert!(
            0.005 < low && low <= lr && lr <= high && high < 2.0,
            "{low} {lr} {high}"
        );
    }

    #[test]
    fn digits_get_a_usual_lr_on_any_number_of_threads() {
        let run = run(&["data.source=digits", "network.hidden=32"]);
        let test = RangeTest::default();
        let found = find(&test, &run, &Team::new(1));
        assert!(
            matches!(found.verdict, Verdict::Agreed { .. }),
            "{}",
            found.verdict
        );
        let lr = found.suggestion.unwrap();
        assert!((1e-4..5e-2).contains(&lr), "{lr}");
        assert_eq!(found, find(&test, &run, &Team::new(3)));
        assert_ne!(found.curves[0], found.curves[1]);
        assert_eq!(found.curves.len(), 5);
    }

    #[test]
    fn labels_without_a_reason_have_no_lr() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("coin.csv");
        let mut rng = stream(1, Purpose::Data, 0, 0);
        let mut labels: Vec<u32> = (0..1000).map(|i| i % 2).collect();
        labels.shuffle(&mut rng);
        let row = |(i, label): (usize, &u32)| format!("{},{},{label}\n", i % 31, i % 17);
        let text: String = labels.iter().enumerate().map(row).collect();
        std::fs::write(&path, "a,b,y\n".to_owned() + &text).unwrap();
        let run = run(&[
            &format!("data.source={}", path.display()),
            "data.target=y",
            "data.task=classification",
        ]);
        let found = find(&RangeTest::default(), &run, &Team::new(1));
        assert!(
            matches!(found.verdict, Verdict::NoFall { .. }),
            "{}",
            found.verdict
        );
        assert_eq!((found.interval, found.suggestion), (None, None));
    }

    #[test]
    fn a_rule_without_lr_is_refused() {
        let run = run(&["data.source=moons", "optimizer.name=rprop"]);
        let (config, data) = (&run.config, &run.data);
        let found = RangeTest::default().find(config, data, &run.network, &Team::new(1));
        let error = found.unwrap_err().to_string();
        assert!(
            error.starts_with("optimizer: `rprop` has no `lr`"),
            "{error}"
        );
    }

    #[test]
    fn a_group_with_an_lr_of_its_own_is_refused() {
        let mut settings = Settings::default();
        settings.assign("data.source=moons").unwrap();
        settings.add_group("*.bias:lr=0.125").unwrap();
        let run = Run::new(Config::new(&settings).unwrap(), 1).unwrap();
        let (config, data) = (&run.config, &run.data);
        let found = RangeTest::default().find(config, data, &run.network, &Team::new(1));
        let error = found.unwrap_err().to_string();
        assert!(error.contains("`*.bias` has an lr of its own"), "{error}");
    }
}
