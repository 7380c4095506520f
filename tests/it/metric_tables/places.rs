//! Places to keep metric tables in.

use std::time::Duration;

use switchboard_metrics::store::Store;
use switchboard_sql::database::Database;
use switchboard_sql::url::{RdsData, SqlUrl};
use switchboard_tests::data_api::DataApi;
use switchboard_tests::postgres::Postgres;
use switchboard_tests::wait::until_async;
use tempfile::TempDir;

use super::{soon, store_in};

/// One place, empty at first.
pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres(String),
    DataApi(DataApi, String),
}

/// One of each kind, with tables.
pub(super) async fn places() -> [Place; 3] {
    let places = empty_places();
    for place in &places {
        place.open().await.migrate(soon()).await.expect("tables");
    }
    places
}

/// One of each kind, without.
pub(crate) fn empty_places() -> [Place; 3] {
    [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres(), Place::data_api()]
}

impl Place {
    pub(crate) fn postgres() -> Self {
        Self::Postgres(Postgres::shared().database())
    }

    pub(crate) fn data_api() -> Self {
        Self::DataApi(DataApi::start(Postgres::shared()), Postgres::shared().database())
    }

    /// A store of its own, as another process would have one.
    pub(super) async fn open(&self) -> Store {
        store_in(self.database().await)
    }

    /// The tables of another instance.
    pub(super) async fn open_of(&self, instance: &str) -> Store {
        Store::new(self.database().await, instance.parse().expect("an instance"))
    }

    pub(crate) async fn database(&self) -> Database {
        match self {
            Self::Sqlite(folder) => {
                Database::sqlite(&folder.path().join("metrics.db")).await.expect("a file")
            }
            Self::Postgres(database) => postgres(&Postgres::shared().url(database)),
            Self::DataApi(api, database) => {
                let place = RdsData {
                    database: database.clone(),
                    cluster_arn: "arn:aws:rds:us-east-1:111122223333:cluster:metrics".to_owned(),
                    secret_arn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:m".to_owned(),
                };
                Database::rds_data(&aws_sdk_rdsdata::Client::new(&api.sdk_config().await), place)
            }
        }
    }

    /// A statement beside the store: the one text column of each row; SQLite's NULL is an empty text, as psql's.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("metrics.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let pool = sqlx::SqlitePool::connect_with(options).await.expect("the file");
                let rows: Vec<Option<String>> =
                    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&pool).await.expect("an answer");
                rows.into_iter().map(Option::unwrap_or_default).collect()
            }
            Self::Postgres(database) | Self::DataApi(_, database) => {
                let printed = Postgres::shared().sql(database, sql);
                printed.lines().map(str::to_owned).collect()
            }
        }
    }

    /// SQLite's plan of a query, a step a line.
    pub(super) async fn plan(&self, sql: &str) -> Vec<String> {
        let Self::Sqlite(folder) = self else { return Vec::new() };
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("metrics.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("the file");
        let plan = format!("EXPLAIN QUERY PLAN {sql}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(plan)).fetch_all(&pool).await.expect("a plan");
        // In tables with a key of several columns the index is called after the table.
        rows.iter().map(|row| sqlx::Row::get::<String, _>(row, 3)).collect()
    }

    /// How long PostgreSQL has worked in the database, once nobody is connected any more.
    pub(super) async fn database_millis(&self) -> Option<f64> {
        let database = self.server_database()?;
        let server = Postgres::shared();
        let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
        until_async("all to be gone", Duration::from_mins(1), async || {
            (server.sql("postgres", &sessions) == "0").then_some(())
        })
        .await;
        let time = format!("SELECT active_time FROM pg_stat_database WHERE datname = '{database}'");
        Some(server.sql("postgres", &time).parse().expect("milliseconds"))
    }

    /// Begins that time anew.
    pub(super) async fn forget_time(&self) {
        if self.database_millis().await.is_some() {
            let database = self.server_database().unwrap_or_default();
            Postgres::shared().sql(database, "SELECT pg_stat_reset()");
        }
    }

    fn server_database(&self) -> Option<&str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(database) | Self::DataApi(_, database) => Some(database),
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
            Self::DataApi(..) => "the Data API",
        }
    }
}

/// A database by the server's URL.
pub(super) fn postgres(url: &str) -> Database {
    let Ok(SqlUrl::Postgres(place)) = url.parse() else { panic!("a server's URL") };
    Database::postgres(&place, None).expect("a server")
}
