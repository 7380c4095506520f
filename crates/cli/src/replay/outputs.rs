//! The files that a replay writes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

/// The folder of results.
#[derive(Debug)]
pub(crate) struct Outputs {
    folder: PathBuf,
}

impl Outputs {
    /// A folder that need not be there yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes what an earlier run wrote for a file. Once, before the systems that read it.
    ///
    /// # Errors
    /// When it can't be removed.
    pub(crate) fn begin(&self, name: &str) -> anyhow::Result<()> {
        for kind in ["enriched", "answers", "agent-states", "rejected"] {
            let path = self.path_of(kind, name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} can't be replaced", path.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files for what becomes of one; what another system wrote to them stays.
    pub(crate) fn of(&self, name: &str) -> FileOutputs {
        let file = |kind: &str| LazyFile { path: self.path_of(kind, name), file: None };
        FileOutputs {
            enriched: file("enriched"),
            answers: file("answers"),
            changes: file("agent-states"),
            rejected: file("rejected"),
        }
    }

    fn path_of(&self, kind: &str, name: &str) -> PathBuf {
        self.folder.join(kind).join(format!("{name}.ndjson"))
    }
}

/// The files for what becomes of one.
#[derive(Debug)]
pub(crate) struct FileOutputs {
    /// The bytes that the function returned.
    pub(crate) enriched: LazyFile,
    /// A JSON line for each answer to a contact flow.
    pub(crate) answers: LazyFile,
    /// A JSON line for each change of an agent's state.
    pub(crate) changes: LazyFile,
    /// A [`RejectedLine`] for each rejected record.
    pub(crate) rejected: LazyFile,
}

/// A rejected record, as it is written.
#[derive(Debug, Serialize)]
pub(crate) struct RejectedLine<'a> {
    /// The file that it was in.
    pub(crate) source: &'a str,
    /// Firehose's id of it.
    pub(crate) record: Option<&'a str>,
    /// Its first byte in the (unpacked) file.
    pub(crate) start: Option<u64>,
    /// The byte after its last.
    pub(crate) end: Option<u64>,
    /// Why it was rejected.
    pub(crate) reason: &'a str,
    /// The record as it came from Firehose, or as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<&'a str>,
    /// The record in base64, where it is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_base64: Option<String>,
}

impl<'a> RejectedLine<'a> {
    /// A record of an event.
    pub(crate) fn of_event(source: &'a str, record: &'a str, reason: &'a str, data: &'a str) -> Self {
        let record = Some(record);
        Self { source, record, start: None, end: None, reason, data: Some(data), data_base64: None }
    }

    /// A part of a file.
    pub(crate) fn of_file(source: &'a str, range: &Range<u64>, reason: &'a str, bytes: &'a [u8]) -> Self {
        let data = std::str::from_utf8(bytes).ok();
        let data_base64 = data.is_none().then(|| STANDARD.encode(bytes));
        let (start, end) = (Some(range.start), Some(range.end));
        Self { source, record: None, start, end, reason, data, data_base64 }
    }
}

impl FileOutputs {
    /// Ends the files.
    ///
    /// # Errors
    /// When the last bytes can't be written.
    pub(crate) fn finish(self) -> anyhow::Result<WrittenFiles> {
        self.answers.finish()?;
        self.changes.finish()?;
        let shown = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
        let rejects = RejectsFile { rejected_records: shown(self.rejected.finish()?) };
        Ok(WrittenFiles { enriched: shown(self.enriched.finish()?), rejects })
    }
}

/// The paths of the files that something was written to.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WrittenFiles {
    /// The file of enriched records.
    pub(crate) enriched: Option<String>,
    /// The file of rejected records.
    #[serde(flatten)]
    pub(crate) rejects: RejectsFile,
}

/// The path of the file of rejected records, if there are any.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RejectsFile {
    /// The path.
    pub(crate) rejected_records: Option<String>,
}

/// A file that is there once something is written to it.
#[derive(Debug)]
pub(crate) struct LazyFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl LazyFile {
    /// Appends bytes.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let path = &self.path;
        let failed = || format!("{} can't be written", path.display());
        if self.file.is_none() {
            fs::create_dir_all(path.parent().unwrap_or(path)).with_context(failed)?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = File::options().create(true).append(true).open(path).with_context(failed)?;
                none.insert(BufWriter::new(file))
            }
        };
        file.write_all(bytes).with_context(failed)
    }

    /// Appends a JSON line.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn write_json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write(&line)
    }

    fn finish(self) -> anyhow::Result<Option<PathBuf>> {
        let Some(mut file) = self.file else {
            return Ok(None);
        };
        file.flush().with_context(|| format!("{} can't be written", self.path.display()))?;
        Ok(Some(self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::new(folder.path().to_owned());
        let mut first = outputs.of("a/x.json");
        first.enriched.write(b"1\n").unwrap();
        first.rejected.write_json(&RejectedLine::of_file("x", &(3..5), "why", b"\xff")).unwrap();
        let written = first.finish().unwrap();
        let (enriched, rejected) = (written.enriched.unwrap(), written.rejects.rejected_records.unwrap());
        assert_eq!(Path::new(&enriched), folder.path().join("enriched/a/x.json.ndjson"));
        let line = r#"{"source":"x","record":null,"start":3,"end":5,"reason":"why","data_base64":"/w=="}"#;
        assert_eq!(fs::read_to_string(&rejected).unwrap(), format!("{line}\n"));

        let mut other = outputs.of("a/x.json");
        other.rejected.write_json(&RejectedLine::of_file("x", &(3..5), "why", b"\xff")).unwrap();
        other.finish().unwrap();
        assert_eq!(
            fs::read_to_string(&rejected).unwrap(),
            format!("{line}\n{line}\n"),
            "two systems of one run"
        );

        outputs.begin("a/x.json").unwrap();
        let mut second = outputs.of("a/x.json");
        second.enriched.write(b"2\n").unwrap();
        let written = WrittenFiles { enriched: Some(enriched.clone()), ..WrittenFiles::default() };
        assert_eq!(second.finish().unwrap(), written);
        assert_eq!(fs::read(enriched).unwrap(), b"2\n");
        assert!(!Path::new(&rejected).exists());
    }
}
