//! Logins that are not the owner's: what each may do, on a real server.

use secrecy::SecretString;
use serde_json::json;
use switchboard_metrics::reader::MetricReader;
use switchboard_records::RecordTables;
use switchboard_sql::SqlError;
use switchboard_sql::logins::{Access, Login};
use switchboard_sql::url::SqlUrl;
use switchboard_tests::postgres::Postgres;

use super::*;

/// A store that signs in by a secret.
fn signed_in(server: &Postgres, database: &str, secret: &SecretString) -> Store {
    let url = format!("postgres://127.0.0.1:{}/{database}?secret=file:///secret.json", server.port());
    let Ok(SqlUrl::Postgres(place)) = url.parse() else { panic!("a server's URL") };
    store_in(Database::postgres(&place, Some(secret)).expect("a server"))
}

fn owner(server: &Postgres, database: &str) -> Store {
    let Ok(SqlUrl::Postgres(place)) = server.url(database).parse() else { panic!("a server's URL") };
    store_in(Database::postgres(&place, None).expect("a server"))
}

fn secret(name: &str, password: &str) -> SecretString {
    SecretString::from(json!({"username": name, "password": password}).to_string())
}

#[tokio::test]
async fn a_poller_writes_rows_a_check_reads_them_and_neither_drops_a_table() {
    let server = Postgres::shared();
    let database = server.database();
    let owner = owner(server, &database);
    owner.migrate(soon()).await.expect("tables");
    server.sql(&database, "CREATE TABLE of_another_capability (x text)");
    // Logins are the server's, which others of these tests share.
    let [poller, check] =
        ["poller", "check"].map(|name| secret(&format!("{name}_of_{database}"), "aPassword0123456789"));
    let logins = |[poller, check]: [&SecretString; 2]| {
        [Login::new(poller, Access::Write), Login::new(check, Access::Read)]
            .map(|login| login.expect("a login"))
    };
    owner.admit(&logins([&poller, &check]), soon()).await.expect("logins");

    let (writer, reader) = (signed_in(server, &database, &poller), signed_in(server, &database, &check));
    let waiting = || complete(1, vec![queue("queue-1", "VOICE", 2.0)]);
    writer.save_current_metrics(&waiting(), soon()).await.expect("a poller saves");
    writer.save_current_users(&complete(1, vec![user("user-1")]), soon()).await.expect("a poller saves");
    writer.prune(at(2), 10, soon()).await.expect("a poller forgets");
    assert!(!reader.freshness(soon()).await.expect("a check reads").is_empty());

    let refused = Err(SqlError::Rejected("SQLSTATE 42501".to_owned()));
    let written = reader.save_current_metrics(&waiting(), soon()).await.map(|_| ());
    assert_eq!(written, refused, "a check changes nothing");
    for (secret, right) in [(&poller, "f|t|t|t|t|f|f"), (&check, "f|t|f|f|f|f|f")] {
        let name = secrecy::ExposeSecret::expose_secret(secret);
        let name = serde_json::from_str::<serde_json::Value>(name).expect("JSON")["username"]
            .as_str()
            .expect("a name")
            .to_owned();
        let may = |right: &str| format!("has_table_privilege('{name}', 'current_metric_data', '{right}')");
        let rights = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"].map(may).join(", ");
        let asked = format!(
            "SELECT has_schema_privilege('{name}', 'public', 'CREATE'), {rights}, \
             has_table_privilege('{name}', 'of_another_capability', 'SELECT')"
        );
        assert_eq!(server.sql(&database, &asked), right, "{name}");
    }

    // Another password in the secret holds from the next migration on, and the rights stay.
    let changed = secret(&format!("check_of_{database}"), "another0123456789Password");
    owner.migrate(soon()).await.expect("nothing new");
    owner.admit(&logins([&poller, &changed]), soon()).await.expect("logins");
    assert!(signed_in(server, &database, &changed).freshness(soon()).await.is_ok());
    let refused = signed_in(server, &database, &check).freshness(soon()).await;
    assert!(matches!(refused, Err(SqlError::Login(_))), "{refused:?}");
}

/// The login of a board reads tables of two capabilities, in whichever order they are brought up to date.
#[tokio::test]
async fn a_board_reads_metric_and_record_tables_and_nobody() {
    let server = Postgres::shared();
    let database = server.database();
    let owner = owner(server, &database);
    owner.migrate(soon()).await.expect("tables");
    let records = RecordTables::new(owner.database().clone());
    records.migrate(soon()).await.expect("tables");
    let secret = secret(&format!("board_of_{database}"), "aPassword0123456789");
    let login = || Login::new(&secret, Access::Read).expect("a login");
    let reader = MetricReader::new(owner.database().clone());
    reader.admit(&login(), soon()).await.expect("a login");
    records.admit(&[login()], soon()).await.expect("a login");
    reader.admit(&login(), soon()).await.expect("a login");

    let board = signed_in(server, &database, &secret);
    let reads = MetricReader::new(board.database().clone());
    assert_eq!(reads.polls(soon()).await, Ok(Vec::new()));
    assert_eq!(reads.queues(soon()).await, Ok(Vec::new()));
    assert_eq!(reads.sums_since(at(0), soon()).await, Ok(Vec::new()));
    let targets = RecordTables::new(board.database().clone()).service_level_targets(soon()).await;
    assert!(targets.is_ok(), "{targets:?}");
    for table in ["current_user_data", "current_users", "connect_metadata", "contact_record_personal"] {
        let asked = format!("SELECT has_table_privilege('board_of_{database}', '{table}', 'SELECT')");
        assert_eq!(server.sql(&database, &asked), "f", "{table}");
    }
}

#[tokio::test]
async fn a_file_has_no_logins() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(Database::sqlite(&folder.path().join("metrics.db")).await.expect("a file"));
    store.migrate(soon()).await.expect("tables");
    assert_eq!(store.admit(&[], soon()).await, Ok(()));
    let login = Login::new(&secret("check", "0123456789abcdef"), Access::Read).expect("a login");
    assert!(matches!(store.admit(&[login], soon()).await, Err(SqlError::Rejected(_))));
}
