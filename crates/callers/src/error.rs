//! Why a directory can't be used.

use std::{io, path::PathBuf};

use crate::{api_key::ApiKeyError, selector::SelectorError};

/// What is wrong with a line of a CSV directory. No message repeats what the line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvProblem {
    /// No such column in the first line.
    #[error("there is no column {0}")]
    NoColumn(&'static str),
    /// `Phone` is neither empty nor a number.
    #[error("Phone is not a phone number: an optional '+' and 3 to 15 digits")]
    Phone,
    /// `Name` is no name.
    #[error("Name has a control character or more than 256 characters, or begins with '<'")]
    Name,
    /// Not text.
    #[error("not UTF-8")]
    NotUtf8,
}

/// Why a directory can't be used. No message holds a number, a name or a secret.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Numbers can't be sent to this address.
    #[error(transparent)]
    Address(#[from] SelectorError),
    /// The API key makes no header.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    /// There is no client for it.
    #[error(transparent)]
    Client(#[from] switchboard_https::ClientError),
    /// The file can't be read.
    #[error("{path} can't be read", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no directory of callers.
    #[error("{path}, line {line}: {problem}", path = path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The line, the first one being 1.
        line: usize,
        /// What is wrong with it.
        problem: CsvProblem,
    },
}
