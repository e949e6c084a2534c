//! Encoded rows: features, targets and weights, as a network takes them. Not where they come from.

use thalweg_core::loss::Targets;
use thalweg_core::network::{Examples, Features};
use thalweg_data::{DataError, EncodedTarget, Notes, Preprocessing, Table};

/// Encoded rows.
pub struct Part {
    pub(crate) features: Vec<f32>,
    pub(crate) width: usize,
    pub(crate) target: EncodedTarget,
    /// Sample weights with mean 1.
    pub(crate) weights: Option<Vec<f32>>,
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

    /// Some rows of a block, with their weights as they are.
    pub(crate) fn of_block(
        preprocessing: &Preprocessing,
        table: &Table,
        rows: &[u32],
    ) -> Result<Part, DataError> {
        let (features, notes) = preprocessing.encode(table, Some(rows))?;
        let target = preprocessing.encode_target(table, Some(rows))?;
        let weights = block_weights(preprocessing, table, Some(rows))?;
        Ok(Part::of(preprocessing, features, target, weights, notes))
    }

    /// What has been encoded already.
    pub(crate) fn of(
        preprocessing: &Preprocessing,
        features: Vec<f32>,
        target: EncodedTarget,
        weights: Option<Vec<f32>>,
        notes: Notes,
    ) -> Part {
        Part {
            features,
            width: preprocessing.n_features(),
            target,
            weights,
            notes,
        }
    }

    /// Makes the mean of the weights 1.
    pub(crate) fn scale_weights(&mut self) {
        if let Some(weights) = &mut self.weights {
            scale_to_mean_1(weights);
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets().len()
    }

    /// The rows, with their sample weights.
    pub fn examples(&self) -> Examples<'_, f32> {
        Examples {
            features: Features::Dense(&self.features),
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
    pub(crate) fn fingerprint(&self) -> u32 {
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

impl Part {
    /// A part without rows, with room for so many like these.
    pub(crate) fn room_for(&self, rows: usize) -> Part {
        Part {
            features: vec![0.0; rows * self.width],
            width: self.width,
            target: match self.target {
                EncodedTarget::Classes(_) => EncodedTarget::Classes(vec![0; rows]),
                EncodedTarget::Values(_) => EncodedTarget::Values(vec![0.0; rows]),
            },
            weights: self.weights.as_ref().map(|_| vec![0.0; rows]),
            notes: Notes::default(),
        }
    }

    /// Puts a row of another part into the place of one of its own.
    pub(crate) fn put(&mut self, place: usize, from: &Part, row: usize) {
        let width = self.width;
        self.features[place * width..(place + 1) * width]
            .copy_from_slice(&from.features[row * width..(row + 1) * width]);
        match (&mut self.target, &from.target) {
            (EncodedTarget::Classes(to), EncodedTarget::Classes(from)) => to[place] = from[row],
            (EncodedTarget::Values(to), EncodedTarget::Values(from)) => to[place] = from[row],
            _ => unreachable!("parts of one file have one kind of target"),
        }
        if let (Some(to), Some(from)) = (&mut self.weights, &from.weights) {
            to[place] = from[row];
        }
    }

    pub(crate) fn append(&mut self, more: Part, preprocessing: &Preprocessing) {
        self.features.extend(more.features);
        match (&mut self.target, more.target) {
            (EncodedTarget::Classes(to), EncodedTarget::Classes(from)) => to.extend(from),
            (EncodedTarget::Values(to), EncodedTarget::Values(from)) => to.extend(from),
            _ => unreachable!("parts of one file have one kind of target"),
        }
        if let (Some(to), Some(from)) = (&mut self.weights, more.weights) {
            to.extend(from);
        }
        preprocessing.add_notes(&mut self.notes, more.notes);
    }

    /// Every row's weight times the factor of its class.
    pub(crate) fn weights_times(&self, factor: impl Fn(Option<u32>) -> f64) -> Vec<f32> {
        let class = |row: usize| match &self.target {
            EncodedTarget::Classes(classes) => Some(classes[row]),
            EncodedTarget::Values(_) => None,
        };
        let own = |row: usize| self.weights.as_ref().map_or(1.0, |it| f64::from(it[row]));
        (0..self.rows())
            .map(|row| (own(row) * factor(class(row))) as f32)
            .collect()
    }
}

/// The weights of some of a file's rows, as they are; that all of them are 0 is no error yet.
pub(crate) fn block_weights(
    preprocessing: &Preprocessing,
    table: &Table,
    rows: Option<&[u32]>,
) -> Result<Option<Vec<f32>>, DataError> {
    match preprocessing.encode_weights(table, rows) {
        Err(DataError::NoWeight { .. }) => {
            Ok(Some(vec![0.0; rows.map_or(table.rows(), <[u32]>::len)]))
        }
        weights => weights,
    }
}

pub(crate) fn scale_to_mean_1(weights: &mut [f32]) {
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let factor = weights.len() as f64 / sum;
    for weight in weights {
        *weight = (f64::from(*weight) * factor) as f32;
    }
}
