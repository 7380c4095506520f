//! A local folder in S3's place. Its calls block for as long as the disk takes.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::{Component, Path, PathBuf},
    time::UNIX_EPOCH,
};

use tempfile::NamedTempFile;

use crate::open_object::{ObjectBody, OpenObject, StoreError};

const CHUNK_BYTES: u64 = 64 * 1024;

/// A folder that holds a folder for each bucket, and objects under their keys.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn open(
        &self,
        bucket: &str,
        key: &str,
        from_byte: u64,
        etag: Option<&str>,
    ) -> Result<OpenObject, StoreError> {
        let path = self.path(bucket, key)?;
        let mut file = File::open(path).map_err(fault)?;
        let tag = tag(&file).map_err(fault)?;
        if etag.is_some_and(|expected| expected != tag) {
            return Err(StoreError::Changed);
        }
        file.seek(SeekFrom::Start(from_byte)).map_err(fault)?;
        Ok(OpenObject { etag: tag, body: ObjectBody::Folder(file) })
    }

    /// Copies the file beside its place first, so that a reader sees the old object or the new one.
    pub(crate) fn put(&self, bucket: &str, key: &str, file: &Path) -> Result<(), StoreError> {
        let path = self.path(bucket, key)?;
        let parent = path.parent().unwrap_or(&self.root);
        let copy = || -> io::Result<()> {
            fs::create_dir_all(parent)?;
            let mut part = NamedTempFile::new_in(parent)?;
            io::copy(&mut File::open(file)?, &mut part)?;
            part.persist(&path)?;
            Ok(())
        };
        copy().map_err(fault)
    }

    /// A key is any text to S3; here it must not lead out of the folder.
    fn path(&self, bucket: &str, key: &str) -> Result<PathBuf, StoreError> {
        let relative = Path::new(bucket).join(key);
        let stays = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if bucket.is_empty() || key.is_empty() || !stays {
            return Err(StoreError::BadName);
        }
        Ok(self.root.join(relative))
    }
}

/// What changes when the file does.
fn tag(file: &File) -> io::Result<String> {
    let metadata = file.metadata()?;
    let modified_ns = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    Ok(format!("{}-{modified_ns}", metadata.len()))
}

/// Appends the next bytes to `out` and returns how many; 0 at the end.
pub(crate) fn next(file: &File, out: &mut Vec<u8>) -> Result<usize, StoreError> {
    file.take(CHUNK_BYTES).read_to_end(out).map_err(fault)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn fault(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => StoreError::Missing,
        ErrorKind::PermissionDenied => StoreError::Denied,
        kind => StoreError::Failed(kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        fs::write(root.path().join("secret"), "x").unwrap();
        let folder = Folder::new(root.path().join("b"));
        for (bucket, key) in
            [("..", "secret"), ("b", "../../secret"), ("b", "/etc/passwd"), ("", "secret"), ("b", "")]
        {
            let opened = folder.open(bucket, key, 0, None).map(|_| ());
            assert_eq!(opened, Err(StoreError::BadName), "{bucket} {key}");
        }
    }

    #[tokio::test]
    async fn an_object_that_changed_is_another_one() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().into());
        assert_eq!(folder.open("b", "k", 0, None).map(|_| ()), Err(StoreError::Missing));
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), "one").unwrap();
        folder.put("b", "k", file.path()).unwrap();
        let etag = folder.open("b", "k", 0, None).unwrap().etag;
        let mut rest = Vec::new();
        let mut body = folder.open("b", "k", 1, Some(&etag)).unwrap().body;
        assert_eq!(body.next(&mut rest).await, Ok(2));
        assert_eq!(rest, b"ne");
        fs::write(file.path(), "three").unwrap();
        folder.put("b", "k", file.path()).unwrap();
        assert_eq!(folder.open("b", "k", 1, Some(&etag)).map(|_| ()), Err(StoreError::Changed));
    }
}
