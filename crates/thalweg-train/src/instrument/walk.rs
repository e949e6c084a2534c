//! Update rules walking on a test function of two variables, beside each other on one map.

use thalweg_core::descent::{Descent, Plan};
use thalweg_core::function::{Critical, Function, Terrain};
use thalweg_core::layout::Layout;
use thalweg_core::optimizer::{self, Optimizer};
use thalweg_core::solver::{self, Solver};
use thalweg_core::spec::{Card, Field, Range, Slot, Spec, SpecError, Value, parse_short};
use thalweg_core::team::Team;
use thalweg_landscape::Surface;
use thalweg_landscape::grid::{Grid, Lattice, grid};
use thalweg_landscape::plane::Plane;

use super::MOST;
use crate::around::unknown_method;
use crate::{ConfigError, TrainError};

/// Rates that are tried for a rule that is named without one: 10⁻⁵, 10⁻⁴·⁵, … 10.
const RATES: i32 = 13;

/// How rules walk on a test function.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkTest {
    /// Steps of each.
    pub steps: u64,
    /// Points of the map along each axis.
    pub grid: u64,
}

impl Default for WalkTest {
    fn default() -> Self {
        WalkTest {
            steps: 200,
            grid: 101,
        }
    }
}

impl Spec for WalkTest {
    const CARD: &'static Card = &Card {
        name: "walk",
        summary: "How update rules walk on a test function.",
        formula: "",
        paper: "",
        differences: "",
    };
    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "steps",
            doc: "Steps of each rule.",
            range: Range::count(1, MOST),
            slot: Slot::Count(|s| &mut s.steps),
        },
        Field {
            name: "grid",
            doc: "Points of the map along each axis.",
            range: Range::count(3, 1001),
            slot: Slot::Count(|s| &mut s.grid),
        },
    ];
}

/// A rule's way.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The rule's short form, with its learning rate.
    pub rule: String,
    /// How many learning rates were tried, of which this one came lowest; none where it was given.
    pub tried: Option<usize>,
    /// Where it was after each step, from the start on; it ends where a value is not finite.
    pub points: Vec<[f64; 2]>,
    /// The values there.
    pub values: Vec<f64>,
}

/// All ways on one map.
#[derive(Clone, Debug, PartialEq)]
pub struct Walks {
    /// The function's name.
    pub function: String,
    /// Its values.
    pub grid: Grid,
    /// Its critical points.
    pub critical: Vec<Critical>,
    /// Its lowest value; none where it falls for ever.
    pub lowest: Option<f64>,
    /// The ways, in the order in which the rules were named.
    pub walks: Vec<Walk>,
}

/// Something that takes steps.
enum Walker {
    Rule(Box<dyn Optimizer>),
    Solver(Box<dyn Solver>),
}

impl WalkTest {
    /// Lets each of the rules walk from the function's own start. A rule that is named without a learning rate gets the
    /// one of thirteen that ends lowest, for two rules at one rate tell nothing of each other.
    ///
    /// # Errors
    /// A function of more or fewer than two variables, or a rule that does not exist or has wrong settings.
    pub fn walk(&self, function: &dyn Function, rules: &[String]) -> Result<Walks, TrainError> {
        let name = function.card().name;
        let variables = function.dimension();
        if variables != 2 {
            return Err(TrainError::NotPlanar { name, variables });
        }
        let walks = rules.iter().map(|rule| self.one(function, rule));
        let walks = walks.collect::<Result<Vec<_>, Vec<ConfigError>>>()?;
        let mut terrain = Terrain::new(function);
        let mut surface = Surface::<f64>::whole(&mut terrain);
        let plane = Plane::new(vec![0.0; 2], vec![1.0, 0.0], vec![0.0, 1.0])?;
        let bounds = function.bounds();
        let lattice = Lattice {
            bounds: [bounds[0], bounds[1]],
            points: [self.grid as usize; 2],
            tolerance: None,
        };
        Ok(Walks {
            function: name.into(),
            grid: grid(&mut surface, &plane, &lattice)?,
            critical: function.critical(),
            lowest: function.lowest(),
            walks,
        })
    }

    fn one(&self, function: &dyn Function, short: &str) -> Result<Walk, Vec<ConfigError>> {
        let (_, settings) = parse_short(short).map_err(|error| vec![in_optimizer(error)])?;
        let walker = Walker::parse(short)?;
        let has_rate = walker.rule().is_some_and(|rule| rule.get("lr").is_some());
        let is_given = settings.iter().any(|(key, _)| key == "lr");
        if !has_rate || is_given {
            let (points, values) = walker.walk(function, self.steps);
            let (rule, tried) = (short.into(), None);
            return Ok(Walk {
                rule,
                tried,
                points,
                values,
            });
        }
        let tried = (0..RATES).map(|half| -> Result<Walk, Vec<ConfigError>> {
            let lr = rate(half);
            let joint = if short.contains(':') { ',' } else { ':' };
            let rule = format!("{short}{joint}lr={}", Value::Float(lr));
            let (points, values) = Walker::parse(&rule)?.walk(function, self.steps);
            Ok(Walk {
                rule,
                tried: Some(RATES as usize),
                points,
                values,
            })
        });
        let tried = tried.collect::<Result<Vec<Walk>, Vec<ConfigError>>>()?;
        let end = |walk: &Walk| match walk.values.last() {
            Some(value) if value.is_finite() => *value,
            _ => f64::INFINITY,
        };
        let best = tried.into_iter().min_by(|a, b| end(a).total_cmp(&end(b)));
        Ok(best.expect("there are rates to try"))
    }
}

