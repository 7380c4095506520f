//! Why something could not be kept or read.

/// Why something could not be kept or read. No variant holds what was to be kept, or was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The deadline came first. What was under way may have been kept or not; it can be repeated.
    #[error("not done before the deadline")]
    Deadline,
    /// Throttled, unreachable or locked: it can be repeated later.
    #[error("the store is unavailable ({0})")]
    Unavailable(String),
    /// The store rejects the request, and will do so until somebody changes the set-up: no such table or one with other keys, access
    /// denied, a file that is read-only or something else.
    #[error("the store rejects the request ({0})")]
    Rejected(String),
    /// The store can never take this item, and takes others: it is over DynamoDB's 400 KB, say. To try it again holds up
    /// whatever comes after it.
    #[error("the store can not take this item ({0})")]
    ItemRejected(String),
    /// What is stored is not what this program stores.
    #[error("what is stored is not understood")]
    NotUnderstood,
}

/// SQLite's code for a value that is too large, in the low byte of its extended codes.
const SQLITE_TOOBIG: u32 = 18;

/// SQLite's own words may hold what was to be stored; its code does not.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Unavailable("busy".to_owned()),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                let is_too_big = code.parse::<u32>().is_ok_and(|code| code & 0xff == SQLITE_TOOBIG);
                let why = in_words(&code);
                if is_busy(error.as_ref()) {
                    Self::Unavailable(why)
                } else if is_too_big {
                    Self::ItemRejected(why)
                } else {
                    Self::Rejected(why)
                }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::NotUnderstood,
            sqlx::Error::Io(error) => Self::Unavailable(format!("{:?}", error.kind())),
            _ => Self::Unavailable("SQLite".to_owned()),
        }
    }
}

/// An error's code, after what it means for who opens a file.
fn in_words(code: &str) -> String {
    let words = match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => "another program has locked the file",
        Ok(8) => "the file or its folder may only be read",
        Ok(10) => "the file can't be read or written",
        Ok(11) => "the file is damaged",
        Ok(13) => "the disk is full",
        Ok(14) => "there is no such file or folder, or no right to open it",
        Ok(SQLITE_TOOBIG) => "it is too large",
        Ok(26) => "the file is no SQLite database",
        _ => return format!("SQLite error {code}"),
    };
    format!("{words}: SQLite error {code}")
}

/// The low byte of a code is the error, the rest its kind: 5 is `SQLITE_BUSY`, 6 `SQLITE_LOCKED`.
pub(crate) fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_said_in_words() {
        // A folder that is read-only, as journals are made in it.
        assert_eq!(in_words("1544"), "the file or its folder may only be read: SQLite error 1544");
        assert_eq!(in_words("26"), "the file is no SQLite database: SQLite error 26");
        assert_eq!(in_words("1"), "SQLite error 1");
    }

    #[tokio::test]
    async fn a_value_that_is_too_large_is_told_from_a_file_that_refuses() {
        let failure = async |sql| {
            let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
            StoreError::from(sqlx::query(sql).execute(&pool).await.unwrap_err())
        };
        let too_large = failure("SELECT zeroblob(2000000000)").await;
        assert_eq!(too_large, StoreError::ItemRejected("it is too large: SQLite error 18".to_owned()));
        assert_eq!(failure("SELECT * FROM nowhere").await, StoreError::Rejected("SQLite error 1".to_owned()));
    }
}
