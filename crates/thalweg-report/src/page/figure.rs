//! A figure of a page: its title, what is drawn, and the sentences that it is to be read with.

use maud::{Markup, PreEscaped, html};
use serde_json::{Value as Json, json};

use crate::race::Along;
use crate::thinning::{MOST, Points, smoothed, smoothing, thinned};
use crate::{ReportError, Theme};

/// A figure.
pub(super) struct Figure {
    /// Its name within the page.
    pub(super) id: &'static str,
    title: String,
    sentences: Vec<String>,
    drawing: Drawing,
}

enum Drawing {
    /// By the library, from these data.
    Chart(Json),
    /// As it is, on white and on black; and once more, if the reader asks for it.
    Picture([String; 2], Option<[String; 2]>),
}

/// A line of a chart.
pub(super) struct Line {
    name: String,
    points: Points,
    /// Whether the points themselves are faint, and their average is what one reads.
    is_averaged: bool,
    /// Whether each point holds from the one before on.
    is_stepped: bool,
}

impl Line {
    /// A line through these points.
    pub(super) fn new(name: impl Into<String>, points: Points) -> Line {
        Line {
            name: name.into(),
            points,
            is_averaged: false,
            is_stepped: false,
        }
    }

    /// The same in steps.
    pub(super) fn stepped(self) -> Line {
        Line {
            is_stepped: true,
            ..self
        }
    }

    /// The same, faint, with its average.
    pub(super) fn averaged(self) -> Line {
        Line {
            is_averaged: true,
            ..self
        }
    }

    fn json(&self) -> Json {
        let beta = smoothing(self.points.len());
        let is_averaged = self.is_averaged && beta > 0.0;
        let average = is_averaged.then(|| thinned(&smoothed(&self.points, beta), MOST));
        let step = self.is_stepped.then_some("start");
        json!({
            "name": self.name,
            "points": thinned(&self.points, MOST),
            "average": average,
            "step": step,
        })
    }
}

/// The axes of a chart, what is written along them, and which of them are logarithmic.
pub(super) struct Axes<'a> {
    pub(super) names: [&'a str; 2],
    pub(super) logarithmic: [bool; 2],
}

impl Figure {
    /// Lines, with places along the x axis that have a name.
    pub(super) fn lines(
        id: &'static str,
        (title, sentences): (&str, Vec<String>),
        axes: &Axes<'_>,
        lines: &[Line],
        marks: &[(f64, String)],
    ) -> Figure {
        let lines: Vec<Json> = lines.iter().map(Line::json).collect();
        Figure::chart_of(
            id,
            (title, sentences),
            json!({
                "kind": "lines",
                "x": axes.names[0],
                "y": axes.names[1],
                "logarithmic": axes.logarithmic,
                "lines": lines,
                "marks": marks,
            }),
        )
    }

    /// Anything that the page's script knows by its kind.
    pub(super) fn chart_of(
        id: &'static str,
        (title, sentences): (&str, Vec<String>),
        chart: Json,
    ) -> Figure {
        Figure {
            id,
            title: title.into(),
            sentences,
            drawing: Drawing::Chart(chart),
        }
    }

    /// A picture, and what is shown on demand.
    pub(super) fn picture(
        id: &'static str,
        (title, sentences): (&str, Vec<String>),
        draw: impl Fn(Theme) -> Result<String, ReportError>,
        more: Option<&dyn Fn(Theme) -> Result<String, ReportError>>,
    ) -> Result<Figure, ReportError> {
        let more = match more {
            Some(more) => Some([more(Theme::Light)?, more(Theme::Dark)?]),
            None => None,
        };
        Ok(Figure {
            id,
            title: title.into(),
            sentences,
            drawing: Drawing::Picture([draw(Theme::Light)?, draw(Theme::Dark)?], more),
        })
    }

    pub(super) fn chart(&self) -> Option<&Json> {
        match &self.drawing {
            Drawing::Chart(chart) => Some(chart),
            Drawing::Picture(..) => None,
        }
    }

    pub(super) fn is_drawn_by_the_library(&self) -> bool {
        self.chart().is_some()
    }

    pub(super) fn markup(&self) -> Markup {
        let heading = format!("{}-title", self.id);
        html! {
            section aria-labelledby=(heading) {
                h2 id=(heading) { (self.title) }
                figure {
                    @match &self.drawing {
                        Drawing::Chart(chart) => {
                            div.chart data-chart=(self.id) role="img" aria-label=(self.label()) {}
                            @if chart["kind"] == "race" {
                                div.choices role="group" aria-label="What lies along the axis" {
                                    @for along in Along::ALL {
                                        button type="button" data-axis=(along.name()) aria-pressed=(along == Along::default()) { (along.name()) }
                                    }
                                }
                            }
                        }
                        Drawing::Picture(pictures, more) => {
                            (self.pictures(pictures))
                            @if let Some(more) = more {
                                details {
                                    summary { "In three dimensions" }
                                    (self.pictures(more))
                                }
                            }
                        }
                    }
                    figcaption {
                        @for sentence in &self.sentences { p { (sentence) } }
                    }
                }
            }
        }
    }

    fn label(&self) -> String {
        let first = self.sentences.first().map_or("", String::as_str);
        format!("{}. {first}", self.title)
    }

    fn pictures(&self, [light, dark]: &[String; 2]) -> Markup {
        html! {
            div.picture.light role="img" aria-label=(self.label()) { (PreEscaped(light)) }
            div.picture.dark role="img" aria-label=(self.label()) { (PreEscaped(dark)) }
        }
    }
}