/// 10⁻⁵, 10⁻⁴·⁵, …, to two digits.
fn rate(half: i32) -> f64 {
    let first = if half % 2 == 0 { "1" } else { "3.2" };
    let text = format!("{first}e{}", half / 2 - 5);
    text.parse().expect("a number is written like this")
}

fn in_optimizer(source: SpecError) -> ConfigError {
    ConfigError::Spec {
        section: "optimizer".into(),
        source,
    }
}

impl Walker {
    fn parse(short: &str) -> Result<Walker, Vec<ConfigError>> {
        let all = |errors: Vec<SpecError>| errors.into_iter().map(in_optimizer).collect::<Vec<_>>();
        let name = short.split(':').next().unwrap_or_default().trim();
        if solver::ALL.find(name).is_ok() {
            return solver::ALL.parse(short).map(Walker::Solver).map_err(all);
        }
        if optimizer::ALL.find(name).is_err() {
            return Err(vec![unknown_method(name)]);
        }
        optimizer::ALL.parse(short).map(Walker::Rule).map_err(all)
    }

    fn rule(&self) -> Option<&dyn Optimizer> {
        match self {
            Walker::Rule(rule) => Some(&**rule),
            Walker::Solver(_) => None,
        }
    }

    /// The places and their values.
    fn walk(&self, function: &dyn Function, steps: u64) -> (Vec<[f64; 2]>, Vec<f64>) {
        let mut terrain = Terrain::new(function);
        let mut at = function.start();
        let mut points = vec![[at[0], at[1]]];
        let mut values = vec![function.value(&at)];
        let mut state = match self {
            Walker::Rule(rule) => {
                let layout = Layout::vector(at.len());
                State::Descent(Box::new(Descent::new(Plan::new(rule.boxed()), &layout)))
            }
            Walker::Solver(solver) => State::Solver(&**solver, solver::memory(&**solver, at.len())),
        };
        let team = Team::new(1);
        for _ in 0..steps {
            state.step(&team, &mut terrain, &mut at);
            let value = function.value(&at);
            points.push([at[0], at[1]]);
            values.push(value);
            if !value.is_finite() {
                break;
            }
        }
        (points, values)
    }
}

/// What a walker carries from step to step.
enum State<'s> {
    Descent(Box<Descent<f64>>),
    Solver(&'s dyn Solver, optimizer::State<f64>),
}

impl State<'_> {
    /// One step over the whole function.
    fn step(&mut self, team: &Team, terrain: &mut Terrain<'_>, at: &mut [f64]) {
        match self {
            State::Descent(descent) => {
                descent.step(team, terrain, &[], at);
            }
            State::Solver(solver, state) => {
                solver::step(*solver, state, terrain, &[], at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::function;

    fn walks(name: &str, rules: &[&str]) -> Result<Walks, TrainError> {
        let function = function::ALL.parse(name).unwrap();
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        WalkTest::default().walk(&*function, &rules)
    }

    #[test]
    fn gradient_descent_on_a_bowl_is_what_the_formula_says() {
        let found = walks("bowl:smallest=1,largest=4", &["sgd:lr=0.3"]).unwrap();
        let walk = &found.walks[0];
        assert_eq!((walk.points.len(), walk.tried), (201, None));
        let start = walk.points[0];
        for (k, at) in walk.points.iter().take(30).enumerate() {
            for (x, (x0, lambda)) in at.iter().zip(start.iter().zip([1.0, 4.0])) {
                let expected = x0 * (1.0 - 0.3_f64 * lambda).powi(k as i32);
                assert!((x - expected).abs() < 1e-12 * start[0].abs().max(1.0));
            }
        }
    }

    #[test]
    fn a_rate_is_looked_for_where_none_is_given() {
        let found = walks("rosenbrock", &["adam", "momentum:momentum=0.8", "lbfgs"]).unwrap();
        let rules: Vec<&str> = found.walks.iter().map(|walk| walk.rule.as_str()).collect();
        assert!(
            rules[0].starts_with("adam:lr=") && rules[1].starts_with("momentum:momentum=0.8,lr=")
        );
        assert_eq!(rules[2], "lbfgs");
        for walk in &found.walks {
            let (first, last) = (walk.values[0], walk.values[walk.values.len() - 1]);
            assert!(last < 0.1 * first, "{}: {last}", walk.rule);
        }
        assert_eq!(found.grid.losses.len(), 101 * 101);
    }

    #[test]
    fn what_cannot_walk_is_refused() {
        assert!(matches!(
            walks("bowl:n=3", &["sgd"]),
            Err(TrainError::NotPlanar { .. })
        ));
        let error = walks("bowl", &["adm"]).unwrap_err().to_string();
        assert!(error.contains("did you mean `adam`"), "{error}");
        let error = walks("bowl", &["adam:lr=-1"]).unwrap_err().to_string();
        assert!(error.contains("`lr` of `adam`"), "{error}");
    }
}
