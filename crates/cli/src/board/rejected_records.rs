//! The rejected records that a replay has left beside the contacts that it filled.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    pin::Pin,
};

use switchboard_board::{Undelivered, UndeliveredCounter, UndeliveredKind};

use crate::contacts::location::shown;

/// The folders that a replay writes them to, a line a record.
const FOLDERS: [&str; 2] = ["rejected", "wfm-rejected"];

/// Counts the rejected records of a replay.
#[derive(Debug)]
pub(super) struct RejectedRecords {
    /// The folder of its results.
    results: PathBuf,
}

impl RejectedRecords {
    /// Of the replay whose results are in that folder.
    pub(super) fn of(results: PathBuf) -> Self {
        Self { results }
    }
}

impl UndeliveredCounter for RejectedRecords {
    fn count(&self) -> Pin<Box<dyn Future<Output = Vec<Undelivered>> + Send + '_>> {
        let folders = FOLDERS.map(|name| self.results.join(name));
        Box::pin(async move {
            let counted = tokio::task::spawn_blocking(move || {
                folders.iter().filter_map(|folder| look(folder)).collect()
            });
            counted.await.unwrap_or_default()
        })
    }
}

/// What is in a folder; [`None`] where there is no such folder, as a replay that rejects nothing makes none.
fn look(folder: &Path) -> Option<Undelivered> {
    let count = match records(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => return None,
        Err(error) => {
            let folder = folder.display();
            tracing::warn!(event = "rejected_not_counted", error = %error, "the records in {folder} can't be counted");
            None
        }
        Ok(count) => Some(count),
    };
    Some(Undelivered { name: shown(folder).display().to_string(), kind: UndeliveredKind::Rejected, count })
}

/// The lines of all files below a folder.
fn records(folder: &Path) -> io::Result<u64> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            count += records(&entry.path())?;
        } else if kind.is_file() {
            let mut lines = BufReader::new(File::open(entry.path())?);
            while lines.skip_until(b'\n')? > 0 {
                count += 1;
            }
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_below_the_folders_that_are_there_are_counted() {
        let results = tempfile::tempdir().unwrap();
        let rejected = RejectedRecords::of(results.path().to_owned());
        assert_eq!(rejected.count().await, [], "no replay, or one that rejected nothing");
        let deep = results.path().join("rejected/2026/11");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("a.ndjson"), "{}\n{}\n").unwrap();
        fs::write(results.path().join("rejected/b.ndjson"), "{}\n").unwrap();
        // Not a folder: nobody knows what is in it.
        fs::write(results.path().join("wfm-rejected"), "").unwrap();
        let counted: Vec<_> =
            rejected.count().await.into_iter().map(|place| (place.name, place.count)).collect();
        let name = |folder| results.path().join(folder).display().to_string();
        assert_eq!(counted, [(name("rejected"), Some(3)), (name("wfm-rejected"), None)]);
    }
}
