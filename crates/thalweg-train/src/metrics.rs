//! `metrics.jsonl` read back: epochs, probes and the summary. How it is written: see `folder`.

use std::path::Path;

use serde::Deserialize;

use crate::{EpochRecord, ProbeRecord, Summary, TrainError};

/// What a run has told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// The epochs, from 0.
    pub epochs: Vec<EpochRecord>,
    /// What was measured, in order.
    pub probes: Vec<ProbeRecord>,
    /// How it ended, if it has.
    pub summary: Option<Summary>,
}

/// A line, which is taken apart as soon as it is read.
#[derive(Deserialize)]
#[allow(clippy::large_enum_variant)]
#[serde(untagged)]
enum Line {
    Summary { summary: Summary },
    Probe(ProbeRecord),
    Epoch(EpochRecord),
}

impl Metrics {
    /// Reads the lines of a file; one that was being written when the run was cut off is left out.
    pub(crate) fn read(path: &Path) -> Result<Metrics, TrainError> {
        let text = std::fs::read_to_string(path).map_err(|source| TrainError::Io {
            action: "read",
            path: path.into(),
            source,
        })?;
        let mut metrics = Metrics::default();
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Summary { summary }) => metrics.summary = Some(summary),
                Ok(Line::Probe(record)) => metrics.probes.push(record),
                Ok(Line::Epoch(record)) => metrics.epochs.push(record),
                Err(_) => {}
            }
        }
        Ok(metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let lines = [
            r#"{"epoch":0,"step":0,"gradients":0,"lr":0.1,"loss":null,"validation":{"loss":2.5,"accuracy":0.1},"best_epoch":0,"seconds":0.1}"#,
            r#"{"step":1,"epoch":0,"probes":{"loss":2.0,"gradient_norm":[1.0,null],"noise_scale":null}}"#,
            r#"{"epoch":1,"step":9,"gradients":90,"lr":0.1,"loss":1.5,"validation":null,"best_epoch":1,"seconds":0.2}"#,
            r#"{"epoch":2,"step":18,"gradients":180,"lr":0.1,"lo"#,
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let metrics = Metrics::read(&path).unwrap();
        assert_eq!((metrics.epochs.len(), metrics.probes.len()), (2, 1));
        assert_eq!(metrics.epochs[1].loss, Some(1.5));
        assert_eq!(metrics.probes[0].layers("gradient_norm"), [Some(1.0), None]);
        assert_eq!(metrics.probes[0].number("loss"), Some(2.0));
        assert_eq!(metrics.probes[0].number("noise_scale"), None);
        assert!(metrics.summary.is_none());
    }
}
