//! Pages: one HTML file that opens offline, with all of its text as text and its charts drawn by ECharts, which is in it.
//!
//! A browser may load nothing for them: the policy in their head forbids it.

mod comparison;
mod figure;
mod probes;
mod run;

pub use comparison::comparison_page;
pub use run::{Looks, run_page};

use figure::Figure;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const LIBRARY: &str = include_str!("../../assets/echarts.min.js");
const SCRIPT: &str = include_str!("../../assets/page.js");
const STYLE: &str = include_str!("../../assets/page.css");

/// Nothing from elsewhere, not even by mistake.
const POLICY: &str = include_str!("../../assets/policy.txt").trim_ascii_end();

/// A whole page: its title and what it is of, what comes before the figures, these, and what comes after.
fn document(
    (title, kind): (&str, &str),
    body: &Markup,
    figures: &[Figure],
    rest: &Markup,
) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "thalweg " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div {
                        p.kind { (kind) }
                        h1 { (title) }
                    }
                    button #theme type="button" aria-label="Change between light and dark" { "Light / dark" }
                }
                main {
                    (body)
                    @for figure in figures { (figure.markup()) }
                    (rest)
                }
                footer {
                    p {
                        "Written by thalweg " (env!("CARGO_PKG_VERSION"))
                        ". The charts are drawn by Apache ECharts 6.1.0 (Apache License 2.0), which is part of this file."
                    }
                }
                @if figures.iter().any(Figure::is_drawn_by_the_library) {
                    script { (PreEscaped(LIBRARY)) }
                }
                script #data type="application/json" { (PreEscaped(data(figures))) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// What the charts are drawn from, as JSON that no part of which a browser takes for the end of its element.
fn data(figures: &[Figure]) -> String {
    let charts: serde_json::Map<String, serde_json::Value> = figures
        .iter()
        .filter_map(|figure| Some((figure.id.to_owned(), figure.chart()?.clone())))
        .collect();
    serde_json::Value::Object(charts)
        .to_string()
        .replace('<', "\\u003c")
}

/// A table whose columns can be sorted by.
fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        div.table {
            table.sortable {
                caption { (caption) }
                thead { tr {
                    @for name in head {
                        th scope="col" { (name) }
                    }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (index, cell) in row.iter().enumerate() {
                                @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A configuration, section by section: the settings with other values than the defaults are bold.
fn configuration(config: &thalweg_train::Config) -> Markup {
    html! {
        section aria-labelledby="configuration" {
            h2 #configuration { "Configuration" }
            p { "Settings with another value than their default are bold." }
            details {
                summary { "All settings" }
                div.settings {
                    @for part in config.parts() {
                        table {
                            caption { (part.section) @if !part.member.is_empty() { ": " (part.member) } }
                            tbody {
                                @for setting in &part.settings {
                                    tr {
                                        th scope="row" { (setting.name) }
                                        td {
                                            @if setting.is_default { (setting.value) } @else { strong { (setting.value) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
