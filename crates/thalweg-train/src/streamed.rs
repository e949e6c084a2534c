//! Training rows that stay in their file: reading them again for every epoch, on a thread of its own.
//!
//! Not the order in which they are learned from, which is made in `shuffle`.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use thalweg_core::loss::Loss;
use thalweg_core::network::{Engine, Network};
use thalweg_core::team::Team;
use thalweg_data::{Counts, DataError, Deal, Lot, Preprocessing, Source, Table};

use crate::encoder::{Encoder, MissingTarget, parts, rows_of_part};
use crate::held::Held;
use crate::part::Part;
use crate::scores::{Scores, Scoring};

/// Portions that are encoded ahead of their use.
const AHEAD: usize = 2;
/// Bytes that a metric keeps of a row, where it needs all of them: two probabilities, a class, a weight.
const KEPT: u64 = 16;

/// Rows that are read from a file whenever they are needed.
#[derive(Clone)]
pub struct Streamed {
    source: Arc<Source>,
    preprocessing: Arc<Preprocessing>,
    deal: Deal,
    /// How many rows there are.
    pub counts: Counts,
    /// What the weight of a training row is multiplied by, for each class or for all.
    factors: Option<Factors>,
    /// Rows in the buffer that batches are drawn from.
    pub buffer_rows: usize,
    /// Validation rows that are not looked at, because they would take too much memory.
    pub validation_left_out: u64,
    /// Columns whose median is that of a sample.
    pub sampled_medians: Vec<String>,
    /// Another file with the test rows.
    test: Option<Arc<Source>>,
    memory: u64,
}

/// What a row's weight is multiplied by.
#[derive(Clone, Debug)]
pub(crate) enum Factors {
    OfAll(f64),
    OfClass(Vec<f64>),
}

/// What [`Streamed`] is made of.
pub(crate) struct Parts {
    pub(crate) source: Source,
    pub(crate) preprocessing: Preprocessing,
    pub(crate) deal: Deal,
    pub(crate) counts: Counts,
    pub(crate) factors: Option<Factors>,
    pub(crate) sampled_medians: Vec<String>,
    pub(crate) test: Option<Source>,
    pub(crate) memory: u64,
}

impl Streamed {
    pub(crate) fn new(parts: Parts) -> Streamed {
        let mut streamed = Streamed {
            source: Arc::new(parts.source),
            preprocessing: Arc::new(parts.preprocessing),
            deal: parts.deal,
            counts: parts.counts,
            factors: parts.factors,
            buffer_rows: 0,
            validation_left_out: 0,
            sampled_medians: parts.sampled_medians,
            test: parts.test.map(Arc::new),
            memory: parts.memory,
        };
        let most = streamed.rows_in(4).min(parts.counts.train as usize);
        streamed.buffer_rows = most.max(1);
        streamed
    }

    /// The number of test rows; none where they are those of another file, which is not counted before its end.
    pub(crate) fn test_rows(&self) -> Option<usize> {
        self.test.is_none().then_some(self.counts.test as usize)
    }

    /// Rows that take this part of the memory.
    pub(crate) fn rows_in(&self, part: u64) -> usize {
        let outputs = self.preprocessing.classes().map_or(1, <[String]>::len) as u64;
        // Features, target, weight, the row's place in an order, and what is predicted of it.
        let row = 4 * (self.preprocessing.n_features() as u64 + outputs + 3);
        (self.memory / part / row) as usize
    }

