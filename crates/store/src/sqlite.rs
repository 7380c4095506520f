//! An SQLite file that several programs may use at once: how it is opened and brought up to date.

use std::{path::Path, time::Duration};

use backon::{ConstantBuilder, Retryable as _};
use sqlx::{
    SqlSafeStr as _, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::error::{StoreError, is_busy};

/// How long to wait for another program's write.
const BUSY: Duration = Duration::from_secs(10);

/// A task waits so long for the file's one connection at most, which is longer than any call may take: its own deadline ends a call. A
/// program that was stopped for a while and goes on would otherwise find all its tasks out of time at once.
const ACQUIRE: Duration = Duration::from_hours(24);

/// How often a file is opened that another program is just turning into one with a write-ahead log.
const AGAIN: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::from_millis(10)).with_max_times(1000).with_jitter();

/// Opens a file, or makes it.
///
/// With a write-ahead log, so that readers and a writer do not wait for each other. That such a file survives a kill, but
/// perhaps not its last writes a power cut, suits data that comes again. One connection: SQLite has one writer at a time,
/// and waiting in the pool is fair, which the file's lock is not. It stays open as long as the pool: a new one would open what has
/// the file's name by then, which may be nothing, or another program's.
///
/// # Errors
/// When it can't be opened, is something else, or stays locked for ten seconds.
pub async fn open(path: &Path) -> sqlx::Result<SqlitePool> {
    open_with(path, &[]).await
}

/// The same with settings of the connection: `PRAGMA` names, each with its value.
///
/// # Errors
/// As [`open`].
pub async fn open_with(path: &Path, settings: &[(&'static str, &'static str)]) -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY);
    let options = settings.iter().fold(options, |options, (name, value)| options.pragma(*name, *value));
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE);
    let pool = pool.max_lifetime(None).idle_timeout(None);
    // Two that turn a new file to a write-ahead log at once would wait for each other for ever, so SQLite tells one of
    // them at once that it is locked, whatever its timeout.
    let connect = || pool.clone().connect_with(options.clone());
    connect
        .retry(AGAIN)
        .when(|error| matches!(error, sqlx::Error::Database(error) if is_busy(error.as_ref())))
        .await
}

/// Brings a file's tables up to date, under the write lock, as another program may be about to do the same.
///
/// `steps` are taken in order, each once, and whole; one that was ever released is not changed.
///
/// # Errors
/// [`StoreError::Rejected`] when the file is of something else or of a newer program.
pub async fn migrate(pool: &SqlitePool, steps: &[(&'static str, &'static str)]) -> Result<(), StoreError> {
    let step = |(version, (name, sql)): (i64, &(&'static str, &'static str))| {
        Migration::new(version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let migrator = Migrator::with_migrations((1..).zip(steps).map(step).collect());
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let rejected = || StoreError::Rejected("of something else, or of a newer program".to_owned());
    // Steps that only add tables would be taken in any file.
    let is_of_others = sqlx::query_scalar::<_, bool>(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\') \
         AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')",
    );
    if is_of_others.fetch_one(&mut *transaction).await? {
        return Err(rejected());
    }
    migrator.run(&mut *transaction).await.map_err(|_| rejected())?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[(&str, &str)] = &[("words", "CREATE TABLE words (word TEXT PRIMARY KEY)")];

    async fn open_and_migrate(path: &Path) -> Result<SqlitePool, StoreError> {
        let pool = open(path).await?;
        migrate(&pool, STEPS).await?;
        Ok(pool)
    }

    #[tokio::test]
    async fn who_waits_for_the_connection_waits_until_the_calls_own_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder.path().join("x.db")).await.unwrap();
        let held = pool.acquire().await.unwrap();
        tokio::time::pause();
        let waits = tokio::spawn({
            let pool = pool.clone();
            async move { pool.acquire().await.map(drop) }
        });
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_mins(5)).await;
        assert!(!waits.is_finished());
        drop(held);
        tokio::time::resume();
        waits.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_file_of_something_else_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let pool = open(&path).await.unwrap();
        sqlx::query("CREATE TABLE sums (n INTEGER)").execute(&pool).await.unwrap();
        let rejected = migrate(&pool, STEPS).await.unwrap_err();
        assert!(matches!(rejected, StoreError::Rejected(_)), "{rejected:?}");
        let tables = sqlx::query_scalar::<_, String>("SELECT group_concat(name) FROM sqlite_master");
        assert_eq!(tables.fetch_one(&pool).await.unwrap(), "sums");
    }

    /// As two functions' first runs on one machine did: one of them stopped with "SQLite error 5".
    #[test]
    fn many_may_make_a_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..200 {
            let path = folder.path().join(format!("{round}.db"));
            let opened = std::thread::scope(|scope| {
                let one = || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let pool = open_and_migrate(&path).await?;
                        pool.close().await;
                        Ok::<_, StoreError>(())
                    })
                };
                let all: Vec<_> = (0..2).map(|_| scope.spawn(one)).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(opened.iter().all(Result::is_ok), "round {round}: {opened:?}");
        }
    }

    /// After half an hour, the pool's own limit, a connection was made anew, and found a file without tables in place of one that
    /// somebody had removed.
    #[tokio::test]
    async fn a_connection_is_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.db");
        let pool = open_and_migrate(&path).await.unwrap();
        assert_eq!((pool.options().get_max_lifetime(), pool.options().get_idle_timeout()), (None, None));
        std::fs::remove_file(&path).unwrap();
        sqlx::query("INSERT INTO words VALUES ('still here')").execute(&pool).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callers.csv");
        std::fs::write(&path, "Phone,Name\n".repeat(100)).unwrap();
        assert_eq!(
            open_and_migrate(&path).await.unwrap_err(),
            StoreError::Rejected("the file is no SQLite database: SQLite error 26".to_owned())
        );
        let nowhere = open_and_migrate(&folder.path().join("no folder").join("x.db")).await.unwrap_err();
        assert!(matches!(nowhere, StoreError::Rejected(why) if why.contains("no such file or folder")));
    }

    #[tokio::test]
    async fn a_file_of_a_newer_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let newer = [STEPS[0], ("more", "CREATE TABLE more (word TEXT)")];
        migrate(&open(&path).await.unwrap(), &newer).await.unwrap();
        let refused = open_and_migrate(&path).await.unwrap_err();
        assert!(matches!(refused, StoreError::Rejected(why) if why.contains("newer program")));
    }
}
