//! The objects that the workforce feed reads, as links in a folder of their own.
//!
//! The feed writes what it rejects beside the objects, so it must not see the originals' folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder of links to objects, as `BUCKET/KEY`. It is removed in the end.
#[derive(Debug)]
pub(super) struct ObjectLinks {
    folder: TempDir,
}

impl ObjectLinks {
    /// An empty folder within this one.
    ///
    /// # Errors
    /// When it can't be made.
    pub(super) fn new(within: &Path) -> io::Result<Self> {
        fs::create_dir_all(within)?;
        Ok(Self { folder: tempfile::Builder::new().prefix(".objects-").tempdir_in(within)? })
    }

    /// The folder's path.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds one file.
    ///
    /// # Errors
    /// When it can't be linked.
    pub(super) fn add(&self, bucket: &str, key: &str, file: &Path) -> io::Result<()> {
        let link = self.path().join(bucket).join(key);
        fs::create_dir_all(link.parent().unwrap_or(&link))?;
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        link_file(&file.canonicalize()?, &link)
    }

    /// Moves what the feed rejected in an object to `to`, in place of what an earlier run left there.
    ///
    /// # Errors
    /// When it can't be moved.
    pub(super) fn move_rejects(&self, bucket: &str, key: &str, to: &Path) -> io::Result<()> {
        let rejects = self.path().join(bucket).join(format!("rejected/{key}.ndjson"));
        match fs::remove_file(to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if !rejects.is_file() {
            return Ok(());
        }
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::rename(rejects, to)
    }
}

/// Links all files of a folder into another one.
///
/// # Errors
/// When the folder can't be listed or a file not be linked.
pub(super) fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, to): (PathBuf, _) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            mirror(&path, &to)?;
        } else if path.is_file() {
            link_file(&path.canonicalize()?, &to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link_file(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

#[cfg(not(unix))]
fn link_file(file: &Path, link: &Path) -> io::Result<()> {
    fs::copy(file, link).map(drop)
}
