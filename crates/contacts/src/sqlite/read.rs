//! Reading.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{Database, HistoryEntry, Status, StoreError};
use crate::{
    held::{HeldContacts, Revision},
    status::Register,
    store::value_kind::ValueKind,
};

/// The registers of the contacts that a sub-query names, by contact. `?1` is the time.
macro_rules! registers_of {
    ($contacts:literal) => {
        sqlx::query(concat!(
            "SELECT contact_id, attribute, version, value FROM contacts JOIN registers USING (contact_id)
             WHERE expires_at > ?1 AND contact_id IN (",
            $contacts,
            ") ORDER BY contact_id"
        ))
    };
}

type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl Database {
    /// What is known of a contact.
    pub(crate) async fn status(
        &self,
        contact_id: &str,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError> {
        let query = registers_of!("?2").bind(now.as_second()).bind(contact_id.to_owned());
        Ok(self.statuses(query).await?.pop())
    }

    /// These contacts as far as they are known.
    pub(crate) async fn statuses_of(
        &self,
        contact_ids: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let ids: serde_json::Value = contact_ids.iter().map(String::as_str).collect();
        self.statuses(
            registers_of!("SELECT value FROM json_each(?2)").bind(now.as_second()).bind(ids.to_string()),
        )
        .await
    }

    /// All contacts.
    pub(crate) async fn all(&self, now: Timestamp) -> Result<Vec<Status>, StoreError> {
        self.statuses(registers_of!("SELECT contact_id FROM contacts").bind(now.as_second())).await
    }

    /// The ids of contacts that were erased.
    pub(crate) async fn forgotten(&self) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar("SELECT contact_id FROM contacts WHERE forgotten ORDER BY contact_id");
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// A contact, and all that name it as the first of their chain.
    pub(crate) async fn chain(
        &self,
        initial_contact_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let query = registers_of!(
            "SELECT ?2 UNION SELECT contact_id FROM registers
             WHERE attribute = 'Connect_InitialContactId' AND value = ?2"
        );
        self.statuses(query.bind(now.as_second()).bind(initial_contact_id.to_owned())).await
    }

    /// The contacts of these chains but those that are known.
    pub(crate) async fn chains(
        &self,
        initial_contact_ids: &BTreeSet<String>,
        known: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let mut found = Vec::new();
        for initial in initial_contact_ids {
            let of_chain = self.chain(initial, now).await?;
            found.extend(of_chain.into_iter().filter(|status| !known.contains(status.contact_id())));
        }
        Ok(found)
    }

    /// A customer's contacts that began last.
    pub(crate) async fn by_customer(
        &self,
        identifier: &str,
        instance_arn: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let query = registers_of!(
            "SELECT contacts.contact_id FROM contacts
             JOIN registers AS customer USING (contact_id)
             LEFT JOIN registers AS began
                  ON began.contact_id = contacts.contact_id AND began.attribute = 'Timestamps.Initiated'
             LEFT JOIN registers AS updated
                  ON updated.contact_id = contacts.contact_id AND updated.attribute = 'Updated'
             WHERE expires_at > ?1 AND customer.attribute = 'Customer_Identifier' AND customer.value = ?2
             AND (?4 IS NULL OR EXISTS (SELECT 1 FROM registers AS instance
                  WHERE instance.contact_id = contacts.contact_id
                  AND instance.attribute = 'Connect_InstanceArn' AND instance.value = ?4))
             ORDER BY COALESCE(began.value, updated.value) DESC, contacts.contact_id LIMIT ?3"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = query.bind(now.as_second()).bind(identifier.to_owned());
        self.statuses(query.bind(limit).bind(instance_arn.map(str::to_owned))).await
    }

    /// The contacts that have not ended, and those that ended and whose agents' work may not be over. Of these it reads the ids,
    /// and what is known of those that have changed since they were held.
    pub(crate) async fn active(
        &self,
        instance_arns: &[&str],
        held: &mut HeldContacts,
        now: Timestamp,
    ) -> Result<Vec<Arc<Status>>, StoreError> {
        let query = sqlx::query_as(
            "SELECT contact_id, revision, expires_at FROM contacts WHERE active AND expires_at > ?1
             AND (?2 = '[]' OR NOT EXISTS (SELECT 1 FROM registers AS instance
                  WHERE instance.contact_id = contacts.contact_id
                  AND instance.attribute = 'Connect_InstanceArn'
                  AND instance.value NOT IN (SELECT value FROM json_each(?2))))",
        );
        let query = query.bind(now.as_second()).bind(json(&instance_arns)?);
        let found: Vec<(String, i64, i64)> = query.fetch_all(&self.pool).await?;
        let current =
            found.into_iter().map(|(id, count, expires_at)| (id, Revision { count, expires_at })).collect();
        let changed = held.changed(&current);
        let mut read = Vec::new();
        if !changed.is_empty() {
            let query = registers_of!("SELECT value FROM json_each(?2)");
            read = self.statuses(query.bind(now.as_second()).bind(json(&changed)?)).await?;
        }
        Ok(held.refresh(&current, read))
    }

    /// What these queues and agents are called, by ARN, as far as it is known.
    pub(crate) async fn names(
        &self,
        arns: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let query =
            sqlx::query_as("SELECT arn, name FROM names WHERE arn IN (SELECT value FROM json_each(?))");
        let names: Vec<_> = query.bind(json(arns)?).fetch_all(&self.pool).await?;
        Ok(names.into_iter().collect())
    }

    /// A contact's history, by key.
    pub(crate) async fn history(
        &self,
        contact_id: &str,
        now: Timestamp,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let query = sqlx::query(
            "SELECT contact_id, entry, kind, body, original_bytes, ahead_of FROM history JOIN contacts USING (contact_id)
             WHERE contact_id = ? AND contacts.expires_at > ? ORDER BY entry",
        );
        let query = query.bind(contact_id).bind(now.as_second());
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(entry).collect()
    }

    /// The statuses whose registers a query gives by contact.
    async fn statuses(&self, query: Query) -> Result<Vec<Status>, StoreError> {
        read(&query.fetch_all(&self.pool).await?)
    }
}

/// What is known of a contact within a transaction, expired or not.
pub(super) async fn merged(
    connection: &mut sqlx::SqliteConnection,
    contact_id: &str,
) -> Result<Status, StoreError> {
    let query = registers_of!("?2").bind(i64::MIN).bind(contact_id.to_owned());
    let known = read(&query.fetch_all(connection).await?)?.pop();
    Ok(known.unwrap_or_else(|| Status::new(contact_id)))
}

/// The statuses of rows that are in order of their contacts.
fn read(rows: &[SqliteRow]) -> Result<Vec<Status>, StoreError> {
    let mut statuses = Vec::new();
    for of_one in rows.chunk_by(|row, next| contact_id(row) == contact_id(next)) {
        let Some(first) = of_one.first() else { continue };
        let registers = of_one.iter().map(register).collect::<Result<Vec<_>, _>>()?;
        statuses.push(Status::from_registers(contact_id(first), registers));
    }
    Ok(statuses)
}

/// A list as a parameter of `json_each`.
fn json(list: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|_| StoreError::NotUnderstood)
}

fn contact_id(row: &SqliteRow) -> &str {
    row.try_get("contact_id").unwrap_or_default()
}

fn register(row: &SqliteRow) -> Result<(String, Register), StoreError> {
    let text = |column| row.try_get::<&str, _>(column);
    let name = text("attribute")?;
    let version = text("version")?.parse().map_err(|_| StoreError::NotUnderstood)?;
    let value = ValueKind::of(name).read(text("value")?).ok_or(StoreError::NotUnderstood)?;
    Ok((name.to_owned(), Register { version, value }))
}

fn entry(row: &SqliteRow) -> Result<HistoryEntry, StoreError> {
    let text = |column| row.try_get::<&str, _>(column);
    let (at, source, id) = HistoryEntry::parse_key(text("entry")?).ok_or(StoreError::NotUnderstood)?;
    let original_bytes = row.try_get::<Option<i64>, _>("original_bytes")?;
    let ahead_of = row.try_get::<Option<i64>, _>("ahead_of")?;
    Ok(HistoryEntry {
        contact_id: text("contact_id")?.to_owned(),
        at,
        source,
        id: id.to_owned(),
        kind: text("kind")?.to_owned(),
        body: text("body")?.to_owned(),
        original_bytes: original_bytes.and_then(|bytes| usize::try_from(bytes).ok()),
        ahead_of: ahead_of.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    })
}
