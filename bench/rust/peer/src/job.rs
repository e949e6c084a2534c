//! What the driver asks for, and the data for it.

use std::fs;
use std::path::{Path, PathBuf};

/// What one call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A training step on a batch of random rows.
    Step,
    /// The predictions for a batch.
    Infer,
    /// The matrix products of a training step, and nothing else.
    Products,
    /// A map of the loss of so many rows, of which each point is a step.
    Plane,
    /// The product of their Hessian with a vector, at the same weights every time.
    Hessian,
    /// All eigenvalues of their Hessian, in double precision.
    Spectrum,
}

/// What a network learns, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Softmax cross-entropy, Adam.
    Classes,
    /// Mean squared error, plain gradient descent.
    Squares,
}

/// One line `KIND VARIANT LAYERS BATCH ROWS TASK SOURCE`, as `step f32 784-128-10 32 20000 classes normal`.
#[derive(Clone, Debug)]
pub struct Job {
    /// What a call does.
    pub kind: Kind,
    /// Which form of the system does it.
    pub variant: String,
    /// Widths of all layers, from the input's to the output's.
    pub layers: Vec<usize>,
    /// Rows in a call.
    pub batch: usize,
    /// Rows that there are.
    pub rows: usize,
    /// What is learned.
    pub task: Task,
    /// Which data.
    pub source: String,
    /// Threads that the program may use.
    pub threads: usize,
    folder: PathBuf,
}

/// Learning rate of Adam.
pub const ADAM_LR: f64 = 1e-3;
/// Learning rate of plain gradient descent.
pub const SGD_LR: f64 = 1e-2;

impl Job {
    /// Reads a job's line.
    pub(crate) fn parse(line: &str, threads: usize, folder: &Path) -> Result<Job, String> {
        let unclear = || format!("`{line}` is no job");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, variant, layers, batch, rows, task, source] = words[..] else {
            return Err(unclear());
        };
        let count = |word: &str| word.parse::<usize>().map_err(|_| unclear());
        Ok(Job {
            kind: match kind {
                "step" => Kind::Step,
                "infer" => Kind::Infer,
                "products" => Kind::Products,
                "plane" => Kind::Plane,
                "hessian" => Kind::Hessian,
                "spectrum" => Kind::Spectrum,
                _ => return Err(unclear()),
            },
            variant: variant.into(),
            layers: layers.split('-').map(count).collect::<Result<_, _>>()?,
            batch: count(batch)?,
            rows: count(rows)?,
            task: match task {
                "classes" => Task::Classes,
                "squares" => Task::Squares,
                _ => return Err(unclear()),
            },
            source: source.into(),
            threads,
            folder: folder.into(),
        })
    }

    /// Features in a row.
    pub fn inputs(&self) -> usize {
        self.layers[0]
    }

    /// Outputs of the network.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1]
    }

    /// The learning rate of the task's rule.
    pub fn lr(&self) -> f64 {
        match self.task {
            Task::Classes => ADAM_LR,
            Task::Squares => SGD_LR,
        }
    }

    /// The features, rows × inputs.
    pub fn features(&self) -> Result<Vec<f32>, String> {
        let name = format!("{}-{}.f32", self.source, self.inputs());
        self.read(&name, self.rows * self.inputs(), f32::from_le_bytes)
    }

    /// The class of each row.
    pub fn classes(&self) -> Result<Vec<u32>, String> {
        let name = format!("{}-classes-{}.u32", self.source, self.outputs());
        self.read(&name, self.rows, u32::from_le_bytes)
    }

    /// The targets, rows × outputs.
    pub fn targets(&self) -> Result<Vec<f32>, String> {
        let name = format!("{}-targets-{}.f32", self.source, self.outputs());
        self.read(&name, self.rows * self.outputs(), f32::from_le_bytes)
    }

    fn read<T>(&self, name: &str, count: usize, of: fn([u8; 4]) -> T) -> Result<Vec<T>, String> {
        let bytes = fs::read(self.folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
        let (words, _) = bytes.as_chunks::<4>();
        if words.len() < count {
            return Err(format!("{name}: {} numbers, {count} wanted", words.len()));
        }
        Ok(words[..count].iter().map(|&word| of(word)).collect())
    }
}
