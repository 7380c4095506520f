//! The folder of an invented day.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use flate2::{Compression, write::GzEncoder};
use switchboard_simulator::model::{
    HOUR, IsoSeconds, Millis,
    emit::{Emitted, EmittedKind, Output},
    truth::{self, TruthFiles},
};

/// What was written of a kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    /// How many records, events, batches or reports.
    pub(super) items: u64,
    /// How many bytes, before they were compressed.
    pub(super) bytes: u64,
}

/// The files of the truth.
pub(super) type TruthFolder = BufWriter<File>;

/// Writes what is emitted into a file for each kind and hour of delivery.
#[derive(Debug)]
pub(super) struct DayFolder {
    root: PathBuf,
    open: BTreeMap<EmittedKind, (Millis, GzEncoder<BufWriter<File>>)>,
    written: BTreeMap<EmittedKind, Written>,
}

/// # Errors
/// When the folder holds something.
pub(super) fn require_empty(root: &Path) -> anyhow::Result<()> {
    let is_empty = fs::read_dir(root).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "{} is not empty", root.display());
    Ok(())
}

/// The name of the folder of a kind.
fn folder_of(kind: EmittedKind) -> &'static str {
    match kind {
        EmittedKind::ContactRecord => "contact-records",
        EmittedKind::ContactEvent => "contact-events",
        EmittedKind::FlowLogs => "flow-logs",
        EmittedKind::AgentEvent => "agent-events",
        EmittedKind::Report => "reports",
    }
}

impl DayFolder {
    /// Makes the folders.
    ///
    /// # Errors
    /// When they can't be made.
    pub(super) fn create(root: &Path) -> anyhow::Result<Self> {
        for folder in EmittedKind::ALL.map(folder_of) {
            let path = root.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("{} can't be made", path.display()))?;
        }
        Ok(Self { root: root.to_owned(), open: BTreeMap::new(), written: BTreeMap::new() })
    }

    /// What was written, by folder.
    pub(super) fn written(&self) -> impl Iterator<Item = (&'static str, Written)> {
        self.written.iter().map(|(kind, written)| (folder_of(*kind), *written))
    }

    fn write_line(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        let hour = emitted.at.div_euclid(HOUR) * HOUR;
        if self.open.get(&emitted.kind).is_none_or(|(of, _)| *of != hour) {
            if let Some((_, file)) = self.open.remove(&emitted.kind) {
                finish(file)?;
            }
            // `2026-11-02T01:00:00Z` without what every hour has.
            let name = IsoSeconds(hour).to_string();
            let name = name.split_once(':').map_or(&*name, |(hour, _)| hour);
            let path = self.root.join(folder_of(emitted.kind)).join(format!("{name}.ndjson.gz"));
            let file = BufWriter::new(File::create(path)?);
            self.open.insert(emitted.kind, (hour, GzEncoder::new(file, Compression::fast())));
        }
        if let Some((_, file)) = self.open.get_mut(&emitted.kind) {
            file.write_all(emitted.bytes)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    }
}

impl Output for DayFolder {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        let written = self.written.entry(emitted.kind).or_default();
        written.items += 1;
        written.bytes += u64::try_from(emitted.bytes.len()).unwrap_or(0);
        if emitted.kind == EmittedKind::Report {
            return fs::write(self.root.join(folder_of(emitted.kind)).join(emitted.key), emitted.bytes);
        }
        self.write_line(emitted)
    }

    fn finish(&mut self) -> io::Result<()> {
        let open = std::mem::take(&mut self.open);
        open.into_values().try_for_each(|(_, file)| finish(file))
    }
}

fn finish(file: GzEncoder<BufWriter<File>>) -> io::Result<()> {
    file.finish()?.flush()
}

/// Makes the folder of the truth and its files.
///
/// # Errors
/// When they can't be made.
pub(super) fn create_truth(root: &Path) -> anyhow::Result<TruthFiles<TruthFolder>> {
    let folder = root.join("truth");
    let create = || -> io::Result<_> {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("README.md"), truth::README)?;
        let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
        Ok(TruthFiles {
            contacts: file("contacts.ndjson")?,
            agents: file("agents.ndjson")?,
            intervals: file("intervals.ndjson")?,
        })
    };
    create().with_context(|| format!("{} can't be written", folder.display()))
}
