//! From a configuration to rows that can be learned from: reading, splitting, fitting, encoding.

use std::path::Path;

use thalweg_core::loss::Purpose;
use thalweg_core::network::Examples;
use thalweg_data::{
    ALL as DATASETS, Choice, DataError, EncodedTarget, Format, Inspection, Preprocessing,
    ReadOptions, Share, Source, Survey, Table, Task, check_target, inspect, read, survey,
};

use crate::memory::{self, Need};
use crate::part::{Part, scale_to_mean_1};
use crate::shares::Shares;
use crate::streamed::{Factors, Parts, Streamed};
use crate::{AUTO, Config, ConfigError, Data, TrainError};

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
    /// Rows to learn from; where they are streamed, a sample of them, on which the learning rate is looked for.
    pub train: Part,
    /// Rows that stop the training and choose the weights.
    pub validation: Option<Part>,
    /// Rows that only the final score sees; none where they are streamed.
    pub test: Option<Part>,
    /// The file that training and test rows are read from again and again, where they are too large for the memory.
    pub streamed: Option<Streamed>,
    /// Sample weight times class weight of the training rows, with mean 1.
    train_weights: Option<Vec<f32>>,
    /// Of the cells of a file that is streamed.
    digest: u32,
}

impl Prepared {
    /// Reads, splits, fits and encodes as the configuration says, and fills in what it left to the data.
    ///
    /// # Errors
    /// Whatever is wrong with the data, or does not go together with the configuration.
    pub fn new(config: &mut Config) -> Result<Prepared, TrainError> {
        let need = memory::settle(&mut config.data)?;
        if need.as_ref().is_some_and(Need::streams) {
            let source = open_source(&config.data)?;
            return Prepared::from_source(config, source);
        }
        let table = open(&config.data)?;
        Prepared::from_table(config, &table)
    }

    /// The same with a file whose rows stay there, but for some.
    fn from_source(config: &mut Config, source: Source) -> Result<Prepared, TrainError> {
        let shares = Shares::new(&config.data)?;
        let deal = shares.deal(config.split_seed())?;
        let mut survey = survey(&source, &choice(config, None), &deal)?;
        shares.check_counts(&survey.counts)?;
        config.data.task = survey.task.to_string();
        config.settle_loss(purpose(&survey.preprocessing))?;
        if config.counts() {
            survey.preprocessing.count();
        }
        let other = |share: &Share| match share {
            Share::File(path) => Source::open(path, &read_options(&config.data)).map(Some),
            Share::Fraction(_) => Ok(None),
        };
        let (validation, test) = (other(&shares.validation)?, other(&shares.test)?);
        let mut streamed = Streamed::new(Parts {
            source,
            preprocessing: survey.preprocessing.clone(),
            deal,
            counts: survey.counts,
            factors: factors(config, &survey)?,
            sampled_medians: survey.sampled_medians,
            test,
            memory: memory::bytes(&config.data.memory)?,
        });
        let held = streamed.hold(validation.as_ref())?;
        Ok(Prepared {
            inspection: survey.inspection,
            format: survey.format,
            rows_read: survey.counts.rows as usize,
            rows_dropped: survey.counts.dropped as usize,
            preprocessing: survey.preprocessing,
            train: held.train,
            validation: held.validation,
            test: None,
            train_weights: held.train_weights,
            digest: survey.digest,
            streamed: Some(streamed),
        })
    }