    /// What is held of the rows. That all rows of other files can be used is made sure of.
    pub(crate) fn hold(&mut self, validation: Option<&Source>) -> Result<Sample, DataError> {
        let preprocessing = Arc::clone(&self.preprocessing);
        let (most, most_train) = (self.rows_in(4), self.rows_in(16));
        let all = self.counts.validation;
        let mut train = Held::new(&preprocessing, most_train, self.counts.train);
        let mut held = Held::new(&preprocessing, most, all);
        self.each(|table, first, lot, rows| {
            let rows = rows.iter().copied();
            match lot {
                Lot::Train => train.encode(table, &train.choose(&self.deal, first, rows)),
                Lot::Validation => held.encode(table, &held.choose(&self.deal, first, rows)),
                Lot::Test => Ok(()),
            }
        })?;
        if let Some(source) = validation {
            let rows = check_rows(&preprocessing, source)?;
            held = Held::new(&preprocessing, most, rows);
            let mut first = 0;
            for table in source.blocks()? {
                let table = table?;
                let rows = held.choose(&self.deal, first, 0..table.rows() as u32);
                held.encode(&table, &rows)?;
                first += table.rows() as u64;
            }
            self.validation_left_out = rows - held.rows() as u64;
        } else {
            self.validation_left_out = all - held.rows() as u64;
        }
        if let Some(source) = &self.test {
            check_rows(&preprocessing, source)?;
        }
        let mut train = train
            .finish()
            .ok_or(DataError::TooFewRows { rows: 0, needed: 1 })?;
        let train_weights = self.learning_weights(&train);
        train.scale_weights();
        let mut validation = held.finish();
        if let Some(part) = &mut validation {
            let weights = part.weights.as_ref();
            if let Some(column) = preprocessing.sample_weight()
                && weights.is_some_and(|weights| weights.iter().all(|&weight| weight == 0.0))
            {
                let column = column.into();
                return Err(DataError::NoWeight { column });
            }
            part.scale_weights();
        }
        Ok(Sample {
            validation,
            train,
            train_weights,
        })
    }

