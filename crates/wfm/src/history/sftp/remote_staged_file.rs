//! A staged file on an SFTP server.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ssh2::{OpenFlags, OpenType};

use super::{Session, SftpError, name::FileName, staged_file::StagedFile};

mod rename;

/// What may be sent without the server's answer: libssh2 sends all of it as packets of 30 000 bytes
/// before it waits. So the speed on a long line is at most this per round trip: 20 MB to an OpenSSH server
/// behind 50 ms took 4.4 s with 256 KiB and 1.4 s with 1 MiB.
const BUFFER_BYTES: usize = 1024 * 1024;
/// The longest wait for the answer to the first call. An idle session may have died without a sign, as when a
/// firewall dropped it while the process was frozen, and a new one needs time, too.
const FIRST_CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// Time to remove the temporary file after a failure, past the caller's deadline if need be.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(2);
const FLUSHING: &str = "flushing the file to disk";
/// The hint for a server that rejects hidden names or renames.
const DIRECT: &str = r#"a server that takes no hidden names, or renames nothing, needs "delivery": "direct" in the SFTP secret"#;

/// What a server can't do, for all uploads to it.
#[derive(Debug, Default)]
pub(super) struct ServerQuirks {
    /// Files have their own name from the beginning: the secret says so, or the server removes files as soon as
    /// they are closed.
    direct: AtomicBool,
    /// The server ends the connection where it is asked to flush.
    no_flush: AtomicBool,
    /// Temporary files of ours that could not be removed, because their connection ended.
    orphans: Mutex<Vec<String>>,
}

impl ServerQuirks {
    pub(super) fn new(direct: bool) -> Self {
        Self { direct: AtomicBool::new(direct), ..Self::default() }
    }

    /// Learns from a failure, before the next attempt.
    pub(super) fn learn(&self, error: &SftpError) {
        match error {
            SftpError::RemovedOnClose => self.direct.store(true, Ordering::Relaxed),
            SftpError::Broken { doing: FLUSHING, .. } => self.no_flush.store(true, Ordering::Relaxed),
            _ => {}
        }
    }

