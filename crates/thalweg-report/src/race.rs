//! Pictures of a race: the validation scores of the trainings of a comparison, or the values that rules had on a test
//! function, step by step. What the page of a comparison shows is drawn from the same points.

use plotters::element::DashedPathElement;
use plotters::prelude::*;
use thalweg_train::{Compared, EpochRecord, Ran, Standing, Walks};

use crate::canvas::{Area, Frame, dashes, line, picture, short, wrap, write};
use crate::scale::Scale;
use crate::thinning::thinned;
use crate::words::{about_cut, about_race, about_walks};
use crate::{ReportError, Theme};

const HEIGHT: u32 = 520;
/// Where the legend begins.
const LEGEND: u32 = 730;
/// Points of a line: there are hardly more pixels.
const MOST: usize = 600;
/// Losses higher than so many times the highest of the first weights are drawn at that height.
const CUT: f64 = 3.0;
/// Values lower than this part of the highest are cut off: there, rounding is seen.
const LEAST: f64 = 1e-16;

/// What lies along the axis of a race.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Along {
    /// Gradients of single rows, over the training rows.
    #[default]
    Passes,
    /// Seconds of training.
    Seconds,
    /// Epochs.
    Epochs,
}

impl Along {
    /// All of them.
    pub const ALL: [Along; 3] = [Along::Passes, Along::Seconds, Along::Epochs];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Along::Passes => "passes",
            Along::Seconds => "seconds",
            Along::Epochs => "epochs",
        }
    }

    /// Where an epoch lies.
    pub(crate) fn place(self, record: &EpochRecord, training_rows: usize) -> f64 {
        match self {
            Along::Passes => record.gradients as f64 / training_rows as f64,
            Along::Seconds => record.seconds,
            Along::Epochs => record.epoch as f64,
        }
    }
}

/// The validation scores of a training.
pub(crate) fn scores(ran: &Ran, along: Along, training_rows: usize) -> Vec<[f64; 2]> {
    let point = |record| Some([along.place(record, training_rows), ran.score(record)?]);
    ran.epochs.iter().filter_map(point).collect()
}

/// Draws the validation scores of all trainings of a comparison, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn race(
    compared: &Compared,
    along: Along,
    title: &str,
    theme: Theme,
) -> Result<String, ReportError> {
    let racer = |standing: &Standing| Racer {
        name: standing.lr.map_or_else(
            || standing.name.clone(),
            |lr| format!("{}, lr={}", standing.name, short(lr)),
        ),
        lines: standing
            .runs
            .iter()
            .map(|ran| scores(ran, along, compared.training_rows))
            .collect(),
        fallen: standing.runs.iter().map(Ran::has_diverged).collect(),
    };
    let racers: Vec<Racer> = compared.standings.iter().map(racer).collect();
    let starts = racers.iter().flat_map(|it| &it.lines);
    let highest = starts.filter_map(|line| Some(line.first()?[1]));
    let highest = highest.fold(f64::NEG_INFINITY, f64::max);
    let y = format!("validation {}", compared.monitor);
    let chart = Chart {
        title,
        axes: [along.name(), &y],
        racers,
        goal: Some(compared.goal),
        top: (!compared.higher_is_better).then_some(CUT * highest),
        theme,
    };
    let sentences = about_race(compared, along, chart.is_cut().then_some(CUT));
    picture(theme, HEIGHT, &sentences, |area| chart.draw(area))
}

/// Draws the values that rules had on a test function, above its lowest one, step by step, as SVG.
///
/// # Errors
/// The drawing library refuses something.
pub fn walked(walks: &Walks, title: &str, theme: Theme) -> Result<String, ReportError> {
    let lowest = walks.lowest;
    let base = lowest.unwrap_or(0.0);
    let first = walks.walks.iter().filter_map(|walk| walk.values.first());
    let highest = first.map(|value| value - base).fold(0.0, f64::max);
    let racer = |walk: &thalweg_train::Walk| {
        let points = walk.values.iter().zip(0_u32..);
        let points = points.map(|(value, step)| [f64::from(step), value - base]);
        Racer {
            name: walk.rule.clone(),
            lines: vec![
                points
                    .filter(|point| lowest.is_none() || point[1] > LEAST * highest)
                    .collect(),
            ],
            fallen: vec![walk.values.iter().any(|value| !value.is_finite())],
        }
    };
    let y = match lowest {
        Some(0.0) | None => "value".to_owned(),
        Some(lowest) => format!("value above the lowest, {}", short(lowest)),
    };
    let chart = Chart {
        title,
        axes: ["step", &y],
        racers: walks.walks.iter().map(racer).collect(),
        goal: None,
        top: lowest.map(|_| CUT * highest),
        theme,
    };
    let mut sentences = about_walks(walks);
    if chart.is_cut() {
        sentences.push(about_cut("value of the start", CUT));
    }
    picture(theme, HEIGHT, &sentences, |area| chart.draw(area))
}

/// Who has lines, and whether each ends because something was not finite.
struct Racer {
    name: String,
    lines: Vec<Vec<[f64; 2]>>,
    fallen: Vec<bool>,
}

struct Chart<'a> {
    title: &'a str,
    axes: [&'a str; 2],
    racers: Vec<Racer>,
    goal: Option<f64>,
    /// What is above is drawn at that height.
    top: Option<f64>,
    theme: Theme,
}

