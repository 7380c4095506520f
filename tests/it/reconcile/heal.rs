//! What is missing is fetched, and gives way to the record.

use serde_json::Map;
use switchboard_records::Forgotten;

use super::*;
use crate::record_tables::now;

/// What `DescribeContact` tells as a record does. Names of queues are those of today.
const TOLD: [&str; 17] = [
    "initial_contact_id",
    "previous_contact_id",
    "channel",
    "initiation_method",
    "CAST(initiation_timestamp AS text)",
    "CAST(disconnect_timestamp AS text)",
    "disconnect_reason",
    "queue_id",
    "queue_type",
    "queue_arn",
    "CAST(queue_enqueue_timestamp AS text)",
    "agent",
    "agent_arn",
    "CAST(agent_connected_to_agent_timestamp AS text)",
    "CAST(agent_after_contact_work_duration_ms AS text)",
    "leg",
    "CAST(enqueued_interval AS text)",
];

/// The rows of contacts, each as a JSON object of texts.
async fn rows(place: &Place, ids: &BTreeSet<String>) -> Vec<Map<String, Value>> {
    let object = if matches!(place, Place::Sqlite(_)) { "json_object" } else { "json_build_object" };
    let members: Vec<_> =
        TOLD.iter().map(|column| format!("'{}', {column}", column.replace('\'', ""))).collect();
    let ids: Vec<_> = ids.iter().map(|id| format!("'{id}'")).collect();
    let sql = format!(
        "SELECT CAST({object}({}) AS text) FROM contact_record WHERE contact_id IN ({}) ORDER BY contact_id",
        members.join(", "),
        ids.join(", ")
    );
    let rows = place.sql(&sql).await;
    rows.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

async fn sources(place: &Place) -> Vec<String> {
    let sql =
        "SELECT source || ' ' || CAST(COUNT(*) AS text) FROM contact_record GROUP BY source ORDER BY source";
    place.sql(sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_fetched_until_the_record_comes() {
    let api = centre().await;
    let withheld = one_in(41);
    for place in places() {
        let tables = tables_without(&place, &withheld).await;
        let reconciler = reconciler(&api, &tables).await;
        compare(&reconciler).await;
        let report = reconciler.heal(DAY.from, now(), now(), soon()).await.expect("healed");
        assert_eq!((report.healed, report.open, report.unknown), (withheld.len() as u64, 0, 0));
        assert_eq!(missing(&reconciler).await, BTreeSet::new());
        let sum = summary(&reconciler).await;
        assert_eq!((sum.missing, sum.healed, sum.here), (0, withheld.len() as u64, sum.listed));
        let (all, lost) = (records().len(), withheld.len());
        let mixed = [format!("contact_record {}", all - lost), format!("describe_contact {lost}")];
        assert_eq!(sources(&place).await, mixed, "{}", place.kind());
        // It does not tell how long a queue or a conversation took, and such contacts stay out of averages.
        let known = "SELECT CAST(COUNT(queue_duration_ms) + COUNT(agent_interaction_duration_ms) AS text) \
             FROM contact_record WHERE source = 'describe_contact'";
        assert_eq!(place.sql(known).await, ["0"]);
        let named = "SELECT CAST(COUNT(queue_name) AS text) || ' ' || CAST(COUNT(agent_username) AS text) \
             FROM contact_record WHERE source = 'describe_contact' AND queue_type = 'STANDARD' AND agent_id IS NOT NULL";
        let all_named = "SELECT CAST(COUNT(*) AS text) || ' ' || CAST(COUNT(*) AS text) \
             FROM contact_record WHERE source = 'describe_contact' AND queue_type = 'STANDARD' AND agent_id IS NOT NULL";
        assert_eq!(place.sql(named).await, place.sql(all_named).await);
        assert_ne!(place.sql(named).await, ["0 0"]);
        let healed = rows(&place, &withheld).await;
        // A comparison finds them here.
        compare(&reconciler).await;
        assert!(summary(&reconciler).await.is_whole());
        // The records come after all, and replace them.
        let late: Vec<&str> = records()
            .into_iter()
            .filter(|(id, _)| withheld.contains(id))
            .flat_map(|(_, copies)| copies)
            .collect();
        save(&tables, &late).await;
        assert_eq!(sources(&place).await, [format!("contact_record {all}")]);
        assert_eq!(rows(&place, &withheld).await, healed, "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_neither_missing_nor_fetched() {
    let api = centre().await;
    let withheld = one_in(41);
    for place in places() {
        let tables = tables_without(&place, &withheld).await;
        let kept = records().into_keys().find(|id| !withheld.contains(id)).expect("a contact");
        let lost = withheld.first().expect("a contact");
        let reconciler = reconciler(&api, &tables).await;
        compare(&reconciler).await;
        let ids = [kept.clone(), lost.clone()];
        let gone = tables.forget(Forgotten::Contacts(&ids), now(), soon()).await.expect("gone");
        assert_eq!(gone.len(), 2, "{}", place.kind());
        compare(&reconciler).await;
        let mut expected = withheld.clone();
        expected.remove(lost);
        assert_eq!(missing(&reconciler).await, expected);
        let report = reconciler.heal(DAY.from, now(), now(), soon()).await.expect("healed");
        assert_eq!(report.healed, expected.len() as u64);
        let ids = format!(
            "SELECT CAST(COUNT(*) AS text) FROM contact_record WHERE contact_id IN ('{kept}', '{lost}')"
        );
        assert_eq!(place.sql(&ids).await, ["0"]);
    }
}
