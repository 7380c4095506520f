//! How long rows are kept, who reads them, and their erasure.

use jiff::SignedDuration;
use secrecy::SecretString;
use switchboard_records::{EventRow, Forgotten, Retention};
use switchboard_sql::logins::{Access, Login};
use switchboard_tests::postgres::Postgres;

use super::*;
use crate::metric_tables::places::empty_places;

/// Contacts of a customer each, by the day of their end.
async fn save_of_days(tables: &RecordTables, contacts: &[(&str, &str, &str)]) {
    let record = |(id, day, number): &(&str, &str, &str)| {
        format!(
            r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","Channel":"VOICE",
            "InstanceARN":"arn:aws:connect:x:1:instance/i",
            "InitiationTimestamp":"{day}T09:55:00Z","DisconnectTimestamp":"{day}T10:00:00Z",
            "Queue":{{"ARN":"arn:aws:connect:x:1:instance/i/queue/q","EnqueueTimestamp":"{day}T09:56:00Z"}},
            "CustomerEndpoint":{{"Type":"TELEPHONE_NUMBER","Address":"{number}"}}}}"#
        )
    };
    let records: Vec<_> = contacts.iter().map(record).collect();
    save(tables, &records.iter().map(String::as_str).collect::<Vec<_>>()).await;
    tables.recompute(soon()).await.expect("sums");
}

async fn ids(place: &Place, table: &str) -> Vec<String> {
    place.sql(&format!("SELECT contact_id FROM {table} ORDER BY contact_id")).await
}

#[tokio::test]
async fn what_is_kept_no_longer_is_deleted_in_pieces() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let old = (0..10_500).map(|n| {
            let record = format!(
                r#"{{"ContactId":"old{n}","InitiationMethod":"API","DisconnectTimestamp":"2025-03-01T10:00:00Z"}}"#
            );
            ContactRow::read(&record, &AttributeSelection::default(), now()).expect("a record")
        });
        tables.save_contacts(old.collect(), now(), soon()).await.expect("saved");
        let contacts = [
            ("a", "2025-10-15", "+61491570156"),
            ("b", "2025-10-17", "+61491570156"),
            ("c", "2026-08-21", "+61491570156"),
            ("d", "2026-08-23", "+61491570156"),
        ];
        save_of_days(&tables, &contacts).await;
        // It is 20 November 2026: 400 days ago it was 16 October 2025, 90 days ago 22 August.
        let deleted = tables.delete_expired(&Retention::default(), now(), soon()).await.expect("deleted");
        let of = |name: &str| deleted.iter().find(|(table, _)| *table == name).map(|(_, rows)| *rows);
        assert_eq!(of("contact_record_personal"), Some(10_503), "{}", place.kind());
        assert_eq!(of("contact_record"), Some(10_501), "{}", place.kind());
        assert!(of("interval_sums") > Some(0), "{deleted:?}");
        // Of every attribution.
        for table in ["interval_sums", "interval_service_levels"] {
            let old = format!(
                "SELECT DISTINCT attribution FROM {table} WHERE interval_start < '2025-10-16' ORDER BY attribution"
            );
            assert_eq!(place.sql(&old).await, [""; 0], "{table} {}", place.kind());
        }
        assert_eq!(ids(&place, "contact_record").await, ["b", "c", "d"]);
        assert_eq!(ids(&place, "contact_record_personal").await, ["d"]);
        let again = tables.delete_expired(&Retention::default(), now(), soon()).await.expect("deleted");
        assert!(again.iter().all(|(_, rows)| *rows == 0), "{again:?}");
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let shorter = Retention { contacts: days(100), personal: days(1), agent_time: days(1) };
        tables.delete_expired(&shorter, now(), soon()).await.expect("deleted");
        assert_eq!(ids(&place, "contact_record").await, ["c", "d"]);
        assert_eq!(ids(&place, "contact_record_personal").await, [""; 0]);
    }
}

