//! A staged file in a local folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{SftpError, name::FileName, staged_file::StagedFile};

/// A file that is being written under its temporary name in a local folder.
#[derive(Debug)]
pub(super) struct LocalStagedFile {
    file: File,
    folder: PathBuf,
    staged: PathBuf,
    target: PathBuf,
    written_bytes: u64,
    failure: Option<io::Error>,
    committed: bool,
}

impl LocalStagedFile {
    /// Creates the temporary file, and the folder if there is none.
    pub(super) fn open(folder: &Path, name: FileName<'_>) -> Result<Self, SftpError> {
        let staged = folder.join(name.staged());
        let file = fs::create_dir_all(folder)
            .and_then(|()| File::create_new(&staged))
            .map_err(|error| rejected("creating the temporary file", folder, &error))?;
        Ok(Self {
            file,
            folder: folder.to_owned(),
            staged,
            target: folder.join(name.as_str()),
            written_bytes: 0,
            failure: None,
            committed: false,
        })
    }

    /// Renames the file, which replaces that of an earlier upload in one step. The folder is flushed too, or a
    /// crash could undo the rename.
    fn sync_and_rename(&self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.staged, &self.target)?;
        File::open(&self.folder)?.sync_all()
    }
}

impl Write for LocalStagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes).map_err(|error| {
            let kind = error.kind();
            // An interrupted write is tried again by the writer.
            self.failure = Some(error).filter(|_| kind != io::ErrorKind::Interrupted);
            io::Error::from(kind)
        })?;
        self.written_bytes = self.written_bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl StagedFile for LocalStagedFile {
    fn take_failure(&mut self) -> Option<SftpError> {
        self.failure.take().map(|error| rejected("writing the file", &self.folder, &error))
    }

    fn commit(mut self) -> Result<u64, SftpError> {
        if let Some(failure) = self.take_failure() {
            return Err(failure);
        }
        self.sync_and_rename().map_err(|error| rejected("renaming the file", &self.folder, &error))?;
        self.committed = true;
        Ok(self.written_bytes)
    }
}

impl Drop for LocalStagedFile {
    fn drop(&mut self) {
        if !self.committed {
            // The failure that led here is what is reported.
            drop(fs::remove_file(&self.staged));
        }
    }
}

fn rejected(doing: &'static str, folder: &Path, error: &io::Error) -> SftpError {
    // The kind alone: the error's own text may name the file.
    SftpError::Rejected { doing, directory: folder.display().to_string(), why: error.kind().to_string() }
}
