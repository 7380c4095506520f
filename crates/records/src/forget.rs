//! Erasing a customer's contacts, or one contact.

use jiff::Timestamp;
use switchboard_sql::{
    SqlError,
    dialect::Dialect,
    statement::{Parameter, Statement},
};
use tokio::time::Instant;

use crate::{RecordTables, contact::ContactKey, statement::REPLACED, time::time_text};

/// Which contacts are erased.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Forgotten<'f> {
    /// Those of a customer, by the phone number or the address in lower case.
    Customer(&'f str),
    /// These, by id, known or not.
    Contacts(&'f [String]),
}

/// Nothing of a customer's in a log.
impl std::fmt::Debug for Forgotten<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Customer(_) => "Customer",
            Self::Contacts(_) => "Contacts",
        })
    }
}

const KEY: &str = "aws_region, instance_id, contact_id";

impl RecordTables {
    /// Erases contacts from the tables: their rows, and from sums that are recomputed next. Only their ids are kept, and
    /// nothing that is saved later, of any source, brings them back. Those of which there was something come back.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses. What was not erased is erased by the next call.
    pub async fn forget(
        &self,
        what: Forgotten<'_>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<ContactKey>, SqlError> {
        let dialect = self.database().dialect();
        let ids = match what {
            Forgotten::Customer(number) => {
                let found = self.database().run(&[of_customer(number)], deadline).await?;
                found.into_iter().flat_map(|result| result.rows).collect()
            }
            Forgotten::Contacts(ids) => ids.to_vec(),
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // From then on nobody adds a row of them, so that none is missed by what follows.
        self.database().run(&remember(dialect, &ids, now), deadline).await?;
        let results = self.database().run(&[find(dialect, &ids)], deadline).await?;
        let rows = results.into_iter().flat_map(|result| result.rows);
        let keys: Result<Vec<[String; 3]>, _> = rows.map(|row| serde_json::from_str(&row)).collect();
        let keys = keys.map_err(|_| SqlError::NotUnderstood)?;
        if !keys.is_empty() {
            self.database().run(&erase(dialect, &keys), deadline).await?;
        }
        let key = |[aws_region, instance_id, contact_id]: [String; 3]| ContactKey {
            aws_region,
            instance_id,
            contact_id,
        };
        Ok(keys.into_iter().map(key).collect())
    }
}

/// The ids of a customer's contacts.
fn of_customer(number: &str) -> Statement {
    let sql = "SELECT DISTINCT contact_id FROM contact_record_personal \
               WHERE lower(customer_endpoint_address) = CAST($1 AS text) ORDER BY contact_id";
    Statement::read(sql, vec![Parameter::text(number)])
}

/// Keeps that contacts are forgotten. In PostgreSQL it waits until those have ended that are saving contacts and may not know
/// yet, and others wait for it; in an SQLite file there is one writer at a time.
fn remember(dialect: Dialect, ids: &[String], now: Timestamp) -> Vec<Statement> {
    let lock = "LOCK TABLE contact_record, missing_contacts IN SHARE ROW EXCLUSIVE MODE";
    let lock = (dialect == Dialect::Postgres).then(|| Statement::write(lock, Vec::new()));
    let sql = format!(
        "INSERT INTO forgotten_contacts (contact_id, forgotten_at) SELECT contact_id, CAST($2 AS TIMESTAMP_UTC) \
         FROM ({}) AS forgotten WHERE true ON CONFLICT DO NOTHING",
        given(dialect)
    );
    let parameters = vec![json(ids), Parameter::Text(time_text(now))];
    lock.into_iter().chain([Statement::write(dialect.expand(&sql), parameters)]).collect()
}

/// The keys of contacts, each a JSON array.
fn find(dialect: Dialect, ids: &[String]) -> Statement {
    let array = if dialect == Dialect::Postgres { "json_build_array" } else { "json_array" };
    let given = given(dialect);
    let of = |table| format!("SELECT {KEY} FROM {table} WHERE contact_id IN ({given})");
    let tables = ["contact_record", "contact_record_personal", "missing_contacts"].map(of).join(" UNION ");
    let sql = format!("SELECT CAST({array}({KEY}) AS text) FROM ({tables}) AS found ORDER BY {KEY}");
    Statement::read(sql, vec![json(ids)])
}

/// The ids of the parameter as a table.
fn given(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "SELECT DISTINCT value AS contact_id FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS given (value)"
        }
        Dialect::Sqlite => "SELECT DISTINCT value AS contact_id FROM json_each($1)",
    }
}

fn json(ids: &[String]) -> Parameter {
    Parameter::Json(serde_json::json!(ids).to_string())
}

/// Erases, in one transaction.
fn erase(dialect: Dialect, keys: &[[String; 3]]) -> Vec<Statement> {
    let keys: serde_json::Value = keys.iter().map(|key| serde_json::json!(key)).collect();
    let source = match dialect {
        Dialect::Postgres => "jsonb_array_elements(CAST($1 AS jsonb)) AS found (value)",
        Dialect::Sqlite => "json_each($1) AS found",
    };
    let found = format!(
        "SELECT found.value ->> 0 AS aws_region, found.value ->> 1 AS instance_id, found.value ->> 2 AS contact_id FROM {source}"
    );
    let delete = |table: &str| format!("DELETE FROM {table} WHERE ({KEY}) IN ({found})");
    let sqls = [
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
    let write = |sql: String| Statement::write(dialect.expand(&sql), vec![Parameter::Json(keys.to_string())]);
    sqls.map(write).into()
}
