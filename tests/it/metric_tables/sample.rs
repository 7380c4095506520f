//! The columns of AWS's sample of such tables, which datasets and dashboards are made on.
//! <https://github.com/aws-samples/aws-connect-data-visualization-using-aurora>

use super::history::five;
use super::places::{Place, places};
use super::*;

const TABLES: [(&str, &str); 4] = [
    ("connect_metadata", "arn, name, arn_type, created_at, last_updated_at"),
    (
        "current_metric_data",
        "queue_arn, queue_name, agents_online, agents_available, agents_on_call, agents_staffed, agents_acw, agents_npt, \
         agents_error, agents_on_contact, in_queue, oldest_contact, scheduled, slots_active, slots_available, created_at, \
         last_updated_at",
    ),
    (
        "current_user_data",
        "user_arn, user_name, routing_profile_arn, routing_profile_name, status_start_time, status_name, created_at, \
         last_updated_at",
    ),
    (
        "historical_metric_data",
        "queue_arn, queue_name, start_time, end_time, abandon_time, after_contact_work_time, api_contacts_handled, \
         callback_contacts_handled, contacts_abandoned, contacts_agent_hung_up_first, contacts_consulted, \
         contacts_handled, contacts_handled_incoming, contacts_handled_outbound, contacts_hold_abandons, \
         contacts_missed, contacts_queued, contacts_transferred_in, contacts_transferred_in_from_queue, \
         contacts_transferred_out, contacts_transferred_out_from_queue, handle_time, hold_time, \
         interaction_and_hold_time, interaction_time, occupancy, queue_answer_time, queued_time, created_at, \
         last_updated_at",
    ),
];

/// The type that a column of the sample's has in PostgreSQL, and in SQLite.
fn type_of(column: &str) -> (&'static str, &'static str) {
    match column {
        "created_at" | "last_updated_at" | "status_start_time" | "start_time" | "end_time" => {
            ("timestamp with time zone", "TEXT")
        }
        "arn_type" | "status_name" => ("text", "TEXT"),
        name if name.ends_with("arn") || name.ends_with("name") => ("text", "TEXT"),
        _ => ("numeric", "REAL"),
    }
}

#[tokio::test]
async fn every_column_of_the_sample_is_there_with_its_type() {
    for place in places().await {
        for (table, columns) in TABLES {
            let all = match place {
                Place::Sqlite(_) => {
                    format!("SELECT name || ' ' || upper(type) FROM pragma_table_info('{table}')")
                }
                _ => format!(
                    "SELECT column_name || ' ' || data_type FROM information_schema.columns \
                     WHERE table_name = '{table}'"
                ),
            };
            let all = place.sql(&all).await;
            for column in columns.split(", ") {
                let (postgres, sqlite) = type_of(column);
                let kind = if matches!(place, Place::Sqlite(_)) { sqlite } else { postgres };
                let wanted = format!("{column} {kind}");
                assert!(all.contains(&wanted), "{table} lacks {wanted} on {}: {all:?}", place.kind());
            }
        }
    }
}

#[tokio::test]
async fn a_kind_is_called_as_the_sample_calls_it() {
    for place in places().await {
        let store = place.open().await;
        let all = ResourceKind::ALL.map(|kind| resource(kind, "1", "name")).to_vec();
        store.save_metadata(&complete(0, all), &ResourceKind::ALL, soon()).await.expect("saved");
        let types = place.sql("SELECT arn_type FROM connect_metadata ORDER BY arn_type").await;
        assert_eq!(types, ["agent status", "queue", "routing profile", "users"], "{}", place.kind());
    }
}

/// The beginning and the end of a row, in seconds of the test.
fn times(beginning: i64, end: i64) -> String {
    format!("{}|{}", at(beginning).as_second(), at(end).as_second())
}

/// What is written in a row beside its numbers, by SQL's own reading of times.
async fn written(place: &Place, columns: &str, table: &str) -> Vec<String> {
    let second = |column: &str| match place {
        Place::Sqlite(_) => format!("strftime('%s', {column})"),
        _ => format!("CAST(CAST(extract(epoch FROM {column}) AS bigint) AS text)"),
    };
    let named: Vec<_> = columns.split(", ").map(|column| format!("COALESCE({column}, '-') || '|'")).collect();
    let (began, ended) = (second("created_at"), second("last_updated_at"));
    place.sql(&format!("SELECT {} || {began} || '|' || {ended} FROM {table}", named.join(" || "))).await
}

#[tokio::test]
async fn a_row_has_the_names_that_were_known_and_its_first_and_last_time() {
    for place in places().await {
        let store = place.open().await;
        let save = async |second| {
            let row = queue("q", "VOICE", 1.0);
            store.save_current_metrics(&complete(second, vec![row]), soon()).await.expect("saved");
            let agent = user("u");
            store.save_current_users(&complete(second, vec![agent]), soon()).await.expect("saved");
            let interval = five("q", 0, &[("contacts_handled", 1.0)]);
            store
                .save_history(&complete(second, vec![interval]), &[minutes(0, 5)], soon())
                .await
                .expect("saved");
        };
        let of_queues = async |table| written(&place, "queue_arn, queue_name", table).await;
        let of_users = async || {
            let columns = "user_arn, user_name, routing_profile_arn, routing_profile_name";
            written(&place, columns, "current_user_data").await
        };
        save(0).await;
        for table in ["current_metric_data", "historical_metric_data"] {
            assert_eq!(of_queues(table).await, [format!("-|-|{}", times(0, 0))], "{}", place.kind());
        }
        assert_eq!(of_users().await, [format!("-|-|-|-|{}", times(0, 0))], "{}", place.kind());

        let named = [
            resource(ResourceKind::Queue, "q", "Sales"),
            resource(ResourceKind::User, "u", "ada"),
            resource(ResourceKind::RoutingProfile, "profile-1", "Basic"),
        ];
        store.save_metadata(&partial(5, named.to_vec()), &[], soon()).await.expect("names");
        save(10).await;
        let [sales, ada, basic] = &named;
        for table in ["current_metric_data", "historical_metric_data"] {
            let row = format!("{}|Sales|{}", sales.arn, times(0, 10));
            assert_eq!(of_queues(table).await, [row], "{table} on {}", place.kind());
        }
        let row = format!("{}|ada|{}|Basic|{}", ada.arn, basic.arn, times(0, 10));
        assert_eq!(of_users().await, [row], "{}", place.kind());

        // A new name is in the views at once, and in the row with its next sample.
        let renamed = vec![resource(ResourceKind::Queue, "q", "Service")];
        store.save_metadata(&partial(15, renamed), &[], soon()).await.expect("names");
        for (table, view) in
            [("current_metric_data", "current_metrics"), ("historical_metric_data", "queues_by_interval")]
        {
            assert_eq!(place.sql(&format!("SELECT queue_name FROM {table}")).await, ["Sales"]);
            assert_eq!(place.sql(&format!("SELECT queue_name FROM {view}")).await, ["Service"]);
        }
        // At rest it keeps its name.
        store.save_current_metrics(&complete(20, vec![]), soon()).await.expect("saved");
        let row = format!("{}|Sales|{}", sales.arn, times(0, 20));
        assert_eq!(of_queues("current_metric_data").await, [row], "{}", place.kind());
    }
}
