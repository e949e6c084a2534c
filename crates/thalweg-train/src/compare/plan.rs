//! What a comparison is going to do, as it is kept in its folder: `comparison.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thalweg_core::spec::{Tunable as _, Value};

use super::{Comparison, Contender};
use crate::archive::{FORMAT, replace};
use crate::{Config, ConfigError, Settings, TrainError};

/// The file as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    format: u32,
    version: String,
    seeds: u64,
    tune: u64,
    goal: Option<f64>,
    contenders: Vec<WrittenContender>,
}

#[derive(Serialize, Deserialize)]
struct WrittenContender {
    name: String,
    /// The configuration of its first training, as TOML, every value written out.
    config: String,
}

/// Where the plan of a folder's comparison is.
fn path_of(folder: &Path) -> PathBuf {
    folder.join("comparison.json")
}

/// Keeps a plan in a folder.
pub(super) fn write(
    folder: &Path,
    comparison: &Comparison,
    contenders: &[Contender],
) -> Result<(), TrainError> {
    let contender = |contender: &Contender| -> Result<_, Vec<ConfigError>> {
        let mut config = Config::new(&contender.settings)?;
        config.data.make_paths_absolute();
        Ok(WrittenContender {
            name: contender.name.clone(),
            config: config.to_toml(),
        })
    };
    let written = Written {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        seeds: comparison.seeds,
        tune: comparison.tune,
        goal: comparison.goal,
        contenders: contenders.iter().map(contender).collect::<Result<_, _>>()?,
    };
    let text = serde_json::to_string_pretty(&written).expect("texts and numbers are JSON");
    replace(&path_of(folder), text.as_bytes())
}

/// Reads a folder's plan.
pub(super) fn read(folder: &Path) -> Result<(Comparison, Vec<Contender>), TrainError> {
    let path = path_of(folder);
    let damaged = |reason: String| TrainError::Damaged {
        path: path.clone(),
        reason,
        remedy: "start the comparison again",
    };
    let text = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => TrainError::NoComparison {
            path: folder.into(),
        },
        _ => TrainError::Io {
            action: "read",
            path: path.clone(),
            source,
        },
    })?;
    let written: Written =
        serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if written.format > FORMAT {
        return Err(TrainError::Newer {
            path,
            found: written.format,
            known: FORMAT,
        });
    }
    let mut comparison = Comparison::default();
    let goal = written.goal.map_or(Value::text("auto"), Value::Float);
    let numbers = [
        ("seeds".to_owned(), Value::Count(written.seeds)),
        ("tune".to_owned(), Value::Count(written.tune)),
        ("goal".to_owned(), goal),
    ];
    if let Err(errors) = comparison.set_all(&numbers) {
        return Err(damaged(errors[0].to_string()));
    }
    let contender = |written: WrittenContender| {
        let settings = Settings::from_toml(&written.config, &path.display().to_string())?;
        Ok(Contender {
            name: written.name,
            settings,
        })
    };
    let contenders = written.contenders.into_iter().map(contender);
    let contenders: Result<Vec<_>, ConfigError> = contenders.collect();
    Ok((comparison, contenders?))
}
