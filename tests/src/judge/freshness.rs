//! What `data-check` says of the tables, held against whether they were polled.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::report::Report;

/// How many tables polls fill, those of samples among them.
const TABLES: usize = 7;

/// What `data-check` says.
#[derive(Debug)]
pub(super) struct Freshness {
    at: Timestamp,
    status: Value,
    fresh: Value,
    tables: Vec<Value>,
}

/// The request that asks for it.
pub(super) fn request() -> String {
    let request = json!({"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/"}}, "isBase64Encoded": false});
    request.to_string()
}

impl Freshness {
    /// The answer of the function `at` a moment; [`None`] if the tables could not be read.
    pub(super) fn read(answer: &Value, at: Timestamp) -> Option<Self> {
        let body: Value = serde_json::from_str(answer["body"].as_str()?).ok()?;
        let tables = body["tables"].as_array()?.clone();
        Some(Self { at, status: answer["statusCode"].clone(), fresh: body["fresh"].clone(), tables })
    }

    /// Compares it: all are fresh, or none is.
    pub(super) fn compare(&self, is_fresh: bool, report: &mut Report) {
        let (of, fresh) = (self.at, json!(is_fresh));
        let status = json!(if is_fresh { 200 } else { 503 });
        report.compare("data-check", of, "the status", (&self.status, &status));
        report.compare("data-check", of, "freshness", (&self.fresh, &fresh));
        report.compare("data-check", of, "the number of tables", (self.tables.len(), TABLES));
        for table in &self.tables {
            report.compare(
                "data-check",
                of,
                &format!("freshness of {}", table["table"]),
                (&table["fresh"], &fresh),
            );
        }
    }
}
