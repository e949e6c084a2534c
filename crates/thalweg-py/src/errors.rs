//! The library's errors as Python's exceptions, with flags named as the keywords that they are here.

use std::error::Error;
use std::io::ErrorKind;

use pyo3::PyErr;
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyIsADirectoryError, PyOSError, PyPermissionError,
    PyValueError,
};
use thalweg::TrainError;
use thalweg::data::DataError;

/// The exception for an error.
pub(crate) fn exception(error: impl Into<TrainError>) -> PyErr {
    let error = error.into();
    let message = keywords(&chain(&error));
    match &error {
        TrainError::NoRun { .. }
        | TrainError::NoModel { .. }
        | TrainError::NoComparison { .. }
        | TrainError::Data(DataError::NoSuchFile { .. }) => PyFileNotFoundError::new_err(message),
        TrainError::FolderExists { .. } => PyFileExistsError::new_err(message),
        TrainError::Data(DataError::IsDirectory { .. }) => PyIsADirectoryError::new_err(message),
        TrainError::Busy { .. } => PyOSError::new_err(message),
        TrainError::Io { source, .. } | TrainError::Data(DataError::Io { source, .. }) => {
            match source.kind() {
                ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
                ErrorKind::PermissionDenied => PyPermissionError::new_err(message),
                _ => PyOSError::new_err(message),
            }
        }
        _ => PyValueError::new_err(message),
    }
}

/// The exception for several things that are wrong.
pub(crate) fn refused(errors: &[String]) -> PyErr {
    let message = match errors {
        [only] => only.clone(),
        many => format!(
            "{} settings are wrong:\n  {}",
            many.len(),
            many.join("\n  ")
        ),
    };
    PyValueError::new_err(keywords(&message))
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let text = it.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = it.source();
    }
    message
}

/// `--record-path` as `record_path=`, and `--tune 9` as `tune=9`.
pub(crate) fn keywords(message: &str) -> String {
    let mut parts = message.split("--");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_flag = part.starts_with(|c: char| c.is_ascii_lowercase());
        let end = part
            .find(|c: char| !c.is_ascii_lowercase() && c != '-')
            .unwrap_or(part.len());
        if is_flag {
            let (flag, rest) = part.split_at(end);
            let after = rest.strip_prefix(' ').unwrap_or_default();
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = match digits {
                0 => ("", rest),
                _ => after.split_at(digits),
            };
            text.extend(["`", &flag.replace('-', "_"), "=", number, "`", rest]);
        } else {
            text += "--";
            text += part;
        }
    }
    text
}
