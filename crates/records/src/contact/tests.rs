use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: &str = "2026-11-02T12:00:00Z";

fn row_of(record: &str, attributes: &str) -> ContactRow {
    ContactRow::read(record, &attributes.parse().unwrap(), NOW.parse().unwrap()).unwrap()
}

/// A record with these members.
fn record(members: &Value) -> String {
    let mut record = json!({
        "ContactId": "c",
        "InitiationMethod": "INBOUND",
        "InstanceARN": "arn:aws:connect:ap-southeast-2:111122223333:instance/i",
    });
    for (name, value) in members.as_object().unwrap() {
        record[name] = value.clone();
    }
    record.to_string()
}

fn row(members: &Value) -> ContactRow {
    row_of(&record(members), "")
}

#[test]
fn columns_have_the_data_lakes_units() {
    let row = row(&json!({
        "Queue": {"ARN": "arn:x:instance/i/queue/q", "Name": "Sales", "Duration": 21, "EnqueueTimestamp": "2026-11-02T10:04:59Z"},
        "Agent": {
            "ARN": "arn:x:instance/i/agent/a", "Username": "ann", "ConnectedToAgentTimestamp": "2026-11-02T10:05:20Z",
            "AgentInteractionDuration": 60, "CustomerHoldDuration": 0, "NumberOfHolds": 2,
            "RoutingProfile": {"ARN": "arn:x/routing-profile/p", "Name": "All"},
            "HierarchyGroups": {"Level1": {"ARN": "arn:x/agent-group/g", "GroupName": "North"}, "Level2": null}
        },
        "DisconnectTimestamp": "2026-11-02T10:06:20Z"
    }));
    for (column, value) in [
        ("aws_region", json!("ap-southeast-2")),
        ("instance_id", json!("i")),
        ("queue_id", json!("q")),
        ("queue_type", json!("STANDARD")),
        ("queue_duration_ms", json!(21_000)),
        ("queue_enqueue_timestamp", json!("2026-11-02T10:04:59.000000Z")),
        ("enqueued_interval", json!("2026-11-02T10:00:00.000000Z")),
        ("connected_interval", json!("2026-11-02T10:05:00.000000Z")),
        ("disconnected_interval", json!("2026-11-02T10:05:00.000000Z")),
        ("agent_id", json!("a")),
        ("agent_interaction_duration_ms", json!(60_000)),
        ("agent_customer_hold_duration_ms", json!(0)),
        ("agent_number_of_holds", json!(2)),
        ("agent_routing_profile_id", json!("p")),
        ("agent_hierarchy_groups_level_1_name", json!("North")),
        ("agent_hierarchy_groups_level_2_id", Value::Null),
        ("leg", json!("customer")),
        ("outcome_alone", json!("answered")),
        ("successor_rank", Value::Null),
        ("unknown_members", Value::Null),
    ] {
        assert_eq!(row.get(column), value, "{column}");
    }
}

#[test]
fn absent_null_and_wrong_types_are_null() {
    for queue in [json!(null), json!("q"), json!({}), json!({"Duration": "21", "EnqueueTimestamp": 7})] {
        let row = row(&json!({"Queue": queue, "Agent": null, "AgentConnectionAttempts": "two"}));
        for column in
            ["queue_id", "queue_duration_ms", "enqueued_interval", "agent", "agent_connection_attempts"]
        {
            assert_eq!(row.get(column), Value::Null, "{column} of {queue}");
        }
        assert_eq!(row.get("outcome_alone"), Value::Null, "a contact that never waited has no outcome");
    }
    let unset = row(&json!({"Queue": {"Duration": -1, "EnqueueTimestamp": "1970-01-01T00:00:00.001Z"}}));
    assert_eq!([unset.get("queue_duration_ms"), unset.get("enqueued_interval")], [Value::Null, Value::Null]);
    let endless = row(&json!({"Queue": {"Duration": 9_000_000_000_000_000_u64}}));
    assert_eq!(endless.get("queue_duration_ms"), Value::Null);
}

#[test]
fn an_outcome_is_decided_for_each_thing_that_it_may_go_on_as() {
    let row = row(&json!({
        "Queue": {"EnqueueTimestamp": "2026-11-02T10:00:00Z"},
        "DisconnectReason": "CONTACT_FLOW_DISCONNECT",
        "NextContactId": "next"
    }));
    let outcomes = ["outcome_alone", "outcome_if_unknown", "outcome_if_transfer", "outcome_if_callback"];
    let expected = ["ended_otherwise", "callback_requested", "transferred_out", "callback_requested"];
    assert_eq!(outcomes.map(|column| row.get(column)), expected.map(Value::from));
}

#[test]
fn an_agent_may_be_a_plain_string_and_a_queue_an_agents_own() {
    let row =
        row(&json!({"Agent": "Rachel", "Queue": {"ARN": "arn:x:instance/i/queue/agent/u", "Name": null}}));
    assert_eq!([row.get("agent"), row.get("agent_username")], [json!("Rachel"), json!("Rachel")]);
    assert_eq!([row.get("queue_id"), row.get("queue_type")], [json!("u"), json!("AGENT")]);
}

