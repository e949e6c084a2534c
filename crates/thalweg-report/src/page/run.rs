//! The page of a run.

use maud::{Markup, html};
use serde_json::json;
use thalweg_train::{
    EpochRecord, Metrics, MistakeKind, Mistakes, NoiseFound, Portrait, Run, Scores, SpectrumFound,
};

use super::figure::{Axes, Figure, Line};
use super::probes::{gradients, noise_scale, updates};
use super::{configuration, document, table};
use crate::canvas::short;
use crate::events::events;
use crate::thinning::{Points, smoothing};
use crate::words::{about_curves, about_noise, about_portrait, about_spectrum};
use crate::{Map, ReportError, contour, noise, spectrum, surface};

/// What was measured of a run beside what it has told itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looks<'a> {
    /// The loss on a plane.
    pub portrait: Option<&'a Portrait>,
    /// The curvature.
    pub spectrum: Option<&'a SpectrumFound>,
    /// The gradient's noise.
    pub noise: Option<&'a NoiseFound>,
}

/// The page of a run: what was trained on what, what came of it, how it went, and what else was measured.
///
/// # Errors
/// A picture cannot be drawn, or the run has no loss.
pub fn run_page(
    run: &Run,
    metrics: &Metrics,
    mistakes: Option<&Mistakes>,
    looks: Looks<'_>,
    title: &str,
) -> Result<String, ReportError> {
    let mut figures = vec![curves(metrics)];
    figures.extend(mistakes.map(mistaken));
    figures.push(rates(metrics));
    figures.extend(updates(metrics));
    figures.extend(gradients(metrics));
    figures.extend(noise_scale(metrics));
    if let Some(portrait) = looks.portrait {
        let mut map = Map::of_portrait(portrait, "");
        map.sentences.clear();
        let sentences = about_portrait(portrait);
        figures.push(Figure::picture(
            "plane",
            ("The loss surface around the path", sentences),
            |theme| contour(&map, theme),
            Some(&|theme| surface(&map, theme)),
        )?);
    }
    if let Some(found) = looks.spectrum {
        figures.push(Figure::picture(
            "spectrum",
            ("The spectrum of the Hessian", about_spectrum(found)),
            |theme| spectrum(found, "", &[], theme),
            None,
        )?);
    }
    if let Some(found) = looks.noise {
        figures.push(Figure::picture(
            "noise",
            ("The noise of the gradient", about_noise(found)),
            |theme| noise(found, "", &[], theme),
            None,
        )?);
    }
    let body = html! {
        (what(run, metrics))
        @if looks.portrait.is_none() {
            p.hint { "The loss surface, its curvature and the gradient's noise are not on this page: " code { "thalweg report " (title) } " measures and adds them." }
        }
    };
    let config = configuration(&run.config);
    Ok(document((title, "A training"), &body, &figures, &config))
}

/// What was trained on what, and the result.
fn what(run: &Run, metrics: &Metrics) -> Markup {
    let (config, data) = (&run.config, &run.data);
    let widths: Vec<String> = run
        .network
        .layers()
        .iter()
        .map(|layer| layer.outputs.to_string())
        .collect();
    let facts = [
        ("Data", config.data.source.clone()),
        (
            "Target",
            format!(
                "{} ({})",
                data.preprocessing.target().name,
                config.data.task
            ),
        ),
        (
            "Rows",
            format!(
                "{} to train on, {} for validation, {} for the test",
                data.training_rows(),
                data.validation
                    .as_ref()
                    .map_or(0, thalweg_train::Part::rows),
                data.test_rows().unwrap_or(0)
            ),
        ),
        (
            "Network",
            format!(
                "{} inputs, layers of {}, {} parameters",
                run.network.inputs(),
                widths.join(", "),
                run.network.layout().len()
            ),
        ),
        ("Rule", config.method().card().name.to_owned()),
    ];
    let rows = metrics.summary.as_ref().map(|summary| {
        let parts = [
            ("training", Some(&summary.train)),
            ("validation", summary.validation.as_ref()),
            ("test", summary.test.as_ref()),
        ];
        let row = |(name, scores): (&str, Option<&Scores>)| {
            let scores = scores?;
            let own = scores.metrics.keys().map(|metric| scores.get(metric));
            let numbers = std::iter::once(Some(scores.loss)).chain(own);
            let cells = numbers.map(|x| x.map_or("–".into(), short));
            Some(std::iter::once(name.to_owned()).chain(cells).collect())
        };
        let rows: Vec<Vec<String>> = parts.into_iter().filter_map(row).collect();
        let metrics: Vec<&str> = summary.train.metrics.keys().map(String::as_str).collect();
        let head: Vec<&str> = ["rows", "loss"].into_iter().chain(metrics).collect();
        (
            head.into_iter().map(str::to_owned).collect::<Vec<_>>(),
            rows,
        )
    });
    html! {
        section aria-labelledby="result" {
            h2 #result { "What was trained, and the result" }
            dl {
                @for (name, text) in &facts { dt { (name) } dd { (text) } }
                @if let Some(summary) = &metrics.summary {
                    dt { "Ended" } dd { (summary.reason) }
                    dt { "Took" } dd { (summary.steps) " steps, " (short(summary.seconds)) " seconds" }
                }
            }
            @if let Some((head, rows)) = &rows {
                (table("Scores of the weights that were kept", &head.iter().map(String::as_str).collect::<Vec<_>>(), rows))
            }
        }
    }
}

fn points(epochs: &[EpochRecord], number: impl Fn(&EpochRecord) -> Option<f64>) -> Points {
    let point = |record: &EpochRecord| {
        let y = number(record).filter(|y| y.is_finite())?;
        Some([record.epoch as f64, y])
    };
    epochs.iter().filter_map(point).collect()
}