#[tokio::test]
async fn who_is_forgotten_is_gone_from_rows_and_sums() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let contacts = [
            ("a", "2026-11-02", "+61491570156"),
            ("b", "2026-11-02", "+61491570157"),
            ("c", "2026-11-03", "+61491570156"),
        ];
        save_of_days(&tables, &contacts).await;
        let queued = "SELECT CAST(SUM(contacts) AS text) FROM interval_sums WHERE attribution = 'enqueue'";
        assert_eq!(place.sql(queued).await, ["3"]);
        let forgotten =
            tables.forget(Forgotten::Customer("+61491570156"), now(), soon()).await.expect("gone");
        assert_eq!(forgotten.iter().map(|key| &*key.contact_id).collect::<Vec<_>>(), ["a", "c"]);
        tables.recompute(soon()).await.expect("sums");
        assert_eq!(place.sql(queued).await, ["1"], "{}", place.kind());
        for table in ["contact_record", "contact_record_personal"] {
            assert_eq!(ids(&place, table).await, ["b"]);
        }
        assert_eq!(ids(&place, "forgotten_contacts").await, ["a", "c"]);
        let one = tables.forget(Forgotten::Contacts(&["b".to_owned()]), now(), soon()).await.expect("gone");
        assert_eq!(one.len(), 1);
        let nobody = tables.forget(Forgotten::Customer("+61491570199"), now(), soon()).await.expect("nobody");
        assert_eq!(nobody, []);
    }
}

/// The planner takes a view for a hundred times as long as it is, and would compile it for seconds.
#[tokio::test]
async fn logins_that_read_run_without_compilation() {
    let database = Postgres::shared().database();
    let tables = tables_in(&Place::Postgres(database.clone())).await;
    tables.grant_roles(soon()).await.expect("roles");
    let sql = |sql: &str| Postgres::shared().sql(&database, sql);
    sql("CREATE ROLE bi_login LOGIN IN ROLE reader; CREATE ROLE bi_other LOGIN");
    tables.grant_roles(soon()).await.expect("roles again");
    let setting = |role: &str| {
        sql(&format!(
            "SELECT COALESCE(array_to_string(rolconfig, ','), '') FROM pg_roles WHERE rolname = '{role}'"
        ))
    };
    assert_eq!((setting("bi_login"), setting("bi_other")), ("jit=off".to_owned(), String::new()));
    sql("DROP ROLE bi_login, bi_other");
}

#[tokio::test]
async fn nothing_brings_back_who_is_forgotten() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let contacts = [("a", "2026-11-02", "+61491570156"), ("b", "2026-11-02", "+61491570157")];
        save_of_days(&tables, &contacts).await;
        // "later" is not known yet.
        let ids_forgotten = ["a".to_owned(), "later".to_owned()];
        let gone = tables.forget(Forgotten::Contacts(&ids_forgotten), now(), soon()).await.expect("gone");
        assert_eq!(gone.len(), 1);
        let later = ("later", "2026-11-02", "+61491570156");
        for again in [&contacts[..], &[contacts[0], later, contacts[0]]] {
            save_of_days(&tables, again).await;
        }
        let event = |id: &str, kind: &str| {
            let event = format!(
                r#"{{"detail-type":"Amazon Connect Contact Event","region":"ap-southeast-2","detail":{{
                "eventType":"{kind}","contactId":"{id}","channel":"VOICE","initiationMethod":"INBOUND",
                "initiationTimestamp":"2026-11-02T09:55:00Z",
                "instanceArn":"arn:aws:connect:x:1:instance/i",
                "queueInfo":{{"queueArn":"arn:aws:connect:x:1:instance/i/queue/q","queueType":"STANDARD",
                "enqueueTimestamp":"2026-11-02T09:56:00Z"}}}}}}"#
            );
            EventRow::read(&event, now()).expect("an event")
        };
        let events = ["a", "later", "b", "c"].map(|id| event(id, "QUEUED"));
        tables.save_contact_events(events.into(), now(), soon()).await.expect("saved");
        tables.recompute(soon()).await.expect("sums");
        assert_eq!(ids(&place, "contact_record").await, ["b", "c"], "{}", place.kind());
        assert_eq!(ids(&place, "contact_record_personal").await, ["b"], "{}", place.kind());
        assert_eq!(ids(&place, "forgotten_contacts").await, ["a", "later"]);
        assert_eq!(ids(&place, "contact_changes").await, [""; 0]);
        let queued = "SELECT CAST(SUM(contacts) AS text) FROM interval_sums WHERE attribution = 'enqueue'";
        assert_eq!(place.sql(queued).await, ["2"], "{}", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_while_it_is_forgotten_does_not_stay() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let names: Vec<String> = (0..12).map(|n| format!("c{n:02}")).collect();
        let saves = async {
            for _ in 0..2 {
                for id in &names {
                    save_of_days(&tables, &[(id.as_str(), "2026-11-02", "+61491570156")]).await;
                }
            }
        };
        let forgets = async {
            for id in &names {
                let one = std::slice::from_ref(id);
                tables.forget(Forgotten::Contacts(one), now(), soon()).await.expect("gone");
            }
        };
        tokio::join!(saves, forgets);
        tables.recompute(soon()).await.expect("sums");
        assert_eq!(ids(&place, "contact_record").await, [""; 0], "{}", place.kind());
        let queued = "SELECT CAST(COALESCE(SUM(contacts), 0) AS text) FROM interval_sums";
        assert_eq!(place.sql(queued).await, ["0"], "{}", place.kind());
    }
}

