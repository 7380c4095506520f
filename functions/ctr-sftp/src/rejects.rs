//! Rejected records, in a file that a person can read and replay.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use tempfile::{NamedTempFile, TempPath};

use crate::outcome::{MAX_LISTED_REJECTS, RejectReason, Rejected};

/// The prefix of objects of rejected records. Such an object is never delivered.
pub(crate) const PREFIX: &str = "rejected/";

/// The key of an object's rejected records.
pub(crate) fn key_of(key: &str) -> String {
    format!("{PREFIX}{key}.ndjson")
}

/// The rejected records of one object, on the local disk: they may be the whole object.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    file: Option<BufWriter<NamedTempFile>>,
    /// How many there are.
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) listed: Vec<Rejected>,
    /// Why not all are in the file.
    pub(crate) fault: Option<io::Error>,
}

/// One line of the file.
#[derive(Serialize)]
struct RejectLine<'a> {
    reason: String,
    start: u64,
    end: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    /// Where the bytes are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<Base64Bytes<'a>>,
}

struct Base64Bytes<'a>(&'a [u8]);

impl Serialize for Base64Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

impl Rejects {
    /// Adds a line, if the disk has room. Without room it is only counted, and so are all after it.
    pub(crate) fn add(&mut self, reason: RejectReason, range: Range<u64>, bytes: &[u8]) {
        if self.fault.is_none() {
            self.fault = self.write(reason, &range, bytes).err();
        }
        self.count += 1;
        if self.listed.len() < MAX_LISTED_REJECTS {
            self.listed.push(Rejected { reason, range });
        }
    }

    fn write(&mut self, reason: RejectReason, range: &Range<u64>, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(NamedTempFile::new()?)),
        };
        let data = std::str::from_utf8(bytes).ok();
        let data_base64 = data.is_none().then_some(Base64Bytes(bytes));
        let line =
            RejectLine { reason: reason.to_string(), start: range.start, end: range.end, data, data_base64 };
        serde_json::to_writer(&mut *file, &line)?;
        file.write_all(b"\n")
    }

    /// The file, if there is anything in it, without a line that was cut off by a full disk. It is removed when the path is
    /// dropped.
    pub(crate) fn finish(&mut self) -> io::Result<Option<TempPath>> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        if self.fault.is_none() {
            self.fault = file.flush().err();
        }
        let (mut file, _unwritten) = file.into_parts();
        if self.fault.is_some() {
            truncate_after_last_line(file.as_file_mut())?;
        }
        Ok(Some(file.into_temp_path()))
    }
}

/// Truncates a file after its last whole line.
fn truncate_after_last_line(file: &mut File) -> io::Result<()> {
    const STEP_BYTES: u64 = 64 * 1024;
    let mut end = file.metadata()?.len();
    let mut part = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP_BYTES);
        file.seek(SeekFrom::Start(start))?;
        part.clear();
        (&*file).take(end - start).read_to_end(&mut part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    file.set_len(end)
}

#[cfg(test)]
mod tests {
    use switchboard_core::framing::Fault;

    use super::*;

    #[test]
    fn a_line_can_be_replayed() {
        let mut rejects = Rejects::default();
        rejects.add(RejectReason::Damage(Fault::CutOff), 7..11, "{\"é".as_bytes());
        rejects.add(RejectReason::Damage(Fault::NotUtf8), 20..22, b"{\xff");
        let path = rejects.finish().unwrap().unwrap();
        let lines = "{\"reason\":\"the document is cut off\",\"start\":7,\"end\":11,\"data\":\"{\\\"é\"}\n\
             {\"reason\":\"not valid UTF-8\",\"start\":20,\"end\":22,\"data_base64\":\"e/8=\"}\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
        assert_eq!(rejects.count, 2);
    }

    #[test]
    fn all_are_counted_and_the_first_are_listed() {
        let mut rejects = Rejects::default();
        for at in 0..150 {
            rejects.add(RejectReason::Damage(Fault::NotJson), at..at + 1, b"x");
        }
        assert_eq!((rejects.count, rejects.listed.len()), (150, MAX_LISTED_REJECTS));
        assert!(Rejects::default().finish().unwrap().is_none());
    }

    #[test]
    fn a_line_without_room_is_removed() {
        for (text, whole) in [("a\nb\nhalf", "a\nb\n"), ("half", ""), ("", ""), ("a\n", "a\n")] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            truncate_after_last_line(&mut file).unwrap();
            file.rewind().unwrap();
            assert_eq!(io::read_to_string(file).unwrap(), whole);
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(format!("a\n{}", "x".repeat(200_000)).as_bytes()).unwrap();
        truncate_after_last_line(&mut file).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 2);
    }
}
