//! What a picture is to be read with: what it shows, and what it cannot show. With the numbers of this one.

use thalweg_landscape::classify::Kind;
use thalweg_landscape::connect::Way;
use thalweg_landscape::noise::Scale;
use thalweg_landscape::trajectory::random_walk;
use thalweg_train::{
    ConnectFound, Directions, Metrics, NoiseFound, Portrait, SpectrumFound, Walks,
};

mod compared;

pub use compared::about_compared;
pub(crate) use compared::{SECONDS, about_common_plane, about_cut, about_race};

use crate::canvas::short;
use crate::maps::axes;

/// About a plane of a run's loss surface.
pub fn about_portrait(portrait: &Portrait) -> Vec<String> {
    let mut said = vec![how_it_bends(portrait)];
    match portrait.directions {
        Directions::Pca => said.push(what_it_explains(portrait)),
        Directions::Random => said.push(
            "Along random directions a surface shows its mean curvature: nearly every minimum looks like a bowl here, and so \
             does many a saddle; --directions hessian looks where it bends most. Each neuron moves in proportion to its own \
             size, after all weights were brought to the balanced form, which computes the same."
                .into(),
        ),
        Directions::Hessian => said.push(
            "Across lies the direction that bends most upwards, and up the one that bends most downwards: all others lie \
             between, and the walls look steeper here than they do to a training that goes nowhere near them."
                .into(),
        ),
    }
    said.extend(how_far_the_dots_are(portrait));
    said.push(of_rows(portrait));
    said
}

/// About the loss along both directions of a run's plane.
pub fn about_lines(portrait: &Portrait) -> Vec<String> {
    let mut said = vec![how_it_bends(portrait)];
    said.extend([0, 1].map(|axis| how_far_it_holds(portrait, axis)));
    said.push(of_rows(portrait));
    said
}

/// How far the quadratic foretells the change of the loss along a direction.
fn how_far_it_holds(portrait: &Portrait, axis: usize) -> String {
    let name = &axes(portrait)[axis];
    let length = portrait.plane.lengths()[axis];
    let bend = portrait.curvature.quadratic[2 * axis] / (length * length);
    let held = match portrait.holds(axis) {
        Some([from, to]) => format!(
            "what slope and bend at the middle promise is right to a tenth from {} to {}",
            short(from),
            short(to)
        ),
        None => {
            "what slope and bend at the middle promise is wrong already at the next point".into()
        }
    };
    format!(
        "Along the {name} the surface bends by {}; a unit of the axis is {} long, and {held}.",
        short(bend),
        short(length)
    )
}

fn how_it_bends(portrait: &Portrait) -> String {
    let [low, high] = portrait.curvature.eigenvalues;
    let (lowest, highest) = (&portrait.ends.lowest, &portrait.ends.highest);
    format!(
        "At its middle the plane bends by {} to {}; over all {} directions of the weights the surface bends by {} to {}.",
        short(low),
        short(high),
        portrait.plane.origin.len(),
        with_error(lowest.value, lowest.residual),
        with_error(highest.value, highest.residual),
    )
}

/// The variance in the plane, beside that of a walk by chance.
fn what_it_explains(portrait: &Portrait) -> String {
    let share = |k: usize| 100.0 * portrait.explained.get(k).copied().unwrap_or(0.0);
    let both = share(0) + share(1);
    let null = 100.0 * (random_walk(1) + random_walk(2));
    let verdict = if both <= null + 2.0 {
        "no more than chance: read nothing into the shape of this path"
    } else {
        "so it is more than a walk by chance"
    };
    let [x, y] = [&portrait.grid.alphas, &portrait.grid.betas].map(|at| at[at.len() - 1] - at[0]);
    format!(
        "The plane has {:.0} % of the path's variance ({:.0} % across, {:.0} % up); a random walk in many dimensions has {null:.0} %, {verdict}. \
         The picture is {} times as wide as high in units of the weights.",
        both,
        share(0),
        share(1),
        short(x / y),
    )
}

/// How far the trajectory is from where it is drawn.
fn how_far_the_dots_are(portrait: &Portrait) -> Option<String> {
    if portrait.dots.is_empty() {
        return None;
    }
    let distance = portrait.dots.iter().map(|dot| dot.distance);
    let farthest = distance.fold(0.0, f64::max);
    let off = |dot: &&thalweg_landscape::plane::Dot| (dot.loss - dot.plane_loss).abs();
    let worst = portrait
        .dots
        .iter()
        .max_by(|a, b| off(a).total_cmp(&off(b)))?;
    Some(format!(
        "The path does not lie in the plane: its {} points are up to {} away, and have the color of their own loss, which is as \
         much as {} where the plane has {}.",
        portrait.dots.len(),
        short(farthest),
        short(worst.loss),
        short(worst.plane_loss),
    ))
}

