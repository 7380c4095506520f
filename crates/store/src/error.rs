//! Why something could not be kept or read.

use crate::sqlite::is_busy;

/// Why something could not be kept or read. No variant holds what was to be kept, or was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The deadline came first. What was under way may have been kept or not; it can be repeated.
    #[error("not done before the deadline")]
    Deadline,
    /// Throttled, unreachable or locked: it can be repeated later.
    #[error("the store is unavailable ({0})")]
    Unavailable(String),
    /// The store refuses, and will refuse until somebody changes the set-up or the data: no such table, access denied, an
    /// item over DynamoDB's 400 KB, a file that is read-only or something else.
    #[error("the store refuses ({0})")]
    Refused(String),
    /// What is stored is not what this program stores.
    #[error("what is stored is not understood")]
    NotUnderstood,
}

/// SQLite's own words may hold what was to be stored; its code does not.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Unavailable("busy".to_owned()),
            sqlx::Error::Database(error) => {
                let code = format!("SQLite error {}", error.code().unwrap_or_default());
                if is_busy(error.as_ref()) { Self::Unavailable(code) } else { Self::Refused(code) }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::NotUnderstood,
            sqlx::Error::Io(error) => Self::Unavailable(format!("{:?}", error.kind())),
            _ => Self::Unavailable("SQLite".to_owned()),
        }
    }
}
