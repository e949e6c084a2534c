//! What was found as JSON objects: what commands print with `--json`, and what Python makes its objects of.

use serde_json::{Value as Json, json};
use thalweg_landscape::Mean;
use thalweg_landscape::connect::Way;
use thalweg_landscape::grid::Grid;
use thalweg_landscape::noise::Scale;
use thalweg_landscape::plane::Dot;
use thalweg_train::{
    Compared, ConnectFound, NoiseFound, Portrait, Ran, Reached, SpectrumFound, Standing, Walk,
    Walks,
};

use crate::{about_compared, about_connection, about_noise, about_spectrum};

fn grid_json(grid: &Grid) -> Json {
    let rows: Vec<&[f64]> = grid.losses.chunks(grid.alphas.len()).collect();
    json!({ "x": grid.alphas, "y": grid.betas, "losses": rows })
}

fn dot_json(dot: &Dot) -> Json {
    json!({
        "at": dot.at,
        "distance": dot.distance,
        "loss": dot.loss,
        "plane_loss": dot.plane_loss,
    })
}

/// The loss on a plane: `x` and `y` with the losses, the lines, the curvature, the path of the training.
pub fn portrait_json(portrait: &Portrait) -> Json {
    let path = portrait
        .dots
        .iter()
        .zip(&portrait.steps)
        .map(|(dot, step)| {
            let mut object = dot_json(dot);
            object["step"] = json!(step);
            object
        });
    let path: Vec<Json> = path.collect();
    let ends = &portrait.ends;
    let error = portrait.grid.errors.iter().copied().fold(0.0, f64::max);
    let lines = portrait.lines.iter().zip(0..).map(|(along, axis)| {
        json!({
            "places": along.places,
            "losses": along.losses,
            "standard_errors": along.errors,
            "promised": portrait.promised(axis),
            "unit": portrait.plane.lengths()[axis],
        })
    });
    let lines: Vec<Json> = lines.collect();
    json!({
        "directions": portrait.directions.name(),
        "rows": portrait.rows.len(),
        "of": portrait.rows.of,
        "grid": grid_json(&portrait.grid),
        "standard_error": error,
        "plane_curvature": portrait.curvature.eigenvalues,
        "lambda_min": { "value": ends.lowest.value, "residual": ends.lowest.residual },
        "lambda_max": { "value": ends.highest.value, "residual": ends.highest.residual },
        "explained": portrait.explained,
        "lines": lines,
        "balanced": portrait.is_balanced,
        "model": dot_json(&portrait.here),
        "path": path,
    })
}

/// Rules on a test function: where each went.
pub fn walks_json(walks: &Walks) -> Json {
    let walk = |walk: &Walk| {
        json!({
            "rule": walk.rule,
            "rates_tried": walk.tried,
            "at": walk.points,
            "values": walk.values,
        })
    };
    let ways: Vec<Json> = walks.walks.iter().map(walk).collect();
    json!({ "function": walks.function, "grid": grid_json(&walks.grid), "walks": ways })
}

/// The curvature at the weights.
pub fn spectrum_json(found: &SpectrumFound) -> Json {
    let point = &found.point;
    let inertia = point
        .inertia
        .map(|it| json!({ "negative": it.negative, "zero": it.zero, "positive": it.positive }));
    let witness = point.witness.as_ref().map(|it| {
        json!({
            "curvature": it.curvature,
            "residual": it.residual,
            "potential": it.potential,
            "confirmed": it.is_confirmed,
        })
    });
    json!({
        "rows": found.rows.len(),
        "of": found.rows.of,
        "parameters": found.parameters,
        "kind": format!("{:?}", point.kind),
        "loss": point.loss,
        "gradient": point.gradient,
        "gain": point.gain,
        "condition": point.condition,
        "lambda_max": { "value": point.ends.highest.value, "residual": point.ends.highest.residual },
        "lambda_min": { "value": point.ends.lowest.value, "residual": point.ends.lowest.residual },
        "stability": found.load,
        "trace": { "value": found.trace.value, "standard_error": found.trace.standard_error },
        "inertia": inertia,
        "witness": witness,
        "is_exact": found.eigenvalues.is_some(),
        "nodes": found.nodes(),
        "sentences": about_spectrum(found),
    })
}

