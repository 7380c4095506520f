//! The format of a file by its content, and the formats of the documents in it.

use std::{collections::BTreeSet, io, path::Path};

use indicatif::ProgressBar;
use switchboard_core::{framing::Piece, kind::RecordKind};
use switchboard_wfm::stats::agent_report::is_agent_report;

use super::{
    carried,
    document_format::DocumentFormat,
    documents::{Documents, FilePiece, ReadState},
};

/// The format of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// JSON documents, or meant to be.
    Documents,
    /// The rows of Connect's agent report.
    AgentReport,
    /// A directory of callers: a CSV file with the columns Phone and Name.
    Callers,
    /// None of these.
    Unknown(UnknownReason),
}

/// Why a file has no known format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownReason(&'static str);

impl std::fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl FileFormat {
    /// Reads a file until it is clear what it is: usually its first bytes. Text may hold documents further on.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut documents = Documents::open(path)?;
        let mut header = FileHeader::Blank;
        loop {
            let next = documents.read()?;
            if header == FileHeader::Blank {
                header = FileHeader::of(documents.last_part());
            }
            match header {
                FileHeader::Is(kind) => return Ok(kind),
                FileHeader::Json => return Ok(Self::Documents),
                FileHeader::Blank | FileHeader::Text => {}
            }
            while let Some(piece) = documents.piece() {
                if matches!(piece, Piece::Document { text, .. } if DocumentFormat::of(text).is_known()) {
                    return Ok(Self::Documents);
                }
            }
            match next {
                ReadState::More { .. } => {}
                ReadState::Damaged { .. } => return Ok(Self::Documents),
                ReadState::End if header == FileHeader::Blank => {
                    return Ok(Self::Unknown(UnknownReason("empty")));
                }
                ReadState::End => return Ok(Self::Unknown(UnknownReason("no JSON documents in it"))),
            }
        }
    }
}

/// The formats of all documents of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The formats that a system reads.
    known: Vec<DocumentFormat>,
    /// The kinds of the others, for people.
    others: BTreeSet<String>,
    /// True if there are contact records in its batches.
    carries_records: bool,
    /// True if there is something that is no document.
    is_damaged: bool,
}

impl Contents {
    /// Reads a whole file.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) async fn of(path: &Path) -> io::Result<Self> {
        let mut contents = Self::default();
        let add = async |piece: FilePiece<'_>| {
            match piece {
                FilePiece::Document { text, .. } => {
                    let format = DocumentFormat::of(text);
                    contents.insert(format);
                    contents.carries_records |= carried::contact_records(format, text).next().is_some();
                }
                FilePiece::Damage { .. } => contents.is_damaged = true,
                FilePiece::ReadError(error) => return Err(error),
            }
            Ok(())
        };
        Documents::open(path)?.for_each_piece(&ProgressBar::hidden(), add).await?;
        Ok(contents)
    }

    fn insert(&mut self, format: DocumentFormat) {
        match format {
            DocumentFormat::Other(RecordKind::Other) => {
                self.others.insert("no event that is known here".to_owned());
            }
            DocumentFormat::Other(kind) => {
                self.others.insert(kind.to_string());
            }
            known if !self.known.contains(&known) => self.known.push(known),
            _ => {}
        }
    }

    /// True if one of these is among the documents.
    pub(crate) fn has(&self, formats: &[DocumentFormat]) -> bool {
        self.first(formats).is_some()
    }

    /// True if there are contact records, by themselves or in batches.
    pub(crate) fn has_records(&self) -> bool {
        self.carries_records || self.has(&[DocumentFormat::ContactRecord])
    }

    /// True if there are contact records in batches.
    pub(crate) fn carries_records(&self) -> bool {
        self.carries_records
    }

    /// The first of these in the file.
    pub(crate) fn first(&self, formats: &[DocumentFormat]) -> Option<DocumentFormat> {
        self.known.iter().find(|format| formats.contains(format)).copied()
    }

    /// Why no system reads anything of it; [`None`] if one does, or if damage hides what it is.
    pub(crate) fn unused(&self) -> Option<String> {
        let others: Vec<_> = self.others.iter().map(String::as_str).collect();
        (self.known.is_empty() && !self.is_damaged).then(|| format!("JSON, but {}", others.join(", ")))
    }
}