#[test]
fn what_is_unknown_is_kept_apart_from_the_rest() {
    let row = row(
        &json!({"Mood": {"Score": 1}, "Agent": {"Shoes": "red", "Username": "ann"}, "Empty": {}, "Tags": {"a": "b"},
            "GlobalResiliencyMetadata": {"ActiveRegion": "us-west-2"}}),
    );
    let unknown: Value = serde_json::from_str(row.get("unknown_members").as_str().unwrap()).unwrap();
    assert_eq!(
        unknown,
        json!({"Mood": r#"{"Score":1}"#, "Agent.Shoes": r#""red""#,
        "GlobalResiliencyMetadata": r#"{"ActiveRegion":"us-west-2"}"#})
    );
    let column = COLUMNS.iter().find(|column| column.name == "unknown_members").unwrap();
    assert_eq!(column.table, columns::ColumnTable::Personal);
}

#[test]
fn of_an_object_that_comes_twice_the_last_counts() {
    let record = record(&json!({})).replacen(
        '{',
        r#"{"Queue":{"Name":"first","EnqueueTimestamp":"2026-11-02T10:00:00Z"},"Queue":{"Name":"second"},"#,
        1,
    );
    let row = row_of(&record, "");
    assert_eq!([row.get("queue_name"), row.get("queue_enqueue_timestamp")], [json!("second"), Value::Null]);
    let record = record.replacen(r#""Queue":{"Name":"second"}"#, r#""Queue":null"#, 1);
    assert_eq!(row_of(&record, "").get("queue_name"), Value::Null);
}

#[test]
fn attributes_are_left_out_unless_they_are_named() {
    let record = record(&json!({"Attributes": {"language": "sv", "Language": "SV", "card": "4111", "n": 7}}));
    let kept = |selection| row_of(&record, selection).get("attributes");
    assert_eq!(kept(""), Value::Null);
    assert_eq!(kept("language, missing"), json!(r#"{"language":"sv"}"#));
    assert_eq!(kept("*"), json!(r#"{"Language":"SV","card":"4111","language":"sv"}"#));
}

#[test]
fn personal_data_is_in_the_personal_table_alone() {
    let row = row(&json!({
        "CustomerEndpoint": {"Address": "+61491570006", "Type": "TELEPHONE_NUMBER"},
        "TransferredToEndpoint": {"Address": "+61491570156", "Type": "TELEPHONE_NUMBER"},
        "CustomerId": "p-1",
    }));
    for (column, value) in COLUMNS.iter().zip(&row.values) {
        let is_number = value.as_str().is_some_and(|text| text.contains("+614915") || text == "p-1");
        assert_eq!(is_number, is_number && column.table == columns::ColumnTable::Personal, "{}", column.name);
    }
    assert_eq!(row.get("transferred_to_endpoint_type"), json!("TELEPHONE_NUMBER"));
    assert!(!format!("{row:?}").contains("+61"), "{row:?}");
}

#[test]
fn what_no_database_takes_is_no_key() {
    let long = "x".repeat(1000);
    let row = row(&json!({"Queue": {"ARN": "é".repeat(500), "Name": "a\u{0}b"}, "PreviousContactId": long}));
    assert_eq!(row.get("queue_id").as_str().map(str::len), Some(256));
    assert_eq!([row.get("queue_name"), row.get("previous_contact_id")], [json!("a\u{fffd}b"), Value::Null]);
    let id = format!(r#"{{"ContactId":"{long}","InitiationMethod":"API"}}"#);
    let read = ContactRow::read(&id, &AttributeSelection::default(), NOW.parse().unwrap());
    assert_eq!(read, Err(NotARow::Id));
    let event = ContactRow::read(
        r#"{"AgentARN":"a","EventType":"LOGIN"}"#,
        &AttributeSelection::All,
        NOW.parse().unwrap(),
    );
    assert_eq!(event, Err(NotARow::Record(NotACtr::Event)));
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("2026-11-02T10:00:00Z")),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("ARN|Name|Duration|[A-Z][a-z]{1,5}", inner, 0..4)
                .prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    /// Whatever the members are, there is a row with a value for each column, of its type, that PostgreSQL can store.
    #[test]
    fn any_record_is_a_row(members in prop::collection::hash_map("Agent|Queue|Channel|Attributes|CustomerEndpoint|InstanceARN|[A-Z][a-z]{1,8}", any_json(), 0..6)) {
        let row = row_of(&record(&json!(members)), "*");
        prop_assert_eq!(row.values.len(), COLUMNS.len());
        for (column, value) in COLUMNS.iter().zip(&row.values) {
            use columns::ColumnType::{IdOfArn, Text, Timestamp};
            let fits = match column.kind {
                Text | IdOfArn | Timestamp => value.is_null() || value.is_string(),
                _ => value.is_null() || value.is_i64() || value.is_u64(),
            };
            prop_assert!(fits, "{} is {value}", column.name);
            prop_assert!(!value.as_str().is_some_and(|text| text.contains('\0')), "{}", column.name);
        }
    }
}