/// Whether numbers span more than a factor of ten, none being 0.
fn is_wide<'a>(points: impl IntoIterator<Item = &'a [f64; 2]>) -> bool {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for [_, y] in points {
        low = low.min(*y);
        high = high.max(*y);
    }
    low > 0.0 && high > 10.0 * low
}

fn curves(metrics: &Metrics) -> Figure {
    let epochs = &metrics.epochs;
    let training = points(epochs, |record| record.loss);
    let validation = points(epochs, |record| {
        record.validation.as_ref().map(|it| it.loss)
    });
    let is_logarithmic = is_wide(training.iter().chain(&validation));
    let mut sentences = about_curves(metrics);
    if let (Some(last), Some(of_validation)) = (training.last(), validation.last()) {
        sentences.push(format!(
            "At the end the training loss is {} and that of the validation rows {}.",
            short(last[1]),
            short(of_validation[1])
        ));
    }
    let beta = smoothing(epochs.len());
    if beta > 0.0 {
        sentences.push(format!(
            "The faint lines are the losses themselves; the others are their moving averages (β = {}, without the bias of the \
             start), taken over all epochs before any is left out of the drawing.",
            short(beta)
        ));
    }
    let best = epochs
        .last()
        .map(|last| (last.best_epoch as f64, "weights kept".to_owned()));
    let marks: Vec<(f64, String)> = events(epochs).into_iter().chain(best).collect();
    Figure::lines(
        "curves",
        ("Learning curves", sentences),
        &Axes {
            names: ["epoch", "loss"],
            logarithmic: [false, is_logarithmic],
        },
        &[
            Line::new("training", training).averaged(),
            Line::new("validation", validation).averaged(),
        ],
        &marks,
    )
}

fn rates(metrics: &Metrics) -> Figure {
    let mut lr = points(&metrics.epochs, |record| {
        (record.epoch > 0 && record.lr > 0.0).then_some(record.lr)
    });
    // The rate of an epoch holds from the end of the one before.
    if let Some(&[1.0, first]) = lr.first() {
        lr.insert(0, [0.0, first]);
    }
    let rate_at = |epoch: u64| {
        let after = metrics.epochs.iter().find(|record| record.epoch > epoch);
        after.or(metrics.epochs.last()).map(|record| record.lr)
    };
    let limits: Points = metrics
        .probes
        .iter()
        .filter_map(|record| {
            let load = record.number("stability").filter(|load| *load > 0.0)?;
            Some([record.epoch as f64, rate_at(record.epoch)? / load])
        })
        .collect();
    let mut sentences = Vec::new();
    let ends = lr.first().zip(lr.last());
    if let Some((first, last)) = ends {
        sentences.push(format!(
            "The learning rate begins with {} and ends with {}.",
            short(first[1]),
            short(last[1])
        ));
    }
    if limits.is_empty() {
        sentences.push(
            "The longest stable learning rate is not drawn: --probe full measures it while a run trains."
                .into(),
        );
    } else {
        sentences.push(
            "Where it crosses the longest stable one, full-batch steps grow along the sharpest direction; with smaller batches \
             it stays below."
                .into(),
        );
    }
    let is_logarithmic = is_wide(lr.iter().chain(&limits));
    Figure::lines(
        "rates",
        ("Learning rate and stability", sentences),
        &Axes {
            names: ["epoch", "learning rate"],
            logarithmic: [false, is_logarithmic],
        },
        &[
            Line::new("learning rate", lr).stepped(),
            Line::new("longest stable one", limits),
        ],
        &events(&metrics.epochs),
    )
}

/// Which class is taken for which, or how far predictions are off.
fn mistaken(mistakes: &Mistakes) -> Figure {
    let part = mistakes.part;
    match &mistakes.kind {
        MistakeKind::Classes { names, counts } => {
            let right: usize = (0..counts.len()).map(|k| counts[k][k]).sum();
            let worst = (0..counts.len())
                .flat_map(|a| (0..counts.len()).map(move |b| (a, b)))
                .filter(|(a, b)| a != b)
                .max_by_key(|&(a, b)| counts[a][b]);
            let name = |k: usize| names.get(k).cloned().unwrap_or_else(|| k.to_string());
            let mut sentences = vec![format!(
                "{right} of {} {part} rows are right; each row of the figure is a true class, each column what it was taken for.",
                mistakes.rows
            )];
            if let Some((a, b)) = worst.filter(|&(a, b)| counts[a][b] > 0) {
                sentences.push(format!(
                    "Most often {} was taken for {}: {} of {} rows.",
                    name(a),
                    name(b),
                    counts[a][b],
                    counts[a].iter().sum::<usize>()
                ));
            }
            let cells: Vec<_> = counts
                .iter()
                .enumerate()
                .flat_map(|(a, row)| row.iter().enumerate().map(move |(b, n)| json!([b, a, n])))
                .collect();
            let names: Vec<String> = (0..counts.len()).map(name).collect();
            let chart = json!({ "kind": "matrix", "names": names, "cells": cells });
            Figure::chart_of("mistakes", ("What is taken for what", sentences), chart)
        }
        MistakeKind::Numbers(pairs) => {
            let errors: Vec<f64> = pairs.iter().map(|[y, p]| (y - p).abs()).collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            let sentences = vec![format!(
                "Predictions beside the true values of {} {part} rows: on the line they are right; they are off by {} on average.",
                mistakes.rows,
                short(mean)
            )];
            let chart =
                json!({ "kind": "pairs", "x": "true value", "y": "prediction", "points": pairs });
            Figure::chart_of(
                "mistakes",
                ("Predictions and true values", sentences),
                chart,
            )
        }
    }
}
