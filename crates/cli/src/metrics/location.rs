//! The location of the metric tables: its options, and opening it.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use switchboard_metrics::store;
use switchboard_runtime::settings::Settings;
use switchboard_sql::{database::Database, url::SqlUrl};
use tokio::time::Instant;

use crate::contacts::location::{OUT, shown};

/// The file that a poll fills, unless `METRICS_DB` names another place.
const FILE_NAME: &str = "metrics.db";

/// The timeout of a request of an interactive command.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The location of the metric tables.
#[derive(Debug, clap::Args)]
pub(crate) struct MetricsLocation {
    /// The metrics database: a file, or a URL as in `METRICS_DB`. If left out: the environment's
    /// `METRICS_DB`, or out/metrics.db.
    #[arg(long, value_name = "FILE|URL")]
    db: Option<String>,
}

/// The name of a location in messages; a URL may hold a password, so it is not repeated.
pub(crate) struct LocationName(Option<PathBuf>);

impl fmt::Display for LocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "{}", shown(path).display()),
            None => f.write_str("the database"),
        }
    }
}

impl MetricsLocation {
    /// Opens the tables for writing, and migrates them.
    ///
    /// # Errors
    /// When the place is invalid or can't be opened.
    pub(crate) async fn open_rw(&self) -> anyhow::Result<(Database, LocationName)> {
        let url = self.url()?;
        if let SqlUrl::Sqlite(path) = &url
            && let Some(folder) = path.parent()
        {
            let made = std::fs::create_dir_all(folder);
            made.with_context(|| format!("the folder {} can't be made", folder.display()))?;
        }
        let (database, name) = open(url).await?;
        store::migrate(&database, deadline())
            .await
            .with_context(|| format!("{name} can't be given its tables"))?;
        Ok((database, name))
    }

    /// Opens the tables for reading; a file must exist.
    ///
    /// # Errors
    /// When the place is invalid, there is nothing, or it can't be read.
    pub(crate) async fn open_ro(&self) -> anyhow::Result<Database> {
        let url = self.url()?;
        if let SqlUrl::Sqlite(path) = &url {
            // A store would be made where there is none.
            let file = shown(path);
            let file = file.display();
            ensure!(
                path.is_file(),
                "{file} is not there: `switchboard metrics poll current` fills it, or name one with --db"
            );
        }
        Ok(open(url).await?.0)
    }

    fn url(&self) -> anyhow::Result<SqlUrl> {
        match &self.db {
            Some(url) if url.contains("://") => url.parse().context("--db is invalid"),
            Some(file) => Ok(SqlUrl::Sqlite(std::path::absolute(file)?)),
            None => {
                let mut settings = Settings::from_env();
                let url = settings.optional("METRICS_DB");
                settings.check()?;
                url.map_or_else(
                    || Ok(SqlUrl::Sqlite(std::path::absolute(Path::new(OUT).join(FILE_NAME))?)),
                    Ok,
                )
            }
        }
    }
}

/// As long as a person waits for a table.
pub(crate) fn deadline() -> Instant {
    Instant::now() + TIMEOUT
}

async fn open(url: SqlUrl) -> anyhow::Result<(Database, LocationName)> {
    if matches!(url, SqlUrl::RdsData(_)) {
        // That the environment names a region.
        crate::aws::config().await?;
    }
    let opened = store::open(&url).await;
    let name = LocationName(match url {
        SqlUrl::Sqlite(path) => Some(path),
        SqlUrl::Postgres(_) | SqlUrl::RdsData(_) => None,
    });
    Ok((opened.with_context(|| format!("{name} can't be opened"))?, name))
}
