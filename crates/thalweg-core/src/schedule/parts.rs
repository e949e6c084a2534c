//! The text of a chain, taken apart. What a part means is not known here.

use crate::spec::SpecError;

/// One schedule of a chain, not yet built.
pub(super) struct Part {
    pub(super) short: String,
    pub(super) length: Option<Length>,
}

/// How long a part takes.
#[derive(Clone, Copy)]
pub(super) enum Length {
    Time(f64),
    Percent(f64),
}

/// The parts of a text.
pub(super) fn split(text: &str) -> impl Iterator<Item = Result<Part, SpecError>> {
    let words: Vec<String> = text.split_whitespace().map(ToOwned::to_owned).collect();
    let parts: Vec<_> = words.split(|word| word == "then").map(read).collect();
    parts.into_iter()
}

/// Reads `name:key=value,… for LENGTH`.
fn read(words: &[String]) -> Result<Part, SpecError> {
    let misplaced = |text: String, reason| Err(SpecError::Misplaced { text, reason });
    let mut halves = words.splitn(2, |word| word == "for");
    let settings = halves.next().unwrap_or_default();
    if settings.is_empty() {
        return misplaced("then".into(), "stands between two schedules");
    }
    // A blank parts as a comma does, and both together are one.
    let short = settings.join(",").replace(",,", ",");
    let length = match halves.next() {
        None => None,
        Some([length]) => match Length::read(length) {
            Some(length) => Some(length),
            None => return misplaced(words.join(" "), "needs a length above 0, as 5 or 10%"),
        },
        Some(_) => return misplaced(words.join(" "), "needs one length after `for`"),
    };
    Ok(Part { short, length })
}

impl Length {
    fn read(text: &str) -> Option<Length> {
        let (digits, of): (_, fn(f64) -> Length) = match text.strip_suffix('%') {
            Some(digits) => (digits, Length::Percent),
            None => (text, Length::Time),
        };
        let length: f64 = digits.parse().ok()?;
        (length > 0.0 && length.is_finite()).then(|| of(length))
    }
}
