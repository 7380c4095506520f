//! What a row was made of, and which of several rows of a contact is the newest.

use std::fmt;

use switchboard_core::ctr_version::CtrVersion;

/// What a row was made of. A later one replaces an earlier one, whatever their times: a contact record is what Connect says
/// in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowSource {
    /// Contact events, while the contact lasts.
    Event,
    /// The answer of `DescribeContact`, where the record never came.
    DescribeContact,
    /// A contact record.
    ContactRecord,
}

impl RowSource {
    /// As the column `source` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::DescribeContact => "describe_contact",
            Self::ContactRecord => "contact_record",
        }
    }

    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Event => 0,
            Self::DescribeContact => 1,
            Self::ContactRecord => 2,
        }
    }
}

/// The version of a row: its source first, then which copy of the document it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowVersion {
    /// What it was made of.
    pub source: RowSource,
    /// Which copy of it.
    pub copy: CtrVersion,
}

/// As a text of one form, which sorts by its bytes as versions do.
impl fmt::Display for RowVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source.rank(), self.copy)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use switchboard_sql::database::Database;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        RecordTables,
        contact::{AttributeSelection, ContactRow},
    };

    #[test]
    fn a_record_is_newer_than_all_that_came_before_it_whatever_the_times_say() {
        let version = |source, last_update: &str| {
            let document = format!(
                r#"{{"ContactId":"c","InitiationMethod":"INBOUND","LastUpdateTimestamp":"{last_update}"}}"#
            );
            let now = "2026-11-03T00:00:00Z".parse().unwrap();
            ContactRow::of(&document, source, &AttributeSelection::default(), now).unwrap().version()
        };
        let versions = [
            version(RowSource::Event, "2026-11-02T10:00:09Z"),
            version(RowSource::DescribeContact, "2026-11-02T10:00:08Z"),
            version(RowSource::ContactRecord, ""),
            version(RowSource::ContactRecord, "2026-11-02T10:00:07Z"),
        ];
        assert!(versions.is_sorted_by(|one, other| one < other));
        let texts = versions.map(|version| version.to_string());
        assert!(texts.is_sorted_by(|one, other| one < other), "{texts:?}");
    }

    #[tokio::test]
    async fn what_is_described_never_replaces_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::sqlite(&folder.path().join("records.db")).await.unwrap();
        let (tables, soon) = (RecordTables::new(database), Instant::now() + Duration::from_mins(1));
        tables.migrate(soon).await.unwrap();
        let now = "2026-11-03T00:00:00Z".parse().unwrap();
        let row = |source| {
            let document = r#"{"ContactId":"c","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2026-11-02T10:00:00Z"}"#;
            ContactRow::of(document, source, &AttributeSelection::default(), now).unwrap()
        };
        let save = async |source| tables.save_contacts(vec![row(source)], now, soon).await.unwrap().written;
        assert_eq!(save(RowSource::DescribeContact).await, 1);
        assert_eq!(save(RowSource::Event).await, 0);
        assert_eq!(save(RowSource::ContactRecord).await, 1);
        assert_eq!(save(RowSource::DescribeContact).await, 0);
    }
}
