//! Erasing a customer's contacts, or one contact.

use jiff::Timestamp;
use switchboard_sql::{
    SqlError,
    dialect::Dialect,
    statement::{Parameter, Statement},
};
use tokio::time::Instant;

use crate::{RecordTables, contact::ContactKey, statement::REPLACED, time::time_text};

/// Whose contacts are erased.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Forgotten<'f> {
    /// Those of a customer, by the phone number or the address in lower case.
    Customer(&'f str),
    /// One, by its id.
    Contact(&'f str),
}

/// Nothing of a customer's in a log.
impl std::fmt::Debug for Forgotten<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Customer(_) => "Customer",
            Self::Contact(_) => "Contact",
        })
    }
}

const KEY: &str = "aws_region, instance_id, contact_id";

impl RecordTables {
    /// Erases contacts from the tables: their rows, and from sums that are recomputed next. Only their ids are kept, so that
    /// they are not fetched again. The erased come back.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. Then nothing was erased, or all of it.
    pub async fn forget(
        &self,
        what: Forgotten<'_>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<ContactKey>, SqlError> {
        let dialect = self.database().dialect();
        let results = self.database().run(&[find(dialect, what)], deadline).await?;
        let rows = results.into_iter().flat_map(|result| result.rows);
        let keys: Result<Vec<[String; 3]>, _> = rows.map(|row| serde_json::from_str(&row)).collect();
        let keys = keys.map_err(|_| SqlError::NotUnderstood)?;
        if !keys.is_empty() {
            self.database().run(&erase(dialect, &keys, now), deadline).await?;
        }
        let key = |[aws_region, instance_id, contact_id]: [String; 3]| ContactKey {
            aws_region,
            instance_id,
            contact_id,
        };
        Ok(keys.into_iter().map(key).collect())
    }
}

/// The keys, each a JSON array.
fn find(dialect: Dialect, what: Forgotten<'_>) -> Statement {
    let array = if dialect == Dialect::Postgres { "json_build_array" } else { "json_array" };
    let (source, value) = match what {
        Forgotten::Customer(number) => (
            format!(
                "SELECT {KEY} FROM contact_record_personal WHERE lower(customer_endpoint_address) = CAST($1 AS text)"
            ),
            number,
        ),
        Forgotten::Contact(id) => {
            let of = |table| format!("SELECT {KEY} FROM {table} WHERE contact_id = CAST($1 AS text)");
            let tables = ["contact_record", "contact_record_personal", "missing_contacts"].map(of);
            (tables.join(" UNION "), id)
        }
    };
    let sql = format!("SELECT CAST({array}({KEY}) AS text) FROM ({source}) AS found ORDER BY {KEY}");
    Statement::read(sql, vec![Parameter::text(value)])
}

/// Erases, in one transaction.
fn erase(dialect: Dialect, keys: &[[String; 3]], now: Timestamp) -> Vec<Statement> {
    let keys: serde_json::Value = keys.iter().map(|key| serde_json::json!(key)).collect();
    let parameters = || vec![Parameter::Json(keys.to_string()), Parameter::Text(time_text(now))];
    let source = match dialect {
        Dialect::Postgres => "jsonb_array_elements(CAST($1 AS jsonb)) AS found (value)",
        Dialect::Sqlite => "json_each($1) AS found",
    };
    let found = format!(
        "SELECT found.value ->> 0 AS aws_region, found.value ->> 1 AS instance_id, found.value ->> 2 AS contact_id FROM {source}"
    );
    let delete = |table: &str| format!("DELETE FROM {table} WHERE ({KEY}) IN ({found})");
    let sqls = [
        format!(
            "INSERT INTO forgotten_contacts ({KEY}, forgotten_at) \
             SELECT {KEY}, CAST($2 AS TIMESTAMP_UTC) FROM ({found}) AS keys WHERE true ON CONFLICT DO NOTHING"
        ),
        // The sums of its intervals are recomputed without it.
        format!(
            "INSERT INTO contact_changes ({KEY}, {}) SELECT {KEY}, {} FROM contact_record WHERE ({KEY}) IN ({found})",
            REPLACED.map(|(replaced, _)| replaced).join(", "),
            REPLACED.map(|(_, column)| column).join(", ")
        ),
        delete("contact_record_personal"),
        delete("contact_record"),
        delete("missing_contacts"),
    ];
    sqls.map(|sql| Statement::write(dialect.expand(&sql), parameters())).into()
}
