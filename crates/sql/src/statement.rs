//! SQL in the form that every backend accepts: statements with `$1`, `$2`… and parameters that are all text.

use std::fmt;

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether it results in rows, of one text column each; or else in the number of rows that it wrote.
    pub(crate) returns_rows: bool,
}

/// A parameter of a statement, which casts it to the type it needs: `CAST($2 AS timestamptz)`.
#[derive(Clone)]
pub enum Parameter {
    /// A text.
    Text(String),
    /// JSON.
    Json(String),
}

/// The result of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryResult {
    /// Each row's only column.
    pub rows: Vec<String>,
    /// The number of rows written.
    pub written: u64,
}

impl Statement {
    /// One that results in rows.
    pub fn read(sql: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        Self { sql: sql.into(), parameters, returns_rows: true }
    }

    /// A statement that writes.
    pub fn write(sql: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        // A database rejects parameters that the statement does not use.
        let sql = sql.into();
        let used = (1..=parameters.len()).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or_default();
        let parameters = parameters.into_iter().take(used).collect();
        Self { sql, parameters, returns_rows: false }
    }
}

impl Parameter {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({} bytes)", self.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_after_the_last_that_is_used_are_left_out() {
        let parameters = || ["a", "b", "c"].map(Parameter::text).to_vec();
        let used = |sql| Statement::write(sql, parameters()).parameters.len();
        assert_eq!((used("DELETE"), used("DELETE $2"), used("DELETE $3, $1")), (0, 2, 3));
        assert_eq!(format!("{:?}", Parameter::text("Ada")), "Parameter(3 bytes)");
    }
}
