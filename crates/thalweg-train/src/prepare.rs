//! From a configuration to rows that can be learned from: reading, splitting, fitting, encoding.

use std::path::Path;

use thalweg_core::loss::{Purpose, Targets};
use thalweg_core::network::Examples;
use thalweg_data::{
    ALL as DATASETS, CheckedTarget, Choice, DataError, EncodedTarget, Format, Inspection, Notes,
    Preprocessing, ReadOptions, Share, Split, Table, Task, check_target, inspect, read, split,
};

use crate::{AUTO, Config, ConfigError, Data, TrainError};

/// Encoded rows.
pub struct Part {
    features: Vec<f32>,
    width: usize,
    target: EncodedTarget,
    /// Sample weights with mean 1.
    weights: Option<Vec<f32>>,
    /// What had to be passed over.
    pub notes: Notes,
}

impl Part {
    /// The rows of a table, or all of them, as a fitted preprocessing encodes them.
    pub(crate) fn new(
        preprocessing: &Preprocessing,
        table: &Table,
        rows: Option<&[u32]>,
    ) -> Result<Part, DataError> {
        let (features, notes) = preprocessing.encode(table, rows)?;
        let mut weights = preprocessing.encode_weights(table, rows)?;
        if let Some(weights) = &mut weights {
            scale_to_mean_1(weights);
        }
        Ok(Part {
            features,
            width: preprocessing.n_features(),
            target: preprocessing.encode_target(table, rows)?,
            weights,
            notes,
        })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets().len()
    }

    /// The rows, with their sample weights.
    pub fn examples(&self) -> Examples<'_, f32> {
        Examples {
            features: &self.features,
            width: self.width,
            targets: self.targets(),
            weights: self.weights.as_deref(),
        }
    }

    pub(crate) fn targets(&self) -> Targets<'_, f32> {
        match &self.target {
            EncodedTarget::Classes(classes) => Targets::Classes(classes),
            EncodedTarget::Values(values) => Targets::Values { values, width: 1 },
        }
    }

    /// A number that changes when the rows, their order or their encoding change.
    fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let mut take = |x: f32| hasher.update(&x.to_le_bytes());
        self.features.iter().copied().for_each(&mut take);
        match &self.target {
            EncodedTarget::Classes(classes) => classes.iter().for_each(|&class| take(class as f32)),
            EncodedTarget::Values(values) => values.iter().copied().for_each(&mut take),
        }
        self.weights.iter().flatten().copied().for_each(&mut take);
        hasher.finalize()
    }
}

/// Everything that a training needs of the data.
pub struct Prepared {
    /// What was found in the table and what each column is used for.
    pub inspection: Inspection,
    /// What kind of table it was.
    pub format: Format,
    /// The number of rows read.
    pub rows_read: usize,
    /// Rows left out because their target is missing.
    pub rows_dropped: usize,
    /// What was fitted on the training rows.
    pub preprocessing: Preprocessing,
    /// Rows to learn from.
    pub train: Part,
    /// Rows that stop the training and choose the weights.
    pub validation: Option<Part>,
    /// Rows that only the final score sees.
    pub test: Option<Part>,
    /// Sample weight times class weight of the training rows, with mean 1.
    train_weights: Option<Vec<f32>>,
}

impl Prepared {
    /// Reads, splits, fits and encodes as the configuration says, and fills in what it left to the data.
    ///
    /// # Errors
    /// Whatever is wrong with the data, or does not go together with the configuration.
    pub fn new(config: &mut Config) -> Result<Prepared, TrainError> {
        let table = open(&config.data)?;
        Prepared::from_table(config, &table)
    }

    /// The same with a table that is there already; the configuration's source is not read.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn from_table(config: &mut Config, table: &Table) -> Result<Prepared, TrainError> {
        let shares = Shares::new(&config.data)?;
        let choice = choice(&mut config.data, table);
        let checked = check_target(table, &choice)?;
        let split = shares.split(&checked, config.training.seed)?;
        let preprocessing = Preprocessing::fit(table, &choice, checked.task, &split.train)?;
        let part = |share: &Share, rows: &[u32]| -> Result<Option<Part>, TrainError> {
            match share {
                Share::File(path) => {
                    let table = read_table(path, &config.data)?;
                    Ok(Some(Part::new(&preprocessing, &table, None)?))
                }
                Share::Fraction(_) if rows.is_empty() => Ok(None),
                Share::Fraction(_) => Ok(Some(Part::new(&preprocessing, table, Some(rows))?)),
            }
        };
        let validation = part(&shares.validation, &split.validation)?;
        let test = part(&shares.test, &split.test)?;
        let train = Part::new(&preprocessing, table, Some(&split.train))?;
        config.data.task = checked.task.to_string();
        config.settle_loss(purpose(&preprocessing))?;
        let train_weights = training_weights(config, &preprocessing, &train)?;
        Ok(Prepared {
            inspection: inspect(table, Some(&choice)),
            format: table.format,
            rows_read: table.rows(),
            rows_dropped: checked.dropped,
            preprocessing,
            train,
            validation,
            test,
            train_weights,
        })
    }

    /// A number that changes when the rows of any part, or how they are encoded, change.
    pub(crate) fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for part in [
            Some(&self.train),
            self.validation.as_ref(),
            self.test.as_ref(),
        ] {
            hasher.update(&part.map_or(0, Part::fingerprint).to_le_bytes());
        }
        let preprocessing = serde_json::to_vec(&self.preprocessing);
        hasher.update(&preprocessing.expect("plain values become JSON"));
        hasher.finalize()
    }

    /// The training rows as the descent sees them: with class weights too.
    pub fn training_examples(&self) -> Examples<'_, f32> {
        let weights = self
            .train_weights
            .as_deref()
            .or(self.train.weights.as_deref());
        Examples {
            weights,
            ..self.train.examples()
        }
    }
}

