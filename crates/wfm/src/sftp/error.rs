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
    /// and no password. Never retry, and tell a person: it is a changed server or somebody between.
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
    /// The server, or the local disk, said no (permission, missing directory, disk full, a size that
    /// differs): retry later.
    #[error("{doing} was refused in {directory}: {why}")]
    Refused {
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

    /// An error of libssh2 during a step in a directory.
    pub(super) fn from_ssh(error: &ssh2::Error, doing: &'static str, directory: &str) -> Self {
        let why = error.message().to_owned();
        match error.code() {
            // 0: libssh2 could not read the answer. 6, 7: SSH_FX_NO_CONNECTION, SSH_FX_CONNECTION_LOST.
            ErrorCode::SFTP(0 | 6 | 7) | ErrorCode::Session(_) => Self::Broken { doing, why },
            ErrorCode::SFTP(_) => Self::Refused { doing, directory: directory.to_owned(), why },
        }
    }
}
