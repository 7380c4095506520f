//! SQL text for both dialects: macros in upper case that each dialect expands in its own way.

/// The SQL dialect of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL, over a connection or the Data API.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// A macro: its name in SQL text, and its expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macro {
    /// The name.
    pub name: &'static str,
    /// PostgreSQL's text.
    pub postgres: &'static str,
    /// SQLite's text.
    pub sqlite: &'static str,
}

impl Macro {
    /// A macro of this name.
    pub const fn new(name: &'static str, postgres: &'static str, sqlite: &'static str) -> Self {
        Self { name, postgres, sqlite }
    }
}

/// The macros of all SQL text. `IN_UTC(…)` converts between a timestamp and a time without a zone; `LOCAL_DATE` and
/// `LOCAL_TIMESTAMP` are in a local time zone; `FILLFACTOR_HALF` leaves room for updates in each page of a table.
pub const MACROS: [Macro; 7] = [
    Macro::new("NUMBER", "numeric", "REAL"),
    Macro::new("TIMESTAMP_UTC", "timestamptz", "TEXT"),
    Macro::new("FILLFACTOR_HALF", "WITH (fillfactor = 50)", ""),
    Macro::new("OBJECT(", "json_build_object(", "json_object("),
    Macro::new("IN_UTC(", "timezone('UTC', ", "("),
    Macro::new("LOCAL_DATE", "date", "TEXT"),
    Macro::new("LOCAL_TIMESTAMP", "timestamp", "TEXT"),
];

impl Dialect {
    /// Expands [`MACROS`] in SQL text.
    pub fn expand(self, sql: &str) -> String {
        self.expand_with(&[], sql)
    }

    /// Expands other macros first, and then [`MACROS`], also in what those were expanded to.
    pub fn expand_with(self, macros: &[Macro], sql: &str) -> String {
        macros.iter().chain(&MACROS).fold(sql.to_owned(), |sql, one| replace(&sql, one.name, self.of(one)))
    }

    /// The database's own clock, as a `TIMESTAMP_UTC`: those of its clients differ.
    pub fn now(self) -> &'static str {
        match self {
            Self::Postgres => "now()",
            Self::Sqlite => "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
        }
    }

    /// The same, so many seconds later as a parameter of text says: `$2`.
    pub fn seconds_from_now(self, parameter: &str) -> String {
        match self {
            Self::Postgres => format!("now() + make_interval(secs => CAST({parameter} AS double precision))"),
            Self::Sqlite => {
                format!("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || {parameter} || ' seconds')")
            }
        }
    }

    fn of(self, one: &Macro) -> &'static str {
        match self {
            Self::Postgres => one.postgres,
            Self::Sqlite => one.sqlite,
        }
    }
}

/// The text with another one in place of each name that is a whole word: `NUMBER` is none of `ROW_NUMBER`.
fn replace(sql: &str, name: &str, with: &str) -> String {
    let is_in_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut replaced = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(name) {
        replaced.push_str(before);
        let goes_on = name.ends_with(is_in_word) && after.starts_with(is_in_word);
        let is_word = !replaced.ends_with(is_in_word) && !goes_on;
        replaced.push_str(if is_word { with } else { name });
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_expands_the_macros() {
        let sql = "SELECT IN_UTC(a), CAST(b AS NUMBER) FROM ROWS";
        let rows = [Macro::new("ROWS", "many", "few WHERE c = CAST($1 AS TIMESTAMP_UTC)")];
        let postgres = Dialect::Postgres.expand_with(&rows, sql);
        assert_eq!(postgres, "SELECT timezone('UTC', a), CAST(b AS numeric) FROM many");
        let sqlite = Dialect::Sqlite.expand_with(&rows, sql);
        assert_eq!(sqlite, "SELECT (a), CAST(b AS REAL) FROM few WHERE c = CAST($1 AS TEXT)");
        assert_eq!(Dialect::Sqlite.expand("LOCAL_TIMESTAMP"), "TEXT");
        let words = "ROW_NUMBER() NUMBERS NUMBER, JSON_OBJECT(a) OBJECT(NUMBER)";
        assert_eq!(
            Dialect::Postgres.expand(words),
            "ROW_NUMBER() NUMBERS numeric, JSON_OBJECT(a) json_build_object(numeric)"
        );
    }
}
