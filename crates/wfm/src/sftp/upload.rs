//! A file on its way onto the server.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ssh2::{OpenFlags, OpenType};

use super::name::FileName;
use super::part::Part;
use super::{Session, SftpError};

mod rename;

/// What may be under way without the server's answer: libssh2 sends all of it as packets of 30 000 bytes
/// before it waits. So the speed on a long line is at most this per round trip: 20 MB to an OpenSSH server
/// behind 50 ms took 4.4 s with 256 KiB and 1.4 s with 1 MiB.
const BUFFER_BYTES: usize = 1024 * 1024;
/// The longest wait for the answer to the first call. A kept session may have died in silence, as when a
/// firewall forgot it while the process was frozen, and that has to leave time for a new one.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// Time to remove the temporary file after a failure, past the caller's deadline if need be.
const CLEAN_UP: Duration = Duration::from_secs(2);
const FLUSHING: &str = "flushing the file to disk";
/// What to do where the server does not take the usual way.
const DIRECT: &str = r#"a server that takes no hidden names, or renames nothing, needs "delivery": "direct" in the SFTP secret"#;

/// What was learnt about a server, for all deliveries to it.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// Files have their own name from the beginning: the secret says so, or the server takes files away as soon as
    /// they are closed.
    direct: AtomicBool,
    /// The server ends the connection where it is asked to flush.
    no_flush: AtomicBool,
    /// Temporary files of ours that could not be removed, because their connection ended.
    left_over: Mutex<Vec<String>>,
}

impl Habits {
    pub(super) fn new(direct: bool) -> Self {
        Self { direct: AtomicBool::new(direct), ..Self::default() }
    }

    /// Learns from a failure, before the next attempt.
    pub(super) fn learn(&self, error: &SftpError) {
        match error {
            SftpError::TakenAway => self.direct.store(true, Ordering::Relaxed),
            SftpError::Broken { doing: FLUSHING, .. } => self.no_flush.store(true, Ordering::Relaxed),
            _ => {}
        }
    }

