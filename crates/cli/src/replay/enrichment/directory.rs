//! Which directory of callers a replay asks.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use ctr_enrich::config::Config;
use serde::Serialize;
use switchboard_callers::Directory;
use switchboard_runtime::settings::Settings;
use url::Url;

/// Where the directory came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub(crate) enum DirectorySource {
    /// The command line.
    Argument {
        /// As it was given.
        callers: String,
    },
    /// The environment's `CALLERS`.
    Environment,
    /// A file that lay in a folder that is replayed.
    Folder {
        /// The file.
        callers: String,
    },
    /// There is none.
    #[default]
    None,
}

impl std::fmt::Display for DirectorySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument { callers } => write!(f, "{callers} (--callers)"),
            Self::Environment => f.write_str("as the environment's CALLERS says"),
            Self::Folder { callers } => write!(f, "{callers} (found there)"),
            Self::None => f.write_str("not looked up (give --callers FILE.csv)"),
        }
    }
}

/// Opens the directory, if there is one: the argument's, the environment's, or the first `callers.csv`
/// that lies in one of the folders. All `CALLERS_*` settings hold for each.
///
/// # Errors
/// When a setting is invalid or the directory can't be opened.
pub(crate) async fn open(
    argument: Option<&str>,
    paths: &[PathBuf],
) -> anyhow::Result<(Option<Directory>, DirectorySource)> {
    let (config, source) = match argument {
        Some(callers) => (config(Some(callers))?, DirectorySource::Argument { callers: callers.to_owned() }),
        None => match config(None)? {
            config if config.callers.is_some() => (config, DirectorySource::Environment),
            none => match paths.iter().map(|path| path.join("callers.csv")).find(|path| path.is_file()) {
                Some(path) => {
                    let callers = path.display().to_string();
                    (config(Some(&callers))?, DirectorySource::Folder { callers })
                }
                None => (none, DirectorySource::None),
            },
        },
    };
    Ok((config.open().await.map_err(anyhow::Error::new)?, source))
}

/// The settings of the environment, with `callers` in the place of its `CALLERS`.
fn config(callers: Option<&str>) -> anyhow::Result<Config> {
    let address = callers.map(address).transpose()?;
    let mut settings = Settings::from_env();
    if let Some(address) = address {
        settings.set("CALLERS", address);
    }
    let config = Config::read(&mut settings);
    settings.check()?;
    Ok(config)
}

/// The address that CALLERS would have: an address as it is, or a file's.
fn address(callers: &str) -> anyhow::Result<String> {
    if callers.contains("://") {
        return Ok(callers.to_owned());
    }
    let path = Path::new(callers).canonicalize().with_context(|| format!("{callers} can't be read"))?;
    Url::from_file_path(&path).map(String::from).map_err(|()| anyhow!("{callers} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("who calls #1 ü.csv");
        std::fs::write(&path, "Phone,Name\n").unwrap();
        let config = config(Some(path.to_str().unwrap())).unwrap();
        let canonical = path.canonicalize().unwrap();
        assert_eq!(config.callers, Some(switchboard_callers::CallersUrl::File(canonical)));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = config(Some("nowhere.csv")).unwrap_err();
        assert!(error.to_string().contains("nowhere.csv"), "{error}");
    }
}
