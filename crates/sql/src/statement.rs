//! SQL in the form that every backend accepts: statements with `$1`, `$2`… and parameters that are all text.

use std::fmt;

/// How many rows of a table of values stand in one statement. Few sizes, so that each is prepared once and kept; SQLite takes 32,766
/// parameters.
const ROWS_AT_ONCE: [usize; 3] = [64, 8, 1];

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
    /// None: SQL's null.
    Null,
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

    /// Statements that write a table of values, each many of its rows: `before`, the values in brackets, and `after`. The columns
    /// are `column1`, `column2` and so on. For SQLite, which reads JSON slowly: it takes a third of the time of one JSON parameter.
    ///
    /// ```
    /// use switchboard_sql::statement::{Parameter, Statement};
    /// let rows = (0..70).map(|n| vec![Parameter::Text(n.to_string()), Parameter::Null]);
    /// let statements = Statement::write_rows("INSERT INTO t SELECT * FROM", "AS row", rows);
    /// assert_eq!(statements.len(), 7, "one of 64 rows, and six of one");
    /// ```
    pub fn write_rows(
        before: &str,
        after: &str,
        rows: impl IntoIterator<Item = Vec<Parameter>>,
    ) -> Vec<Self> {
        let rows: Vec<_> = rows.into_iter().collect();
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        let mut statements = Vec::new();
        while left > 0 {
            let taken = ROWS_AT_ONCE.into_iter().find(|size| *size <= left).unwrap_or(1);
            left -= taken;
            let of_statement: Vec<_> = rows.by_ref().take(taken).collect();
            let columns = of_statement.first().map_or(0, Vec::len);
            let row = format!("({})", vec!["?"; columns].join(","));
            let sql = format!("{before} (VALUES {}) {after}", vec![row; taken].join(","));
            let parameters = of_statement.into_iter().flatten().collect();
            statements.push(Self { sql, parameters, returns_rows: false });
        }
        statements
    }
}

impl Parameter {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Json(text) => Some(text),
            Self::Null => None,
        }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({} bytes)", self.as_str().unwrap_or_default().len())
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
