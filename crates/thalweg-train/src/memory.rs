//! How much memory the data may take: sizes as people write them, and what the machine has.

use std::path::Path;

use thalweg_data::estimate;

use crate::prepare::read_options;
use crate::{AUTO, ConfigError, Data, TrainError};

/// The units of a size, in the order in which they are looked for.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// What is taken for a machine's memory where the system does not tell.
const UNKNOWN: u64 = 8_000_000_000;

/// Less than this holds no batches worth the name.
const LEAST: u64 = 1_000_000;

/// The bytes that a setting says: `auto` is half of the machine's memory.
///
/// # Errors
/// It is no size, or a very small one.
pub(crate) fn bytes(text: &str) -> Result<u64, ConfigError> {
    if text == AUTO {
        return Ok(of_machine() / 2_000_000 * 1_000_000);
    }
    let refused = || ConfigError::Memory { found: text.into() };
    let lower = text.to_ascii_lowercase();
    let unit = UNITS
        .iter()
        .find(|(unit, _)| lower.ends_with(&unit.to_ascii_lowercase()));
    let (unit, factor) = unit.ok_or_else(refused)?;
    let number = lower[..lower.len() - unit.len()].trim().parse::<f64>();
    let bytes = number.map_err(|_| refused())? * *factor as f64;
    if bytes >= LEAST as f64 && bytes <= 1e18 {
        Ok(bytes as u64)
    } else {
        Err(refused())
    }
}

/// What a file would take of the memory, and what it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Bytes that the table and its features take, about.
    pub bytes: u64,
    /// Bytes that they may take.
    pub memory: u64,
}

impl Need {
    /// Whether a training reads the file again for every epoch.
    pub fn streams(&self) -> bool {
        self.bytes > self.memory
    }
}

/// What the data would take of the memory; none for what is always held: images and data sets.
///
/// # Errors
/// The file cannot be read, or `memory` is no size.
pub fn need(data: &Data) -> Result<Option<Need>, TrainError> {
    let memory = bytes(&data.memory)?;
    let path = Path::new(&data.source);
    if !path.is_file() {
        return Ok(None);
    }
    let estimate = estimate(path, &read_options(data))?;
    Ok(estimate.map(|estimate| Need {
        bytes: estimate.bytes,
        memory,
    }))
}

/// The same, with `auto` replaced by its number: what is decided here is decided again from the configuration of the run,
/// on whatever machine that is.
pub(crate) fn settle(data: &mut Data) -> Result<Option<Need>, TrainError> {
    let need = need(data)?;
    if let Some(need) = need
        && data.memory == AUTO
    {
        data.memory = format!("{}MB", need.memory / 1_000_000);
    }
    Ok(need)
}

/// The machine's memory, or what its group of processes may take of it.
fn of_machine() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|it| it.strip_prefix("MemTotal:"))?;
            let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kib << 10)
        });
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse().ok());
    match (total, group) {
        (Some(total), Some(group)) => total.min(group),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, expected) in [
            ("256MB", 256_000_000),
            ("256 mb", 256_000_000),
            ("1.5GiB", 3 << 29),
            ("2000000B", 2_000_000),
            ("1TB", 1_000_000_000_000),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        assert!(bytes(AUTO).unwrap() > LEAST);
        for text in ["", "256", "MB", "many", "-1GB", "1kB", "NaNMB", "1e30TB"] {
            let error = bytes(text).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "data: `memory` is `{text}`; it takes `auto` or a size of at least 1MB, as 256MB or 8GB"
                )
            );
        }
    }
}