/// What is predicted.
pub(crate) fn purpose(preprocessing: &Preprocessing) -> Purpose {
    match preprocessing.classes() {
        None => Purpose::Numbers,
        Some([_, _]) => Purpose::TwoClasses,
        Some(_) => Purpose::Classes,
    }
}

/// A data set by its name, or a file.
///
/// # Errors
/// Neither exists, or the file cannot be read.
pub fn open(data: &Data) -> Result<Table, TrainError> {
    if data.source.is_empty() {
        return Err(ConfigError::NoSource.into());
    }
    let path = Path::new(&data.source);
    if path.is_file() {
        return Ok(read_table(path, data)?);
    }
    let stem = data.source.split(':').next().unwrap_or_default();
    if DATASETS.names().contains(&stem) {
        let dataset = DATASETS.parse(&data.source).map_err(|errors| {
            let in_data = |source| ConfigError::Spec {
                section: "data".into(),
                source,
            };
            errors.into_iter().map(in_data).collect::<Vec<_>>()
        })?;
        return Ok(dataset.table());
    }
    // A folder, or nothing.
    Ok(read_table(path, data)?)
}

fn read_table(path: &Path, data: &Data) -> Result<Table, DataError> {
    read(path, &read_options(data))
}

/// How the configuration says that text tables are to be read.
pub fn read_options(data: &Data) -> ReadOptions {
    ReadOptions {
        delimiter: match data.delimiter.as_str() {
            AUTO => None,
            "tab" => Some(b'\t'),
            other => other.bytes().next(),
        },
        header: match data.header.as_str() {
            AUTO => None,
            word => Some(word == "yes"),
        },
        labels: (!data.labels.is_empty()).then(|| data.labels.clone().into()),
    }
}

/// The roles of the columns; a data set that has its own target gives its name.
fn choice(data: &mut Data, table: &Table) -> Choice {
    if data.target.is_empty()
        && let Some(own) = table.own_target()
    {
        own.clone_into(&mut data.target);
    }
    Choice {
        target: data.target.clone(),
        task: data.task.parse::<Task>().ok(),
        ignore: data.ignore.clone(),
        sample_weight: (!data.sample_weight.is_empty()).then(|| data.sample_weight.clone()),
        drop_missing_target: data.drop_missing_target,
    }
}

/// Where validation and test rows come from.
struct Shares {
    validation: Share,
    test: Share,
}

impl Shares {
    fn new(data: &Data) -> Result<Shares, ConfigError> {
        let share = |field: &'static str, text: &str| match text.parse::<Share>() {
            Ok(Share::Fraction(x)) if !(0.0..1.0).contains(&x) => Err(ConfigError::Share {
                field,
                found: text.into(),
            }),
            Ok(share) => Ok(share),
        };
        Ok(Shares {
            validation: share("validation", &data.validation)?,
            test: share("test", &data.test)?,
        })
    }

    fn split(&self, checked: &CheckedTarget, seed: u64) -> Result<Split, DataError> {
        let fraction = |share: &Share| {
            if let Share::Fraction(x) = share {
                *x
            } else {
                0.0
            }
        };
        let classes = checked.classes.as_ref().map(|labels| &labels.of_rows[..]);
        let (validation, test) = (fraction(&self.validation), fraction(&self.test));
        split(&checked.rows, classes, validation, test, seed)
    }
}

/// Sample weight times class weight; none where all are equal.
fn training_weights(
    config: &Config,
    preprocessing: &Preprocessing,
    train: &Part,
) -> Result<Option<Vec<f32>>, ConfigError> {
    if config.training.class_weight != "balanced" {
        return Ok(None);
    }
    let (Some(names), EncodedTarget::Classes(classes)) = (preprocessing.classes(), &train.target)
    else {
        return Err(ConfigError::ClassWeightOfRegression);
    };
    let weight = |row: usize| {
        train
            .weights
            .as_ref()
            .map_or(1.0, |weights| f64::from(weights[row]))
    };
    let mut totals = vec![0.0; names.len()];
    for (row, &class) in classes.iter().enumerate() {
        totals[class as usize] += weight(row);
    }
    let of_row = |(row, &class): (usize, &u32)| match totals[class as usize] {
        // A class without weight has none.
        0.0 => 0.0,
        total => (weight(row) / total) as f32,
    };
    let mut weights: Vec<f32> = classes.iter().enumerate().map(of_row).collect();
    scale_to_mean_1(&mut weights);
    Ok(Some(weights))
}

fn scale_to_mean_1(weights: &mut [f32]) {
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let factor = weights.len() as f64 / sum;
    for weight in weights {
        *weight = (f64::from(*weight) * factor) as f32;
    }
}
