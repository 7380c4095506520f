//! Rows as parameters of statements.

use crate::contact::ContactRow;

/// The most bytes of one statement's parameter: the Data API takes 4 MiB of everything. A single longer row goes alone.
pub const BATCH_MAX_BYTES: usize = 3_000_000;

/// The newest row of each contact, sorted by key, in JSON arrays of at most so many bytes.
pub(crate) fn parameters(rows: Vec<ContactRow>, max_bytes: usize) -> Vec<String> {
    arrays(newest(rows).iter().map(ContactRow::json), max_bytes)
}

/// The newest row of each contact, sorted by key.
pub(crate) fn newest(mut rows: Vec<ContactRow>) -> Vec<ContactRow> {
    rows.sort_by(|one, other| one.key().cmp(other.key()).then_with(|| other.version().cmp(&one.version())));
    rows.dedup_by(|later, kept| later.key() == kept.key());
    rows
}

/// Rows in JSON arrays of at most so many bytes.
pub(crate) fn arrays(rows: impl Iterator<Item = String>, max_bytes: usize) -> Vec<String> {
    let mut parameters = Vec::new();
    let mut open = String::new();
    for json in rows {
        if !open.is_empty() && open.len() + json.len() + 2 > max_bytes {
            parameters.push(format!("[{open}]"));
            open.clear();
        }
        if !open.is_empty() {
            open.push(',');
        }
        open.push_str(&json);
    }
    if !open.is_empty() {
        parameters.push(format!("[{open}]"));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::contact::AttributeSelection;

    fn row(id: &str, second: u8, reason: &str) -> ContactRow {
        let record = format!(
            r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2026-11-02T10:00:{second:02}Z","DisconnectReason":"{reason}"}}"#
        );
        let now = "2026-11-02T11:00:00Z".parse().unwrap();
        ContactRow::read(&record, &AttributeSelection::default(), now).unwrap()
    }

    #[test]
    fn each_contact_comes_once_in_the_order_of_keys() {
        let rows = vec![row("b", 1, "OTHER"), row("a", 2, "API"), row("b", 3, "EXPIRED"), row("b", 2, "API")];
        let parameters = parameters(rows, 1_000_000);
        let [parameter] = &parameters[..] else { panic!("{parameters:?}") };
        let rows: Vec<Vec<Value>> = serde_json::from_str(parameter).unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row[2].as_str().unwrap()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert!(rows[1].contains(&"EXPIRED".into()));
    }

    #[test]
    fn a_batch_is_cut_by_its_size() {
        let one = row("a", 1, "OTHER").json().len();
        let rows = (0..10).map(|n| row(&n.to_string(), 1, "OTHER")).collect();
        let parameters = parameters(rows, one * 3 + 4);
        assert_eq!(parameters.len(), 4);
        let rows = |text: &String| serde_json::from_str::<Vec<Value>>(text).unwrap().len();
        assert_eq!(parameters.iter().map(rows).collect::<Vec<_>>(), [3, 3, 3, 1]);
        assert!(super::parameters(Vec::new(), 1).is_empty());
    }
}
