//! The objects that the workforce feed reads, in a folder of their own.
//!
//! The feed writes what it rejects beside the objects, so it must not see the originals' folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder of links to objects, as `BUCKET/KEY`. It is removed in the end.
#[derive(Debug)]
pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// An empty one in this folder.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn new(within: &Path) -> io::Result<Self> {
        fs::create_dir_all(within)?;
        Ok(Self { folder: tempfile::Builder::new().prefix(".objects-").tempdir_in(within)? })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts one file in it.
    ///
    /// # Errors
    /// When it can't be linked.
    pub(crate) fn add(&self, bucket: &str, key: &str, file: &Path) -> io::Result<()> {
        let link = self.path().join(bucket).join(key);
        fs::create_dir_all(link.parent().unwrap_or(&link))?;
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        place(&file.canonicalize()?, &link)
    }

    /// Puts all files of a folder in it.
    ///
    /// # Errors
    /// When the folder can't be listed or a file not be linked.
    pub(crate) fn mirror(&self, root: &Path) -> io::Result<()> {
        mirror(root, self.path())
    }

    /// Takes what the feed rejected in an object away to `to`, in place of what an earlier run left there.
    ///
    /// # Errors
    /// When it can't be moved.
    pub(crate) fn take_rejects(&self, bucket: &str, key: &str, to: &Path) -> io::Result<bool> {
        let rejects = self.path().join(bucket).join(format!("rejected/{key}.ndjson"));
        match fs::remove_file(to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if !rejects.is_file() {
            return Ok(false);
        }
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::rename(rejects, to)?;
        Ok(true)
    }
}

fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, to): (PathBuf, _) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            mirror(&path, &to)?;
        } else if path.is_file() {
            place(&path.canonicalize()?, &to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn place(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

#[cfg(not(unix))]
fn place(file: &Path, link: &Path) -> io::Result<()> {
    fs::copy(file, link).map(drop)
}