impl Chart<'_> {
    fn points(&self) -> impl Iterator<Item = &[f64; 2]> {
        self.racers.iter().flat_map(|it| it.lines.iter().flatten())
    }

    fn is_cut(&self) -> bool {
        let top = self.top.unwrap_or(f64::INFINITY);
        self.points().any(|point| point[1] > top)
    }

    fn draw(&self, area: &Area<'_>) -> Result<(), ReportError> {
        let (plot, legend) = area.split_horizontally(LEGEND);
        let top = self.top.unwrap_or(f64::INFINITY);
        let shown = self.points().map(|point| point[1].min(top));
        let scale = Scale::of(shown.chain(self.goal));
        let last = self.points().map(|point| point[0]).fold(0.0, f64::max);
        let (label, place) = (|y: &f64| scale.label(*y), |x: &f64| short(*x));
        let frame = Frame {
            title: self.title,
            axes: [self.axes[0], &scale.name(self.axes[1])],
            spans: [[0.0, last], scale.span],
            labels: [&place, &label],
            theme: self.theme,
        };
        let mut chart = match scale.places() {
            Some(places) => frame.chart_with(&plot, places)?,
            None => frame.chart(&plot)?,
        };
        if let Some(goal) = self.goal.filter(|goal| goal.is_finite()) {
            let level = scale.place(goal);
            let faint = self.theme.faint();
            dashes(
                &mut chart,
                &[(0.0, level), (last, level)],
                faint.stroke_width(1),
            )?;
        }
        for (index, racer) in self.racers.iter().enumerate() {
            // Many seeds are read as a band.
            let opacity = if racer.lines.len() > 1 { 0.6 } else { 1.0 };
            let style = self.theme.curve(index).mix(opacity).stroke_width(2);
            for (points, is_fallen) in racer.lines.iter().zip(&racer.fallen) {
                let places: Vec<(f64, f64)> = thinned(points, MOST)
                    .into_iter()
                    .map(|[x, y]| (x, scale.place(y.min(top))))
                    .collect();
                if Theme::is_dashed(index, Theme::CURVES) {
                    dashes(&mut chart, &places, style)?;
                } else {
                    line(&mut chart, &places, style)?;
                }
                if let Some(&end) = places.last().filter(|_| *is_fallen) {
                    chart.draw_series([Cross::new(end, 6, style.stroke_width(3))])?;
                }
            }
        }
        self.write_legend(&legend)
    }

    fn write_legend(&self, area: &Area<'_>) -> Result<(), ReportError> {
        let mut y = 46;
        for (index, racer) in self.racers.iter().enumerate() {
            let (from, to) = ((4, y + 8), (34, y + 8));
            let style = self.theme.curve(index).stroke_width(3);
            if Theme::is_dashed(index, Theme::CURVES) {
                area.draw(&DashedPathElement::new([from, to], 7, 5, style))?;
            } else {
                area.draw(&PathElement::new(vec![from, to], style))?;
            }
            let (fallen, all) = (
                racer.fallen.iter().filter(|it| **it).count(),
                racer.fallen.len(),
            );
            let ended = match (fallen, all) {
                (0, _) => String::new(),
                (1, 1) => " (× diverged)".into(),
                _ => format!(" (× {fallen} of {all} diverged)"),
            };
            for text in wrap(&format!("{}{ended}", racer.name.replace(',', ", ")), 23) {
                write(area, text, (42, y), (14, self.theme.ink()))?;
                y += 18;
            }
            y += 6;
        }
        if let Some(goal) = self.goal.filter(|goal| goal.is_finite()) {
            let (ends, faint) = ([(4, y + 8), (34, y + 8)], self.theme.faint());
            area.draw(&DashedPathElement::new(ends, 7, 5, faint.stroke_width(1)))?;
            write(area, format!("goal: {}", short(goal)), (42, y), (14, faint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::function;
    use thalweg_train::WalkTest;

    #[test]
    fn rules_are_drawn_step_by_step_and_those_that_leave_are_marked() {
        let bowl = function::ALL.parse("bowl:largest=100").unwrap();
        let rules = ["sgd:lr=0.019", "sgd:lr=0.5"].map(str::to_owned);
        let test = WalkTest {
            steps: 500,
            ..WalkTest::default()
        };
        let walks = test.walk(&*bowl, &rules).unwrap();
        for theme in [Theme::Light, Theme::Dark] {
            let picture = walked(&walks, "a bowl", theme).unwrap();
            for part in [
                "a bowl",
                "step",
                "value (logarithmic)",
                "sgd:lr=0.019",
                "(× diverged)",
            ] {
                assert!(picture.contains(part), "{part}\n{picture}");
            }
            assert!(picture.len() < 60_000, "{}", picture.len());
        }
    }

    #[test]
    fn more_lines_than_colors_are_told_apart_by_dashes() {
        let racer = |k: u32| Racer {
            name: format!("racer {k}"),
            lines: vec![vec![[0.0, 1.0], [1.0, 0.5 / f64::from(k + 1)]]; 2],
            fallen: vec![false, k == 7],
        };
        let chart = Chart {
            title: "",
            axes: ["epochs", "validation loss"],
            racers: (0..8).map(racer).collect(),
            goal: Some(0.2),
            top: Some(3.0),
            theme: Theme::Light,
        };
        assert!(!chart.is_cut());
        let drawn = picture(Theme::Light, HEIGHT, &[], |area| chart.draw(area)).unwrap();
        // Six colors with lines as they are, and two of them dashed: each dash is an element.
        let lines = |color: &str| drawn.matches(&format!("stroke=\"{color}\"")).count();
        assert!(lines("#0072B2") > 10 && lines("#D55E00") > 10 && lines("#008C64") == 3);
        assert!(drawn.contains("(× 1 of 2") && drawn.contains("goal: 0.2"));
    }
}