/// The format of a file by its first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FileHeader {
    /// Nothing yet: white space.
    Blank,
    /// Clear: this format.
    Is(FileFormat),
    /// JSON documents, or an array of them, by the first characters.
    Json,
    /// Text, in which documents may follow.
    Text,
}

impl FileHeader {
    fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if text.is_empty() {
            return Self::Blank;
        }
        let inside = text.strip_prefix(b"[").map_or(text, <[u8]>::trim_ascii_start);
        if inside.starts_with(b"{") {
            return Self::Json;
        }
        if is_agent_report(text) {
            return Self::Is(FileFormat::AgentReport);
        }
        if text.contains(&0) {
            return Self::Is(FileFormat::Unknown(UnknownReason("a binary file")));
        }
        if is_callers(text) {
            return Self::Is(FileFormat::Callers);
        }
        Self::Text
    }
}

/// True if the first line names the columns of a directory of callers.
fn is_callers(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let has = |name: &str| {
        line.split(',').any(|cell| cell.trim().trim_matches('"').trim().eq_ignore_ascii_case(name))
    };
    has("Phone") && has("Name")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn format(bytes: &[u8]) -> FileFormat {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        FileFormat::of(file.path()).unwrap()
    }

    const CTR: &str = r#"{"ContactId":"c","InitiationMethod":"API"}"#;
    const AGENT: &str = r#"{"AgentARN":"a","EventType":"LOGIN"}"#;

    async fn contents(bytes: &[u8]) -> Contents {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Contents::of(file.path()).await.unwrap()
    }

    #[test]
    fn documents_are_found_behind_others_and_behind_damage() {
        for text in [
            CTR.to_owned(),
            format!("\u{feff}\n{CTR}"),
            format!("{{\"a\":1}}{CTR}"),
            format!("cut\":1}}\n{CTR}"),
            format!("[ {CTR}, {CTR}]"),
            AGENT.to_owned(),
            CTR.get(..20).expect("a beginning").to_owned(),
        ] {
            assert_eq!(format(text.as_bytes()), FileFormat::Documents, "{text}");
        }
        assert_eq!(format(&[0x1f, 0x8b, 8, 0, 0]), FileFormat::Documents);
    }

    #[tokio::test]
    async fn every_document_is_classified_whatever_is_before_it() {
        let many = AGENT.repeat(5_000);
        let all = contents(format!("{many}{CTR}").as_bytes()).await;
        assert!(
            all.has(&[DocumentFormat::ContactRecord])
                && all.has(&[DocumentFormat::AgentEvent])
                && !all.has(&[DocumentFormat::FlowLog])
        );
        assert_eq!(
            all.first(&[DocumentFormat::ContactRecord, DocumentFormat::AgentEvent]),
            Some(DocumentFormat::AgentEvent)
        );
        assert_eq!(all.unused(), None);
        assert_eq!(contents(&CTR.as_bytes()[..20]).await.unused(), None, "damaged");
        let other = contents(br#"{"name":"package"}{"detail-type":"x","detail":{}}"#).await.unused().unwrap();
        assert_eq!(other, "JSON, but an event of another kind, no event that is known here");
    }

    #[test]
    fn other_files_are_classified_by_their_beginning() {
        assert_eq!(format(b"Name,\"PHONE\"\r\nx,+61491570006"), FileFormat::Callers);
        assert_eq!(format(b"Agent,StartInterval,EndInterval,Online time\n"), FileFormat::AgentReport);
        for (bytes, reason) in [
            (&b" \n"[..], "empty"),
            (b"# Read me\n", "no JSON documents in it"),
            (b"\x7fELF\0\0", "a binary file"),
        ] {
            assert_eq!(format(bytes), FileFormat::Unknown(UnknownReason(reason)));
        }
    }
}
