//! What is said of PostgreSQL alone: passwords and TLS.

use secrecy::SecretString;
use switchboard_sql::SqlError;
use switchboard_sql::url::SqlUrl;
use switchboard_tests::cut::Refusing;
use switchboard_tests::postgres::{PASSWORD, Postgres, USER};

use super::*;

/// A store by a URL and a secret.
fn store(url: &str, secret: Option<&str>) -> Store {
    let Ok(SqlUrl::Postgres(place)) = url.parse() else { panic!("a server's URL") };
    let secret = secret.map(SecretString::from);
    store_in(Database::postgres(&place, secret.as_ref()).expect("a server"))
}

#[tokio::test]
async fn a_certificate_is_checked_with_its_own_authority() {
    let server = Postgres::shared();
    let (database, port) = (server.database(), server.port());
    let authority = server.authority();
    let secret = format!(r#"{{"username": "{USER}", "password": "{PASSWORD}", "engine": "postgres"}}"#);
    let tls = |host: &str, more: &str| {
        let url = format!(
            "postgres://{host}:{port}/{database}?secret=file:///secret.json&sslmode=verify-full{more}"
        );
        store(&url, Some(&secret))
    };
    let trusted = format!("&sslrootcert={}", authority.display());
    let store = tls("localhost", &trusted);
    store.migrate(soon()).await.expect("a trusted server");
    let encrypted = "SELECT bool_or(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE application_name = 'switchboard' AND datname = current_database()";
    assert_eq!(server.sql(&database, encrypted), "t");

    let refused = |error| matches!(error, Err(SqlError::Rejected(reason)) if reason.starts_with("TLS"));
    assert!(refused(tls("localhost", "").migrate(soon()).await), "an unknown authority");
    assert!(refused(tls("127.0.0.1", &trusted).migrate(soon()).await), "another name");
}

#[tokio::test]
async fn a_secret_says_what_the_url_does_not() {
    let server = Postgres::shared();
    let (database, port) = (server.database(), server.port());
    let secret = format!(
        r#"{{"username": "{USER}", "password": "{PASSWORD}", "host": "127.0.0.1", "port": {port}, "dbname": "{database}"}}"#
    );
    let whole = store("postgres:///?secret=file:///secret.json", Some(&secret));
    whole.migrate(soon()).await.expect("tables");
    assert_eq!(server.sql(&database, "SELECT count(*) FROM connect_migrations"), "2");
    let wrong = secret.replace(PASSWORD, "hunter2");
    let refused = store("postgres:///?secret=file:///secret.json", Some(&wrong)).migrate(soon()).await;
    assert_eq!(refused, Err(SqlError::Login("SQLSTATE 28P01".to_owned())));
    let Ok(SqlUrl::Postgres(place)) = "postgres:///?secret=file:///secret.json".parse() else {
        panic!("a URL")
    };
    let unclear = Database::postgres(&place, Some(&SecretString::from("hunter2"))).expect_err("no JSON");
    assert!(!unclear.to_string().contains("hunter2"), "{unclear}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_until_the_deadline() {
    let nobody = Refusing::start();
    let store = store(&format!("postgres://{USER}:x@127.0.0.1:{}/metrics", nobody.port()), None);
    let deadline = Instant::now() + Duration::from_secs(1);
    let unavailable = store.freshness(deadline).await;
    assert!(matches!(unavailable, Err(SqlError::Unavailable(_) | SqlError::Deadline)), "{unavailable:?}");
}
