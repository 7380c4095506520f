//! Where what is emitted goes: a folder, clients of AWS, or both.

use std::{io, sync::mpsc::Sender};

use switchboard_simulator::{
    Item,
    model::emit::{Emitted, EmittedKind, Output},
};

use super::day_folder::DayFolder;

/// Where what is emitted goes.
#[derive(Debug, Default)]
pub(super) struct Destination {
    /// The folder to write.
    pub(super) folder: Option<DayFolder>,
    /// To whom sends it to AWS.
    pub(super) live: Option<Sender<(EmittedKind, Item)>>,
}

impl Output for Destination {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        if let Some(folder) = &mut self.folder {
            folder.put(emitted)?;
        }
        if let Some(live) = &self.live {
            live.send((emitted.kind, emitted.into())).map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.folder.as_mut().map_or(Ok(()), DayFolder::finish)
    }
}
