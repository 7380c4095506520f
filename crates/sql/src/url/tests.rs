use secrecy::ExposeSecret as _;

use super::*;

const CLUSTER: &str = "arn:aws:rds:ap-southeast-2:111122223333:cluster:metrics";
const SECRET: &str = "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:metrics-AbCdEf";

fn server(text: &str) -> Postgres {
    match text.parse() {
        Ok(SqlUrl::Postgres(place)) => place,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_file_is_named_by_its_path() {
    let Ok(SqlUrl::Sqlite(path)) = "sqlite:///data/my%20metrics.db".parse() else { panic!("a file") };
    assert_eq!(path, PathBuf::from("/data/my metrics.db"));
}

#[test]
fn a_server_is_named_with_its_database() {
    let place = server("postgres://poller@db.example.com:5433/metrics?sslmode=require&sslrootcert=/ca.pem");
    assert_eq!(place.user.as_deref(), Some("poller"));
    assert_eq!(place.host.as_deref(), Some("db.example.com"));
    assert_eq!((place.port, place.database.as_deref()), (Some(5433), Some("metrics")));
    assert_eq!(place.tls, Some(TlsMode::Require));
    assert_eq!(place.root_certificate, Some(PathBuf::from("/ca.pem")));
    assert!(!place.is_loopback());
}

#[test]
fn a_secret_may_say_all_of_it() {
    let place = server(&format!("postgres:///?secret=secretsmanager://{SECRET}"));
    assert_eq!((place.host, place.database), (None, None));
    assert_eq!(place.secret_url, Some(format!("secretsmanager://{SECRET}")));
}

#[test]
fn a_password_may_stand_in_the_url_of_this_machine() {
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let place = server(&format!("postgres://poller:p%40ss@{host}/metrics"));
        assert_eq!(place.password.expect("a password").expose_secret(), "p@ss", "{host}");
    }
}

#[test]
fn the_data_api_is_named_by_two_arns() {
    let Ok(SqlUrl::RdsData(place)) = format!("rds-data://metrics?cluster={CLUSTER}&secret={SECRET}").parse()
    else {
        panic!("a cluster")
    };
    assert_eq!(
        place,
        RdsData { database: "metrics".into(), cluster_arn: CLUSTER.into(), secret_arn: SECRET.into() }
    );
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    use SqlUrlError as E;
    let twice = format!("rds-data://metrics?cluster={CLUSTER}&cluster={CLUSTER}&secret={SECRET}");
    for (text, expected) in [
        ("", E::Form),
        ("metrics.db", E::Form),
        ("mysql://host/metrics", E::Form),
        ("postgres:host/metrics", E::Form),
        ("sqlite:metrics.db", E::Path),
        ("sqlite://host/metrics.db", E::Path),
        ("sqlite:///data/", E::Path),
        ("sqlite:///metrics.db?mode=ro", E::Path),
        ("postgres://host", E::Server),
        ("postgres:///metrics", E::Server),
        ("postgres://user:hunter2@db.example.com/metrics", E::Password),
        ("postgres://host/metrics?sslmode=maybe", E::TlsMode),
        ("postgres://host/metrics?sslrootcert=ca.pem", E::RootCertificate),
        ("postgres://host/metrics?secret=hunter2", E::Secret),
        ("postgres://host/metrics?connect_timeout=3", E::Option),
        ("postgres://host/metrics?sslmode=require&sslmode=disable", E::Option),
        ("rds-data://metrics", E::RdsData),
        ("rds-data://metrics?cluster=metrics&secret=hunter2", E::RdsData),
        (&twice, E::RdsData),
    ] {
        assert_eq!(text.parse::<SqlUrl>().err(), Some(expected), "{text}");
    }
}

#[test]
fn neither_a_refusal_nor_what_is_understood_shows_a_password() {
    let refused = "postgres://user:hunter2@db.example.com/metrics".parse::<SqlUrl>().unwrap_err();
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
    let place = server("postgres://user:hunter2@127.0.0.1/metrics");
    assert!(!format!("{place:?}").contains("hunter2"), "{place:?}");
}