    /// The same with a table that is there already; the configuration's source is not read.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn from_table(config: &mut Config, table: &Table) -> Result<Prepared, TrainError> {
        Prepared::from_tables(config, table, Others::default())
    }

    /// The same with tables of validation or test rows too: where the configuration names a file for them, that is not
    /// read.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn from_tables(
        config: &mut Config,
        table: &Table,
        others: Others<'_>,
    ) -> Result<Prepared, TrainError> {
        let shares = Shares::new(&config.data)?;
        let choice = choice(config, Some(table));
        let checked = check_target(table, &choice)?;
        let split = shares.split(&checked, config.split_seed())?;
        let mut preprocessing = Preprocessing::fit(table, &choice, checked.task, &split.train)?;
        config.settle_loss(purpose(&preprocessing))?;
        if config.counts() {
            preprocessing.count();
        }
        let part = |share: &Share, rows: &[u32], other| -> Result<Option<Part>, TrainError> {
            match (share, other) {
                (Share::File(_), Some(other)) => Ok(Some(Part::new(&preprocessing, other, None)?)),
                (Share::File(path), None) => {
                    let table = read_table(path, &config.data)?;
                    Ok(Some(Part::new(&preprocessing, &table, None)?))
                }
                (Share::Fraction(_), _) if rows.is_empty() => Ok(None),
                (Share::Fraction(_), _) => Ok(Some(Part::new(&preprocessing, table, Some(rows))?)),
            }
        };
        let validation = part(&shares.validation, &split.validation, others.validation)?;
        let test = part(&shares.test, &split.test, others.test)?;
        let train = Part::new(&preprocessing, table, Some(&split.train))?;
        config.data.task = checked.task.to_string();
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
            digest: 0,
            streamed: None,
        })
    }

    /// The number of rows to learn from, held or not.
    pub fn training_rows(&self) -> usize {
        let streamed = self.streamed.as_ref();
        streamed.map_or(self.train.rows(), |it| it.counts.train as usize)
    }

    /// The number of rows that only the final score sees, held or not; none where nobody has counted them yet.
    pub fn test_rows(&self) -> Option<usize> {
        match (&self.streamed, &self.test) {
            (Some(streamed), _) => streamed.test_rows(),
            (None, test) => Some(test.as_ref().map_or(0, Part::rows)),
        }
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
        if self.streamed.is_some() {
            hasher.update(&self.digest.to_le_bytes());
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

/// A data set by its name, or a file, to be read block after block.
///
/// # Errors
/// As [`open`].
pub fn open_source(data: &Data) -> Result<Source, TrainError> {
    let path = Path::new(&data.source);
    if path.is_file() {
        return Ok(Source::open(path, &read_options(data))?);
    }
    open(data).map(Source::Held)
}

/// The roles of the columns; a data set that has its own target gives its name.
fn choice(config: &mut Config, table: Option<&Table>) -> Choice {
    let counts = config.counts();
    let data = &mut config.data;
    if data.target.is_empty()
        && let Some(own) = table.and_then(Table::own_target)
    {
        own.clone_into(&mut data.target);
    }
    Choice {
        target: data.target.clone(),
        // Few different numbers would be taken for classes, where nobody has said that they are counts.
        task: data
            .task
            .parse()
            .ok()
            .or(counts.then_some(Task::Regression)),
        ignore: data.ignore.clone(),
        sample_weight: (!data.sample_weight.is_empty()).then(|| data.sample_weight.clone()),
        drop_missing_target: data.drop_missing_target,
    }
}

/// Tables beside the one to learn from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Others<'a> {
    /// Rows that stop the training and choose the weights.
    pub validation: Option<&'a Table>,
    /// Rows that only the final score sees.
    pub test: Option<&'a Table>,
}

/// What the weights of streamed training rows are multiplied by, so that their mean is 1; none where all are equal.
fn factors(config: &Config, survey: &Survey) -> Result<Option<Factors>, ConfigError> {
    let rows = survey.counts.train as f64;
    if config.training.class_weight != "balanced" {
        let is_weighted = survey.preprocessing.sample_weight().is_some();
        return Ok(is_weighted.then(|| Factors::OfAll(rows / survey.weight)));
    }
    let Some(of_class) = &survey.class_weights else {
        return Err(ConfigError::ClassWeightOfRegression);
    };
    // All classes weigh the same, but for one without weight, which has none.
    let n = of_class.iter().filter(|&&weight| weight > 0.0).count() as f64;
    let factor = |&weight: &f64| {
        if weight > 0.0 {
            rows / (n * weight)
        } else {
            0.0
        }
    };
    Ok(Some(Factors::OfClass(
        of_class.iter().map(factor).collect(),
    )))
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
