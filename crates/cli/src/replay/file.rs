//! One file on its pass through a system.

use std::{io, ops::Range};

use super::{
    outputs::{FileOutputs, Outputs, RejectedLine},
    report::{ItemLocation, Report},
};
use crate::input::files::Input;

/// A file, what a system writes of it, and the report that lists its rejected items.
pub(super) struct ReplayedFile<'a> {
    /// Its path, for people.
    pub(super) path: String,
    pub(super) outputs: FileOutputs,
    pub(super) report: &'a mut Report,
    /// How many items were rejected.
    pub(super) rejected: u64,
    /// True if no other system has rejected what can't be read.
    pub(super) reports_damage: bool,
}

impl<'a> ReplayedFile<'a> {
    /// The file as one system reads it; what another system wrote of it stays.
    pub(super) fn new(
        input: &Input,
        reports_damage: bool,
        outputs: &Outputs,
        report: &'a mut Report,
    ) -> Self {
        let path = input.path.display().to_string();
        Self { path, outputs: outputs.of(&input.name), report, rejected: 0, reports_damage }
    }

    /// Rejects a part of the file that is no document, or of no known kind, unless another system has.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn reject_damage(
        &mut self,
        range: Range<u64>,
        reason: &str,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        if self.reports_damage { self.reject_bytes(range, reason, bytes) } else { Ok(()) }
    }

    /// Rejects the rest of a file, which can't be read, unless another system has.
    pub(super) fn reject_rest(&mut self, error: &io::Error) {
        if self.reports_damage {
            self.rejected += 1;
            self.list_rejected(ItemLocation::File {}, &format!("can't be read: {}", error.kind()));
        }
    }

    /// Rejects a part of the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn reject_bytes(
        &mut self,
        range: Range<u64>,
        reason: &str,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        self.rejected += 1;
        self.outputs.rejected.write_json(&RejectedLine::of_file(&self.path, &range, reason, bytes))?;
        self.list_rejected(range.into(), reason);
        Ok(())
    }

    /// Rejects a part of an event.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn reject_item(
        &mut self,
        location: ItemLocation,
        id: &str,
        reason: &str,
        data: &str,
    ) -> anyhow::Result<()> {
        self.rejected += 1;
        self.outputs.rejected.write_json(&RejectedLine::of_event(&self.path, id, reason, data))?;
        self.list_rejected(location, reason);
        Ok(())
    }

    /// Lists something that is rejected, and counted, elsewhere.
    pub(super) fn list_rejected(&mut self, location: ItemLocation, reason: &str) {
        self.report.list_rejected(&self.path, location, reason);
    }
}
