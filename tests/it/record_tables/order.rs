//! Versions that move a contact, and contacts that come after others: whatever the order, the tables are the same.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};

use super::{save, soon, tables_in};
use crate::metric_tables::places::Place;

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

/// What is compared: everything but when it was written, and what a version replaced.
const TABLES: [(&str, &str); 4] = [
    (
        "contact_record",
        "contact_id || '|' || version || '|' || COALESCE(queue_id, '') || '|' || COALESCE(channel, '')",
    ),
    (
        "contact_record_personal",
        "contact_id || '|' || version || '|' || COALESCE(customer_endpoint_address, '')",
    ),
    (
        "interval_sums",
        "attribution || '|' || CAST(interval_start AS text) || '|' || queue_id || '|' || agent || '|' || channel || '|' \
         || CAST(contacts AS text) || '|' || CAST(answered AS text) || '|' || CAST(abandoned AS text) || '|' \
         || CAST(callback_requested AS text) || '|' || CAST(transferred_out_from_queue AS text) || '|' \
         || CAST(handle_seconds AS text)",
    ),
    (
        "interval_service_levels",
        "attribution || '|' || CAST(interval_start AS text) || '|' || queue_id || '|' || CAST(seconds AS text) || '|' \
         || CAST(answered_within AS text) || '|' || CAST(abandoned_within AS text)",
    ),
];

fn record(id: &str, version: u32, members: Value) -> String {
    let mut record = json!({
        "ContactId": id,
        "InstanceARN": INSTANCE,
        "InitiationMethod": "INBOUND",
        "Channel": "VOICE",
        "LastUpdateTimestamp": format!("2026-11-02T12:00:{version:02}Z"),
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "DisconnectTimestamp": "2026-11-02T10:21:00Z",
        "Queue": {"ARN": format!("{INSTANCE}/queue/sales"), "Name": "Sales", "Duration": 19, "EnqueueTimestamp": "2026-11-02T10:01:00Z"},
    });
    let Value::Object(members) = members else { panic!("members") };
    for (name, value) in members {
        record[name] = value;
    }
    record.to_string()
}

/// Three versions of a contact that move it, and contacts after it that change how it ended.
fn records() -> Vec<String> {
    let agent = json!({"Username": "ann", "ConnectedToAgentTimestamp": "2026-11-02T10:02:00Z", "AgentInteractionDuration": 60});
    let later = json!({"ARN": format!("{INSTANCE}/queue/support"), "Duration": 5, "EnqueueTimestamp": "2026-11-02T10:11:00Z"});
    vec![
        record("moved", 1, json!({})),
        record("moved", 2, json!({"Queue": later, "DisconnectTimestamp": "2026-11-02T10:31:00Z"})),
        record("moved", 3, json!({"Agent": agent, "CustomerEndpoint": {"Address": "+61491570006"}})),
        record("moved", 3, json!({"Agent": agent, "CustomerEndpoint": {"Address": "+61491570156"}})),
        record("gave up", 1, json!({})),
        // It named the one before, and then no longer does.
        record("follower", 1, json!({"PreviousContactId": "gave up", "InitiationMethod": "CALLBACK"})),
        record("follower", 2, json!({"PreviousContactId": "asked", "InitiationMethod": "CALLBACK"})),
        record("asked", 1, json!({"NextContactId": "named later", "Queue": later})),
        record("named later", 1, json!({"InitiationMethod": "QUEUE_TRANSFER"})),
        record("named later", 2, json!({"InitiationMethod": "MONITOR"})),
        record("unknown next", 1, json!({"NextContactId": "never seen"})),
    ]
}

async fn tables_after(place: &Place, records: &[&str], recompute_each: bool) -> Vec<Vec<String>> {
    let tables = tables_in(place).await;
    for record in records {
        save(&tables, &[record]).await;
        if recompute_each {
            tables.recompute(soon()).await.expect("sums");
        }
    }
    tables.recompute(soon()).await.expect("sums");
    assert_eq!(tables.changes(soon()).await, Ok(0));
    let mut found = Vec::new();
    for (table, columns) in TABLES {
        found.push(place.sql(&format!("SELECT {columns} FROM {table} ORDER BY 1")).await);
    }
    found
}

#[tokio::test]
async fn any_order_gives_the_same_tables() {
    let records = records();
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let new_places = || [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()];
    let in_order: Vec<&str> = records.iter().map(String::as_str).collect();
    let mut expected = Vec::new();
    for place in new_places() {
        expected.push(tables_after(&place, &in_order, false).await);
    }
    let sums = &expected[0][2];
    let outcome = |start: &str| {
        sums.iter().filter(|row| row.starts_with(&format!("enqueue|2026-11-02T10:{start}"))).count()
    };
    assert_eq!([outcome("00"), outcome("10"), outcome("15")], [1, 1, 0], "{sums:?}");
    for round in 0..5 {
        let mut shuffled = in_order.repeat(2);
        shuffled.shuffle(random);
        for (place, expected) in new_places().iter().zip(&expected) {
            let found = tables_after(place, &shuffled, round % 2 == 0).await;
            assert_eq!(&found, expected, "{}: {shuffled:#?}", place.kind());
        }
    }
}
