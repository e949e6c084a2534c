//! What the command prints: plain lines, labels and tables, in color on a terminal, to a pipe that may close.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::chart;

/// Width of the label at the left.
const MARGIN: usize = 10;
const WIDTH: usize = 80;

const LABEL: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();

/// Standard output, or nothing at all.
pub(crate) struct Screen {
    out: Option<AutoStream<io::Stdout>>,
}

impl Screen {
    /// Prints to standard output unless told to be silent.
    pub(crate) fn new(silent: bool) -> Screen {
        Screen {
            out: (!silent).then(|| AutoStream::auto(io::stdout())),
        }
    }

    /// A line of text as it is.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        match writeln!(out, "{text}") {
            // A reader that has seen enough, as `head`, does not end the work.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.out = None,
            written => return written,
        }
        Ok(())
    }

    /// A label at the left and text beside it, wrapped.
    pub(crate) fn item(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.labeled(label, LABEL, text)
    }

    /// The same for good news.
    pub(crate) fn good(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.labeled(label, GOOD, text)
    }

    /// The same for what a person should look at.
    pub(crate) fn warn(&mut self, text: &str) -> io::Result<()> {
        self.labeled("Note", WARN, text)
    }

    fn labeled(&mut self, label: &str, style: Style, text: &str) -> io::Result<()> {
        for (index, part) in wrap(text, WIDTH - MARGIN).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let gap = " ".repeat(MARGIN.saturating_sub(label.chars().count()).max(1));
            self.line(&format!("{style}{label}{style:#}{gap}{part}"))?;
        }
        Ok(())
    }

    /// A chart of curves under the labels; see [`chart::chart`].
    pub(crate) fn chart(
        &mut self,
        curves: &[chart::Curve],
        heights: (f32, f32),
        label: chart::Label,
    ) -> io::Result<()> {
        let axes = chart::Axes::plain(heights, label);
        self.lines(&chart::chart(curves, &[], &axes))
    }

    /// The course of a training under the labels, so many dots high; see [`chart::course`].
    pub(crate) fn course(&mut self, epochs: &[thalweg::EpochRecord], down: u32) -> io::Result<()> {
        let Some((lines, words)) = chart::course(epochs, down) else {
            return Ok(());
        };
        self.lines(&lines)?;
        self.item("", &words)
    }

    /// What something is to be read with, under the labels.
    pub(crate) fn sentences(&mut self, sentences: &[String]) -> io::Result<()> {
        sentences
            .iter()
            .try_for_each(|sentence| self.item("", sentence))
    }

    /// Lines of a drawing under the labels.
    pub(crate) fn lines(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            self.line(format!("{:MARGIN$}{line}", "").trim_end())?;
        }
        Ok(())
    }

    /// A table under the labels; columns named in `right` are numbers.
    pub(crate) fn table(
        &mut self,
        header: &[&str],
        right: &[usize],
        rows: &[Vec<String>],
    ) -> io::Result<()> {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            // The last column's padding is not printed.
            .set_width((WIDTH - MARGIN + 2) as u16)
            .set_header(header.to_vec());
        for row in rows {
            table.add_row(row.clone());
        }
        for index in 0..header.len() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((0, 2));
                if right.contains(&index) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let dim = Style::new().dimmed();
        for (index, line) in table.lines().enumerate() {
            let line = line.trim_end();
            let margin = " ".repeat(MARGIN);
            if index == 0 && header.iter().any(|name| !name.is_empty()) {
                self.line(&format!("{margin}{dim}{line}{dim:#}"))?;
            } else if !line.is_empty() {
                self.line(&format!("{margin}{line}"))?;
            }
        }
        Ok(())
    }
}

/// Splits text at spaces and line breaks so that no line is longer than `width`, if its words allow.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let length = line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && length > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// 1234567 as 1,234,567.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join(",")
}

/// A number in about five significant places.
pub(crate) fn number(x: f64) -> String {
    if x.is_nan() {
        return "–".into();
    }
    match x.abs() {
        0.0 => "0".into(),
        size if !(1e-4..1e7).contains(&size) => format!("{x:.3e}"),
        size if size >= 1e3 => format!("{x:.0}"),
        size if size >= 10.0 => format!("{x:.2}"),
        _ => format!("{x:.4}"),
    }
}

/// Seconds as a person says them.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(0.97251), "0.9725");
        assert_eq!(number(48_213.7), "48214");
        assert_eq!(number(1.0e-7), "1.000e-7");
        assert_eq!(number(f64::NAN), "–");
        assert_eq!(duration(75.0), "75 s");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
    }
}