fn of_rows(portrait: &Portrait) -> String {
    let error = portrait.grid.errors.iter().copied().fold(0.0, f64::max);
    if portrait.rows.is_all() {
        return format!("The loss, with penalties, is that of {}.", portrait.rows);
    }
    format!(
        "The loss, with penalties, is that of {}: as the loss of all it has a standard error of up to {}.",
        portrait.rows,
        short(error)
    )
}

/// About rules on a test function.
pub fn about_walks(walks: &Walks) -> Vec<String> {
    let mut said = Vec::new();
    for walk in &walks.walks {
        let steps = walk.points.len() - 1;
        let end = walk.values.last().copied().unwrap_or(f64::NAN);
        let end = if end.is_finite() {
            format!("is at {} after {steps} steps", short(end))
        } else {
            format!("has left for infinity after {steps} steps")
        };
        let tried = walk.tried.map_or(String::new(), |tried| {
            format!(" (its learning rate ended lowest of {tried})")
        });
        said.push(format!("{}{tried} {end}.", walk.rule));
    }
    said.push(
        "Every step has the exact gradient, two variables and no noise: what a rule does among many thousand noisy ones this \
         does not show."
            .into(),
    );
    said
}

/// About a spectrum.
pub fn about_spectrum(found: &SpectrumFound) -> Vec<String> {
    let point = &found.point;
    let (lowest, highest) = (&point.ends.lowest, &point.ends.highest);
    let mut said = vec![format!(
        "The eigenvalues lie between {} and {}, their sum is {}{}, over {}.",
        with_error(lowest.value, lowest.residual),
        with_error(highest.value, highest.residual),
        with_error(found.trace.value, found.trace.standard_error),
        if found.trace.samples > 0 {
            ""
        } else {
            ", exactly"
        },
        found.rows,
    )];
    said.push(kind(found));
    said.extend(found.load.map(how_stable));
    said.push(if found.density.is_some() {
        "Each stem is a node of a quadrature and stands for the eigenvalues around it: their share is right, their places are \
         not those of single eigenvalues, but for the outermost."
            .into()
    } else {
        "Each stem is an eigenvalue: all of them are there.".into()
    });
    said
}

/// What kind of place it is, and the numbers that say so.
fn kind(found: &SpectrumFound) -> String {
    let point = &found.point;
    let verdict = match point.kind {
        Kind::Slope => "on a slope: there is loss to be had along the gradient",
        Kind::Plateau => {
            "on a plateau: neither slope nor bend can bring much of the loss that is left"
        }
        Kind::GradientFlat => {
            "at no critical point, though the gradient is small: it lies where nothing bends"
        }
        Kind::StrictSaddle => {
            "at a saddle: it bends down in a direction along which the loss falls"
        }
        Kind::DegenerateSaddle => {
            "at a saddle without slope and bend, from which it goes down all the same"
        }
        Kind::MinimumLike => "at what looks like a minimum: nothing was found that leads down",
        Kind::Maximum => "at a maximum",
        Kind::Ravine => {
            "in a ravine: the gradient points across the valley, and what is left lies along it"
        }
        Kind::EdgeOfStability => "at the edge of stability",
    };
    let witness = point.witness.as_ref().map_or(String::new(), |witness| {
        let proof = if witness.is_confirmed {
            "confirmed"
        } else {
            "not confirmed"
        };
        format!(
            ", and one along the most negative direction {} ({proof} by the loss)",
            short(witness.potential)
        )
    });
    let unseen = match point.ends.unseen {
        Some(unseen) if unseen.is_finite() && unseen > 0.0 => format!(
            "; with 99 % probability no eigenvalue is more than {} beyond these ends",
            short(unseen)
        ),
        _ => String::new(),
    };
    format!(
        "The weights of the model are {verdict}. The gradient is {} long; of the loss of {} a step along it can take {}{witness}{unseen}.",
        short(point.gradient),
        short(point.loss),
        short(point.gain),
    )
}

