//! Why a database could not be read or written.

/// Why something could not be saved or read. No variant holds data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// The deadline came first. What was under way may have been saved or not; it can be repeated.
    #[error("not done before the deadline")]
    Deadline,
    /// Unreachable, starting, locked or overloaded: it can be repeated later.
    #[error("the database is unavailable ({0})")]
    Unavailable(String),
    /// The tables are not there: somebody must [migrate](crate::database::Database::migrate) them.
    #[error(
        "the tables are missing: invoke metrics-migrate with {{\"poll\":\"migrate\"}} first, or for record tables invoke \
         record-tables-migrate with {{}} or run `switchboard tables load`"
    )]
    NotMigrated,
    /// The database rejects the login. It may accept it after a moment, as its secret changes.
    #[error("the database rejects the login ({0})")]
    Login(String),
    /// The database rejects the request, and will do so until somebody changes the set-up: access denied, a certificate that is not
    /// trusted, tables of a newer program.
    #[error("the database rejects the request ({0})")]
    Rejected(String),
    /// The database refuses what was to be stored, for what it says: too large, out of range, against a constraint. A row alone
    /// may be the cause.
    #[error("the database refuses a value ({0})")]
    Value(String),
    /// What is stored is not what this program stores.
    #[error("what is stored is not understood")]
    NotUnderstood,
}

impl SqlError {
    /// The error of a PostgreSQL error code.
    pub(crate) fn of_sqlstate(state: &str) -> Self {
        let is_code = state.len() == 5 && state.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let code = format!("SQLSTATE {}", if is_code { state } else { "unknown" });
        match state {
            // A table or a column that is not there.
            "42P01" | "42703" => Self::NotMigrated,
            // Serialization, deadlock, a lock, the time of a statement; a server that has just become a reader.
            "40001" | "40P01" | "55P03" | "57014" | "25006" => Self::Unavailable(code),
            // A password that has just been changed.
            "28P01" | "28000" => Self::Login(code),
            // Connections, resources, a server that starts or stops.
            _ if ["08", "53", "57P", "58"].iter().any(|class| state.starts_with(class)) => {
                Self::Unavailable(code)
            }
            // Data exceptions, constraints, limits of the server.
            _ if ["22", "23", "54"].iter().any(|class| state.starts_with(class)) => Self::Value(code),
            _ => Self::Rejected(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlstate_maps_to_an_error() {
        assert_eq!(SqlError::of_sqlstate("42P01"), SqlError::NotMigrated);
        assert_eq!(SqlError::of_sqlstate("57P03"), SqlError::Unavailable("SQLSTATE 57P03".into()));
        assert_eq!(SqlError::of_sqlstate("28P01"), SqlError::Login("SQLSTATE 28P01".into()));
        for state in ["08006", "25006", "40001", "40P01", "53300", "55P03", "57014", "58030"] {
            assert!(matches!(SqlError::of_sqlstate(state), SqlError::Unavailable(_)), "{state}");
        }
        for state in ["42501", "25001", ""] {
            assert!(matches!(SqlError::of_sqlstate(state), SqlError::Rejected(_)), "{state}");
        }
        for state in ["22012", "22P05", "23505", "54000"] {
            assert!(matches!(SqlError::of_sqlstate(state), SqlError::Value(_)), "{state}");
        }
        assert_eq!(SqlError::of_sqlstate("Ada!!"), SqlError::Rejected("SQLSTATE unknown".into()));
    }
}
