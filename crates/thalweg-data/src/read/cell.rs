//! One cell of text: missing, a number, a boolean. Given without the spaces around it.

/// The words for a missing value, in any case.
pub(crate) fn is_missing(cell: &[u8]) -> bool {
    match cell.len() {
        0 => true,
        1 => cell == b"?",
        2 => cell.eq_ignore_ascii_case(b"na"),
        3 => cell.eq_ignore_ascii_case(b"nan") || cell.eq_ignore_ascii_case(b"n/a"),
        4 => cell.eq_ignore_ascii_case(b"null") || cell.eq_ignore_ascii_case(b"none"),
        _ => false,
    }
}

/// A number; infinities are some, NaN is none.
pub(super) fn parse_number(cell: &[u8]) -> Option<f64> {
    // The most frequent number is a short whole one; up to 15 digits it is exact.
    let (negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
        let whole = digits
            .iter()
            .fold(0_u64, |whole, digit| 10 * whole + u64::from(digit - b'0'));
        let x = whole as f64;
        return Some(if negative { -x } else { x });
    }
    // Only these can begin a number or a word for infinity: most text is turned away here.
    if !matches!(
        cell.first(),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'i' | b'I')
    ) {
        return None;
    }
    let x: f64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    (!x.is_nan()).then_some(x)
}

/// `true`, `false`, `yes` or `no`, in any case.
pub(crate) fn parse_boolean(cell: &[u8]) -> Option<bool> {
    if cell.eq_ignore_ascii_case(b"true") || cell.eq_ignore_ascii_case(b"yes") {
        Some(true)
    } else if cell.eq_ignore_ascii_case(b"false") || cell.eq_ignore_ascii_case(b"no") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_standard_library_does() {
        for text in [
            "0",
            "-0",
            "7",
            "-3",
            "+5",
            ".5",
            "5.",
            "1e5",
            "1E-3",
            "123456789012345",
            "12345678901234567890",
            "0.1",
            "-1.5e-300",
            "007",
            "inf",
            "-Infinity",
            "1e999",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                parse_number(text.as_bytes()).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        for text in [
            "", "-", "nan", "-nan", "+NaN", "1 2", "1,5", "0x10", "1_000", "e5", "ten", "i", "--1",
        ] {
            assert_eq!(parse_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn missing_has_many_words() {
        for text in [
            "", "?", "NA", "na", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none",
        ] {
            assert!(is_missing(text.as_bytes()), "{text}");
        }
        for text in ["0", "-", "no", "nil", "Nope", "nulls"] {
            assert!(!is_missing(text.as_bytes()), "{text}");
        }
    }
}