/// What the curvature is to the rule at the last step.
fn how_stable(load: f64) -> String {
    let verdict = if load > 1.2 {
        "full-batch steps would grow from one to the next".into()
    } else if load >= 0.9 {
        "it is at the edge of stability".into()
    } else if load > 0.0 {
        format!(
            "steps {} times as long would still be stable",
            short(1.0 / load)
        )
    } else {
        "nothing bends up here, so that steps of any length are stable".into()
    };
    format!(
        "At the last step the surface bends {} times as much as the rule can stand at its learning rate: {verdict}.",
        short(load)
    )
}

/// A number with its error, if it has one.
fn with_error(value: f64, error: f64) -> String {
    if error > 0.0 {
        format!("{} (± {})", short(value), short(error))
    } else {
        short(value)
    }
}

/// About a gradient's noise.
pub fn about_noise(found: &NoiseFound) -> Vec<String> {
    let (simple, critical) = (&found.noise.simple, found.noise.critical());
    let mut said = vec![format!(
        "The noise is as large as the signal in batches of {} rows (95 %: {}){}, over {}.",
        rows(simple),
        interval(simple),
        found.noise.curved.as_ref().map_or(String::new(), |curved| {
            format!(
                "; weighed with the curvature, {} ({})",
                rows(curved),
                interval(curved)
            )
        }),
        found.rows,
    )];
    let batch = found.batch as f64;
    if let (Some(steps), Some(examples)) = (critical.steps(batch), critical.examples(batch)) {
        said.push(format!(
            "The run's batch of {} rows takes {} times the fewest steps and {} times the fewest examples, here at the weights of \
             the model: far from the goal the noise is smaller, and so is the batch that pays.",
            found.batch,
            short(steps),
            short(examples),
        ));
    } else {
        said.push(
            "The gradient cannot be told from its noise here: at these weights every larger batch is as good as more steps."
                .into(),
        );
    }
    if let Some(fastest) = &found.fastest {
        let [low, high] = fastest.range;
        said.push(format!(
            "With the steps as long as they are on this machine, batches of {} rows take the least time ({low} to {high} at the \
             ends of the interval); a step of the run's batch is not all that a run does.",
            fastest.batch,
        ));
    }
    said
}

fn rows(scale: &Scale) -> String {
    scale.rows.map_or("any number of".into(), short)
}

fn interval(scale: &Scale) -> String {
    let end = |x: f64| {
        if x.is_finite() {
            short(x)
        } else {
            "without end".into()
        }
    };
    format!(
        "{} to {}",
        end(scale.interval.low),
        end(scale.interval.high)
    )
}

/// About the way between two runs.
pub fn about_connection(found: &ConnectFound) -> Vec<String> {
    let connection = &found.connection;
    let (straight, aligned) = (&connection.straight, &connection.aligned);
    let [first, second] = [0, straight.line.losses.len() - 1].map(|at| straight.line.losses[at]);
    let units: usize = connection.order.iter().map(Vec::len).sum();
    let moved: usize = connection
        .order
        .iter()
        .map(|order| (0..order.len()).filter(|&k| order[k] != k).count())
        .sum();
    vec![
        format!(
            "The loss is {} at the first and {} at the second; on the straight way between their weights it is {}.",
            short(first),
            short(second),
            barrier(straight),
        ),
        format!(
            "With {moved} of {units} hidden units of the second in another order, which computes the same, it is {}.",
            barrier(aligned),
        ),
        format!(
            "A barrier is the most by which the loss exceeds the straight line between both ends, over {}. That this way has \
             one does not say that no other is free of it: the order is the best that matching weights finds, and the way need \
             not be straight.",
            found.rows
        ),
    ]
}

fn barrier(way: &Way) -> String {
    if way.barrier > 2.0 * way.error && way.barrier > 0.0 {
        format!(
            "up to {} above them, {:.0} % of the way along",
            short(way.barrier),
            100.0 * way.place
        )
    } else {
        format!(
            "nowhere above them by more than its error of {}",
            short(2.0 * way.error)
        )
    }
}

/// About the course of a training.
pub fn about_curves(metrics: &Metrics) -> Vec<String> {
    let Some(last) = metrics.epochs.last() else {
        return vec!["The run has not begun.".into()];
    };
    let mut said = vec![format!(
        "{} epochs; the weights of epoch {} were kept.",
        last.epoch, last.best_epoch
    )];
    said.push(
        "The training loss of an epoch is the mean over its batches, each before its step and with dropout; that of the \
         validation rows is taken after the epoch and without. So the first can lie above the second without a reason to worry."
            .into(),
    );
    said
}
