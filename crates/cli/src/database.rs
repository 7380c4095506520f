//! The location of the metrics database: its option, and opening it.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use switchboard_runtime::{database, settings::Settings};
use switchboard_sql::{database::Database, url::SqlUrl};
use tokio::time::Instant;

use crate::contacts::location::{OUT, shown};

/// The file that is used unless `METRICS_DB` names another place.
pub(crate) const FILE_NAME: &str = "metrics.db";

/// The timeout of a request of an interactive command.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The location of the metrics database, which holds metric tables and record tables.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DatabaseLocation {
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

impl DatabaseLocation {
    /// Opens the database for writing; a file is made if there is none.
    ///
    /// # Errors
    /// When the place is invalid or can't be opened.
    pub(crate) async fn open_or_make(&self) -> anyhow::Result<(Database, LocationName)> {
        self.open_or_make_in(Path::new(OUT)).await
    }

    /// The same, where a file of that folder is used unless another place is named.
    ///
    /// # Errors
    /// As those of [`open_or_make`](Self::open_or_make).
    pub(crate) async fn open_or_make_in(&self, folder: &Path) -> anyhow::Result<(Database, LocationName)> {
        let url = self.url(folder)?;
        if let SqlUrl::Sqlite(path) = &url
            && let Some(folder) = path.parent()
        {
            let made = std::fs::create_dir_all(folder);
            made.with_context(|| format!("the folder {} can't be made", folder.display()))?;
        }
        open(url).await
    }

    /// Opens what was written before; a file must exist. `filled_by` is the command that makes one.
    ///
    /// # Errors
    /// When the place is invalid, there is nothing, or it can't be read.
    pub(crate) async fn open_existing(&self, filled_by: &str) -> anyhow::Result<(Database, LocationName)> {
        let url = self.url(Path::new(OUT))?;
        if let SqlUrl::Sqlite(path) = &url {
            // A store would be made where there is none.
            let file = shown(path);
            let file = file.display();
            ensure!(
                path.is_file(),
                "{file} is not there: `switchboard {filled_by}` fills it, or name one with --db"
            );
        }
        open(url).await
    }

    fn url(&self, folder: &Path) -> anyhow::Result<SqlUrl> {
        match &self.db {
            Some(url) if url.contains("://") => url.parse().context("--db is invalid"),
            Some(file) => Ok(SqlUrl::Sqlite(std::path::absolute(file)?)),
            None => {
                let mut settings = Settings::from_env();
                let url = settings.optional("METRICS_DB");
                settings.check()?;
                url.map_or_else(|| Ok(SqlUrl::Sqlite(std::path::absolute(folder.join(FILE_NAME))?)), Ok)
            }
        }
    }
}

/// As long as a person waits for a table.
pub(crate) fn deadline() -> Instant {
    Instant::now() + TIMEOUT
}

async fn open(url: SqlUrl) -> anyhow::Result<(Database, LocationName)> {
    #[cfg(feature = "aws")]
    if matches!(url, SqlUrl::RdsData(_)) {
        // That the environment names a region.
        crate::aws::config().await?;
    }
    let opened = database::open(&url).await;
    let name = LocationName(match url {
        SqlUrl::Sqlite(path) => Some(path),
        SqlUrl::Postgres(_) | SqlUrl::RdsData(_) => None,
    });
    Ok((opened.with_context(|| format!("{name} can't be opened"))?, name))
}