    fn add_orphan(&self, path: String) {
        self.orphans.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    fn take_orphans(&self) -> Vec<String> {
        std::mem::take(&mut *self.orphans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file that is being written, under a temporary name of this attempt alone unless the account delivers directly.
/// [`commit`](RemoteStagedFile::commit) gives it its name; dropped before, the temporary file is removed if the connection still
/// lives. A direct file is left as far as it was written, for the next attempt to write it whole.
#[derive(Debug)]
pub struct RemoteStagedFile<'s> {
    session: &'s mut Session,
    quirks: Arc<ServerQuirks>,
    file: RemoteHandle,
    /// The path that is written to. Empty once there is nothing to remove.
    staged: String,
    target: String,
    /// The path of the file that is replaced, until it is removed.
    replaced: String,
    direct: bool,
    /// Written and not yet acknowledged. Its head may be under way, and stays until it is answered.
    buffer: Vec<u8>,
    acknowledged_bytes: u64,
    deadline: Instant,
    failure: Option<SftpError>,
}

impl<'s> RemoteStagedFile<'s> {
    /// Creates the temporary file on this session. What is written reaches the final name with
    /// [`commit`](Self::commit); dropped before, the temporary file is removed.
    ///
    /// # Errors
    /// [`SftpError::BadName`]; [`SftpError::Rejected`] if the server does not let the file be created;
    /// [`SftpError::Broken`], [`SftpError::Deadline`].
    pub fn start(session: &'s mut Session, name: &str, deadline: Instant) -> Result<Self, SftpError> {
        Self::open(session, FileName::parse(name)?, Arc::default(), deadline)
    }

    pub(super) fn open(
        session: &'s mut Session,
        name: FileName<'_>,
        quirks: Arc<ServerQuirks>,
        deadline: Instant,
    ) -> Result<Self, SftpError> {
        const DOING: &str = "creating the file";
        let direct = quirks.direct.load(Ordering::Relaxed);
        let (target, replaced) = (session.path_of(name.as_str()), session.path_of(&name.replaced()));
        let staged = if direct { target.clone() } else { session.path_of(&name.staged()) };
        let create = |flags| {
            let path = Path::new(&staged);
            move |sftp: &ssh2::Sftp| sftp.open_mode(path, OpenFlags::WRITE | flags, 0o644, OpenType::File)
        };
        let first = if direct { OpenFlags::TRUNCATE } else { OpenFlags::EXCLUSIVE };
        let mut opened =
            session.request(DOING, deadline.min(Instant::now() + FIRST_CALL_TIMEOUT), create(first))?;
        if opened.is_err() && !direct {
            // Some know no EXCLUSIVE. The name is of this attempt alone in any case.
            opened = session.request(DOING, deadline, create(OpenFlags::TRUNCATE))?;
        }
        let file = opened.map_err(|status| {
            let hint = if direct || status.is_missing() { String::new() } else { format!("; {DIRECT}") };
            session.rejected(DOING, format!("{}{hint}", status.why))
        })?;
        Ok(Self {
            session,
            quirks,
            file: RemoteHandle(Some(file)),
            staged,
            target,
            replaced,
            direct,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            acknowledged_bytes: 0,
            deadline,
            failure: None,
        })
    }

    /// Sends what is buffered, has it flushed to disk where the server can (`fsync@openssh.com`), checks
    /// the size where the server returns it, and renames the file. Returns its size in bytes.
    ///
    /// `ssh2` does not offer `posix-rename@openssh.com`, and OpenSSH's plain rename replaces no
    /// file. Where the name exists, as it does at a redelivery, the old file is therefore moved to a hidden name
    /// first, and removed at the end: for one round trip there is no file of this name, and if the connection
    /// ends in that moment, not before the next attempt. A first delivery has no such gap.
    ///
    /// # Errors
    /// What failed in writing before, even if the writer passed over it. Otherwise as at
    /// [`RemoteStagedFile::start`]; [`SftpError::Rejected`] also where the server's size differs from what was sent;
    /// [`SftpError::RemovedOnClose`] where the server has no such file after it was closed.
    pub fn commit(mut self) -> Result<u64, SftpError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while !self.buffer.is_empty() {
            self.send()?;
        }
        self.finish()?;
        let exists = self.check_size()?;
        if self.direct {
            // What a drop box removed has arrived.
            self.staged.clear();
        } else if exists {
            self.rename()?;
        } else {
            self.staged.clear();
            return Err(SftpError::RemovedOnClose);
        }
        // The file is delivered, whatever becomes of these.
        for path in self.quirks.take_orphans() {
            drop(self.session.remove(&path, "cleaning up", self.deadline));
        }
        Ok(self.acknowledged_bytes)
    }

    /// One round of sending: everything goes out, and what the server has acknowledged leaves the buffer.
    /// That may be nothing yet, where the line took a part of a packet; the next call continues there, and
    /// the deadline bounds how often.
    fn send(&mut self) -> Result<(), SftpError> {
        let Some(file) = &mut self.file.0 else { return Ok(()) };
        let count = self.session.write(self.deadline, file, &self.buffer)?.min(self.buffer.len());
        self.buffer.drain(..count);
        self.acknowledged_bytes =
            self.acknowledged_bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Flushes to disk where the server can, and closes; some servers report a full disk only here.
    fn finish(&mut self) -> Result<(), SftpError> {
        let Some(mut file) = self.file.0.take() else { return Ok(()) };
        if !self.quirks.no_flush.load(Ordering::Relaxed)
            && let Err(status) = self.session.request(FLUSHING, self.deadline, |_| file.fsync())?
            && status.is_flush_failure(self.session.is_openssh())
        {
            return Err(self.session.rejected(FLUSHING, status.why));
        }
        self.session.call("closing the file", self.deadline, |_| file.close())
    }

    /// Compares the size, where the server returns it: some return an error, and some 0 for every file. False if there is
    /// no such file.
    fn check_size(&mut self) -> Result<bool, SftpError> {
        const DOING: &str = "checking the size";
        let staged = &self.staged;
        match self.session.request(DOING, self.deadline, |sftp| sftp.stat(Path::new(staged)))? {
            Ok(stat) => match stat.size {
                Some(size @ 1..) if size != self.acknowledged_bytes => {
                    let why = format!("{} bytes were sent, the server has {size}", self.acknowledged_bytes);
                    Err(self.session.rejected(DOING, why))
                }
                _ => Ok(true),
            },
            Err(status) => Ok(!status.is_missing()),
        }
    }
}

impl io::Write for RemoteStagedFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while self.buffer.len() >= BUFFER_BYTES && self.failure.is_none() {
            self.failure = self.send().err();
        }
        if self.failure.is_some() {
            return Err(io::Error::other("the upload failed"));
        }
        let accepted = bytes.len().min(BUFFER_BYTES.saturating_sub(self.buffer.len()));
        self.buffer.extend_from_slice(bytes.get(..accepted).unwrap_or_default());
        Ok(accepted)
    }

    /// Nothing: the bytes go out in large pieces, and all of them before the file gets its name.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StagedFile for RemoteStagedFile<'_> {
    fn take_failure(&mut self) -> Option<SftpError> {
        self.failure.take()
    }

    fn commit(self) -> Result<u64, SftpError> {
        RemoteStagedFile::commit(self)
    }
}

impl Drop for RemoteStagedFile<'_> {
    fn drop(&mut self) {
        const DOING: &str = "cleaning up";
        if self.staged.is_empty() {
            return;
        }
        let deadline = Instant::now() + CLEAN_UP_TIMEOUT;
        let open = &mut self.file.0;
        // The failure that led here is what is reported.
        if !self.session.is_broken() {
            drop(
                self.session
                    .request(DOING, deadline, |_| open.take().map_or(Ok(()), |mut file| file.close())),
            );
            // A direct file has the name that every delivery of it writes to: it may be another's by now.
            if !self.direct {
                drop(self.session.remove(&self.staged, DOING, deadline));
            }
        }
        if self.session.is_broken() && !self.direct {
            self.quirks.add_orphan(std::mem::take(&mut self.staged));
        }
    }
}

/// The open handle, until it is closed.
struct RemoteHandle(Option<ssh2::File>);

impl std::fmt::Debug for RemoteHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RemoteHandle").field(&self.0.is_some()).finish()
    }
}
