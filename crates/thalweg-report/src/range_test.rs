//! The picture of a learning-rate range test: the loss against lr, for every repeat.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use thalweg_train::{Curve, Found};

use crate::ReportError;

const SIZE: (u32, u32) = (960, 600);
const CAPTION_HEIGHT: u32 = 74;
const FONT: &str = "sans-serif";

// Dark blue, orange and gray differ for every kind of color vision, and in print.
const INK: RGBColor = RGBColor(45, 50, 60);
const SMOOTH: RGBColor = RGBColor(31, 90, 150);
const RAW: RGBColor = RGBColor(120, 135, 155);
const SHADE: RGBColor = RGBColor(245, 170, 60);
const MARK: RGBColor = RGBColor(200, 85, 0);
const GRID: RGBColor = RGBColor(225, 228, 232);

type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<
        plotters::coord::combinators::LogCoord<f64>,
        plotters::coord::types::RangedCoordf64,
    >,
>;

/// Draws what a range test has found, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn range_test(found: &Found, title: &str) -> Result<String, ReportError> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (plot, caption) = root.split_vertically(SIZE.1 - CAPTION_HEIGHT);
        write_caption(&caption, found)?;
        let lrs = || found.curves.iter().flat_map(|curve| &curve.lrs);
        let low = lrs().copied().fold(f64::INFINITY, f64::min);
        let high = lrs().copied().fold(0.0, f64::max);
        // Without a single step there is nothing to draw, but a picture all the same.
        let (low, high) = if low < high {
            (low, high)
        } else {
            (1e-7, 10.0)
        };
        let (least, most) = found.span();
        let mut chart = ChartBuilder::on(&plot)
            .margin(14)
            .margin_right(26)
            .caption(title, (FONT, 21).into_font().color(&INK))
            .x_label_area_size(50)
            .y_label_area_size(66)
            .build_cartesian_2d((low..high).log_scale(), least..most)?;
        shade(&mut chart, found, (least, most))?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .label_style((FONT, 14).into_font().color(&INK))
            .axis_desc_style((FONT, 15).into_font().color(&INK))
            .x_desc("learning rate (logarithmic)")
            .y_desc("loss of the batch")
            .x_label_formatter(&|lr| power_of_ten(*lr))
            .draw()?;
        if (least..most).contains(&found.constant) {
            let level = [(low, found.constant), (high, found.constant)];
            chart.draw_series(DashedLineSeries::new(level, 6, 5, INK.mix(0.5).into()))?;
        }
        for curve in &found.curves {
            let raw = points(&curve.lrs, &curve.losses);
            lines(&mut chart, &raw, most, RAW.mix(0.28).stroke_width(1))?;
        }
        for curve in &found.curves {
            let smoothed = points(&curve.centers, &curve.smoothed);
            lines(
                &mut chart,
                &smoothed,
                most,
                SMOOTH.mix(0.85).stroke_width(2),
            )?;
        }
        mark(&mut chart, found, (least, most))?;
        root.present()?;
    }
    Ok(text)
}

fn points(lrs: &[f64], losses: &[f64]) -> Vec<(f64, f64)> {
    lrs.iter().copied().zip(losses.iter().copied()).collect()
}

/// A curve as far as it is below the upper edge; where it crosses that, it ends there.
fn lines(
    chart: &mut Chart<'_, '_>,
    points: &[(f64, f64)],
    most: f64,
    style: ShapeStyle,
) -> Result<(), ReportError> {
    let mut piece: Vec<(f64, f64)> = Vec::new();
    let mut pieces = Vec::new();
    for (index, &(lr, loss)) in points.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| points[index]);
        if let Some(before) = before
            && (before.1 > most) != (loss > most)
        {
            piece.push((crossing(before, (lr, loss), most), most));
        }
        if loss <= most {
            piece.push((lr, loss));
        } else if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    pieces.push(piece);
    for piece in pieces {
        chart.draw_series(LineSeries::new(piece, style))?;
    }
    Ok(())
}

/// The lr at which the straight line between two points of the picture has this loss.
fn crossing(a: (f64, f64), b: (f64, f64), loss: f64) -> f64 {
    let part = (loss - a.1) / (b.1 - a.1);
    (a.0.ln() + part * (b.0.ln() - a.0.ln())).exp()
}

fn shade(
    chart: &mut Chart<'_, '_>,
    found: &Found,
    (least, most): (f64, f64),
) -> Result<(), ReportError> {
    if let Some((low, high)) = found.interval {
        let corners = [(low, least), (high, most)];
        chart.draw_series([Rectangle::new(corners, SHADE.mix(0.2).filled())])?;
    }
    Ok(())
}

