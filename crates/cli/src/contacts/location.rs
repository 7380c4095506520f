//! The location of the contacts store, for commands that read it and for the replay that fills it.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::{
    expiry::{RETENTION_DEFAULT_MINUTES, RETENTION_UNLIMITED_MINUTES},
    store::Store,
};
use switchboard_runtime::settings::Settings;
use switchboard_store::{call::CallContext, store_url::StoreUrl};
use tokio::time::Instant;

/// The folder of a replay's results, unless another is named.
pub(crate) const OUT: &str = "out";

/// The file in it that a replay fills, unless `CONTACTS` names another place.
pub(crate) const FILE_NAME: &str = "contacts.db";

/// How long a person waits for an answer.
const TIME_TO_ANSWER: Duration = Duration::from_mins(1);

/// Where contacts are kept.
#[derive(Debug, clap::Args)]
pub(crate) struct ContactsLocation {
    /// Where contacts are kept: a file, or an address as CONTACTS takes it. If left out: the
    /// environment's CONTACTS, or out/contacts.db, which a replay fills.
    #[arg(long, value_name = "FILE|URL")]
    contacts: Option<String>,
}

/// What all commands have in common that show contacts.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    location: ContactsLocation,
    /// Whose clock times are shown on: an IANA name such as Europe/Stockholm, or `local`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub(crate) tz: TimeZone,
    /// Print one JSON document, with times in UTC.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Options {
    /// Opens the store.
    ///
    /// # Errors
    /// When the location is invalid, there is no store, or it can't be read.
    pub(crate) async fn open(&self) -> anyhow::Result<Store> {
        self.location.open().await
    }
}

impl ContactsLocation {
    /// Opens the store.
    ///
    /// # Errors
    /// When the location is invalid, there is no store, or it can't be read.
    pub(crate) async fn open(&self) -> anyhow::Result<Store> {
        let setting = from_environment()?;
        let selector = self.selector(setting.selector)?;
        if let StoreUrl::Sqlite(path) = &selector {
            // A store would be made where there is none.
            let file = path.display();
            let there = path.is_file();
            ensure!(there, "{file} is not there: `switchboard replay` fills it, or name one with --contacts");
        }
        // What a file keeps may be of any age, as a replay fills it.
        let is_file = matches!(selector, StoreUrl::Sqlite(_));
        let retention = if is_file { RETENTION_UNLIMITED_MINUTES } else { setting.retention_minutes };
        open(&selector, retention).await
    }

    /// The folder in which the file is, where contacts are in one.
    ///
    /// # Errors
    /// When the location is invalid.
    pub(crate) fn folder(&self) -> anyhow::Result<Option<PathBuf>> {
        Ok(match self.selector(from_environment()?.selector)? {
            StoreUrl::Sqlite(path) => path.parent().map(Path::to_owned),
            StoreUrl::DynamoDb { .. } => None,
        })
    }

    /// Where contacts are: where the option says, or the environment, or where a replay puts them.
    fn selector(&self, of_environment: Option<StoreUrl>) -> anyhow::Result<StoreUrl> {
        match (&self.contacts, of_environment) {
            (Some(contacts), _) if contacts.contains("://") => {
                contacts.parse().with_context(|| format!("--contacts {contacts} is invalid"))
            }
            (Some(file), _) => Ok(StoreUrl::Sqlite(std::path::absolute(file)?)),
            (None, Some(selector)) => Ok(selector),
            (None, None) => Ok(StoreUrl::Sqlite(std::path::absolute(Path::new(OUT).join(FILE_NAME))?)),
        }
    }
}

/// What the environment says of contacts.
#[derive(Debug)]
pub(crate) struct Setting {
    /// `CONTACTS`.
    pub(crate) selector: Option<StoreUrl>,
    /// `CONTACT_RETENTION_MINUTES`.
    pub(crate) retention_minutes: u32,
}

/// Reads the environment.
///
/// # Errors
/// When a setting is invalid.
pub(crate) fn from_environment() -> anyhow::Result<Setting> {
    let mut settings = Settings::from_env();
    let selector = settings.optional("CONTACTS");
    let retention: Option<NonZeroU32> = settings.optional("CONTACT_RETENTION_MINUTES");
    settings.check()?;
    Ok(Setting { selector, retention_minutes: retention.map_or(RETENTION_DEFAULT_MINUTES, NonZeroU32::get) })
}

/// Opens a place; an SQLite file that is not there is made.
///
/// # Errors
/// When it can't be opened.
pub(crate) async fn open(selector: &StoreUrl, retention_minutes: u32) -> anyhow::Result<Store> {
    match selector {
        StoreUrl::Sqlite(path) => {
            let opened = Store::sqlite(path, retention_minutes).await;
            opened.with_context(|| format!("{} can't be opened", path.display()))
        }
        #[cfg(feature = "aws")]
        StoreUrl::DynamoDb { table } => {
            let client = aws_sdk_dynamodb::Client::new(&crate::aws::config().await?);
            Ok(Store::dynamodb(&client, table.clone(), retention_minutes))
        }
        #[cfg(not(feature = "aws"))]
        StoreUrl::DynamoDb { .. } => {
            anyhow::bail!("contacts: this build can't read DynamoDB: it lacks the feature `aws`")
        }
    }
}

/// A file as it is shown: from here, if it is in here.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

/// Now, and not longer than a person waits.
pub(crate) fn now() -> CallContext {
    CallContext::new(Timestamp::now(), Instant::now() + TIME_TO_ANSWER)
}

/// What `--tz` takes.
///
/// # Errors
/// When there is no such zone.
pub(crate) fn time_zone(text: &str) -> Result<TimeZone, String> {
    if text == "local" {
        return Ok(TimeZone::system());
    }
    let expected = || "no such time zone; expected a name such as Europe/Stockholm, or local".to_owned();
    TimeZone::get(text).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name() {
        for zone in ["UTC", "Europe/Stockholm", "local"] {
            assert!(time_zone(zone).is_ok(), "{zone}");
        }
        assert!(time_zone("Europe/Stockhome").unwrap_err().contains("local"));
    }
}