/// The noise of the gradient, and the batch that it calls for.
pub fn noise_json(found: &NoiseFound) -> Json {
    let fastest = found.fastest.as_ref();
    json!({
        "rows": found.rows.len(),
        "of": found.rows.of,
        "batch": found.batch,
        "simple": scale_json(&found.noise.simple),
        "curved": found.noise.curved.as_ref().map(scale_json),
        "longest_lr": found.noise.longest,
        "step_seconds": found.times,
        "fastest": fastest.map(|it| json!({ "batch": it.batch, "range": it.range })),
        "sentences": about_noise(found),
    })
}

fn scale_json(scale: &Scale) -> Json {
    json!({
        "noise": scale.noise,
        "signal": scale.signal,
        "rows": scale.rows,
        "interval": [scale.interval.low, scale.interval.high],
    })
}

/// The ways between two runs.
pub fn connection_json(found: &ConnectFound) -> Json {
    let way = |way: &Way| {
        json!({
            "places": way.line.places,
            "losses": way.line.losses,
            "standard_errors": way.line.errors,
            "barrier": way.barrier,
            "at": way.place,
            "standard_error": way.error,
        })
    };
    let connection = &found.connection;
    json!({
        "rows": found.rows.len(),
        "of": found.rows.of,
        "straight": way(&connection.straight),
        "aligned": way(&connection.aligned),
        "order": connection.order,
        "sentences": about_connection(found),
    })
}

fn mean_json(mean: &Mean) -> Json {
    let interval = mean.interval.map(|it| [it.low, it.high]);
    json!({ "mean": mean.mean, "interval": interval, "count": mean.count })
}

/// Where each contender stands.
pub fn compared_json(compared: &Compared) -> Json {
    let of_run = |ran: &Ran| {
        let reached = ran.reached(compared.goal).map(
            |it| json!({ "epoch": it.epoch, "gradients": it.gradients, "seconds": it.seconds }),
        );
        json!({ "seed": ran.seed, "summary": ran.summary, "reached": reached })
    };
    let of_standing = |standing: &Standing| {
        let tried = standing
            .tried
            .iter()
            .map(|(lr, score)| json!({ "lr": lr, "score": score }));
        let reached = standing.reached(compared.goal);
        let mean = |of: &dyn Fn(&Reached) -> f64| {
            let numbers: Vec<f64> = reached.iter().map(of).collect();
            Mean::of(&numbers).mean
        };
        let passes = |it: &Reached| it.gradients as f64 / compared.training_rows as f64;
        json!({
            "name": standing.name,
            "lr": standing.lr,
            "tried": tried.collect::<Vec<_>>(),
            "validation": mean_json(&standing.validation()),
            "test": mean_json(&standing.test(&compared.metric)),
            "reached": reached.len(),
            "passes": mean(&passes),
            "seconds": mean(&|it| it.seconds),
            "diverged": standing.diverged(),
            "runs": standing.runs.iter().map(of_run).collect::<Vec<_>>(),
        })
    };
    let ranked = compared.ranked();
    let ranked: Vec<&str> = ranked.iter().map(|it| it.name.as_str()).collect();
    json!({
        "monitor": compared.monitor,
        "higher_is_better": compared.higher_is_better,
        "metric": compared.metric,
        "goal": compared.goal,
        "training_rows": compared.training_rows,
        "contenders": compared.standings.iter().map(of_standing).collect::<Vec<_>>(),
        "ranked": ranked,
        "explained": compared.plane.as_ref().ok().map(|plane| plane.explained),
        "sentences": about_compared(compared),
    })
}