/// The suggested lr as a line with its number, and each repeat's steepest point as a dot.
fn mark(
    chart: &mut Chart<'_, '_>,
    found: &Found,
    (least, most): (f64, f64),
) -> Result<(), ReportError> {
    let steepest = found.curves.iter().filter_map(|curve| {
        let lr = curve.steepest?;
        Some((lr, height(curve, lr)?))
    });
    let dots = steepest.map(|place| Circle::new(place, 4, SMOOTH.filled()));
    chart.draw_series(dots)?;
    let Some(lr) = found.suggestion else {
        return Ok(());
    };
    let style = MARK.stroke_width(2);
    chart.draw_series([PathElement::new(vec![(lr, least), (lr, most)], style)])?;
    let font = (FONT, 16).into_font().style(FontStyle::Bold);
    let font = font.color(&MARK).pos(Pos::new(HPos::Left, VPos::Top));
    let place = (lr, most);
    let label = EmptyElement::at(place) + Text::new(format!("lr {lr}"), (7, 6), font);
    chart.draw_series([label])?;
    Ok(())
}

/// The smoothed loss at this lr, between two points of the curve.
fn height(curve: &Curve, lr: f64) -> Option<f64> {
    let after = curve.centers.iter().position(|&center| center >= lr)?;
    let before = after.saturating_sub(1);
    let (x0, x1) = (curve.centers[before].ln(), curve.centers[after].ln());
    let part = if x1 > x0 {
        (lr.ln() - x0) / (x1 - x0)
    } else {
        0.0
    };
    let (y0, y1) = (curve.smoothed[before], curve.smoothed[after]);
    Some(y0 + part * (y1 - y0))
}

/// What the picture shows and how it is read.
fn write_caption(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    found: &Found,
) -> Result<(), ReportError> {
    let sentence = if let (Some(lr), Some((low, high))) = (found.suggestion, found.interval) {
        let verdict = &found.verdict;
        format!("Take lr {lr} (line); {low} to {high} (shaded) is worth trying: {verdict}.")
    } else {
        let verdict = found.verdict.to_string();
        let mut letters = verdict.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    };
    let how = format!(
        "{} short descents from the same first weights, lr growing at every step. Gray: the loss of each batch; blue: its moving average;",
        found.curves.len()
    );
    let rest = "dots: where it falls most steeply; dashed: the loss of a constant prediction. Left of the fall lr is too small to matter; where the curves rise again, too large.";
    for (index, line) in [sentence.as_str(), &how, rest].into_iter().enumerate() {
        let (size, color) = if index == 0 {
            (15, INK)
        } else {
            (13, RGBColor(95, 100, 110))
        };
        let font = (FONT, size).into_font().color(&color);
        area.draw(&Text::new(
            line.to_owned(),
            (30, 4 + 22 * index as i32),
            font,
        ))?;
    }
    Ok(())
}

/// 1e-3 for 0.001: only powers of ten have a label on this axis.
fn power_of_ten(lr: f64) -> String {
    format!("{lr:.0e}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_train::Verdict;

    fn curve() -> Curve {
        let lrs: Vec<f64> = (0..50)
            .map(|k| 1e-6 * 1e6_f64.powf(f64::from(k) / 49.0))
            .collect();
        let loss = |lr: &f64| 1.0 - 0.7 / (1.0 + (1e-3 / lr).powi(2)) + 50.0 * lr * lr;
        let losses: Vec<f64> = lrs.iter().map(loss).collect();
        Curve {
            centers: lrs.clone(),
            smoothed: losses.clone(),
            lrs,
            losses,
            steepest: Some(1e-3),
            ..Curve::default()
        }
    }

    #[test]
    fn what_is_found_is_in_the_picture() {
        let found = Found {
            curves: vec![curve(); 2],
            interval: Some((0.0008, 0.05)),
            suggestion: Some(0.00123),
            lowered: false,
            verdict: Verdict::Agreed { factor: 1.5 },
            constant: 1.0,
        };
        let picture = range_test(&found, "moons & adam").unwrap();
        for part in [
            "<svg",
            "moons &amp; adam",
            "lr 0.00123",
            "0.0008 to 0.05",
            "1e-3",
        ] {
            assert!(picture.contains(part), "{part}\n{picture}");
        }
        assert_eq!(picture, range_test(&found, "moons & adam").unwrap());
    }

    #[test]
    fn nothing_found_is_a_picture_too() {
        let found = Found {
            curves: vec![Curve::default(); 3],
            interval: None,
            suggestion: None,
            lowered: false,
            verdict: Verdict::NoFall {
                fell: 0,
                repeats: 3,
            },
            constant: 1.0,
        };
        let picture = range_test(&found, "").unwrap();
        assert!(picture.contains("t tell: the loss fell"), "{picture}");
    }

    #[test]
    fn a_curve_ends_at_the_upper_edge() {
        let lr = crossing((1.0, 0.0), (100.0, 2.0), 1.0);
        assert!((lr - 10.0).abs() < 1e-12);
    }
}
