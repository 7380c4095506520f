//! What is rejected, as a file for a person to look at and to replay from.

use std::{
    io::{self, BufWriter, Write},
    ops::Range,
};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use tempfile::{NamedTempFile, TempPath};

use crate::outcome::{MAX_NAMED_REJECTS, Reason, Rejected};

/// Where rejected records go. An object there never comes back as one to deliver.
pub(crate) const PREFIX: &str = "rejected/";

/// Where the rejected records of an object go.
pub(crate) fn key_of(key: &str) -> String {
    format!("{PREFIX}{key}.ndjson")
}

/// What is rejected in one object, on the local disk: it may be the whole object.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    file: Option<BufWriter<NamedTempFile>>,
    /// How many there are.
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) named: Vec<Rejected>,
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    reason: String,
    start: u64,
    end: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    /// Where the bytes are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<InBase64<'a>>,
}

struct InBase64<'a>(&'a [u8]);

impl Serialize for InBase64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

impl Rejects {
    /// Adds a line.
    pub(crate) fn add(&mut self, reason: Reason, range: Range<u64>, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(NamedTempFile::new()?)),
        };
        let data = std::str::from_utf8(bytes).ok();
        let data_base64 = data.is_none().then_some(InBase64(bytes));
        let line = Line { reason: reason.to_string(), start: range.start, end: range.end, data, data_base64 };
        serde_json::to_writer(&mut *file, &line)?;
        file.write_all(b"\n")?;
        self.count += 1;
        if self.named.len() < MAX_NAMED_REJECTS {
            self.named.push(Rejected { reason, range });
        }
        Ok(())
    }

    /// The file, if there is anything in it. It is removed when the path is dropped.
    pub(crate) fn finish(&mut self) -> io::Result<Option<TempPath>> {
        let Some(file) = self.file.take() else { return Ok(None) };
        Ok(Some(file.into_inner().map_err(io::IntoInnerError::into_error)?.into_temp_path()))
    }
}

#[cfg(test)]
mod tests {
    use switchboard_core::framing::Fault;

    use super::*;

    #[test]
    fn a_line_is_what_a_person_can_replay_from() {
        let mut rejects = Rejects::default();
        rejects.add(Reason::Damage(Fault::CutOff), 7..11, "{\"é".as_bytes()).unwrap();
        rejects.add(Reason::Damage(Fault::NotUtf8), 20..22, b"{\xff").unwrap();
        let path = rejects.finish().unwrap().unwrap();
        let lines = "{\"reason\":\"the document is cut off\",\"start\":7,\"end\":11,\"data\":\"{\\\"é\"}\n\
             {\"reason\":\"not valid UTF-8\",\"start\":20,\"end\":22,\"data_base64\":\"e/8=\"}\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
        assert_eq!(rejects.count, 2);
    }

    #[test]
    fn all_are_counted_and_the_first_are_named() {
        let mut rejects = Rejects::default();
        for at in 0..150 {
            rejects.add(Reason::Damage(Fault::NotJson), at..at + 1, b"x").unwrap();
        }
        assert_eq!((rejects.count, rejects.named.len()), (150, MAX_NAMED_REJECTS));
        assert!(Rejects::default().finish().unwrap().is_none());
    }
}