    /// Reads the file once and gives `each` the rows of a table, in small parts and by what they are for: the table,
    /// the number of its first row, and the rows.
    fn each(
        &self,
        mut each: impl FnMut(&Table, u64, Lot, &[u32]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let at_most = rows_of_part(self.preprocessing.n_features());
        let target = &self.preprocessing.target().name;
        let (mut first, mut train) = (0, 0);
        for table in self.source.blocks()? {
            let table = table?;
            let lots = self.deal.deal(&table, target, first)?;
            train += lots.train.len() as u64;
            for (lot, rows) in [
                (Lot::Train, &lots.train),
                (Lot::Validation, &lots.validation),
                (Lot::Test, &lots.test),
            ] {
                for rows in rows.chunks(at_most) {
                    each(&table, first, lot, rows)?;
                }
            }
            first += table.rows() as u64;
        }
        if (first, train) == (self.counts.rows, self.counts.train) {
            return Ok(());
        }
        let path = self.source.origin().to_owned();
        Err(DataError::Changed { path })
    }

    /// Training rows with the weights that they have in the descent.
    fn encode_training(&self, table: &Table, rows: &[u32]) -> Result<Part, DataError> {
        let mut part = Part::of_block(&self.preprocessing, table, rows)?;
        if let Some(weights) = self.learning_weights(&part) {
            part.weights = Some(weights);
        }
        Ok(part)
    }

    /// The weights of training rows in the descent; none where they are those that the rows have.
    fn learning_weights(&self, part: &Part) -> Option<Vec<f32>> {
        let factors = self.factors.as_ref()?;
        Some(part.weights_times(|class| match (factors, class) {
            (Factors::OfClass(of_class), Some(class)) => of_class[class as usize],
            (Factors::OfAll(factor), _) => *factor,
            (Factors::OfClass(_), None) => 1.0,
        }))
    }

    /// Scores weights on the training and on the test rows, in one pass. Sums are kept and not rows; where a metric
    /// needs all of them, it keeps so many as take a sixteenth of the memory.
    pub(crate) fn score(
        &self,
        network: &Network,
        loss: &dyn Loss,
        team: &Team,
        parameters: &[f32],
    ) -> Result<(Scores, Option<Scores>), DataError> {
        let (mut first, mut second) = (
            Engine::new(network, loss, team),
            Engine::new(network, loss, team),
        );
        let preprocessing = &self.preprocessing;
        let most = (self.memory / 16 / KEPT) as usize;
        let mut train = Scoring::new(&mut first, loss, parameters, preprocessing, most);
        let mut test = Scoring::new(&mut second, loss, parameters, preprocessing, most);
        let mut has_test = self.counts.test > 0;
        self.each(|table, _, lot, rows| {
            match lot {
                Lot::Train => train.add(&Part::of_block(preprocessing, table, rows)?.examples()),
                Lot::Test => test.add(&Part::of_block(preprocessing, table, rows)?.examples()),
                Lot::Validation => {}
            }
            Ok(())
        })?;
        if let Some(source) = &self.test {
            has_test = true;
            for table in source.blocks()? {
                let table = table?;
                let rows: Vec<u32> = (0..table.rows() as u32).collect();
                for rows in rows.chunks(rows_of_part(preprocessing.n_features())) {
                    test.add(&Part::of_block(preprocessing, &table, rows)?.examples());
                }
            }
        }
        Ok((train.finish(), has_test.then(|| test.finish())))
    }

    /// Starts to read the training rows, epoch after epoch.
    pub(crate) fn supply(&self) -> Supply {
        let (sender, receiver) = sync_channel(AHEAD);
        let streamed = self.clone();
        Supply {
            receiver: Some(receiver),
            thread: Some(std::thread::spawn(move || streamed.send_all(&sender))),
        }
    }

    /// Sends epochs for as long as someone listens.
    fn send_all(&self, to: &SyncSender<Result<Portion, DataError>>) {
        let mut is_heard = true;
        while is_heard {
            let sent = self.each(|table, _, lot, rows| {
                if lot == Lot::Train && is_heard {
                    let part = self.encode_training(table, rows)?;
                    is_heard = to.send(Ok(Portion::Rows(part))).is_ok();
                }
                if is_heard { Ok(()) } else { Err(unheard()) }
            });
            if !is_heard {
                return;
            }
            let failed = sent.is_err();
            let end = sent.map(|()| Portion::End);
            is_heard = to.send(end).is_ok() && !failed;
        }
    }
}

/// Ends a pass that nobody listens to any more; nobody sees it.
fn unheard() -> DataError {
    DataError::TooFewRows { rows: 0, needed: 0 }
}

/// The number of rows of another file; what is wrong with any of them is told before anything is trained.
fn check_rows(preprocessing: &Preprocessing, source: &Source) -> Result<u64, DataError> {
    let mut encoder = Encoder::new(preprocessing, MissingTarget::Refused);
    for table in source.blocks()? {
        let table = table?;
        for part in parts(&table, preprocessing.n_features()) {
            encoder.encode(&part)?;
        }
    }
    Ok(encoder.finish()? as u64)
}

/// Rows that are held of a file, with their own weights scaled to mean 1.
pub(crate) struct Sample {
    /// All validation rows, or some.
    pub(crate) validation: Option<Part>,
    /// Training rows, on which the learning rate is looked for.
    pub(crate) train: Part,
    /// Their weights in the descent, where those are others.
    pub(crate) train_weights: Option<Vec<f32>>,
}

/// What comes from the file.
pub(crate) enum Portion {
    Rows(Part),
    /// All rows of an epoch have come.
    End,
}

/// Training rows as they are read ahead on a thread.
pub(crate) struct Supply {
    receiver: Option<Receiver<Result<Portion, DataError>>>,
    thread: Option<JoinHandle<()>>,
}

impl Supply {
    pub(crate) fn next(&mut self) -> Result<Portion, DataError> {
        if let Some(Ok(received)) = self.receiver.as_ref().map(Receiver::recv) {
            return received;
        }
        // The thread ends by itself only after an error, which is the last thing that is asked for, or by a panic.
        self.receiver = None;
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        Ok(Portion::End)
    }
}

impl Drop for Supply {
    fn drop(&mut self) {
        // A thread that nobody listens to ends.
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