    fn leave(&self, path: String) {
        self.left_over.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    fn take_left_over(&self) -> Vec<String> {
        std::mem::take(&mut *self.left_over.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file that is being written, under a temporary name of this attempt alone unless the account delivers directly.
/// [`commit`](Upload::commit) gives it its name; dropped before, the temporary file is removed if the connection still
/// lives. A direct file is left as far as it was written, for the next attempt to write it whole.
#[derive(Debug)]
pub struct Upload<'s> {
    session: &'s mut Session,
    habits: Arc<Habits>,
    file: RemoteFile,
    /// What is written to. Empty once there is nothing to remove.
    part: String,
    target: String,
    /// Where the file goes that is replaced.
    old: String,
    direct: bool,
    /// Written and not yet acknowledged. Its head may be under way, and stays until it is answered.
    buffer: Vec<u8>,
    acknowledged_bytes: u64,
    deadline: Instant,
    failure: Option<SftpError>,
}

impl<'s> Upload<'s> {
    /// Starts a delivery on this session: opens its temporary file, empty. What is written reaches the final name with
    /// [`commit`](Self::commit); dropped before, the temporary file is removed.
    ///
    /// # Errors
    /// [`SftpError::BadName`]; [`SftpError::Refused`] if the server does not let the file be created;
    /// [`SftpError::Broken`], [`SftpError::Deadline`].
    pub fn start(session: &'s mut Session, name: &str, deadline: Instant) -> Result<Self, SftpError> {
        Self::open(session, FileName::parse(name)?, Arc::default(), deadline)
    }

    pub(super) fn open(
        session: &'s mut Session,
        name: FileName<'_>,
        habits: Arc<Habits>,
        deadline: Instant,
    ) -> Result<Self, SftpError> {
        const DOING: &str = "creating the file";
        let direct = habits.direct.load(Ordering::Relaxed);
        let (target, old) = (session.path_of(name.as_str()), session.path_of(&name.old()));
        let part = if direct { target.clone() } else { session.path_of(&name.part()) };
        let create = |flags| {
            let path = Path::new(&part);
            move |sftp: &ssh2::Sftp| sftp.open_mode(path, OpenFlags::WRITE | flags, 0o644, OpenType::File)
        };
        let first = if direct { OpenFlags::TRUNCATE } else { OpenFlags::EXCLUSIVE };
        let mut opened = session.ask(DOING, deadline.min(Instant::now() + FIRST_ANSWER), create(first))?;
        if opened.is_err() && !direct {
            // Some know no EXCLUSIVE. The name is of this attempt alone in any case.
            opened = session.ask(DOING, deadline, create(OpenFlags::TRUNCATE))?;
        }
        let file = opened.map_err(|refusal| {
            let hint = if direct || refusal.is_missing() { String::new() } else { format!("; {DIRECT}") };
            session.refused(DOING, format!("{}{hint}", refusal.why))
        })?;
        Ok(Self {
            session,
            habits,
            file: RemoteFile(Some(file)),
            part,
            target,
            old,
            direct,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            acknowledged_bytes: 0,
            deadline,
            failure: None,
        })
    }

    /// Sends what is buffered, has it flushed to disk where the server can (`fsync@openssh.com`), checks
    /// the size where the server tells it, and renames the file. Returns its size in bytes.
    ///
    /// `ssh2` does not offer `posix-rename@openssh.com`, and OpenSSH's plain rename refuses to replace a
    /// file. Where the name exists, as it does at a redelivery, the old file is therefore moved to a hidden name
    /// first, and removed at the end: for one round trip there is no file of this name, and if the connection
    /// ends in that moment, not before the next attempt. A first delivery has no such gap.
    ///
    /// # Errors
    /// What failed in writing before, even if the writer passed over it. Otherwise as at
    /// [`Upload::start`]; [`SftpError::Refused`] also where the server's size differs from what was sent;
    /// [`SftpError::TakenAway`] where the server has no such file after it was closed.
    pub fn commit(mut self) -> Result<u64, SftpError> {
        self.settle()?;
        Ok(self.acknowledged_bytes)
    }

    fn settle(&mut self) -> Result<(), SftpError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while !self.buffer.is_empty() {
            self.send()?;
        }
        self.finish()?;
        let there = self.check_size()?;
        if self.direct {
            // What a drop box took away has arrived.
            self.part.clear();
        } else if there {
            self.rename()?;
        } else {
            self.part.clear();
            return Err(SftpError::TakenAway);
        }
        // The file is delivered, whatever becomes of these.
        for path in self.habits.take_left_over() {
            drop(self.session.remove(&path, "cleaning up", self.deadline));
        }
        Ok(())
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
        if !self.habits.no_flush.load(Ordering::Relaxed)
            && let Err(refusal) = self.session.ask(FLUSHING, self.deadline, |_| file.fsync())?
            && refusal.is_of_flush(self.session.is_openssh())
        {
            return Err(self.session.refused(FLUSHING, refusal.why));
        }
        self.session.call("closing the file", self.deadline, |_| file.close())
    }

    /// Compares the size, where the server tells it: some refuse, and some say 0 of every file. False if there is no
    /// such file.
    fn check_size(&mut self) -> Result<bool, SftpError> {
        const DOING: &str = "checking the size";
        let part = &self.part;
        match self.session.ask(DOING, self.deadline, |sftp| sftp.stat(Path::new(part)))? {
            Ok(stat) => match stat.size {
                Some(size @ 1..) if size != self.acknowledged_bytes => {
                    let why = format!("{} bytes were sent, the server has {size}", self.acknowledged_bytes);
                    Err(self.session.refused(DOING, why))
                }
                _ => Ok(true),
            },
            Err(refusal) => Ok(!refusal.is_missing()),
        }
    }
}

impl io::Write for Upload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while self.buffer.len() >= BUFFER_BYTES && self.failure.is_none() {
            self.failure = self.send().err();
        }
        if self.failure.is_some() {
            return Err(io::Error::other("the upload failed"));
        }
        let taken = bytes.len().min(BUFFER_BYTES.saturating_sub(self.buffer.len()));
        self.buffer.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    /// Nothing: the bytes go out in large pieces, and all of them before the file gets its name.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Part for Upload<'_> {
    fn take_failure(&mut self) -> Option<SftpError> {
        self.failure.take()
    }

    fn commit(self) -> Result<u64, SftpError> {
        Upload::commit(self)
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        const DOING: &str = "cleaning up";
        if self.part.is_empty() {
            return;
        }
        let deadline = Instant::now() + CLEAN_UP;
        let open = &mut self.file.0;
        // The failure that led here is what is reported.
        if !self.session.is_broken() {
            drop(self.session.ask(DOING, deadline, |_| open.take().map_or(Ok(()), |mut file| file.close())));
            // A direct file has the name that every delivery of it writes to: it may be another's by now.
            if !self.direct {
                drop(self.session.remove(&self.part, DOING, deadline));
            }
        }
        if self.session.is_broken() && !self.direct {
            self.habits.leave(std::mem::take(&mut self.part));
        }
    }
}

/// The open handle, until it is closed.
struct RemoteFile(Option<ssh2::File>);

impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RemoteFile").field(&self.0.is_some()).finish()
    }
}
