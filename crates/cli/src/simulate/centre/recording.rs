//! Takes the history: what is emitted, and the truth where there is a folder for it.

use std::{
    io::{self, Write},
    path::Path,
};

use switchboard_simulator::model::{
    ClockSkew, Config, Directory, Millis, Sink, Step,
    emit::{AgentFaultCounts, AgentFaults, Emission, FaultCounts, Faults, WorldFaults},
    truth::Truth,
};

use super::{
    day_folder::{self, DayFolder, TruthFolder, create_truth},
    destination::Destination,
    disk_space::{estimated_bytes, megabytes, require_space},
    folder_readme::{FolderReadme, Progress},
};

/// Takes the history.
pub(super) struct Recording {
    emission: Emission<Faults<Destination>>,
    truth: Option<Truth<TruthFolder>>,
}

/// What the history is changed by on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct AllFaults {
    pub(super) world: WorldFaults,
    pub(super) agents: AgentFaults,
    pub(super) clock_skew: ClockSkew,
}

/// Makes the folder, which must have room for the day, and the files of its truth; its README says that it is not complete.
///
/// # Errors
/// When it holds something, the disk lacks room, or it can't be written.
pub(super) fn create_folder(
    root: &Path,
    readme: &FolderReadme,
    config: &Config,
    repeat: f64,
) -> anyhow::Result<(Option<DayFolder>, Option<Truth<TruthFolder>>)> {
    let bytes = estimated_bytes(config, repeat);
    day_folder::require_empty(root)?;
    writeln!(io::stderr(), "about {} in {}", megabytes(bytes), root.display())?;
    require_space(root, bytes)?;
    let folder = DayFolder::create(root)?;
    readme.write(Progress::Writing)?;
    Ok((Some(folder), Some(Truth::new(create_truth(root)?, config.end()))))
}

impl Recording {
    pub(super) fn new(
        destination: Destination,
        faults: AllFaults,
        truth: Option<Truth<TruthFolder>>,
        begin: Millis,
    ) -> Self {
        let AllFaults { world, agents, clock_skew } = faults;
        let emission = Emission::new(Faults::new(destination, world), begin);
        Self { emission: emission.with_clock_skew(clock_skew).with_agent_faults(agents), truth }
    }

    /// What went wrong, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.emission.take_error()
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn finish(
        self,
        end: Millis,
        directory: &Directory,
    ) -> io::Result<(Destination, FaultCounts, AgentFaultCounts)> {
        if let Some(truth) = self.truth {
            truth.finish(directory)?;
        }
        let of_agents = self.emission.agent_fault_counts();
        let faults = self.emission.finish(end, directory)?;
        let counts = faults.counts();
        Ok((faults.into_output(), counts, of_agents))
    }
}

impl Sink for Recording {
    fn take(&mut self, step: &Step<'_>) {
        if let Some(truth) = &mut self.truth {
            truth.take(step);
        }
        self.emission.take(step);
    }
}
