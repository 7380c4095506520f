//! The upload of one file, retried.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

#[cfg(feature = "ssh")]
use super::{Account, pool::Pool};
use super::{
    SftpError, local_staged_file::LocalStagedFile, name::FileName, name_locks::NameLocks,
    staged_file::StagedFile,
};

/// Where the files go, ready to use.
#[derive(Debug, Clone)]
pub enum Target {
    /// A server, with the account of the secret.
    #[cfg(feature = "ssh")]
    Sftp(Account),
    /// A local folder.
    Folder(PathBuf),
}

/// A file that is whole at its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its size.
    pub bytes: u64,
}

/// An uploader of files to one target, which keeps its sessions for the next file. Up to four uploads run at
/// once, one per calling thread; further callers wait.
#[derive(Debug)]
pub struct FileUploader {
    backend: Backend,
    locks: NameLocks,
}

#[derive(Debug)]
enum Backend {
    #[cfg(feature = "ssh")]
    Sftp(Box<Pool>),
    Folder(PathBuf),
}

impl FileUploader {
    /// An uploader without a connection yet.
    pub fn new(target: Target) -> Self {
        let backend = match target {
            #[cfg(feature = "ssh")]
            Target::Sftp(account) => Backend::Sftp(Box::new(Pool::new(account))),
            Target::Folder(folder) => Backend::Folder(folder),
        };
        Self { backend, locks: NameLocks::default() }
    }

    /// Allows the next upload to try the account again, after it was rejected. Until then one rejected login, wrong host key
    /// or setting is all that any number of uploads costs: [`SftpError::NotTried`] is what the others end with.
    pub fn retry_account(&self) {
        match &self.backend {
            Backend::Folder(_) => {}
            #[cfg(feature = "ssh")]
            Backend::Sftp(pool) => pool.retry_account(),
        }
    }

    /// Uploads one file: what `write` writes, under `name`. Blocks until it is whole, or the deadline.
    ///
    /// Where a connection cannot be made or breaks, a second attempt follows on a new one if the time
    /// allows; `write` is then called again, from the beginning. The same holds where the server removes a file as
    /// soon as it is closed: the second one, and all after it, have their own name from the beginning.
    ///
    /// Uploads of the same name wait for each other, within this uploader. Of those of two processes one replaces
    /// the other's file; each ends with a whole file of that name.
    ///
    /// # Errors
    /// Each variant of [`SftpError`] says what to do. A file that is visible under the name is whole
    /// whatever the error: it is of an earlier upload or, if the connection broke on the rename, of this
    /// one. [`SftpError::Source`] is the error of `write` itself.
    pub fn upload(
        &self,
        name: &str,
        mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
        deadline: Instant,
    ) -> Result<UploadedFile, SftpError> {
        let file_name = FileName::parse(name)?;
        let _lock = self.locks.acquire(name, deadline)?;
        match &self.backend {
            Backend::Folder(folder) => {
                write_and_commit(LocalStagedFile::open(folder, file_name)?, &mut write)
            }
            #[cfg(feature = "ssh")]
            Backend::Sftp(pool) => upload_over_ssh(pool, file_name, &mut write, deadline),
        }
    }
}

/// Uploads on one of the pool's sessions, and once more on a new one if that one broke.
#[cfg(feature = "ssh")]
fn upload_over_ssh(
    pool: &Pool,
    name: FileName<'_>,
    write: &mut impl FnMut(&mut dyn Write) -> io::Result<()>,
    deadline: Instant,
) -> Result<UploadedFile, SftpError> {
    use backon::{BlockingRetryable, ConstantBuilder};

    /// The pause before the second attempt; the jitter adds up to as much again.
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

    let attempt = || {
        pool.with(deadline, |session| {
            let quirks = std::sync::Arc::clone(&pool.quirks);
            write_and_commit(super::RemoteStagedFile::open(session, name, quirks, deadline)?, &mut *write)
        })
    };
    attempt
        .retry(ConstantBuilder::default().with_delay(PAUSE).with_jitter().with_max_times(1))
        .when(|error| {
            let is_retryable = error.is_connection() || matches!(error, SftpError::RemovedOnClose);
            is_retryable && Instant::now() + 2 * PAUSE < deadline
        })
        .notify(|error, _| {
            pool.quirks.learn(error);
            if error.is_connection() {
                pool.close_idle();
            }
            tracing::warn!(error = %error, event = "sftp_upload_retried", "an SFTP upload broke; retrying");
        })
        .call()
}

fn write_and_commit<F: StagedFile>(
    mut file: F,
    write: &mut impl FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<UploadedFile, SftpError> {
    if let Err(error) = write(&mut file) {
        return Err(file.take_failure().unwrap_or(SftpError::Source(error)));
    }
    file.commit().map(|bytes| UploadedFile { bytes })
}
