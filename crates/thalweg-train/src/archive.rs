//! Tensors with a description in one safetensors file, whole or not there at all, with a checksum over everything.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tempfile::TempPath;

use crate::TrainError;

/// The format of run folders, models and checkpoints that this version writes; it reads this one.
pub const FORMAT: u32 = 1;

/// The one key of the file's metadata: two keys would come in random order, and the bytes would differ.
const KEY: &str = "thalweg";

#[derive(Serialize, Deserialize)]
struct Envelope {
    format: u32,
    checksum: String,
    content: String,
}

/// A named tensor of 32-bit reals.
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

impl Tensor {
    pub(crate) fn vector(name: &str, data: Vec<f32>) -> Tensor {
        Tensor {
            name: name.into(),
            shape: vec![data.len()],
            data,
        }
    }
}

/// Writes `header` and tensors, replacing the file at once.
pub(crate) fn save(
    path: &Path,
    header: &impl Serialize,
    tensors: &[Tensor],
) -> Result<(), TrainError> {
    let failed = |source: std::io::Error| TrainError::Io {
        action: "write",
        path: path.into(),
        source,
    };
    let content = serde_json::to_string(header).map_err(|error| failed(error.into()))?;
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)
            .map(|view| (tensor.name.clone(), view))
    });
    let views: Vec<_> = views
        .collect::<Result<_, _>>()
        .map_err(|error| failed(std::io::Error::other(error)))?;
    let checksum = checksum(
        FORMAT,
        &content,
        views.iter().map(|(name, view)| (name.as_str(), view)),
    );
    let envelope = Envelope {
        format: FORMAT,
        checksum,
        content,
    };
    let envelope = serde_json::to_string(&envelope).map_err(|error| failed(error.into()))?;
    let metadata = HashMap::from([(KEY.to_owned(), envelope)]);
    let file =
        serialize(views, Some(metadata)).map_err(|error| failed(std::io::Error::other(error)))?;
    replace(path, &file)
}

/// Reads a file back, having checked that not a byte of it has changed. `remedy` is said where one has.
pub(crate) fn load<H: DeserializeOwned>(
    path: &Path,
    remedy: &'static str,
) -> Result<(H, Vec<Tensor>), TrainError> {
    let bytes = std::fs::read(path).map_err(|source| TrainError::Io {
        action: "read",
        path: path.into(),
        source,
    })?;
    let damaged = |reason: String| TrainError::Damaged {
        path: path.into(),
        reason,
        remedy,
    };
    let (_, metadata) =
        SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
    let envelope = metadata.metadata().as_ref().and_then(|keys| keys.get(KEY));
    let envelope = envelope.ok_or_else(|| damaged("it was not written by thalweg".into()))?;
    let envelope: Envelope =
        serde_json::from_str(envelope).map_err(|error| damaged(error.to_string()))?;
    if envelope.format > FORMAT {
        let (found, known) = (envelope.format, FORMAT);
        return Err(TrainError::Newer {
            path: path.into(),
            found,
            known,
        });
    }
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let mut views: Vec<_> = file.tensors();
    // The library sorts by alignment; the checksum needs one order.
    views.sort_by(|a, b| a.0.cmp(&b.0));
    let found = checksum(
        envelope.format,
        &envelope.content,
        views.iter().map(|(name, view)| (name.as_str(), view)),
    );
    if found != envelope.checksum {
        let reason = format!("its checksum is {found}, expected {}", envelope.checksum);
        return Err(damaged(reason));
    }
    let header =
        serde_json::from_str(&envelope.content).map_err(|error| damaged(error.to_string()))?;
    let tensors = views.into_iter().map(|(name, view)| Tensor {
        name,
        shape: view.shape().to_vec(),
        data: view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
    });
    Ok((header, tensors.collect()))
}

/// CRC-32 over the format, the description and, by name, every tensor's name, shape and bytes.
fn checksum<'a, 'b: 'a>(
    format: u32,
    content: &str,
    tensors: impl Iterator<Item = (&'a str, &'a TensorView<'b>)>,
) -> String {
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_by_key(|(name, _)| *name);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&format.to_le_bytes());
    hasher.update(content.as_bytes());
    for (name, view) in tensors {
        hasher.update(format!("\0{name}{:?}", view.shape()).as_bytes());
        hasher.update(view.data());
    }
    format!("{:08x}", hasher.finalize())
}

/// Writes a file beside its place and renames it into it: a crash leaves the old one or the new one.
///
/// # Errors
/// The file cannot be written; then the old one is still there.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let failed = |source| TrainError::Io {
        action: "write",
        path: path.into(),
        source,
    };
    let mut file = Replacement::new(path)?;
    file.write_all(bytes).map_err(failed)?;
    file.finish()
}

/// A file in the making, beside the one that it will replace. If it is dropped before, that one stays.
pub struct Replacement {
    path: PathBuf,
    // Not the temporary file's own writer, which puts a name into its errors that says nothing to anybody.
    file: BufWriter<File>,
    // After the file, which still writes when it is dropped.
    temporary: TempPath,
}

impl Replacement {
    /// Begins a file for this place.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn new(path: &Path) -> Result<Replacement, TrainError> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
        // Without the temporary name, which says nothing to anybody.
        let file = file.map_err(|error| TrainError::Io {
            action: "write",
            path: path.into(),
            source: error.kind().into(),
        })?;
        let (file, temporary) = file.into_parts();
        Ok(Replacement {
            path: path.into(),
            file: BufWriter::new(file),
            temporary,
        })
    }

    /// Puts the file into its place at once.
    ///
    /// # Errors
    /// The rest cannot be written, or the place cannot be taken; then the old file is still there.
    pub fn finish(self) -> Result<(), TrainError> {
        let Replacement {
            path,
            file,
            temporary,
        } = self;
        let finish = || -> io::Result<()> {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        finish().map_err(|source| TrainError::Io {
            action: "write",
            path: path.clone(),
            source,
        })
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let tensors = [
            Tensor::vector("b", vec![1.0, -2.5]),
            Tensor {
                name: "a".into(),
                shape: vec![2, 2],
                data: vec![0.0, 1.0, 2.0, 3.0],
            },
        ];
        save(&path, &"a header", &tensors).unwrap();
        let (header, back): (String, _) = load(&path, "").unwrap();
        assert_eq!(header, "a header");
        assert_eq!(
            (back[0].name.as_str(), &back[0].shape[..]),
            ("a", &[2, 2][..])
        );
        assert_eq!(back[1].data, [1.0, -2.5]);

        let good = std::fs::read(&path).unwrap();
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(load::<String>(&path, "").is_err(), "byte {index}");
        }
        for end in [0, 5, good.len() / 2, good.len() - 1] {
            std::fs::write(&path, &good[..end]).unwrap();
            assert!(load::<String>(&path, "").is_err(), "first {end} bytes");
        }
    }
}