#[tokio::test]
async fn a_reader_sees_nothing_personal_and_an_investigator_all() {
    let database = Postgres::shared().database();
    let place = Place::Postgres(database.clone());
    let tables = tables_in(&place).await;
    // Whoever does it again, or beside another.
    let (one, other) = tokio::join!(tables.grant_roles(soon()), tables.grant_roles(soon()));
    one.expect("roles");
    other.expect("roles");
    let may = |role: &str, table: &str| {
        let sql = format!("SELECT has_table_privilege('{role}', '{table}', 'SELECT')");
        Postgres::shared().sql(&database, &sql) == "t"
    };
    for table in ["queue_intervals", "contact_record", "contact_outcome", "reconciliation", "agent_intervals"]
    {
        assert!(may("reader", table) && may("investigator", table), "{table}");
    }
    assert!(!may("reader", "contact_record_personal"));
    assert!(may("investigator", "contact_record_personal"));
    let writes = "SELECT COUNT(*) FROM information_schema.role_table_grants \
         WHERE grantee IN ('reader', 'investigator') AND privilege_type <> 'SELECT'";
    assert_eq!(Postgres::shared().sql(&database, writes), "0");
    // Really: as the reader, the server refuses.
    let read = |table: &str| {
        let sql = format!("SET ROLE reader; SELECT COUNT(*) FROM {table}");
        Postgres::shared().try_sql(&database, &sql)
    };
    assert!(read("contact_record").is_ok());
    let refused = read("contact_record_personal").expect_err("refused");
    assert!(refused.contains("permission denied for table contact_record_personal"), "{refused}");
    // A login that reads sees what a reader sees.
    let login = format!("board_of_{database}");
    let secret = format!(r#"{{"username":"{login}","password":"0123456789abcdefXYZ"}}"#);
    let made = Login::new(&SecretString::from(secret), Access::Read).expect("a login");
    tables.admit(&[made], soon()).await.expect("a login made");
    assert!(
        may(&login, "queue_intervals") && may(&login, "calendar") && may(&login, "service_level_targets")
    );
    assert!(!may(&login, "contact_record_personal"));
    let written = format!(
        "SELECT COUNT(*) FROM information_schema.role_table_grants WHERE grantee = '{login}' AND privilege_type <> 'SELECT'"
    );
    assert_eq!(Postgres::shared().sql(&database, &written), "0");
    // No view shows what the table hides.
    let columns = "SELECT COUNT(*) FROM information_schema.columns WHERE table_name <> 'contact_record_personal' \
         AND table_schema = 'public' AND column_name IN ('customer_endpoint_address', 'attributes', 'customer_id', \
         'system_endpoint_address', 'transferred_to_endpoint_address', 'unknown_members')";
    assert_eq!(Postgres::shared().sql(&database, columns), "0");
}
