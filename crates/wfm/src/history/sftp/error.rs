//! Why a file was not delivered.

use std::io;

#[cfg(feature = "ssh")]
use ssh2::ErrorCode;

/// Why a file was not delivered, by what the caller does next.
///
/// No text here holds a secret, a user name, a file name or a file's content.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    /// The selector, the secret or the server's algorithms do not fit: no retry helps, a person has to
    /// change something.
    #[error("{0}")]
    Settings(String),
    /// The server showed another key than the secret's `hostKey`; nothing was sent to it, no user name
    /// and no password. Never retry, and alert a person: it is a changed server or somebody between.
    #[error(
        "the host key of {host} is not the one expected: it shows {shown}, the secret's hostKey is {expected}"
    )]
    HostKey {
        /// The host as the secret names it.
        host: String,
        /// Key type and fingerprint that the server showed. Public.
        shown: String,
        /// What the secret expects. Public.
        expected: String,
    },
    /// The server did not accept the user name with its password or key. Retrying in a loop may lock
    /// the account: stop the batch.
    #[error("{host} does not accept the secret's username with its password or privateKey")]
    Auth {
        /// The host as the secret names it.
        host: String,
    },
    /// The account, the host key or the settings failed another delivery, and this one was not tried with
    /// them: see [`FileUploader::retry_account`](super::FileUploader::retry_account).
    #[error("not tried, because of what failed another delivery: {why}")]
    NotTried {
        /// That other failure.
        why: String,
    },
    /// No connection could be made: retry later.
    #[error("cannot reach {host}:{port}: {why}")]
    Unreachable {
        /// The host as the secret names it.
        host: String,
        /// Its port.
        port: u16,
        /// What the system said.
        why: String,
    },
    /// The connection ended or went silent: retry.
    #[error("the SFTP connection broke on {doing}: {why}")]
    Broken {
        /// The step.
        doing: &'static str,
        /// What libssh2 said.
        why: String,
    },
    /// The caller's deadline passed with work left: retry with more time.
    #[error("the deadline passed before {doing}")]
    Deadline {
        /// The step that was not begun.
        doing: &'static str,
    },
    /// The server removed the temporary file as soon as it was closed, as a drop box does: upload again,
    /// under the file's own name from the beginning.
    #[error("the server removed the temporary file when it was closed")]
    RemovedOnClose,
    /// The server, or the local disk, rejected the step (permission, missing directory, disk full, a size that
    /// differs): retry later.
    #[error("{doing} was rejected in {directory}: {why}")]
    Rejected {
        /// The step.
        doing: &'static str,
        /// The directory of the delivery.
        directory: String,
        /// What it said.
        why: String,
    },
    /// The name is no file name: never retry.
    #[error("not a file name to deliver under: {0}")]
    BadName(&'static str),
    /// What was to be sent could not be read; the server is not at fault.
    #[error("the file's content could not be produced")]
    Source(#[source] io::Error),
}

#[cfg(feature = "ssh")]
impl SftpError {
    /// True where the same call may succeed on a new connection at once.
    pub(super) fn is_connection(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Broken { .. })
    }

    /// True where the account, the host key or the settings are at fault, and the next connection would fail, too.
    pub(super) fn is_account_error(&self) -> bool {
        matches!(self, Self::Auth { .. } | Self::HostKey { .. } | Self::Settings(_))
    }

    /// An error of libssh2 before there is an SFTP channel.
    pub(super) fn from_ssh(error: &ssh2::Error, doing: &'static str) -> Self {
        Self::Broken { doing, why: error.message().to_owned() }
    }
}

/// An error status in a server's answer.
#[cfg(feature = "ssh")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatusError {
    /// The status code, `SSH_FX_…`.
    pub(super) code: i32,
    /// What it means.
    pub(super) why: String,
}

#[cfg(feature = "ssh")]
impl StatusError {
    /// `SSH_FX_NO_SUCH_FILE`.
    const NO_SUCH_FILE: i32 = 2;
    /// `SSH_FX_FAILURE`.
    const FAILURE: i32 = 4;
    /// `SSH_FX_OP_UNSUPPORTED`.
    pub(super) const UNSUPPORTED: i32 = 8;
    /// `SSH_FX_NO_SPACE_ON_FILESYSTEM`.
    const NO_SPACE: i32 = 14;
    /// `SSH_FX_QUOTA_EXCEEDED`.
    const QUOTA: i32 = 15;

    /// The status that an error of libssh2 is; [`None`] if the connection is at fault.
    pub(super) fn of(error: &ssh2::Error) -> Option<Self> {
        match error.code() {
            // 0: libssh2 could not read the answer. 6, 7: SSH_FX_NO_CONNECTION, SSH_FX_CONNECTION_LOST.
            ErrorCode::SFTP(0 | 6 | 7) | ErrorCode::Session(_) => None,
            ErrorCode::SFTP(code) => Some(Self { code, why: error.message().to_owned() }),
        }
    }

    /// True where there is no such file.
    pub(super) fn is_missing(&self) -> bool {
        self.code == Self::NO_SUCH_FILE
    }

    /// True where a failed flush is a fault of the file. Most servers that return an error can't flush, or are configured not
    /// to (`sftp-server -P`), since flushing an open file needs no permission; the status differs from server to server.
    /// OpenSSH can, and returns `SSH_FX_FAILURE` where the disk failed.
    pub(super) fn is_flush_failure(&self, openssh: bool) -> bool {
        match self.code {
            Self::NO_SPACE | Self::QUOTA => true,
            Self::FAILURE => openssh,
            _ => false,
        }
    }
}

#[cfg(all(test, feature = "ssh"))]
mod tests {
    use super::*;

    #[test]
    fn a_failed_flush_is_about_the_file_where_the_disk_is_full() {
        let status = |code| StatusError { code, why: String::new() };
        for code in [14, 15] {
            assert!(status(code).is_flush_failure(true) && status(code).is_flush_failure(false), "{code}");
        }
        for code in [3, 5, 8] {
            assert!(!status(code).is_flush_failure(true) && !status(code).is_flush_failure(false), "{code}");
        }
        assert!(status(4).is_flush_failure(true) && !status(4).is_flush_failure(false));
    }

    #[test]
    fn an_error_status_is_no_broken_connection() {
        let of = |code| StatusError::of(&ssh2::Error::new(code, "why"));
        for code in [0, 6, 7] {
            assert_eq!(of(ErrorCode::SFTP(code)), None, "{code}");
        }
        assert_eq!(of(ErrorCode::Session(-43)), None);
        let missing = of(ErrorCode::SFTP(2)).unwrap();
        assert!(missing.is_missing() && missing.why == "why");
        assert!(!of(ErrorCode::SFTP(4)).unwrap().is_missing());
    }
}
