//! A file on its way onto the server.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use ssh2::{ErrorCode, OpenFlags, OpenType};

use super::name::FileName;
use super::part::Part;
use super::{Session, SftpError};

/// What may be under way without the server's answer: libssh2 sends all of it as packets of 30 000 bytes
/// before it waits. So the speed on a long line is at most this per round trip: 20 MB to an OpenSSH server
/// behind 50 ms took 4.4 s with 256 KiB and 1.4 s with 1 MiB.
const BUFFER_BYTES: usize = 1024 * 1024;
/// The longest wait for the answer to the first call. A kept session may have died in silence, as when a
/// firewall forgot it while the process was frozen, and that has to leave time for a new one.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// Time to remove the temporary file after a failure, past the caller's deadline if need be.
const CLEAN_UP: Duration = Duration::from_secs(2);

/// The answers of a server that has no `fsync@openssh.com`: `SSH_FX_OP_UNSUPPORTED`, or
/// `SSH_FX_PERMISSION_DENIED` from an OpenSSH that is told to refuse it (`sftp-server -P`). Flushing an open
/// file takes no permission, so that is never about the file.
const NOT_OFFERED: [ErrorCode; 2] = [ErrorCode::SFTP(8), ErrorCode::SFTP(3)];

/// A file that is being written under its temporary name. [`commit`](Upload::commit) gives it its
/// name; dropped before, the temporary file is removed if the connection still lives.
#[derive(Debug)]
pub struct Upload<'s> {
    session: &'s mut Session,
    file: RemoteFile,
    part: String,
    target: String,
    /// Written and not yet acknowledged. Its head may be under way, and stays until it is answered.
    buffer: Vec<u8>,
    acknowledged_bytes: u64,
    deadline: Instant,
    failure: Option<SftpError>,
}

impl<'s> Upload<'s> {
    pub(super) fn open(
        session: &'s mut Session,
        name: FileName<'_>,
        deadline: Instant,
    ) -> Result<Self, SftpError> {
        const DOING: &str = "creating the temporary file";
        let (part, target) = (session.path_of(&name.part()), session.path_of(name.as_str()));
        let create = |flags| {
            let path = Path::new(&part);
            move |sftp: &ssh2::Sftp| sftp.open_mode(path, OpenFlags::WRITE | flags, 0o644, OpenType::File)
        };
        let first_deadline = deadline.min(Instant::now() + FIRST_ANSWER);
        let file = match session.call(DOING, first_deadline, create(OpenFlags::EXCLUSIVE)) {
            // A left-over is removed rather than truncated: the server may still hold it open for a
            // connection that broke, and write to it what was under way.
            Err(SftpError::Refused { .. }) => {
                session.remove(Path::new(&part), DOING, deadline)?;
                session.call(DOING, deadline, create(OpenFlags::TRUNCATE))?
            }
            opened => opened?,
        };
        Ok(Self {
            session,
            file: RemoteFile(Some(file)),
            part,
            target,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            acknowledged_bytes: 0,
            deadline,
            failure: None,
        })
    }

    /// Sends what is buffered, has it flushed to disk where the server can (`fsync@openssh.com`), checks
    /// the size and renames the file. Returns its size in bytes.
    ///
    /// `ssh2` does not offer `posix-rename@openssh.com`, and OpenSSH's plain rename refuses to replace a
    /// file. Where the name exists, as it does at a redelivery, the old file is therefore removed first:
    /// for one round trip there is no file of this name, and if the connection ends in that moment, not
    /// before the next attempt. A first delivery has no such gap.
    ///
    /// # Errors
    /// What failed in writing before, even if the writer passed over it. Otherwise as at
    /// [`Session::begin`]; [`SftpError::Refused`] also where the server's size differs from what was sent.
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
        self.file.finish(self.session, self.deadline)?;
        self.check_size()?;
        self.rename()?;
        self.part.clear();
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

    fn check_size(&mut self) -> Result<(), SftpError> {
        const DOING: &str = "checking the size";
        let part = &self.part;
        let stat = self.session.call(DOING, self.deadline, |sftp| sftp.stat(Path::new(part)))?;
        match stat.size {
            Some(size) if size != self.acknowledged_bytes => {
                let why = format!("{} bytes were sent, the server has {size}", self.acknowledged_bytes);
                Err(self.session.refused(DOING, why))
            }
            _ => Ok(()),
        }
    }

    fn rename(&mut self) -> Result<(), SftpError> {
        const DOING: &str = "renaming the file";
        let (part, target) = (Path::new(&self.part), Path::new(&self.target));
        let rename = |sftp: &ssh2::Sftp| sftp.rename(part, target, None);
        let Err(refused) = self.session.call(DOING, self.deadline, rename) else { return Ok(()) };
        if !matches!(refused, SftpError::Refused { .. }) {
            return Err(refused);
        }
        let removed = self.session.remove(target, DOING, self.deadline)?;
        if removed { self.session.call(DOING, self.deadline, rename) } else { Err(refused) }
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
        if self.part.is_empty() || self.session.is_broken() {
            return;
        }
        let deadline = Instant::now() + CLEAN_UP;
        let open = &mut self.file.0;
        // The failure that led here is what is reported; a left-over is replaced by the next attempt.
        drop(self.session.call(DOING, deadline, |_| open.take().map_or(Ok(()), |mut file| file.close())));
        drop(self.session.remove(Path::new(&self.part), DOING, deadline));
    }
}

/// The open handle, until it is closed.
struct RemoteFile(Option<ssh2::File>);

impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RemoteFile").field(&self.0.is_some()).finish()
    }
}

impl RemoteFile {
    /// Flushes to disk where the server can, and closes; some servers report a full disk only here.
    fn finish(&mut self, session: &mut Session, deadline: Instant) -> Result<(), SftpError> {
        let Some(mut file) = self.0.take() else { return Ok(()) };
        session.call("flushing the file to disk", deadline, |_| match file.fsync() {
            Err(error) if NOT_OFFERED.contains(&error.code()) => Ok(()),
            flushed => flushed,
        })?;
        session.call("closing the file", deadline, |_| file.close())
    }
}
