//! What is said of comparisons.

use thalweg_landscape::Mean;
use thalweg_train::{CommonPlane, Compared, Standing};

use crate::canvas::short;
use crate::race::Along;

/// What is said wherever seconds stand beside each other.
pub(crate) const SECONDS: &str =
    "Seconds are those of training and only comparable where nothing else ran beside (--jobs 1).";

/// About a comparison.
pub fn about_compared(compared: &Compared) -> Vec<String> {
    let monitor = &compared.monitor;
    let mut said = vec![format!(
        "Epochs, passes over the training rows, counted in gradients, and seconds of training are those until the validation \
         {monitor} first reached {}; ± is half of the 95 % interval over seeds.",
        short(compared.goal)
    )];
    let ranked = compared.ranked();
    if let [first, second, ..] = ranked[..] {
        said.push(who_is_better(first, second));
    }
    for standing in ranked {
        let (name, diverged) = (&standing.name, standing.diverged());
        if diverged > 0 {
            said.push(format!(
                "{name}: {diverged} of {} trainings diverged; their scores are those of the weights before.",
                standing.runs.len()
            ));
        }
        if standing.is_at_an_end() {
            said.push(format!(
                "{name}: the best of the learning rates tried is {}, the first or last of them; a better one may lie beyond.",
                short(standing.lr.unwrap_or(f64::NAN))
            ));
        }
    }
    if compared.standings.len() > 1 && compared.standings.iter().all(|it| it.tried.is_empty()) {
        said.push(
            "No learning rates were looked for: between a rule at a good one and a rule at a bad one the difference is that of \
             the rates. --tune 9 looks for each in the same way."
                .into(),
        );
    }
    if let Err(reason) = &compared.plane {
        said.push(format!("There is no common plane: {reason}."));
    }
    said
}

/// About the lines of a race; losses above a multiple of the first weights' highest may be cut.
pub(crate) fn about_race(compared: &Compared, along: Along, cut: Option<f64>) -> Vec<String> {
    let monitor = &compared.monitor;
    let mut said = vec![format!(
        "The validation {monitor} of every training from its first weights on, a line for each seed; the dashed level is the \
         goal of {}.",
        short(compared.goal)
    )];
    if along == Along::Seconds {
        said.push(SECONDS.into());
    }
    if let Some(cut) = cut {
        let highest = format!("highest {monitor} of the first weights");
        said.push(about_cut(&highest, cut));
    }
    said
}

/// About what is above a multiple of something and would make all else small.
pub(crate) fn about_cut(what: &str, cut: f64) -> String {
    format!(
        "What is above {} times the {what} is drawn at that height.",
        short(cut)
    )
}

/// Whether the differences of the two best, seed by seed, can be told from 0.
fn who_is_better(first: &Standing, second: &Standing) -> String {
    let pairs = first.runs.iter().zip(&second.runs);
    let differences: Vec<f64> = pairs
        .filter_map(|(a, b)| Some(a.best_score()? - b.best_score()?))
        .collect();
    let mean = Mean::of(&differences);
    let (a, b) = (&first.name, &second.name);
    match mean.interval {
        None => format!("{a} is before {b}; one seed does not say whether by more than chance."),
        Some(interval) if interval.contains(0.0) => format!(
            "{a} and {b} cannot be told apart by these {} seeds: seed by seed they differ by {} (± {}).",
            mean.count,
            short(mean.mean),
            short(mean.half().unwrap_or(f64::NAN))
        ),
        Some(_) => format!(
            "{a} is better than {b}: seed by seed they differ by {} (± {}).",
            short(mean.mean),
            short(mean.half().unwrap_or(f64::NAN))
        ),
    }
}

/// About the plane of all contenders' trajectories.
pub(crate) fn about_common_plane(plane: &CommonPlane) -> Vec<String> {
    let [across, up] = plane.explained.map(|share| 100.0 * share);
    let dots = || plane.paths.iter().flatten();
    let farthest = dots().map(|dot| dot.distance).fold(0.0, f64::max);
    vec![
        format!(
            "The trajectories of the first seed, all from the same first weights, on the plane in which they have moved most \
             ({:.0} % of the variance, {across:.0} % across and {up:.0} % up). Their points are up to {} away from it: that two \
             paths meet here does not say that they meet, and each point has the color of its own loss.",
            across + up,
            short(farthest)
        ),
        format!("The loss is that of {}, without penalties.", plane.rows),
    ]
}
