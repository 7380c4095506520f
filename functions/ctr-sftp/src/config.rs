//! The settings.

use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{renewable::RenewableError, settings::Settings};
use switchboard_wfm::history::{rows::Layout, sftp::SftpTargetUrl};

use crate::destination::{Destination, DestinationError};

/// Where files go, and what they look like.
#[derive(Debug, Clone)]
pub struct Config {
    /// `WFM_SFTP`: where files go.
    pub sftp: SftpTargetUrl,
    /// `CSV_LAYOUT`: which columns a row has.
    pub layout: Layout,
    /// `CONNECT_INSTANCES`: whose contact records are delivered.
    pub instances: ServedInstances,
    /// `REJECTED_RECORDS_BUCKET`: the bucket of rejected records; without it, each object's own.
    pub rejects_bucket: Option<String>,
}

impl Config {
    /// Reads the settings; problems are collected in `settings`. [`None`] if a required one is missing or invalid.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let sftp = settings.required("WFM_SFTP");
        let layout = settings.optional_or("CSV_LAYOUT", Layout::default());
        let instances = settings.optional_or("CONNECT_INSTANCES", ServedInstances::default());
        let rejects_bucket = settings.optional("REJECTED_RECORDS_BUCKET");
        Some(Self { sftp: sftp?, layout, instances, rejects_bucket })
    }

    /// Reads the secret, without a connection yet.
    ///
    /// # Errors
    /// When the secret can't be read, or is not what is expected.
    pub async fn open(&self) -> Result<Destination, RenewableError<DestinationError>> {
        Destination::open(&self.sftp).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_in_one_message() {
        let mut settings =
            Settings::from_pairs([("WFM_SFTP", "sftp://u:hunter2@host"), ("CSV_LAYOUT", "wide")]);
        assert!(Config::read(&mut settings).is_none());
        let problems = settings.check().unwrap_err().to_string();
        assert!(problems.contains("WFM_SFTP is invalid"), "{problems}");
        assert!(problems.contains("CSV_LAYOUT is invalid"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }

    #[test]
    fn only_the_target_is_required() {
        let mut settings = Settings::from_pairs::<&str, &str>([]);
        assert!(Config::read(&mut settings).is_none());
        assert_eq!(settings.check().unwrap_err().to_string(), "WFM_SFTP is not set");

        let mut settings = Settings::from_pairs([("WFM_SFTP", "dir:///tmp/wfm")]);
        assert_eq!(Config::read(&mut settings).unwrap().layout, Layout::Teleopti);
        assert_eq!(settings.check(), Ok(()));
    }
}
