//! The README of an invented day's folder, which says whether the folder is complete.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use switchboard_simulator::model::{Config, IsoSeconds, Millis};

/// What the README says of every such folder.
const TEXT: &str = include_str!("folder.md");

/// How far the writing of the folder has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It goes on, unless it broke off.
    Writing,
    /// It was stopped when it had come to that moment of the history.
    StoppedAt(Millis),
    /// All is there.
    Complete,
}

/// The README of a folder.
#[derive(Debug)]
pub(super) struct FolderReadme {
    path: PathBuf,
    made_with: String,
    end: Millis,
}

impl FolderReadme {
    /// That of the folder of that centre.
    pub(super) fn new(root: &Path, config: &Config) -> Self {
        let Config { seed, agents, queues, contacts_per_day, .. } = config;
        let (begin, end) = (IsoSeconds(config.begin()), IsoSeconds(config.end()));
        let made_with = format!(
            "\n## This folder\n\nSeed {seed}, {agents} agents, {queues} queues, {contacts_per_day} contacts a day, from \
             {begin} to {end}.\n"
        );
        Self { path: root.join("README.md"), made_with, end: config.end() }
    }

    /// # Errors
    /// When it can't be written.
    pub(super) fn write(&self, progress: Progress) -> anyhow::Result<()> {
        let completeness = match progress {
            Progress::Complete => String::new(),
            Progress::Writing => {
                "\n**It is not complete**: it is being written, or its writing broke off.\n".to_owned()
            }
            Progress::StoppedAt(at) => format!(
                "\n**It is not complete**: its writing was stopped, and what happened from {} to {} is missing, with all \
                 that would have been delivered since, and the truth of what was not over.\n",
                IsoSeconds(at),
                IsoSeconds(self.end)
            ),
        };
        fs::write(&self.path, [TEXT, &self.made_with, &completeness].concat())
            .with_context(|| format!("{} can't be written", self.path.display()))
    }
}
