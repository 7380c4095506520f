//! Takes the history: what is emitted, and the truth where there is a folder for it.

use std::{
    io::{self, Write},
    path::Path,
};

use switchboard_simulator::model::{
    ClockSkew, Config, Directory, Millis, Sink, Step,
    emit::{Emission, FaultCounts, Faults, WorldFaults},
    truth::Truth,
};

use super::{
    day_folder::{self, DayFolder, TruthFolder, create_truth},
    destination::Destination,
    disk_space::{estimated_bytes, megabytes, require_space},
};

/// Takes the history.
pub(super) struct Recording {
    emission: Emission<Faults<Destination>>,
    truth: Option<Truth<TruthFolder>>,
}

/// Makes the folder, which must have room for the day, and the files of its truth.
///
/// # Errors
/// When it holds something, the disk lacks room, or it can't be written.
pub(super) fn create_folder(
    root: &Path,
    config: &Config,
    repeat: f64,
) -> anyhow::Result<(Option<DayFolder>, Option<Truth<TruthFolder>>)> {
    let bytes = estimated_bytes(config, repeat);
    day_folder::require_empty(root)?;
    writeln!(io::stderr(), "about {} in {}", megabytes(bytes), root.display())?;
    require_space(root, bytes)?;
    let folder = DayFolder::create(root, config)?;
    Ok((Some(folder), Some(Truth::new(create_truth(root)?, config.end()))))
}

impl Recording {
    pub(super) fn new(
        destination: Destination,
        faults: WorldFaults,
        clock_skew: ClockSkew,
        truth: Option<Truth<TruthFolder>>,
        begin: Millis,
    ) -> Self {
        let emission = Emission::new(Faults::new(destination, faults), begin).with_clock_skew(clock_skew);
        Self { emission, truth }
    }

    /// What went wrong, once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.emission.take_error()
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn finish(self, end: Millis, directory: &Directory) -> io::Result<(Destination, FaultCounts)> {
        if let Some(truth) = self.truth {
            truth.finish(directory)?;
        }
        let faults = self.emission.finish(end, directory)?;
        let counts = faults.counts();
        Ok((faults.into_output(), counts))
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
