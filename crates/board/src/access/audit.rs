//! The audit log: who looked at which contact, and when; never what was seen.

use std::{fmt, fs::File, io::Write, path::Path, pin::Pin, sync::Mutex};

use jiff::Timestamp;
use serde::Serialize;

/// A look at a customer's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRecord<'a> {
    /// When, by the server's own clock.
    pub at: Timestamp,
    /// Who.
    pub viewer: &'a str,
    /// Through what.
    pub look_at: LookAt,
    /// Which contacts, by their ids.
    pub contacts: Vec<&'a str>,
}

/// Through what somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookAt {
    /// One contact.
    Contact,
    /// The journey of a contact's chain.
    Journey,
    /// The contacts of one customer.
    Customer,
}

/// Why a look could not be written down. Nothing is shown then.
#[derive(Debug, thiserror::Error)]
#[error("the audit log can't be written")]
pub struct AuditError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where the records of an audit log go.
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Keeps a record, a line of JSON. It is kept for good once this has returned.
    fn keep(&self, line: String) -> Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + '_>>;
}

/// An audit log, or none.
#[derive(Debug, Default)]
pub struct AuditLog(Option<Box<dyn AuditSink>>);

impl AuditLog {
    /// None: for a board that one person has on the own machine.
    pub fn none() -> Self {
        Self::default()
    }

    /// A log whose records go there.
    pub fn new(sink: impl AuditSink + 'static) -> Self {
        Self(Some(Box::new(sink)))
    }

    /// A file that lines are added to.
    ///
    /// # Errors
    /// If it can't be opened.
    pub fn file(path: &Path) -> std::io::Result<Self> {
        let file = File::options().append(true).create(true).open(path)?;
        Ok(Self::new(AuditFile(Mutex::new(file))))
    }

    /// Keeps a record.
    ///
    /// # Errors
    /// If it is not kept for sure.
    pub(super) async fn keep(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        let Some(sink) = &self.0 else { return Ok(()) };
        let mut line = serde_json::to_string(record).map_err(|error| AuditError(error.into()))?;
        line.push('\n');
        sink.keep(line).await
    }
}

#[derive(Debug)]
struct AuditFile(Mutex<File>);

impl AuditSink for AuditFile {
    fn keep(&self, line: String) -> Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + '_>> {
        let write = || {
            let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            file.write_all(line.as_bytes())?;
            file.sync_data()
        };
        Box::pin(std::future::ready(write().map_err(|error| AuditError(error.into()))))
    }
}
