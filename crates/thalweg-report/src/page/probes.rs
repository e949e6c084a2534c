//! Figures of what was measured while a run trained.

use serde_json::json;
use thalweg_train::Metrics;

use super::figure::{Axes, Figure, Line};
use crate::canvas::short;
use crate::thinning::Points;

/// The update-to-weight ratio by layer and time.
pub(super) fn updates(metrics: &Metrics) -> Option<Figure> {
    let read: Vec<_> = metrics
        .probes
        .iter()
        .filter(|record| !record.layers("update_ratio").is_empty())
        .collect();
    let layers = read.first()?.layers("update_ratio").len();
    let kept = read.len().div_ceil(400);
    let columns: Vec<_> = read.into_iter().step_by(kept).collect();
    let mut cells = Vec::new();
    for (x, record) in columns.iter().enumerate() {
        for (layer, ratio) in record.layers("update_ratio").iter().enumerate() {
            if let Some(ratio) = ratio.filter(|ratio| *ratio > 0.0) {
                cells.push(json!([x, layer, ratio.log10()]));
            }
        }
    }
    let last = columns.last()?.layers("update_ratio");
    let ends: Vec<String> = last.iter().map(|it| it.map_or("–".into(), short)).collect();
    let steps: Vec<u64> = columns.iter().map(|record| record.step).collect();
    let sentences = vec![
        format!(
            "How long a step is beside the weights, by layer, from the first one at the bottom to the last; at the end {}.",
            ends.join(", ")
        ),
        "About 0.001 (−3) is usual, much less moves nothing, and more than 0.1 (−1) throws the weights about.".into(),
    ];
    let chart = json!({ "kind": "heat", "x": "step", "y": "layer", "columns": steps, "rows": layers, "cells": cells });
    Some(Figure::chart_of(
        "updates",
        ("Length of the steps, log₁₀ of update ÷ weights", sentences),
        chart,
    ))
}

/// The norm of the gradient by layer.
pub(super) fn gradients(metrics: &Metrics) -> Option<Figure> {
    let read: Vec<_> = metrics
        .probes
        .iter()
        .filter(|record| !record.layers("gradient_norm").is_empty())
        .collect();
    let layers = read.first()?.layers("gradient_norm").len();
    let lines: Vec<Line> = (0..layers)
        .map(|layer| {
            let point = |record: &&thalweg_train::ProbeRecord| {
                let norm = record
                    .layers("gradient_norm")
                    .get(layer)
                    .copied()
                    .flatten()?;
                (norm > 0.0).then_some([record.step as f64, norm])
            };
            let points = read.iter().filter_map(point).collect();
            Line::new(format!("layer {}", layer + 1), points).averaged()
        })
        .collect();
    let sentences = vec![
        "The length of each layer's gradient. Layers that differ by a factor from one to the next have gradients that vanish or \
         explode on their way down."
            .into(),
    ];
    let axes = Axes {
        names: ["step", "norm of the gradient"],
        logarithmic: [false, true],
    };
    Some(Figure::lines(
        "gradients",
        ("Gradients by layer", sentences),
        &axes,
        &lines,
        &[],
    ))
}

/// The noise scale while the run trained.
pub(super) fn noise_scale(metrics: &Metrics) -> Option<Figure> {
    let points: Points = metrics
        .probes
        .iter()
        .filter_map(|record| {
            let rows = record.number("noise_scale").filter(|rows| *rows > 0.0)?;
            Some([record.step as f64, rows])
        })
        .collect();
    let last = points.last()?[1];
    let sentences = vec![format!(
        "The batch whose noise is as large as its signal; it ends with {} rows. Much smaller batches waste steps, much larger \
         ones waste examples.",
        short(last)
    )];
    let axes = Axes {
        names: ["step", "rows"],
        logarithmic: [false, true],
    };
    let lines = [Line::new("noise scale", points)];
    Some(Figure::lines(
        "noise-scale",
        ("Noise scale", sentences),
        &axes,
        &lines,
        &[],
    ))
}
