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

/// What DynamoDB says of an item that it will never take: too large, say.
const OF_THE_ITEM: [&str; 2] = ["ItemCollectionSizeLimitExceededException", "ValidationException"];

/// What SQLite's refusals begin with.
const SQLITE: &str = "SQLite error ";

impl StoreError {
    /// Whether it is refused for good, and for what is to be kept and not for where: others can be kept, and this never
    /// will be. To try it again holds up whatever comes after it.
    pub fn is_of_the_item(&self) -> bool {
        let Self::Refused(why) = self else { return false };
        // The low byte of a code is the error: 18 is `SQLITE_TOOBIG`.
        let sqlite = why.strip_prefix(SQLITE).and_then(|code| code.parse::<u32>().ok());
        OF_THE_ITEM.contains(&why.as_str()) || sqlite.is_some_and(|code| code & 0xff == 18)
    }
}

/// SQLite's own words may hold what was to be stored; its code does not.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Unavailable("busy".to_owned()),
            sqlx::Error::Database(error) => {
                let code = format!("{SQLITE}{}", error.code().unwrap_or_default());
                if is_busy(error.as_ref()) { Self::Unavailable(code) } else { Self::Refused(code) }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::NotUnderstood,
            sqlx::Error::Io(error) => Self::Unavailable(format!("{:?}", error.kind())),
            _ => Self::Unavailable("SQLite".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_refused_is_told_from_a_place_that_refuses() {
        let refused = |why: &str| StoreError::Refused(why.to_owned());
        for why in ["ValidationException", "ItemCollectionSizeLimitExceededException", "SQLite error 18"] {
            assert!(refused(why).is_of_the_item(), "{why}");
        }
        for why in [
            "AccessDeniedException",
            "ResourceNotFoundException",
            "SQLite error 8",
            "SQLite error 1811",
            "SQLite error 26",
            "SQLite error ",
            "HTTP 400",
        ] {
            assert!(!refused(why).is_of_the_item(), "{why}");
        }
        for other in [
            StoreError::Deadline,
            StoreError::NotUnderstood,
            StoreError::Unavailable("ValidationException".to_owned()),
        ] {
            assert!(!other.is_of_the_item(), "{other}");
        }
    }
}
