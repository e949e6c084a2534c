//! A table as a file: what a run that was given columns in memory is repeated from.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use parquet::arrow::ArrowWriter;

use crate::{DataError, Table, Values};

/// Writes a table as Parquet; read again, it gives the same cells.
///
/// # Errors
/// It has images, or the file cannot be written.
pub fn write(table: &Table, path: &Path) -> Result<(), DataError> {
    let is_image = |values: &Values| matches!(values, Values::Image { .. });
    if let Some(images) = table.columns().iter().find(|it| is_image(&it.values)) {
        return Err(DataError::ImagesInParquet {
            column: images.name.clone(),
        });
    }
    try_write(table, path).map_err(|source| DataError::NotWritten {
        path: path.display().to_string(),
        source,
    })
}

fn try_write(table: &Table, path: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let batch = table.batch();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, ReadOptions, read};

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.parquet");
        let columns = vec![
            Column::number("x", vec![1.0, f64::NAN, f64::INFINITY]),
            Column::boolean("b", vec![Some(true), None, Some(false)]),
            Column::text("t", [Some("b"), None, Some("a")]),
        ];
        let table = Table::new("memory", columns).unwrap();
        write(&table, &path).unwrap();
        let again = read(&path, &ReadOptions::default()).unwrap();
        assert_eq!(again.names(), table.names());
        for (column, first) in again.columns().iter().zip(table.columns()) {
            for row in 0..table.rows() {
                assert_eq!(column.cell(row), first.cell(row));
            }
        }
        let image = Column::image("i", 1, 1, vec![7]).unwrap();
        let images = Table::new("memory", vec![image]).unwrap();
        let error = write(&images, &path).unwrap_err();
        assert!(error.to_string().contains("`i`"), "{error}");
    }
}
