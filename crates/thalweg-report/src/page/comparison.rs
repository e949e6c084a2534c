//! The page of a comparison.

use maud::html;
use serde_json::{Value as Json, json};
use thalweg_landscape::Mean;
use thalweg_train::{Compared, Config, Ran, Reached, Standing};

use super::figure::Figure;
use super::{configuration, document, table};
use crate::canvas::short;
use crate::race::{Along, scores};
use crate::thinning::{MOST, thinned};
use crate::words::{SECONDS, about_common_plane, about_compared, about_race};
use crate::{Map, ReportError, contour, surface};

/// The page of a comparison: who got how far on what, the race, and all trajectories on one plane. The configuration is
/// that of the first contender.
///
/// # Errors
/// A picture cannot be drawn.
pub fn comparison_page(
    compared: &Compared,
    config: &Config,
    title: &str,
) -> Result<String, ReportError> {
    let mut figures = vec![race(compared)];
    figures.extend(tries(compared));
    if let Ok(plane) = &compared.plane {
        let mut map = Map::of_compared(compared, plane, "");
        map.sentences.clear();
        figures.push(Figure::picture(
            "plane",
            ("All trajectories on one plane", about_common_plane(plane)),
            |theme| contour(&map, theme),
            Some(&|theme| surface(&map, theme)),
        )?);
    }
    let (validation, test) = (
        format!("validation {}", compared.monitor),
        format!("test {}", compared.metric),
    );
    let head = [
        "contender",
        "learning rate",
        &validation,
        "±",
        &test,
        "±",
        "epochs",
        "passes",
        "seconds",
        "reached",
        "diverged",
    ];
    let rows: Vec<Vec<String>> = compared
        .ranked()
        .into_iter()
        .map(|standing| row(standing, compared))
        .collect();
    let body = html! {
        section aria-labelledby="result" {
            h2 #result { "Who got how far" }
            @for sentence in about_compared(compared) { p { (sentence) } }
            (table("A click on a column sorts by it", &head, &rows))
        }
    };
    let config = configuration(config);
    Ok(document((title, "A comparison"), &body, &figures, &config))
}

fn row(standing: &Standing, compared: &Compared) -> Vec<String> {
    let reached = standing.reached(compared.goal);
    let mean = |of: &dyn Fn(&Reached) -> f64| {
        let numbers: Vec<f64> = reached.iter().map(of).collect();
        number(Mean::of(&numbers).mean)
    };
    let (validation, test) = (standing.validation(), standing.test(&compared.metric));
    let half = |mean: &Mean| mean.half().map_or("–".into(), short);
    vec![
        standing.name.clone(),
        standing.lr.map_or("as given".into(), short),
        number(validation.mean),
        half(&validation),
        number(test.mean),
        half(&test),
        mean(&|it| it.epoch as f64),
        mean(&|it| it.gradients as f64 / compared.training_rows as f64),
        mean(&|it| it.seconds),
        format!("{} of {}", reached.len(), standing.runs.len()),
        standing.diverged().to_string(),
    ]
}

fn number(x: f64) -> String {
    if x.is_nan() { "–".into() } else { short(x) }
}

/// The validation score of every seed against what it took.
fn race(compared: &Compared) -> Figure {
    let along = |ran: &Ran| -> Json {
        let points = |along: Along| {
            let points = thinned(&scores(ran, along, compared.training_rows), MOST);
            (along.name().to_owned(), json!(points))
        };
        Json::Object(Along::ALL.map(points).into_iter().collect())
    };
    let contender = |standing: &Standing| {
        let seeds: Vec<Json> = standing.runs.iter().map(along).collect();
        json!({ "name": standing.name, "seeds": seeds })
    };
    let contenders: Vec<Json> = compared.standings.iter().map(contender).collect();
    let runs = compared.standings.iter().flat_map(|it| &it.runs);
    let all = runs.flat_map(|ran| ran.epochs.iter().filter_map(|record| ran.score(record)));
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    let sentences = about_race(compared, Along::Epochs, None);
    let sentences = sentences.into_iter().chain([SECONDS.into()]).collect();
    let chart = json!({
        "kind": "race",
        "y": format!("validation {}", compared.monitor),
        "logarithmic": low > 0.0 && high > 10.0 * low,
        "goal": compared.goal,
        "contenders": contenders,
    });
    Figure::chart_of("race", ("The race", sentences), chart)
}

/// The score of each learning rate that was tried.
fn tries(compared: &Compared) -> Option<Figure> {
    let tried: Vec<Json> = compared
        .standings
        .iter()
        .filter(|standing| !standing.tried.is_empty())
        .map(|standing| json!({ "name": standing.name, "points": standing.tried }))
        .collect();
    if tried.is_empty() {
        return None;
    }
    let sentences = vec![
        "The best validation score with each learning rate that was tried, on a seed that does not race. A rule whose best is at \
         an end of the line was not tried far enough; one whose line is flat asks for less care."
            .into(),
    ];
    let chart = json!({
        "kind": "lines",
        "x": "learning rate",
        "y": format!("validation {}", compared.monitor),
        "logarithmic": [true, false],
        "lines": tried,
        "marks": [],
    });
    Some(Figure::chart_of(
        "tries",
        ("Learning rates that were tried", sentences),
        chart,
    ))
}
